"""Workers that sleep instead of painting: how well they are kept busy, and what is foretold."""

import statistics
import time
import zlib
from collections.abc import Sequence

from bench.figures import Rows
from bench.rig.jobs import new_job
from bench.rig.part import until
from bench.rig.service import NATIVE, rig


def efficiency(counts: Sequence[int] = (1, 2, 4, 8, 16), seconds: float = 12.0) -> Rows:
    """Let 1 to 16 worker processes sleep 500 ms per batch of 4, with a full queue."""
    rows, flat = [], zlib.compress(bytes(NATIVE[0] * NATIVE[1]))
    for count in counts:
        with rig(BATCH_ITEMS="4", BENCH_BATCH_S="0.5", HEARTBEAT="2") as parts:
            parts.environment["DOODLESCAPE_PAINTER"] = "bench.painters:sleeper"
            for number in range(int(count * 8 * (seconds + 12))):
                job = new_job(number // 20, NATIVE)
                parts.blobs.put(job.id, job.params["label_map"], flat, 600)
                parts.ledger.submit(job)
            for _ in range(count):
                parts.start_worker()
            parts.wait_for_workers()
            time.sleep(2.0)
            before, started = parts.count("succeeded"), time.perf_counter()
            time.sleep(seconds)
            done, taken_s = parts.count("succeeded") - before, time.perf_counter() - started
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
            job = new_job(number % 10, NATIVE)
            parts.blobs.put(job.id, job.params["label_map"], flat, 600)
            accepted = parts.ledger.submit(job).job
            guess = parts.ledger.forecasts.eta(accepted).seconds
            if guess is not None and number >= 20:
                guesses[job.id] = (guess, accepted.created_s)
            time.sleep(0.04)
        until(lambda: parts.count("succeeded") >= jobs, what="for the last job")
        errors = []
        for job_id, (guess, created_s) in guesses.items():
            truth = (parts.ledger.get(job_id).finished_s or 0) - created_s
            errors.append(abs(guess - truth) / truth)
    within = sum(error <= 0.3 for error in errors) / len(errors)
    return [
        ("estimates at submit within 30 % of the truth", f"{within * 100:.0f} % of {len(errors)}"),
        ("median error", f"{statistics.median(errors) * 100:.0f} %"),
    ]
