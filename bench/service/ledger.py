"""The ledger alone: its operations at growing depth, and what its records weigh."""

import statistics
import time
from collections.abc import Callable, Sequence

from bench.figures import Rows, ms
from bench.rig.jobs import new_job
from bench.rig.service import NATIVE, rig
from jobs import Ledger, Picture
from jobs.claims import Claims


def ledger(depths: Sequence[int] = (1_000, 10_000, 100_000)) -> Rows:
    """Time ledger operations at growing depth, 20 jobs a user, and weigh the records."""
    rows: Rows = []
    with rig() as parts:
        book, queued = parts.ledger, 0
        empty = _memory(book)
        for depth in depths:
            while queued < depth:
                book.submit(new_job(queued // 20, NATIVE))
                queued += 1
            rows.append((f"{depth} queued: {_operations(book)}", "p50 of 200 each"))
        rows.append(("memory per queued job", f"{(_memory(book) - empty) / queued:.0f} bytes"))
    return rows + _finished_memory()


def _operations(book: Ledger) -> str:
    times: dict[str, list[float]] = {}
    claims = Claims(book)

    def clock(name: str, act: Callable[[], object]) -> object:
        started = time.perf_counter()
        out = act()
        times.setdefault(name, []).append(time.perf_counter() - started)
        return out

    for number in range(200):
        new = new_job(900_000 + number, NATIVE)
        clock("submit", lambda new=new: book.submit(new))  # type: ignore[misc]
        clock("look (with position)", lambda new=new: book.get(new.id))  # type: ignore[misc]
        clock("cancel", lambda new=new: book.cancel(new.id))  # type: ignore[misc]
        jobs = claims.claim("b", ["bench"], max_items=1, max_pixels=10**9).jobs
        clock("renew", lambda jobs=jobs: claims.renew(jobs))  # type: ignore[misc]
        clock("give back", lambda jobs=jobs: claims.give_back(jobs[0]))  # type: ignore[misc]
        held = clock("claim 1", lambda: claims.claim("b", ["bench"], max_items=1, max_pixels=10**9))
        claims.give_back(held.jobs[0])  # type: ignore[attr-defined]
    return ", ".join(f"{name} {ms(statistics.median(taken))}" for name, taken in times.items())


def _finished_memory(count: int = 2000) -> Rows:
    with rig() as parts:
        book = parts.ledger
        claims = Claims(book)
        empty = _memory(book)
        for number in range(count):
            book.submit(new_job(number // 20, NATIVE))
        while jobs := claims.claim("b", ["bench"], max_items=100, max_pixels=10**9).jobs:
            for job in jobs:
                claims.complete(job, [Picture("picture-1-0.png", 1, *NATIVE, "image/png")])
        used = (_memory(book) - empty) / count
    return [("memory per finished job, without its pictures", f"{used:.0f} bytes")]


def _memory(book: Ledger) -> int:
    return int(book.redis.info("memory")["used_memory"])
