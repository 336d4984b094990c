"""Show long steps to a person: a live line on a terminal, plain lines in a log file."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

TICK_S = 0.2


class Step:
    """One step on show; `detail` may change while it runs."""

    def __init__(self, title: str, out: TextIO) -> None:
        """Begin to show `title` on `out`."""
        self.title, self.detail = title, ""
        self._out = out
        self._live = out.isatty()
        self._began_s = time.monotonic()
        self._ended = threading.Event()

    def show_until_done(self) -> None:
        """Redraw the line a few times a second; where there is no terminal, write it once."""
        if not self._live:
            print(f"  {self.title} ...", file=self._out, flush=True)
            return
        while not self._ended.wait(TICK_S):
            self._draw(f"  ·  {self.title}  {self.detail}")

    def end(self, succeeded: bool) -> None:
        """Leave the finished line behind."""
        self._ended.set()
        mark = "✓" if succeeded else "✗"
        line = f"  {mark}  {self.title}  ({time.monotonic() - self._began_s:.0f} s)"
        if self._live:
            self._draw(line + "\n")
        else:
            print(line, file=self._out, flush=True)

    def _draw(self, text: str) -> None:
        self._out.write("\r\x1b[K" + text[:100])
        self._out.flush()


@contextmanager
def step(title: str, out: TextIO = sys.stderr) -> Iterator[Step]:
    """Show `title` as running, and as done or failed when the block ends."""
    shown = Step(title, out)
    drawing = threading.Thread(target=shown.show_until_done, daemon=True)
    drawing.start()
    succeeded = False
    try:
        yield shown
        succeeded = True
    finally:
        shown.end(succeeded)
        drawing.join()
