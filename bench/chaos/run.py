"""One run: the service is started, used and broken, and in the end the oracle is asked."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError

from bench.chaos.crowd import SIZE, Crowd
from bench.chaos.disk import Disk, small_disk
from bench.chaos.killer import API_TIMEOUT_S, WATCHDOG_S, Killer
from bench.chaos.memory import Memory
from bench.chaos.oracle import Moves, violations
from bench.chaos.report import Report
from bench.rig.part import until
from bench.rig.service import Rig, rig

#: The planted bug that is the API's; all others are the workers'.
HASTY = "hasty"


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000, help="submits in all")
    parser.add_argument("--users", type=int, default=50, help="sessions that submit")
    parser.add_argument("--workers", type=int, default=3, help="processes that paint")
    parser.add_argument("--kill-every", type=float, default=3.0, help="seconds")
    parser.add_argument("--pause", type=float, default=0.25, help="seconds between a user's jobs")
    parser.add_argument("--lease", type=float, default=3.0, help="seconds")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait at the end")
    parser.add_argument("--seed", type=int, default=1, help="of what is broken when")
    parser.add_argument(
        "--plant", default="", help="a bug to plant: lose, swap, double, impatient, brittle, hasty"
    )
    parser.add_argument(
        "--blobs", choices=["folder", "redis"], default="folder", help="their store"
    )
    parser.add_argument("--breaks", default="", help="break only this, such as kill-worker")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> Report:
    """Run the chaos and return its report."""
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
        "MAX_ATTEMPTS": "10",
        "WATCHDOG": str(WATCHDOG_S),
        "API_REDIS_TIMEOUT": str(API_TIMEOUT_S),
        "LOG_LEVEL": "ERROR",
    }
    with _rig(options, environment) as (parts, store):
        parts.start_api("bench.chaos.planted_api" if options.plant == HASTY else "api.server")
        for _ in range(options.workers):
            parts.start_worker(plant="" if options.plant == HASTY else options.plant)
        parts.wait_for_workers()
        moves = Moves(parts.ledger).start()
        crowd = Crowd(parts.port, options.users, options.jobs, report)
        killer = Killer(parts, store, report, options)
        started = time.monotonic()
        killer.start()
        crowd.run(min(10, options.users), options.pause)
        killer.stop()
        _settle(parts, crowd, options.patience)
        killer.note_deaths()
        report.seconds = time.monotonic() - started
        moves.stop()
        for client in crowd.clients:
            client.close()  # the process that it was connected to may have been killed since
        report.accepted = len(crowd.promises)
        report.faults += violations(crowd.promises, crowd.clients, moves, report.spoiled)
        for client in crowd.clients:
            client.close()
        for promise in crowd.promises:
            report.attempts[parts.ledger.get(promise.job_id).attempt] += 1
        report.refused = parts.count("refused")
    return report


@contextmanager
def _rig(
    options: argparse.Namespace, environment: dict[str, str]
) -> Iterator[tuple[Rig, Disk | Memory]]:
    """Start a rig, and give what its blobs lie on as well."""
    if options.blobs == "redis":
        with rig(size=SIZE, **environment) as parts:
            yield parts, Memory(parts.ledger)
        return
    with (
        small_disk(options.jobs) as disk,
        rig(size=SIZE, BLOB_STORE=f"folder:{disk.folder}", **environment) as parts,
    ):
        yield parts, disk


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
