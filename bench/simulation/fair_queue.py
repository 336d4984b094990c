"""The fair order of jobs/lua, in memory, for the simulation."""

import itertools
from bisect import bisect_left, insort
from dataclasses import dataclass

import simpy

from bench.load.people import Wish


@dataclass(eq=False)
class Job:
    """A job in the queue; `turn` is its place in the fair order."""

    user: int
    wish: Wish
    created_s: float
    done: simpy.Event
    turn: tuple[int, int] = (0, 0)
    state: str = "queued"
    finished_s: float = 0.0


class FairQueue:
    """Round robin over users, first in first out inside a user, one queued live job a user.

    The same order as jobs/lua/submit.lua and claim.lua give, except that one user's live jobs
    and others are not dealt alternately.
    """

    def __init__(self) -> None:
        self.jobs: list[tuple[tuple[int, int], int, Job]] = []
        self.replaced = 0
        self._round = 0
        self._last: dict[int, int] = {}
        self._live: dict[int, Job] = {}
        self._count = itertools.count()

    def put(self, job: Job) -> None:
        """Queue a job at its turn; a live one takes the turn of the user's queued live job."""
        old = self._live.get(job.user) if job.wish.live else None
        if old is not None and old.state == "queued":
            old.state = "replaced"
            self.replaced += 1
            del self.jobs[self._index(old)]
            job.turn = old.turn
        else:
            queued_round = self._last.get(job.user, -1)
            job.turn = (max(self._round, queued_round + 1), next(self._count))
            self._last[job.user] = job.turn[0]
        if job.wish.live:
            self._live[job.user] = job
        insort(self.jobs, (job.turn, id(job), job))

    def claim(self, most: int) -> list[Job]:
        """Take the first job, and more from the front while all pictures fit a batch of `most`."""
        taken: list[Job] = []
        room = most
        while self.jobs and (not taken or self.jobs[0][2].wish.count <= room):
            job = self.jobs.pop(0)[2]
            room -= job.wish.count
            job.state = "running"
            self._round = job.turn[0]
            taken.append(job)
        return taken

    def position(self, job: Job) -> int:
        """Return 1 for the job that is next."""
        return self._index(job) + 1

    def _index(self, job: Job) -> int:
        return bisect_left(self.jobs, (job.turn, id(job), job))
