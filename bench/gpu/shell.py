"""Run programs for a step: shown, logged within bounds, and ended with all they started."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from bench.gpu.record import ROOT

LOG_BYTES = 8 * 2**20
TAIL_LINES = 15


class StepFailedError(RuntimeError):
    """A step did not come to its result; the text says why."""


class Shell:
    """Runs Python in processes of its own, all within `limit_s` seconds each."""

    def __init__(self, log: Path, limit_s: float) -> None:
        self._log, self._limit_s = log, limit_s

    def say(self, line: str) -> None:
        """Print a line and log it."""
        print(line, flush=True)
        if not self._log.exists() or self._log.stat().st_size < LOG_BYTES:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(line + "\n")

    def python(self, *arguments: str, **environment: str) -> list[str]:
        """Run Python and return the lines it printed.

        Raises:
            StepFailedError: it ended with an error, or took too long.
        """
        lines: list[str] = []
        with subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
        ) as process:
            late = threading.Timer(self._limit_s, _end, (process,))
            late.start()
            try:
                for line in process.stdout or ():
                    lines.append(line.rstrip("\n"))
                    self.say(f"    {lines[-1]}")
                process.wait()
            finally:
                over = not late.is_alive()
                late.cancel()
                _end(process)
        if over or process.returncode:
            how = f"took more than {self._limit_s:.0f} s" if over else "failed"
            tail = "\n".join(lines[-TAIL_LINES:])
            raise StepFailedError(f"python {' '.join(arguments)} {how}:\n{tail}")
        return lines


def _end(process: "subprocess.Popen[str]") -> None:
    """End a process and its children, if there are any left."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
