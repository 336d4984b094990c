"""Let people paint against the real service with simulated GPUs, and say what saturates first.

    python -m bench.scale --users 50 100 200 400 --api 1 2 --gpus 4

API processes, Valkey with append-only file, one Celery worker per simulated GPU
(a painter that sleeps), and the people of bench/load, all on this machine. Prints Markdown
tables per number of API processes; docs/scaling.md holds a run and what follows from it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

from bench.figures import SHARES, jain, line, quantile, quantiles_ms, rule
from bench.load.timing import BATCH_ITEMS, BATCH_S, ITEM_S
from bench.rig.part import ROOT
from bench.rig.service import Rig, rig
from bench.rig.usage import Usage, read_usage, redis_memory

#: From this share on a resource counts as saturated: work waits for it.
SATURATED = 0.75


@dataclass(frozen=True)
class Outcome:
    """Hold one run: what people saw, what it used, how long the jobs took by the ledger."""

    users: int
    processes: int
    gpus: int
    seen: dict[str, Any]
    used: Usage
    memory: tuple[int, int]
    waits_s: dict[str, list[float]]  # by user, live pictures
    variations_s: list[float]
    replaced: int
    unfinished: int

    def cores(self, name: str) -> float:
        """Return the cores that a part kept busy."""
        return float(getattr(self.used, name)) / self.used.at_s

    def ours(self) -> float:
        """Return the cores that all of this measurement kept busy."""
        mine = sum(self.cores(name) for name in ("api_s", "workers_s", "redis_s"))
        return mine + float(self.seen["generator_cores"])

    def shares(self) -> dict[str, float]:
        """Return how much of each resource was used, 1 being all there is."""
        cores = os.cpu_count() or 1
        return {
            "API process": self.cores("api_s") / self.processes,
            "GPU": self.cores("paint_s") / self.gpus,
            "Redis": self.cores("redis_s"),
            "load generator": self.seen["generator_cores"],
            "machine": self.ours() / cores,
        }

    def first(self) -> str:
        """Name what is used most, and whether that is the end."""
        name, share = max(self.shares().items(), key=lambda pair: pair[1])
        return f"{name} {share * 100:.0f} %" + (", saturated" if share > SATURATED else "")


def run(users: int, processes: int, gpus: int, warm_s: float, seconds: float) -> Outcome:
    """Start everything, let the people paint, and read the ledger afterwards."""
    with rig(API_PROCESSES=str(processes), BATCH_ITEMS=str(BATCH_ITEMS)) as parts:
        parts.environment |= {
            "DOODLESCAPE_PAINTER": "bench.painters:sleeper",
            "BENCH_BATCH_S": str(BATCH_S),
            "BENCH_ITEM_S": str(ITEM_S),
        }
        parts.start_api()
        for _ in range(gpus):
            parts.start_worker()
        parts.wait_for_workers()
        words = f"-m bench.load --url http://127.0.0.1:{parts.port} --users {users}"
        timing = f"--warm {warm_s} --seconds {seconds}"
        with (
            TemporaryFile("w+") as complaints,
            subprocess.Popen(
                [sys.executable, *words.split(), *timing.split()],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            ) as load,
        ):
            assert load.stdout is not None
            load.stdout.readline()  # it says when it begins to count
            before = read_usage(parts)
            load.stdout.readline()
            used = read_usage(parts).since(before)
            memory = redis_memory(parts)
            # Not by `communicate`: a line may have brought what follows it into the buffer.
            answer = load.stdout.read()
            if load.wait(60):
                complaints.seek(0)
                sys.exit(complaints.read()[-2000:])
        seen = json.loads(answer)
        return Outcome(users, processes, gpus, seen, used, memory, *_waits(parts, seen["jobs"]))


def _waits(
    parts: Rig, sent: dict[str, tuple[str, bool]]
) -> tuple[dict[str, list[float]], list[float], int, int]:
    """Return the waits of live pictures by user and of variations, the replaced and the unfinished.

    From accepted to stored, by the server's clock; what is not done yet gets some seconds.
    """
    deadline = time.monotonic() + 5.0
    live: dict[str, list[float]] = {}
    variations, replaced, unfinished = [], 0, 0
    for job_id, (user, is_live) in sent.items():
        while (job := parts.ledger.get(job_id)).live and time.monotonic() < deadline:
            time.sleep(0.02)
        if job.live:
            unfinished += 1
        elif job.status.value != "succeeded":
            replaced += 1
        elif is_live:
            live.setdefault(user, []).append((job.finished_s or 0.0) - job.created_s)
        else:
            variations.append((job.finished_s or 0.0) - job.created_s)
    return live, variations, replaced, unfinished


SEEN = (
    *("users", "requests/s", "submits/s", "pictures/s", "submit ms", "poll ms"),
    *("live wait ms", "variations wait ms", "replaced", "fairness", "errors"),
)
USED = (
    *("users", "API cores", "API ms a request", "Redis cores", "Redis MiB (peak)"),
    *("worker cores", "GPUs busy", "load cores", "others' cores", "most used"),
)


def seen(one: Outcome) -> list[str]:
    """Write what people saw as the cells of a row under SEEN."""
    counts, seconds = one.seen["counts"], one.seen["seconds"]
    waits = [wait for each in one.waits_s.values() for wait in each]
    means = [sum(each) / len(each) for each in one.waits_s.values()]
    return [
        str(one.users),
        f"{sum(counts.values()) / seconds:.0f}",
        f"{counts.get('submit', 0) / seconds:.1f}",
        f"{one.used.pictures / one.used.at_s:.1f}",
        quantiles_ms(one.seen["quantiles_s"].get("submit")),
        quantiles_ms(one.seen["quantiles_s"].get("poll")),
        quantiles_ms([quantile(waits, share) for share in SHARES]),
        quantiles_ms([quantile(one.variations_s, share) for share in SHARES]),
        f"{one.replaced / max(1, len(one.seen['jobs'])) * 100:.0f} %",
        f"{jain(means):.2f}",
        str(sum(one.seen["errors"].values()) + one.unfinished),
    ]


def used(one: Outcome) -> list[str]:
    """Write what the run used as the cells of a row under USED."""
    now, peak = one.memory
    return [
        str(one.users),
        f"{one.cores('api_s'):.2f}",
        f"{one.used.api_s * 1000 / sum(one.seen['counts'].values()):.2f}",
        f"{one.cores('redis_s'):.2f}",
        f"{now / 2**20:.0f} ({peak / 2**20:.0f})",
        f"{one.cores('workers_s'):.2f}",
        f"{one.shares()['GPU'] * 100:.0f} %",
        f"{one.seen['generator_cores']:.2f}",
        f"{max(0.0, one.cores('machine_s') - one.ours()):.2f}",
        one.first(),
    ]


def main() -> None:
    """Run all combinations; print what people saw as it comes, then what it used."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=[50, 100, 200, 400], help="people")
    parser.add_argument("--api", type=int, nargs="+", default=[1, 2], help="API processes")
    parser.add_argument("--gpus", type=int, default=4, help="simulated GPUs")
    parser.add_argument("--warm", type=float, default=10.0, help="seconds before it counts")
    parser.add_argument("--seconds", type=float, default=20.0, help="seconds that count")
    asked = parser.parse_args()
    for processes in asked.api:
        print(f"\n{processes} API processes, {asked.gpus} simulated GPUs\n")
        print(f"{line(SEEN)}\n{rule(SEEN)}", flush=True)
        runs = []
        for users in asked.users:
            runs.append(run(users, processes, asked.gpus, asked.warm, asked.seconds))
            print(line(seen(runs[-1])), flush=True)
            if runs[-1].seen["errors"]:
                print(runs[-1].seen["errors"], file=sys.stderr)
        print("\n".join(["", line(USED), rule(USED), *(line(used(one)) for one in runs)]))


if __name__ == "__main__":
    main()
