"""API processes, fair queue and GPUs, each held for as long as it works."""

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from bench.load.people import Wish
from bench.load.timing import BATCH_ITEMS, BATCH_S, BESIDE_S, ITEM_S, REQUEST_S
from bench.simulation.fair_queue import FairQueue, Job

Steps = Generator[Any, Any, None]


@dataclass(frozen=True)
class Costs:
    """What the service costs, in seconds; `request_s` is the CPU time of one mean request."""

    processes: int = 1
    request_s: float = REQUEST_S
    gpus: int = 4
    batch_s: float = BATCH_S
    item_s: float = ITEM_S
    batch_items: int = BATCH_ITEMS
    publish_s: float = 0.02  # from painted to known: encode, store, settle, wake the poller
    cores: int = 0  # of the one machine that runs everything; 0 = each part has enough
    beside_s: float = BESIDE_S  # CPU time of Redis, workers and load generator for each request


@dataclass
class SimulatedService:
    """Hold the service while it is simulated, and what people saw after `warm_s`."""

    env: simpy.Environment
    costs: Costs
    warm_s: float
    rng: random.Random
    queue: FairQueue = field(default_factory=FairQueue)
    taken_s: dict[str, list[float]] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    painted_s: float = 0.0
    requests: int = 0

    def __post_init__(self) -> None:
        self.api = simpy.Resource(self.env, self.costs.processes)
        self.cores = simpy.Resource(self.env, self.costs.cores or 10**6)
        self.news = self.env.event()
        for _ in range(self.costs.gpus):
            self.env.process(self._gpu())

    def request(self, name: str) -> Steps:
        """Wait for an API process, and hold it."""
        began = self.env.now
        with self.api.request() as turn:
            yield turn
            yield from self._work(self.costs.request_s)
        if self.costs.cores:
            yield from self._work(self.costs.beside_s)
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
        costs = self.costs
        while True:
            jobs = self.queue.claim(costs.batch_items)
            if not jobs:
                yield self.news
                continue
            pictures = sum(job.wish.count for job in jobs)
            paint_s = costs.batch_s + costs.item_s * pictures
            yield self.env.timeout(paint_s)
            if self.env.now > self.warm_s:
                self.painted_s += paint_s
            self.env.process(self._publish(jobs))

    def _publish(self, jobs: list[Job]) -> Steps:
        yield self.env.timeout(self.costs.publish_s)
        for job in jobs:
            job.state, job.finished_s = "succeeded", self.env.now
            job.done.succeed()
