"""When a run ends before its last picture: by the clock, or by a signal, always with its state."""

import math
import signal
import threading
import time
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ending:
    """Says whether a run is to end; a context in which signals wait for the end of a step.

    The first Ctrl-C or SIGTERM lets the step end and the state be saved; it takes its usual course
    when the context is left. A second one takes it at once. Signals that the process was started to
    ignore, as `nohup` does, stay ignored. Outside of the main thread, where Python has no signals,
    the clock alone counts.
    """

    def __init__(self, limit_s: float | None) -> None:
        """Let the run last `limit_s` seconds from now, or as long as it takes."""
        self._deadline_s = time.monotonic() + (limit_s or math.inf)
        self._came: int | None = None
        self._before: dict[int, signal._HANDLER] = {}

    @property
    def is_due(self) -> bool:
        """Whether the time is over, or a signal came."""
        return self._came is not None or time.monotonic() >= self._deadline_s

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {
                number: signal.signal(number, self._wait)
                for number in SIGNALS
                if signal.getsignal(number) != signal.SIG_IGN
            }
        return self

    def __exit__(self, *_error: object) -> None:
        self._restore()
        if self._came is not None:
            signal.raise_signal(self._came)

    def _wait(self, number: int, _frame: FrameType | None) -> None:
        self._came = number
        self._restore()

    def _restore(self) -> None:
        while self._before:
            signal.signal(*self._before.popitem())
