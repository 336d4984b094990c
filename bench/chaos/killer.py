"""What breaks the service: its parts are killed or stopped, its blobs' disk fails."""

import random
import signal
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from redis.exceptions import RedisError

from bench.chaos.disk import Disk
from bench.chaos.memory import Memory
from bench.chaos.report import Report
from bench.rig.part import Part, until
from bench.rig.service import Rig

#: Seconds without a sign of life after which workers of a run end themselves, and how long outages
#: last, which are longer.
WATCHDOG_S, OUTAGE_S = 6.0, 9.0
#: Seconds that the API of a run gives the server to answer, and how long a frozen one does not.
API_TIMEOUT_S, FREEZE_S = 0.5, 1.5


class Killer:
    """Break something every few seconds, and measure how long its jobs stay orphaned."""

    def __init__(
        self, parts: Rig, store: Disk | Memory, report: Report, options: Namespace
    ) -> None:
        self._parts, self._store, self._report = parts, store, report
        self._every_s, self._only = options.kill_every, options.breaks
        self._chance = random.Random(options.seed)
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

    def note_deaths(self) -> None:
        """Note the parts that ended unasked, and start them again."""
        for part in (*self._parts.workers, *([self._parts.api] if self._parts.api else [])):
            if (status := part.process.poll()) is not None:
                self._report.faults.append(f"{part.name}: ended by itself with status {status}")
                part.restart()

    def _run(self) -> None:
        """Draw from a shuffled deck, so that every way of breaking things has its turn."""
        deck: list[Callable[[], None]] = []
        while not self._stop.wait(self._every_s):
            self.note_deaths()
            if not deck:
                deck = self._deck()
                self._chance.shuffle(deck)
            way = deck.pop()
            way()
            self._report.killed[_name(way)] += 1

    def _deck(self) -> list[Callable[[], None]]:
        deck = [self._kill_worker] * 4 + [self._freeze_worker] * 2
        deck += [self._kill_api, self._kill_server, self._freeze_server, self._lose_server]
        deck.append(self._spoil_blob)
        if isinstance(self._store, Disk):
            deck.append(self._lose_disk)
        if self._store.is_small:
            deck.append(self._fill_store)
        return [way for way in deck if not self._only or _name(way) == self._only]

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

    def _freeze_server(self) -> None:
        """Freeze it while a blob is stored: before the submit of its job, or before its answer."""
        self._store.wait_for_put(2.0)
        server = self._parts.server.process
        server.send_signal(signal.SIGSTOP)
        self._stop.wait(FREEZE_S)
        server.send_signal(signal.SIGCONT)

    def _lose_server(self) -> None:
        self._parts.server.kill()
        time.sleep(OUTAGE_S)
        self._parts.server.restart()

    def _lose_disk(self) -> None:
        assert isinstance(self._store, Disk)
        with self._store.away():
            time.sleep(OUTAGE_S)

    def _fill_store(self) -> None:
        with self._store.full():
            time.sleep(OUTAGE_S)

    def _spoil_blob(self) -> None:
        """Make the input of a job unreadable that waits to be painted."""
        ledger = self._parts.ledger
        deadline_s = time.monotonic() + 5.0
        while time.monotonic() < deadline_s:
            with suppress(RedisError):
                if waiting := ledger.redis.zrange(f"{ledger.root}order:bench", -1, -1):
                    job_id = str(waiting[0])
                    self._report.spoiled.add(job_id)
                    self._store.spoil(job_id)
                    return
            time.sleep(0.005)

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


def _name(way: Callable[[], None]) -> str:
    return way.__name__.strip("_").replace("_", "-")
