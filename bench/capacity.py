"""From the measured figures to many people: what a day of them needs, and what a picture costs.

    python -m bench.capacity --people 1000000

Prints the arithmetic as Markdown, then simulates one shard at the peak hour as a check. What was
measured here, what is assumed and what is a price is told apart in three classes below.
"""

import argparse
from dataclasses import dataclass, field
from math import ceil

from bench.figures import line, rule, show
from bench.load.people import Habits
from bench.load.timing import BATCH_ITEMS, BATCH_S, ITEM_S, REQUEST_S
from bench.simulate import COLUMNS, row
from bench.simulation.run import simulate
from bench.simulation.service import Costs


@dataclass(frozen=True)
class Measured:
    """Figures of docs/scaling.md, from `python -m bench.scale` and the tables beside it."""

    requests_per_job: float = 4.2
    api_s: float = REQUEST_S  # CPU of an API process for a request
    redis_s: float = 0.0017  # CPU of Redis for a whole job, its polls and ticks included
    record_bytes: int = 4_200  # a finished job: record and label map, without its pictures
    png_bytes: int = 121_000  # a picture of 256x256 pixels (docs/service-bench.md, encoders)
    preview_bytes: int = 17_000  # the JPEG that live painting shows of it
    paint_core_s: float = 0.13  # CPU of one picture of the shipped model, 256x256
    large_core_s: float = 1.36  # of the 97 M parameter layout at 512x512 (docs/engine.md)


@dataclass(frozen=True)
class Assumed:
    """What nobody can measure here; change it to what you know."""

    session_s: float = 600.0  # painting time of a person a day
    peak: float = 3.0  # the busiest hour against the mean
    load: float = 0.6  # how busy a process, a shard, a GPU may be at the peak
    retention_s: float = 3600.0  # RETENTION
    gpu_s: float = BATCH_S / BATCH_ITEMS + ITEM_S  # GPU time of one picture in a full batch


@dataclass(frozen=True)
class Prices:
    """Round list prices of large clouds, in dollars; assumptions, not quotes."""

    core_hour: float = 0.04
    gpu_hour: float = 0.80
    gb_month: float = 0.023  # object storage
    gb_out: float = 0.05  # traffic to people


@dataclass(frozen=True)
class Plan:
    """Work out the peak hour of a day with so many people."""

    people: int
    measured: Measured = field(default_factory=Measured)
    assumed: Assumed = field(default_factory=Assumed)
    habits: Habits = field(default_factory=Habits)

    @property
    def present(self) -> float:
        """Return the people who paint at the same time in the peak hour (Little's law)."""
        return self.people * self.assumed.session_s / 86_400 * self.assumed.peak

    @property
    def jobs_per_s(self) -> float:
        """Return the submits per second of the peak."""
        return self.present * self.habits.jobs_per_s

    @property
    def pictures_per_s(self) -> float:
        """Return the pictures per second of the peak."""
        return self.present * self.habits.pictures_per_s

    @property
    def processes(self) -> int:
        """Return the API processes, one core each."""
        busy = self.jobs_per_s * self.measured.requests_per_job * self.measured.api_s
        return ceil(busy / self.assumed.load)

    @property
    def shards(self) -> int:
        """Return the Redis servers; each runs its commands on one core."""
        return ceil(self.jobs_per_s * self.measured.redis_s / self.assumed.load)

    @property
    def gpus(self) -> int:
        """Return the GPUs."""
        return ceil(self.pictures_per_s * self.assumed.gpu_s / self.assumed.load)

    @property
    def paint_cores(self) -> int:
        """Return the cores that would paint instead of GPUs."""
        return ceil(self.pictures_per_s * self.measured.paint_core_s / self.assumed.load)

    @property
    def record_gb(self) -> float:
        """Return the memory of all shards for the records that are kept, GB."""
        return self.jobs_per_s * self.assumed.retention_s * self.measured.record_bytes / 1e9


def needs(plan: Plan) -> list[tuple[str, str]]:
    """Write what the peak hour needs, row by row."""
    measured, shards = plan.measured, plan.shards
    requests = plan.jobs_per_s * measured.requests_per_job
    preview, png = (
        plan.pictures_per_s * size / 1e6 for size in (measured.preview_bytes, measured.png_bytes)
    )
    per_day = plan.people * plan.assumed.session_s * plan.habits.pictures_per_s
    return [
        ("people a day", f"{plan.people:,}"),
        ("pictures a day", f"{per_day / 1e6:.1f} million"),
        ("people at the same time, peak hour", f"{plan.present:,.0f}"),
        ("jobs per second", f"{plan.jobs_per_s:,.0f}"),
        ("pictures per second", f"{plan.pictures_per_s:,.0f}"),
        ("requests per second", f"{requests:,.0f}"),
        ("API processes, one core each", f"{plan.processes}"),
        ("Redis shards", f"{shards}"),
        ("records kept, in all", f"{plan.record_gb:.0f} GB"),
        ("records kept, each shard", f"{plan.record_gb / shards:.1f} GB"),
        ("pictures to people, previews and PNGs", f"{preview:,.0f} and up to {png:,.0f} MB/s"),
        (f"GPUs of {plan.assumed.gpu_s * 1000:.0f} ms a picture", f"{plan.gpus}"),
        ("or cores that paint the shipped model", f"{plan.paint_cores:,}"),
    ]


def costs(measured: Measured, assumed: Assumed, prices: Prices) -> list[tuple[str, str]]:
    """Write dollars per 1,000 pictures, part by part, and when a GPU pays.

    Machines are as busy as `load`, which needs an autoscaler: a fleet that is paid for the peak all
    day costs `peak` times as much.
    """
    habits = Habits()
    jobs = 1000 * habits.jobs_per_s / habits.pictures_per_s
    core_s, gpu_s = prices.core_hour / 3600, prices.gpu_hour / 3600
    preview_gb, png_gb = measured.preview_bytes * 1000 / 1e9, measured.png_bytes * 1000 / 1e9

    def paid(seconds: float, price: float) -> str:
        return f"{seconds * price / assumed.load:.5f}"

    def pays(cores: float) -> str:
        return f"{cores * core_s / gpu_s * 1000:.0f} ms a picture"

    return [
        (f"GPU, {assumed.gpu_s * 1000:.0f} ms a picture", paid(1000 * assumed.gpu_s, gpu_s)),
        ("or CPU, shipped model, 256x256", paid(1000 * measured.paint_core_s, core_s)),
        ("or CPU, 97 M parameters, 512x512", paid(1000 * measured.large_core_s, core_s)),
        ("API", paid(jobs * measured.requests_per_job * measured.api_s, core_s)),
        ("Redis", paid(jobs * measured.redis_s, core_s)),
        ("storing both for a day", f"{(preview_gb + png_gb) * prices.gb_month / 30:.5f}"),
        ("sending previews", f"{preview_gb * prices.gb_out:.5f}"),
        ("sending PNGs", f"{png_gb * prices.gb_out:.5f}"),
        ("a GPU is cheaper for the shipped model below", pays(measured.paint_core_s)),
        ("and for the large one below", pays(measured.large_core_s)),
    ]


def main() -> None:
    """Print needs, costs and the simulated shard."""
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000, help="people a day")
    parser.add_argument("--gpu-ms", type=float, default=1000 * Assumed.gpu_s, help="a picture's")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the simulation")
    asked = parser.parse_args()
    plan = Plan(asked.people, assumed=Assumed(gpu_s=asked.gpu_ms / 1000))
    show(needs(plan))
    print()
    show(costs(plan.measured, plan.assumed, Prices()), ("per 1,000 pictures", "dollars"))
    share = plan.shards
    one = Costs(
        processes=ceil(plan.processes / share),
        request_s=plan.measured.api_s,
        gpus=ceil(plan.gpus / share),
        batch_s=BATCH_S * plan.assumed.gpu_s / Assumed.gpu_s,
        item_s=ITEM_S * plan.assumed.gpu_s / Assumed.gpu_s,
    )
    print(f"\nOne of {share} shards: {one.processes} API processes, {one.gpus} GPUs\n")
    outcome = simulate(round(plan.present / share), one, seconds=asked.seconds)
    print("\n".join([line(COLUMNS), rule(COLUMNS), line(row(outcome))]))


if __name__ == "__main__":
    main()
