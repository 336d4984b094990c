"""One simulation, and what it showed."""

import random
from dataclasses import dataclass

import simpy

from bench.figures import SHARES, jain, quantile
from bench.load.people import Habits
from bench.simulation.people import person
from bench.simulation.service import Costs, SimulatedService


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


def simulate(users: int, costs: Costs, *, warm_s: float = 8.0, seconds: float = 60.0) -> Outcome:
    """Let `users` people paint for `seconds`, after `warm_s` in which they come in."""
    env = simpy.Environment()
    service = SimulatedService(env, costs, warm_s=warm_s, rng=random.Random(users))
    for user in range(users):
        env.process(person(service, user, Habits()))
    env.run(until=warm_s + seconds)
    done = [job for job in service.jobs if job.state == "succeeded"]
    waits: dict[int, list[float]] = {}
    for job in done:
        if job.wish.live:
            waits.setdefault(job.user, []).append(job.finished_s - job.created_s)
    others = [job.finished_s - job.created_s for job in done if not job.wish.live]
    replaced = sum(job.state == "replaced" for job in service.jobs)
    return Outcome(
        users=users,
        requests_per_s=service.requests / seconds,
        submits_per_s=len(service.jobs) / seconds,
        pictures_per_s=sum(job.wish.count for job in done) / seconds,
        submit_s=_quantiles(service.taken_s.get("submit", [])),
        poll_s=_quantiles(service.taken_s.get("poll", [])),
        live_s=_quantiles([wait for each in waits.values() for wait in each]),
        variations_s=_quantiles(others),
        replaced=replaced / max(1, len(service.jobs)),
        fairness=jain([sum(each) / len(each) for each in waits.values()]),
        api_busy=service.requests * costs.request_s / (seconds * costs.processes),
        gpus_busy=service.painted_s / (seconds * costs.gpus),
    )


def _quantiles(seconds: list[float]) -> list[float]:
    return [quantile(seconds, share) for share in SHARES]
