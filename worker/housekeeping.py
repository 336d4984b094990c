"""What a worker does beside painting: signs of life, the janitor, and watching itself."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import structlog
from redis.exceptions import RedisError

from jobs import BlobStore, Ledger
from jobs.blobs.leftovers import Leftovers
from worker.runner import Runner

log = structlog.get_logger(__name__)

#: Exit status of a worker that ends itself so that its supervisor starts a fresh one.
RESTART = 75
#: Polls in a row that found work for which a tick had been sent but never arrived.
DEAF = 3
#: Turns of the watchdog that a test tick may take.
HEARING_TURNS = 5
#: Seconds between two sweeps of blobs that no job owns any more.
BLOB_SWEEP_S = 600.0
#: Seconds of one round that go to dropping the blobs of jobs that are gone; far below a heartbeat.
LEFTOVERS_S = 0.3


class Housekeeping:
    """Beat, sweep and watch in one thread; nothing here may stop because a server is away."""

    def __init__(self, runner: Runner, ledger: Ledger, blobs: BlobStore, device: str) -> None:
        self._runner, self._ledger, self._blobs = runner, ledger, blobs
        self._leftovers = Leftovers(ledger, blobs)
        self._device = device
        self._stop = Event()
        self._next_beat = self._next_blob_sweep = 0.0
        self._thread = Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Register the worker, waiting for the server if need be, then keep house until `stop`."""
        while not self._registered():
            time.sleep(1.0)
        self._thread.start()

    def _registered(self) -> bool:
        try:
            self._beat()
        except RedisError as error:
            log.warning("cannot register yet", reason=str(error))
            return False
        return True

    def stop(self) -> None:
        """End the thread and take the worker off the register."""
        self._stop.set()
        self._thread.join(5)
        try:
            self._ledger.workers.leave(self._runner.name)
        except RedisError:
            log.warning("the server is away; the register forgets this worker by itself")

    def _run(self) -> None:
        every_s = min(self._ledger.settings.janitor_s, self._ledger.settings.heartbeat_s)
        while not self._stop.wait(every_s):
            try:
                self._beat()
                self._sweep()
                self._runner.meter.flush()
            except RedisError as error:
                log.debug("housekeeping waits for the server", reason=str(error))
            except Exception:
                log.exception("housekeeping failed; going on")

    def _beat(self) -> None:
        if time.monotonic() < self._next_beat:
            return
        runner = self._runner
        state = "draining" if runner.draining else "painting" if runner.painting_since else "ready"
        self._ledger.workers.beat(
            runner.name, state, runner.models, runner.paces(), len(runner.held()), self._device,
            memory_in_use(self._device),
        )  # fmt: skip
        self._next_beat = time.monotonic() + self._ledger.settings.heartbeat_s * 0.9

    def _sweep(self) -> None:
        done = self._ledger.sweep()
        for job_id in done.returned:
            log.warning("lease lost; the job goes back to the queue", job=job_id)
        for job_id in done.poisoned:
            log.error("job failed as poison", job=job_id)
        self._leftovers.sweep(LEFTOVERS_S)
        if time.monotonic() >= self._next_blob_sweep:
            self._blobs.sweep(self._ledger.settings.blob_ttl_s)
            self._next_blob_sweep = time.monotonic() + BLOB_SWEEP_S


def memory_in_use(device: str) -> dict[str, int]:
    """Give the bytes this process holds: resident, and on its CUDA device where it has one."""
    memory = {}
    if (statm := Path("/proc/self/statm")).exists():
        memory["resident"] = int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if device.startswith("cuda"):
        memory["device"] = sys.modules["torch"].cuda.memory_reserved(device)
    return memory


class Watchdog:
    """End the process when its loop hangs or its ears are deaf, so that a fresh one takes over.

    It counts its own turns, not the clock: a process that was stopped and continued is not late.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        stuck_s: float,
        paint_limit_s: float,
        ring: Callable[[str], object] = lambda _worker: None,
        end: Callable[[int], object] = os._exit,
        turn_s: float = 1.0,
    ) -> None:
        self._runner = runner
        self._stuck_turns = max(2, round(stuck_s / turn_s))
        self._paint_turns = max(2, round(paint_limit_s / turn_s))
        self._end = end
        self._turn_s = turn_s
        self._ring = ring
        self._seen, self._same, self._deaf = -1, 0, 0
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
        """Look once; give the reason to end, or nothing."""
        runner = self._runner
        self._same = self._same + 1 if runner.beats == self._seen else 0
        self._seen = runner.beats
        if self._is_deaf():
            return "ticks are sent, a test tick too, but none is heard"
        if runner.painting_since is not None:
            if self._same >= self._paint_turns:
                return f"one batch has been painting for {self._same * self._turn_s:.0f} s"
        elif self._same >= self._stuck_turns:
            return f"no poll for {self._same * self._turn_s:.0f} s"
        return ""

    def _is_deaf(self) -> bool:
        """Suspect deafness after missed ticks, then send a tick to ourselves to be sure."""
        if self._runner.missed_ticks < DEAF:
            self._deaf = 0
            return False
        self._deaf += 1
        if self._deaf == 1:
            try:
                self._ring(self._runner.name)
            except Exception:
                self._deaf = 0  # the broker is away: nobody can be heard
        return self._deaf > HEARING_TURNS
