"""What the people of bench/load do, against the simulated service."""

import random

from bench.load.people import Habits, wishes
from bench.load.timing import LONG_POLL_S, MIN_POLL_S, QUEUE_POLL_S
from bench.simulation.fair_queue import Job
from bench.simulation.service import SimulatedService, Steps


def person(service: SimulatedService, user: int, habits: Habits) -> Steps:
    """Paint as the people of bench/load do, until the simulation ends."""
    env, plan = service.env, wishes(random.Random(user), habits)
    due_s, wish = 0.0, next(plan)
    while True:
        due_s = max(due_s + wish.after_s, env.now)
        yield env.timeout(due_s - env.now)
        following = next(plan)
        until_s = due_s + following.after_s if wish.live else float("inf")
        yield from service.request("submit")
        job = service.submit(user, wish)
        yield from _follow(service, job, until_s)
        if not wish.live:
            due_s = env.now
        wish = following


def _follow(service: SimulatedService, job: Job, until_s: float) -> Steps:
    env, wait_s = service.env, 0.0
    while True:
        if wait_s:
            yield job.done | env.timeout(wait_s)
        yield from service.request("long poll" if wait_s else "poll")
        if job.state == "succeeded":
            for _ in range(job.wish.count):
                yield from service.request("picture")
            return
        left_s = until_s - env.now
        if left_s <= MIN_POLL_S or job.state == "replaced":
            return
        in_line = job.state == "queued" and service.queue.position(job) > 1
        yield env.timeout(min(left_s, QUEUE_POLL_S if in_line else MIN_POLL_S))
        wait_s = 0.0 if in_line else min(LONG_POLL_S, max(0.001, until_s - env.now))
