"""A worker watches itself: one that hangs ends, so that its supervisor starts a fresh one."""

import os
from collections.abc import Callable
from threading import Thread

import structlog

from worker.runner import Runner

log = structlog.get_logger(__name__)

#: Exit status of a worker that ends itself so that its supervisor starts a fresh one.
RESTART = 75
#: Polls in a row that found work for which a tick had been sent but never arrived.
MISSED_TICKS = 3
#: Turns of the watchdog that a test tick may take.
TEST_TICK_TURNS = 5


class Watchdog:
    """End the process when its loop hangs or ticks do not arrive, so that a fresh one takes over.

    It counts its own turns, not the clock: a process that was stopped and continued is not late.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        stuck_s: float,
        paint_limit_s: float,
        send_tick: Callable[[str], object] = lambda _worker: None,
        end: Callable[[int], object] = os._exit,
        turn_s: float = 1.0,
    ) -> None:
        self._runner = runner
        self._stuck_turns = max(2, round(stuck_s / turn_s))
        self._paint_turns = max(2, round(paint_limit_s / turn_s))
        self._end = end
        self._turn_s = turn_s
        self._send_tick = send_tick
        self._seen, self._same, self._waiting = -1, 0, 0
        self._thread = Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def _run(self) -> None:
        while not self._runner.wait(self._turn_s):
            if reason := self.check():
                log.critical("ending this worker", reason=reason)
                self._end(RESTART)
                return

    def check(self) -> str:
        """Look once; return the reason to end, or nothing."""
        runner = self._runner
        self._same = self._same + 1 if runner.loops == self._seen else 0
        self._seen = runner.loops
        if self._misses_ticks():
            return "ticks are sent, a test tick too, but none is heard"
        if runner.painting_since is not None:
            if self._same >= self._paint_turns:
                return f"one batch has been painting for {self._same * self._turn_s:.0f} s"
        elif self._same >= self._stuck_turns:
            return f"no poll for {self._same * self._turn_s:.0f} s"
        return ""

    def _misses_ticks(self) -> bool:
        """Suspect it after missed ticks, then send a tick to ourselves to be sure."""
        if self._runner.missed_ticks < MISSED_TICKS:
            self._waiting = 0
            return False
        self._waiting += 1
        if self._waiting == 1:
            try:
                self._send_tick(self._runner.name)
            except Exception:
                self._waiting = 0  # the broker is away: nobody can be heard
        return self._waiting > TEST_TICK_TURNS
