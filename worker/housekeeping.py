"""What a worker does beside painting: heartbeats, and its turn as the janitor."""

import os
import sys
import time
from pathlib import Path
from threading import Event, Thread

import structlog
from redis.exceptions import RedisError

from jobs import BlobStore, Ledger
from jobs.blobs.orphans import OrphanedBlobs
from jobs.janitor import sweep
from worker.runner import Runner

log = structlog.get_logger(__name__)

#: Seconds between two sweeps of blobs that no job owns any more.
BLOB_SWEEP_S = 600.0
#: Seconds of one round that go to dropping the blobs of jobs that are gone; far below a heartbeat.
ORPHANS_S = 0.3


class Housekeeping:
    """Beat and sweep in one thread; nothing here may stop because a server is away."""

    def __init__(self, runner: Runner, ledger: Ledger, blobs: BlobStore, device: str) -> None:
        self._runner, self._ledger, self._blobs = runner, ledger, blobs
        self._orphans = OrphanedBlobs(ledger, blobs)
        self._device = device
        self._stop = Event()
        self._next_beat = self._next_blob_sweep = 0.0
        self._thread = Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Register the worker, waiting for the server if need be, then keep house until `stop`."""
        while not self._registered():
            time.sleep(1.0)
        self._thread.start()

    def beat(self) -> None:
        """Tell the register at once what has changed; nothing happens while the server is away."""
        self._next_beat = 0.0
        self._registered()

    def _registered(self) -> bool:
        try:
            self._beat()
        except RedisError as error:
            log.warning("cannot register now", reason=str(error))
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
        self._ledger.workers.heartbeat(
            runner.name,
            state,
            runner.served(),
            runner.speeds(),
            jobs=len(runner.held()),
            device=self._device,
            memory=memory_in_use(self._device),
            loaded=runner.models.loaded(),
        )
        self._next_beat = time.monotonic() + self._ledger.settings.heartbeat_s * 0.9

    def _sweep(self) -> None:
        done = sweep(self._ledger)
        for job_id in done.returned:
            log.warning("lease lost; the job goes back to the queue", job=job_id)
        for job_id in done.poisoned:
            log.error("job failed as poison", job=job_id)
        self._orphans.sweep(ORPHANS_S)
        if time.monotonic() >= self._next_blob_sweep:
            self._blobs.sweep(self._ledger.settings.blob_ttl_s)
            self._next_blob_sweep = time.monotonic() + BLOB_SWEEP_S


def memory_in_use(device: str) -> dict[str, int]:
    """Return the bytes this process holds: resident, and on its CUDA device where it has one."""
    memory = {}
    if (statm := Path("/proc/self/statm")).exists():
        memory["resident"] = int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if device.startswith("cuda"):
        memory["device"] = sys.modules["torch"].cuda.memory_reserved(device)
    return memory
