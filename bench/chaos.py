"""Load and chaos: many users, real parts, and something killed every few seconds.

    python -m bench.chaos --jobs 2000 --users 50 --kill-every 3

Clients PUT jobs under ids of their own and repeat them until accepted. Meanwhile workers, the API
and the server are killed with SIGKILL, or workers stopped past their lease and continued. In the
end the oracle asks, as each owner over HTTP, for what was promised. Exit status 1 = it found fault.
"""

import argparse
import http.client
import itertools
import random
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

import numpy as np
from redis.exceptions import RedisError

from bench.client import Client
from bench.oracle import Moves, Promise, violations
from bench.rig import Part, Rig, rig, until
from spade.maps.labelmap import write_label_map
from spade.maps.labels import load_label_set

SIZE = (64, 64)
LABELS = (156, 154, 134, 168, 123)


@dataclass
class Report:
    """Gather what a run did and found."""

    accepted: int = 0
    repeats: int = 0
    seconds: float = 0.0
    killed: Counter[str] = field(default_factory=Counter)
    recoveries_s: list[float] = field(default_factory=list)
    attempts: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    faults: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)


def label_map_of(number: int) -> np.ndarray:
    """Give a label map that tells its job's number, in base 5 down the left edge."""
    label_map = np.full(SIZE, LABELS[0], dtype=np.uint8)
    for row in range(8):
        label_map[row * 8 : row * 8 + 8, :32] = LABELS[number // 5**row % 5]
    return label_map


class Crowd:
    """Be the users: each sends its jobs, and repeats what was not answered."""

    def __init__(self, port: int, users: int, jobs: int, report: Report) -> None:
        self.clients = [Client(port, SIZE) for _ in range(users)]
        self.promises: list[Promise] = []
        self._numbers = iter(range(jobs))
        self._report = report
        self._lock = Lock()

    def run(self, threads: int, pause_s: float) -> None:
        """Send everything; each user is served by one thread, so that it keeps its session."""
        groups = [range(n, len(self.clients), threads) for n in range(threads)]
        workers = [Thread(target=self._go, args=(group, pause_s)) for group in groups]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _go(self, users: range, pause_s: float) -> None:
        for user in itertools.cycle(users):
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            self._send(user, number)
            time.sleep(pause_s)

    def _send(self, user: int, number: int) -> None:
        label_map = label_map_of(number)
        png = write_label_map(label_map, load_label_set("landscape"))
        job_id = str(uuid.uuid4())
        while True:
            try:
                status, _, answer = self.clients[user].submit(job_id, png)
            except (OSError, http.client.HTTPException):
                status, answer = 0, {}
            if status == 202:
                break
            if status not in (0, 429, 500, 502, 503):
                raise RuntimeError(f"submit answered {status}: {answer}")
            self._report.repeats += 1
            time.sleep(0.2)
        with self._lock:
            self.promises.append(Promise(job_id, user, label_map))


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
        """Give the jobs that a worker holds now, with their attempt."""
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


def run(options: argparse.Namespace) -> Report:
    """Run the chaos and give its report."""
    report = Report()
    environment = {
        "LEASE": str(options.lease),
        "HEARTBEAT": "0.5",
        "JANITOR": "0.2",
        "POLL": "0.5",
        "DRAIN": "2",
        "DOODLESCAPE_PAINTER": "bench.painters:sleeper",
        "BENCH_BATCH_S": "0.3",
        "BATCH_ITEMS": "4",
        "MAX_ATTEMPTS": "50",
        "LOG_LEVEL": "ERROR",
    }
    with rig(size=SIZE, **environment) as parts:
        parts.start_api()
        for _ in range(options.workers):
            parts.start_worker(plant=options.plant)
        parts.wait_for_workers()
        moves = Moves(parts.ledger).start()
        crowd = Crowd(parts.port, options.users, options.jobs, report)
        killer = Killer(parts, report, options.kill_every, options.seed)
        started = time.monotonic()
        killer.start()
        crowd.run(min(10, options.users), options.pause)
        killer.stop()
        _settle(parts, crowd, options.patience)
        report.seconds = time.monotonic() - started
        moves.stop()
        report.accepted = len(crowd.promises)
        report.faults = violations(crowd.promises, crowd.clients, moves)
        for client in crowd.clients:
            client.close()
        for promise in crowd.promises:
            report.attempts[parts.ledger.get(promise.job_id).attempt] += 1
        refused = parts.ledger.redis.hget(parts.ledger.root + "stats", "refused|bench")
        report.refused = int(refused or 0)
    return report


def _settle(parts: Rig, crowd: Crowd, patience_s: float) -> None:
    """Wait until every promise has ended; what has not by then is the oracle's to report."""

    def ended() -> bool:
        try:
            return not any(parts.ledger.get(one.job_id).live for one in crowd.promises)
        except RedisError:
            return False

    try:
        until(ended, patience_s, "for the last jobs")
    except TimeoutError as error:
        print(error, file=sys.stderr)


def show(report: Report, options: argparse.Namespace) -> None:
    """Print the report as a Markdown table."""
    slowest = max(report.recoveries_s, default=0.0)
    rows = {
        "jobs accepted, users": f"{report.accepted}, {options.users}",
        "submits repeated by clients": report.repeats,
        "seconds": f"{report.seconds:.0f}",
        "broken": ", ".join(f"{n} x {what}" for what, n in sorted(report.killed.items())),
        "jobs by attempts needed": ", ".join(
            f"{n} x {attempt}" for attempt, n in sorted(report.attempts.items())
        ),
        "late writes refused": report.refused,
        "slowest recovery of a killed worker's jobs": (
            f"{slowest:.1f} s of {len(report.recoveries_s)} (lease {options.lease:g} s)"
        ),
        "faults found by the oracle": len(report.faults),
    }
    print("| what | figure |\n|---|---|")
    for what, figure in rows.items():
        print(f"| {what} | {figure} |")
    for fault in report.faults[:20]:
        print("FAULT", fault)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kill-every", type=float, default=3.0, help="seconds")
    parser.add_argument("--pause", type=float, default=0.25, help="seconds between a user's jobs")
    parser.add_argument("--lease", type=float, default=3.0, help="seconds")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait at the end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", default="", help="a bug of bench.planted: lose, swap, double")
    return parser.parse_args(arguments)


def main() -> int:
    """Run, print, and tell by the exit status whether anything was wrong."""
    options = parse()
    report = run(options)
    show(report, options)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
