"""Simulate people, API, fair queue, batches and GPUs as discrete events, with simpy.

    python -m bench.simulate --users 50 100 200 400 --api 1 --gpus 4 --request-ms 3.2

The people are those of bench/load.py (same `wishes`, same polls). A request holds one API process
for its CPU time; a GPU claims from the front of the fair order as many pictures as fit a batch, and
holds them for `batch_s + item_s * pictures`. With `--cores`, everything shares one machine: API
processes need a core while they work, and so does what Redis, workers and the load generator do
beside each request.
"""

import argparse
import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from bench.fair import FairQueue, Job
from bench.people import SHARES, Habits, Wish, jain, quantile, wishes
from bench.timing import (
    BATCH_ITEMS,
    BATCH_S,
    ITEM_S,
    LONG_POLL_S,
    MIN_POLL_S,
    QUEUE_POLL_S,
    line,
    ms,
    rule,
)

Steps = Generator[Any, Any, None]


@dataclass(frozen=True)
class Figures:
    """What the house costs, in seconds; `request_s` is the CPU time of one mean request."""

    processes: int = 1
    request_s: float = 0.0032
    gpus: int = 4
    batch_s: float = BATCH_S
    item_s: float = ITEM_S
    batch_items: int = BATCH_ITEMS
    publish_s: float = 0.02  # from painted to known: encode, store, settle, wake the poller
    cores: int = 0  # of the one machine that runs everything; 0 = each part has enough
    beside_s: float = 0.002  # CPU time of Redis, workers and load generator for each request


@dataclass
class House:
    """Hold the service while it is simulated, and what people saw after `warm_s`."""

    env: simpy.Environment
    figures: Figures
    warm_s: float
    rng: random.Random
    queue: FairQueue = field(default_factory=FairQueue)
    taken_s: dict[str, list[float]] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    painted_s: float = 0.0
    requests: int = 0

    def __post_init__(self) -> None:
        self.api = simpy.Resource(self.env, self.figures.processes)
        self.cores = simpy.Resource(self.env, self.figures.cores or 10**6)
        self.news = self.env.event()
        for _ in range(self.figures.gpus):
            self.env.process(self._gpu())

    def request(self, name: str) -> Steps:
        """Wait for an API process, and hold it."""
        began = self.env.now
        with self.api.request() as turn:
            yield turn
            yield from self._work(self.figures.request_s)
        if self.figures.cores:
            yield from self._work(self.figures.beside_s)
        if self.env.now > self.warm_s:
            self.requests += 1
            self.taken_s.setdefault(name, []).append(self.env.now - began)

    def _work(self, mean_s: float) -> Steps:
        with self.cores.request() as core:
            yield core
            yield self.env.timeout(self.rng.expovariate(1 / mean_s))

    def submit(self, user: int, wish: Wish) -> Job:
        """Queue a job and wake the GPUs that wait."""
        job = Job(user, wish, self.env.now, self.env.event())
        self.queue.put(job)
        if self.env.now > self.warm_s:
            self.jobs.append(job)
        self.news.succeed()
        self.news = self.env.event()
        return job

    def _gpu(self) -> Steps:
        figures = self.figures
        while True:
            jobs = self.queue.claim(figures.batch_items)
            if not jobs:
                yield self.news
                continue
            pictures = sum(job.wish.count for job in jobs)
            paint_s = figures.batch_s + figures.item_s * pictures
            yield self.env.timeout(paint_s)
            if self.env.now > self.warm_s:
                self.painted_s += paint_s
            self.env.process(self._publish(jobs))

    def _publish(self, jobs: list[Job]) -> Steps:
        yield self.env.timeout(self.figures.publish_s)
        for job in jobs:
            job.state, job.finished_s = "succeeded", self.env.now
            job.done.succeed()


def person(house: House, user: int, habits: Habits) -> Steps:
    """Paint as bench.load.Person does, until the simulation ends."""
    env, plan = house.env, wishes(random.Random(user), habits)
    due_s, wish = 0.0, next(plan)
    while True:
        due_s = max(due_s + wish.after_s, env.now)
        yield env.timeout(due_s - env.now)
        following = next(plan)
        until_s = due_s + following.after_s if wish.live else float("inf")
        yield from house.request("submit")
        job = house.submit(user, wish)
        yield from _follow(house, job, until_s)
        if not wish.live:
            due_s = env.now
        wish = following


def _follow(house: House, job: Job, until_s: float) -> Steps:
    env, wait_s = house.env, 0.0
    while True:
        if wait_s:
            yield job.done | env.timeout(wait_s)
        yield from house.request("long poll" if wait_s else "poll")
        if job.state == "succeeded":
            for _ in range(job.wish.count):
                yield from house.request("picture")
            return
        left_s = until_s - env.now
        if left_s <= MIN_POLL_S or job.state == "replaced":
            return
        in_line = job.state == "queued" and house.queue.position(job) > 1
        yield env.timeout(min(left_s, QUEUE_POLL_S if in_line else MIN_POLL_S))
        wait_s = 0.0 if in_line else min(LONG_POLL_S, max(0.001, until_s - env.now))


@dataclass(frozen=True)
class Outcome:
    """Hold what a simulation showed; quantiles are p50, p95, p99 in seconds."""

    users: int
    requests_per_s: float
    submits_per_s: float
    pictures_per_s: float
    submit_s: list[float]
    poll_s: list[float]
    live_s: list[float]
    variations_s: list[float]
    replaced: float
    fairness: float
    api_busy: float
    gpus_busy: float


def simulate(
    users: int, figures: Figures, *, warm_s: float = 8.0, seconds: float = 60.0
) -> Outcome:
    """Let `users` people paint for `seconds`, after `warm_s` in which they come in."""
    env = simpy.Environment()
    house = House(env, figures, warm_s=warm_s, rng=random.Random(users))
    for user in range(users):
        env.process(person(house, user, Habits()))
    env.run(until=warm_s + seconds)
    done = [job for job in house.jobs if job.state == "succeeded"]
    waits: dict[int, list[float]] = {}
    for job in done:
        if job.wish.live:
            waits.setdefault(job.user, []).append(job.finished_s - job.created_s)
    others = [job.finished_s - job.created_s for job in done if not job.wish.live]
    replaced = sum(job.state == "replaced" for job in house.jobs)
    return Outcome(
        users=users,
        requests_per_s=house.requests / seconds,
        submits_per_s=len(house.jobs) / seconds,
        pictures_per_s=sum(job.wish.count for job in done) / seconds,
        submit_s=_quantiles(house.taken_s.get("submit", [])),
        poll_s=_quantiles(house.taken_s.get("poll", [])),
        live_s=_quantiles([wait for each in waits.values() for wait in each]),
        variations_s=_quantiles(others),
        replaced=replaced / max(1, len(house.jobs)),
        fairness=jain([sum(each) / len(each) for each in waits.values()]),
        api_busy=house.requests * figures.request_s / (seconds * figures.processes),
        gpus_busy=house.painted_s / (seconds * figures.gpus),
    )


def _quantiles(seconds: list[float]) -> list[float]:
    return [quantile(seconds, share) for share in SHARES]


COLUMNS = (
    *("users", "requests/s", "submits/s", "pictures/s", "submit ms", "poll ms", "live wait ms"),
    *("variations wait ms", "replaced", "fairness", "API busy", "GPUs busy"),
)


def row(one: Outcome) -> list[str]:
    """Write one simulation as the cells of the table."""
    return [
        str(one.users),
        f"{one.requests_per_s:.0f}",
        f"{one.submits_per_s:.1f}",
        f"{one.pictures_per_s:.1f}",
        *(ms(each) for each in (one.submit_s, one.poll_s, one.live_s, one.variations_s)),
        f"{one.replaced * 100:.0f} %",
        f"{one.fairness:.2f}",
        f"{one.api_busy * 100:.0f} %",
        f"{one.gpus_busy * 100:.0f} %",
    ]


def main() -> None:
    """Simulate each number of users and print a row."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=[50, 100, 200, 400])
    parser.add_argument("--api", type=int, default=1, help="API processes")
    parser.add_argument("--gpus", type=int, default=4)
    parser.add_argument("--request-ms", type=float, default=3.2, help="CPU of a mean request")
    parser.add_argument("--cores", type=int, default=0, help="of one machine; 0 = enough")
    parser.add_argument("--beside-ms", type=float, default=2.0, help="CPU of all else per request")
    parser.add_argument("--warm", type=float, default=8.0, help="seconds before it counts")
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds that count")
    asked = parser.parse_args()
    figures = Figures(
        processes=asked.api,
        gpus=asked.gpus,
        request_s=asked.request_ms / 1000,
        cores=asked.cores,
        beside_s=asked.beside_ms / 1000,
    )
    print(f"{line(COLUMNS)}\n{rule(COLUMNS)}")
    for users in asked.users:
        one = simulate(users, figures, warm_s=asked.warm, seconds=asked.seconds)
        print(line(row(one)), flush=True)


if __name__ == "__main__":
    main()
