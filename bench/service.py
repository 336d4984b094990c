"""Measure the job service, all parts real, load generator included.

    python -m bench.service [NAME ...]      NAMEs: latency claim throughput polls ledger
                                            efficiency eta plain; none = all

Each prints one Markdown table; docs/service-bench.md holds a run of all.
"""

import argparse
import statistics
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from uuid import uuid4

from bench.client import Client
from bench.compare import compare
from bench.rig import NATIVE, Rig, rig, until
from jobs import Ledger, NewJob, Picture

Rows = list[tuple[str, str]]


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ms(seconds: float) -> str:
    """Show seconds as milliseconds."""
    return f"{seconds * 1000:.1f} ms"


def served(parts: Rig, name: str = "succeeded") -> int:
    """Count the jobs that have ended well so far."""
    return int(parts.ledger.redis.hget(f"{parts.ledger.root}stats", f"{name}|bench") or 0)


def latency(rate: float = 50.0, seconds: float = 20.0) -> Rows:
    """Submit at a fixed rate from four connections, whatever the answers take (open loop)."""
    with rig() as parts:
        parts.start_api()
        parts.start_worker()
        parts.wait_for_workers()
        taken: list[float] = []
        start = time.perf_counter() + 0.2

        def send(first: int) -> None:
            client = Client(parts.port, NATIVE)
            client.submit()
            for number in range(first, int(rate * seconds), 4):
                due = start + number / rate
                time.sleep(max(0.0, due - time.perf_counter()))
                status, _, answer = client.submit()
                assert status == 202, answer
                taken.append(time.perf_counter() - due)
            client.close()

        _together(send, 4)
    return [
        (f"submit at {rate:.0f}/s, p50 (from its due time)", ms(percentile(taken, 0.5))),
        ("p99", ms(percentile(taken, 0.99))),
        ("submits", str(len(taken))),
    ]


def claim(jobs: int = 200) -> Rows:
    """Submit one job at a time to an idle service; submit to claim by the server's clock."""
    with rig() as parts:
        parts.start_api()
        parts.start_worker()
        parts.wait_for_workers()
        client = Client(parts.port, NATIVE)
        waits, whole = [], []
        for _number in range(jobs):
            started = time.perf_counter()
            answer = client.submit()[2]
            while parts.ledger.get(answer["id"]).live:
                time.sleep(0.001)
            whole.append(time.perf_counter() - started)
            job = parts.ledger.get(answer["id"])
            waits.append((job.started_s or 0) - job.created_s)
            time.sleep(0.01)
        client.close()
    return [
        ("idle submit to claim, p50", ms(percentile(waits, 0.5))),
        ("p99", ms(percentile(waits, 0.99))),
        ("HTTP submit to stored picture, p50", ms(percentile(whole, 0.5))),
    ]


def throughput(jobs: int = 3000, threads: int = 4) -> Rows:
    """Submit as fast as the answers come (closed loop), and count until the last is stored."""
    with rig() as parts:
        parts.start_api()
        parts.start_worker()
        parts.wait_for_workers()
        started = time.perf_counter()

        def send(_thread: int) -> None:
            client = Client(parts.port, NATIVE)
            for _number in range(jobs // threads):
                status, _headers, answer = client.submit()
                assert status == 202, answer
            client.close()

        _together(send, threads)
        submitted_s = time.perf_counter() - started
        until(lambda: served(parts) >= jobs, what="for the last job")
        stored_s = time.perf_counter() - started
        claims = served(parts, "claims")
    return [
        ("HTTP submits", f"{jobs / submitted_s:.0f}/s"),
        ("HTTP submit to stored picture", f"{jobs / stored_s:.0f} jobs/s"),
        ("pictures per batch (grows with the backlog)", f"{jobs / claims:.1f}"),
    ]


def polls(seconds: float = 8.0, threads: int = 4) -> Rows:
    """Poll one queued job with If-None-Match from several connections, one API process."""
    with rig() as parts:
        parts.start_api()
        client = Client(parts.port, NATIVE)
        _, _, answer = client.submit()
        path = f"/api/v1/jobs/{answer['id']}"
        _, headers, _ = client.call("GET", path)
        taken: list[float] = []

        def poll(_thread: int) -> None:
            one = client.another()
            until_s = time.perf_counter() + seconds
            while (now := time.perf_counter()) < until_s:
                status, _headers, _body = one.call("GET", path, If_None_Match=headers["etag"])
                assert status == 304, status
                taken.append(time.perf_counter() - now)
            one.close()

        _together(poll, threads)
        client.close()
    return [
        ("status polls answered 304", f"{len(taken) / seconds:.0f}/s"),
        ("p99", ms(percentile(taken, 0.99))),
    ]


def ledger(depths: Sequence[int] = (1_000, 10_000, 100_000)) -> Rows:
    """Time ledger operations at growing depth, 20 jobs a user, and weigh the records."""
    rows: Rows = []
    with rig() as parts:
        book, queued = parts.ledger, 0
        empty = _memory(book)
        for depth in depths:
            while queued < depth:
                book.submit(_new(queued // 20))
                queued += 1
            rows.append((f"{depth} queued: {_operations(book)}", "p50 of 200 each"))
        rows.append(("memory per queued job", f"{(_memory(book) - empty) / queued:.0f} bytes"))
    return rows + _finished_memory()


def _operations(book: Ledger) -> str:
    times: dict[str, list[float]] = {}

    def clock(name: str, act: Callable[[], object]) -> object:
        started = time.perf_counter()
        out = act()
        times.setdefault(name, []).append(time.perf_counter() - started)
        return out

    for number in range(200):
        new = _new(900_000 + number)
        clock("submit", lambda new=new: book.submit(new))  # type: ignore[misc]
        clock("look (with position)", lambda new=new: book.get(new.id))  # type: ignore[misc]
        clock("cancel", lambda new=new: book.cancel(new.id))  # type: ignore[misc]
        jobs = book.claim("b", ["bench"], max_items=1, max_pixels=10**9).jobs
        clock("renew", lambda jobs=jobs: book.renew(jobs))  # type: ignore[misc]
        clock("give back", lambda jobs=jobs: book.give_back(jobs[0]))  # type: ignore[misc]
        held = clock("claim 1", lambda: book.claim("b", ["bench"], max_items=1, max_pixels=10**9))
        book.give_back(held.jobs[0])  # type: ignore[attr-defined]
    return ", ".join(f"{name} {ms(statistics.median(taken))}" for name, taken in times.items())


def _finished_memory(count: int = 2000) -> Rows:
    with rig() as parts:
        book = parts.ledger
        empty = _memory(book)
        for number in range(count):
            book.submit(_new(number // 20))
        while jobs := book.claim("b", ["bench"], max_items=100, max_pixels=10**9).jobs:
            for job in jobs:
                book.complete(job, [Picture("picture-1-0.png", 1, *NATIVE, "image/png")])
        used = (_memory(book) - empty) / count
    return [("memory per finished job, without its pictures", f"{used:.0f} bytes")]


def _new(user: int) -> NewJob:
    params = {"label_map": f"label-map-{uuid4()}", "style": None, "format": "png"}
    return NewJob(
        id=str(uuid4()), user=f"user-{user}", model="bench", size=NATIVE, params=params,
        fingerprint=uuid4().hex, address="127.0.0.1",
    )  # fmt: skip


def _memory(book: Ledger) -> int:
    return int(book.redis.info("memory")["used_memory"])


def efficiency(counts: Sequence[int] = (1, 2, 4, 8, 16), seconds: float = 12.0) -> Rows:
    """Let 1 to 16 worker processes sleep 500 ms per batch of 4, with a full queue."""
    rows, flat = [], zlib.compress(bytes(NATIVE[0] * NATIVE[1]))
    for count in counts:
        with rig(BATCH_ITEMS="4", BENCH_BATCH_S="0.5", HEARTBEAT="2") as parts:
            parts.environment["DOODLESCAPE_PAINTER"] = "bench.painters:sleeper"
            for number in range(int(count * 8 * (seconds + 12))):
                job = _new(number // 20)
                parts.blobs.put(job.id, job.params["label_map"], flat, 600)
                parts.ledger.submit(job)
            for _ in range(count):
                parts.start_worker()
            parts.wait_for_workers()
            time.sleep(2.0)
            before, started = served(parts), time.perf_counter()
            time.sleep(seconds)
            done, taken_s = served(parts) - before, time.perf_counter() - started
            rows.append((f"{count} workers", f"{done / (taken_s * count * 8) * 100:.1f} %"))
    return rows


def eta(jobs: int = 240) -> Rows:
    """Compare estimates with the truth: two workers, batches of 4 in 0.4 s + 0.05 s a picture."""
    with rig(BATCH_ITEMS="4", BENCH_BATCH_S="0.4", BENCH_ITEM_S="0.05") as parts:
        parts.environment["DOODLESCAPE_PAINTER"] = "bench.painters:sleeper"
        for _ in range(2):
            parts.start_worker()
        parts.wait_for_workers()
        flat = zlib.compress(bytes(NATIVE[0] * NATIVE[1]))
        guesses: dict[str, tuple[float, float]] = {}
        for number in range(jobs):
            job = _new(number % 10)
            parts.blobs.put(job.id, job.params["label_map"], flat, 600)
            accepted = parts.ledger.submit(job).job
            guess = parts.ledger.workers.eta(accepted).seconds
            if guess is not None and number >= 20:
                guesses[job.id] = (guess, accepted.created_s)
            time.sleep(0.04)
        until(lambda: served(parts) >= jobs, what="for the last job")
        errors = []
        for job_id, (guess, created_s) in guesses.items():
            truth = (parts.ledger.get(job_id).finished_s or 0) - created_s
            errors.append(abs(guess - truth) / truth)
    within = sum(error <= 0.3 for error in errors) / len(errors)
    return [
        ("estimates at submit within 30 % of the truth", f"{within * 100:.0f} % of {len(errors)}"),
        ("median error", f"{statistics.median(errors) * 100:.0f} %"),
    ]


def plain(jobs: int = 400) -> Rows:
    """Run the same load through one Celery task per job, then kill both services' workers."""
    return compare(jobs)


BENCHES: dict[str, Callable[[], Rows]] = {
    "latency": latency,
    "claim": claim,
    "throughput": throughput,
    "polls": polls,
    "ledger": ledger,
    "efficiency": efficiency,
    "eta": eta,
    "plain": plain,
}


def _together(act: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    """Run the named benches and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.service", description="Measure.")
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], metavar="NAME")
    for name in parser.parse_args().names or BENCHES:
        print(f"\n### {name}\n\n| what | figure |\n|---|---|", flush=True)
        for what, figure in BENCHES[name]():
            print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
