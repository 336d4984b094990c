"""Estimates against the truth: the real ledger, simulated workers, a clock of the test's own."""

import contextlib
import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from uuid import uuid4

import pytest

from jobs import Job, Ledger, NewJob, Settings
from jobs.claims import Claims
from jobs.server.connection import connect
from jobs.workers.speed import Speed

BASE_S, ITEM_S, LIMIT = 0.8, 0.1, 4
CAPACITY = LIMIT / (BASE_S + LIMIT * ITEM_S)  # pictures per second of one worker
WARM_UP_S, END_S = 20.0, 140.0
BEAT_S = 2.0


@dataclass
class Worker:
    """Paint up to LIMIT pictures in BASE_S + ITEM_S each; `free_s` is when the batch is done."""

    name: str
    free_s: float = 0.0
    batch: tuple[Job, ...] = ()


@dataclass
class Simulation:
    """Run users and workers on the ledger, event by event, in simulated seconds."""

    ledger: Ledger
    workers: list[Worker]
    now_s: float = 0.0
    guesses: dict[str, tuple[float, float]] = field(default_factory=dict)
    errors: list[float] = field(default_factory=list)
    on_finish: Callable[[Job], None] = lambda _job: None
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)

    def at(self, when_s: float, act: Callable[[], None]) -> None:
        """Plan an event."""
        heapq.heappush(self._events, (when_s, next(self._count), act))

    def run(self) -> None:
        """Let beats, batches and whatever was planned happen until END_S."""
        for worker in self.workers:
            self._beat(worker)
        while self._events and self.now_s < END_S:
            self.now_s, _, act = heapq.heappop(self._events)
            act()

    def submit(self, user: str, count: int = 1) -> None:
        """Queue a job, and note what the service promises."""
        new = NewJob(id=str(uuid4()), user=user, model="tiny", size=(32, 32), count=count)
        job = self.ledger.submit(new).job
        guess = self.ledger.forecasts.eta(job).seconds
        if guess is not None and self.now_s > WARM_UP_S:
            self.guesses[job.id] = (self.now_s, guess)
        for worker in self.workers:
            self._claim(worker)

    def _claim(self, worker: Worker) -> None:
        if worker.batch:
            return
        worker.batch = (
            Claims(self.ledger).claim(worker.name, ["tiny"], max_items=LIMIT, max_pixels=10**9).jobs
        )
        # The script notes the claim by the server's clock; here the simulated one counts.
        key = f"{self.ledger.root}worker:{worker.name}"
        self.ledger.redis.hset(key, "claimed", round(self.now_s * 1000))
        if worker.batch:
            pictures = sum(job.count for job in worker.batch)
            worker.free_s = self.now_s + BASE_S + ITEM_S * pictures
            self.at(worker.free_s, lambda: self._finish(worker))

    def _finish(self, worker: Worker) -> None:
        done, worker.batch = worker.batch, ()
        for job in done:
            Claims(self.ledger).complete(job, [])
            if job.id in self.guesses:
                asked_s, guess = self.guesses.pop(job.id)
                truth = self.now_s - asked_s
                self.errors.append(abs(guess - truth) / truth)
        self._claim(worker)
        for job in done:
            self.on_finish(job)

    def _beat(self, worker: Worker) -> None:
        busy_s = max(0.0, worker.free_s - self.now_s) if worker.batch else 0.0
        speed = Speed(BASE_S, ITEM_S, LIMIT, busy_s)
        state = "painting" if worker.batch else "ready"
        self.ledger.workers.heartbeat(worker.name, state, ["tiny"], {"tiny": speed})
        self.at(self.now_s + BEAT_S, lambda: self._beat(worker))


@pytest.fixture
def simulation(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulation]:
    """Return a service with two workers, whose clock the simulation drives."""
    patient = settings.model_copy(update={"heartbeat_s": 60.0})  # of the server's true clock
    with contextlib.closing(connect(patient)) as client:
        built = Simulation(Ledger(client, patient), [Worker("w1"), Worker("w2")])
        clock = SimpleNamespace(monotonic=lambda: built.now_s)
        monkeypatch.setattr("jobs.workers.register.time", clock)
        monkeypatch.setattr(client, "time", lambda: divmod(round(built.now_s * 1e6), 10**6))
        register = built.ledger.workers
        look = register._run
        monkeypatch.setattr(
            register, "_run", lambda name: [round(built.now_s * 1000), look(name)[1]]
        )
        yield built


def within(errors: list[float], share: float = 0.3) -> float:
    """Return the share of estimates that were off by at most `share` of the truth."""
    assert len(errors) > 100
    return sum(error <= share for error in errors) / len(errors)


def test_a_steady_backlog_is_estimated_within_30_per_cent(simulation: Simulation) -> None:
    """Ten users who each keep four jobs waiting are told when each will be done."""
    for number in range(40):
        simulation.at(number * 0.05, partial(simulation.submit, f"u{number % 10}"))
    simulation.on_finish = lambda job: simulation.submit(job.user)
    simulation.run()
    assert within(simulation.errors) >= 0.98


@pytest.mark.parametrize(("load", "most_pictures"), [(0.7, 1), (0.9, 1), (0.9, 4)])
def test_a_steady_stream_is_estimated_within_30_per_cent(
    simulation: Simulation, load: float, most_pictures: int
) -> None:
    """Jobs that come at random from many users, at a share of what two workers can paint.

    Who has several jobs waiting may be overtaken by newcomers, which nobody can foresee.
    """
    chance, when_s, number = random.Random(1), 0.0, 0
    rate = load * 2 * CAPACITY / ((1 + most_pictures) / 2)
    while when_s < END_S:
        when_s, number = when_s + chance.expovariate(rate), number + 1
        count = chance.randint(1, most_pictures)
        simulation.at(when_s, partial(simulation.submit, f"u{number}", count))
    simulation.run()
    assert within(simulation.errors) >= 0.9


def test_a_large_picture_is_promised_its_own_time(ledger: Ledger) -> None:
    """Who asks for 2048 x 2048 is told what such a picture takes, however quick the small ones."""
    speed = Speed(0.0, 0.2, 8, classes={18: 0.2, 22: 5.0})
    ledger.workers.heartbeat("w", "ready", ["tiny"], {"tiny": speed})

    def promised(side: int) -> float | None:
        new = NewJob(id=str(uuid4()), user="ann", model="tiny", size=(side, side))
        job = ledger.submit(new).job
        eta = ledger.forecasts.eta(job).seconds
        ledger.cancel(job.id)
        return eta

    assert promised(512) == pytest.approx(0.2)
    assert promised(2048) == pytest.approx(5.0)
    assert promised(1024) == pytest.approx(0.8)
