"""One process of the service, to be killed and started again at will."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def until(condition: Callable[[], object], timeout_s: float = 120.0, what: str = "") -> None:
    """Wait until `condition()` is true.

    Raises:
        TimeoutError: it was not in time; `what` says what was waited for.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s:.0f} s in vain {what}")
        time.sleep(0.01)


class Part:
    """Run one process of the service, to be killed and started again at will."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log: Path):
        self.name = name
        self._command = command
        self._environment = {**os.environ, **environment}
        self._log = log
        self.process = self._spawn()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def kill(self, *, tree: bool = False) -> None:
        """End it as a crash would, with SIGKILL; with `tree`, its child processes too."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if tree else []
        self.process.kill()
        self.process.wait(10)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def restart(self) -> None:
        """Start a fresh process."""
        self.process = self._spawn()

    def stop(self) -> int:
        """End it politely, then not so politely; return its exit status."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            return self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.wait()
