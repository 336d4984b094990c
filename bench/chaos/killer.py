"""What breaks the service: its parts are killed or stopped, one every few seconds."""

import random
import signal
import time
from collections.abc import Callable
from threading import Event, Thread

from redis.exceptions import RedisError

from bench.chaos.report import Report
from bench.rig.part import Part, until
from bench.rig.service import Rig


class Killer:
    """Break something every few seconds, and measure how long its jobs stay orphaned."""

    def __init__(self, parts: Rig, report: Report, every_s: float, seed: int) -> None:
        self._parts, self._report, self._every_s = parts, report, every_s
        self._chance = random.Random(seed)
        self._stop = Event()
        self._watchers: list[Thread] = []
        self._thread = Thread(target=self._run)

    def start(self) -> None:
        """Begin to break things."""
        self._thread.start()

    def stop(self) -> None:
        """Leave everything running, and wait for the last recoveries."""
        self._stop.set()
        self._thread.join()
        for watcher in self._watchers:
            watcher.join()

    def _run(self) -> None:
        """Draw from a shuffled deck, so that every way of breaking things has its turn."""
        deck: list[Callable[[], None]] = []
        while not self._stop.wait(self._every_s):
            if not deck:
                deck = [self._kill_worker] * 4 + [self._freeze_worker] * 2
                deck += [self._kill_api, self._kill_server]
                self._chance.shuffle(deck)
            way = deck.pop()
            way()
            self._report.killed[way.__name__.strip("_").replace("_", " ")] += 1

    def _kill_worker(self) -> None:
        worker = self._chance.choice(self._parts.workers)
        held = self._held_by(worker)
        worker.kill()
        self._watch(held)
        worker.restart()

    def _freeze_worker(self) -> None:
        worker = self._chance.choice(self._parts.workers)
        worker.process.send_signal(signal.SIGSTOP)
        self._stop.wait(self._parts.settings.lease_s * 1.5)
        worker.process.send_signal(signal.SIGCONT)

    def _kill_api(self) -> None:
        api = self._parts.api
        if api is not None:
            api.kill(tree=True)
            api.restart()
            self._parts.wait_for_api()

    def _kill_server(self) -> None:
        self._parts.server.kill()
        self._parts.server.restart()

    def _held_by(self, worker: Part) -> dict[str, int]:
        """Return the jobs that a worker holds now, with their attempt."""
        ledger = self._parts.ledger
        try:
            held = [
                ledger.get(str(job)) for job in ledger.redis.zrange(ledger.root + "leases", 0, -1)
            ]
        except RedisError:
            return {}
        return {job.id: job.attempt for job in held if job.worker == worker.name and job.live}

    def _watch(self, held: dict[str, int]) -> None:
        """Time how long it takes until each orphan is claimed again (or had ended already)."""
        if not held:
            return
        since = time.monotonic()

        def recovered(job_id: str) -> bool:
            try:
                job = self._parts.ledger.get(job_id)
            except RedisError:
                return False
            return not job.live or job.attempt > held[job_id]

        def wait() -> None:
            until(lambda: all(recovered(job_id) for job_id in held), 120, "for orphans")
            self._report.recoveries_s.append(time.monotonic() - since)

        watcher = Thread(target=wait)
        watcher.start()
        self._watchers.append(watcher)
