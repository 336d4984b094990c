"""The loop of a worker, on a real server: what overlaps, what is given back, what is dropped."""

import threading
import zlib
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from bench.painters import FlatPainter
from jobs import BlobStore, Job, Ledger, NewJob, Settings, Status, open_blobs
from jobs.server.connection import connect
from tests.painters import GatedPainter
from tests.waiting import until
from worker.leases import LeaseKeeper
from worker.models import ModelCache
from worker.publish import Publisher
from worker.runner import Runner

SIZE = (8, 8)


class Workshop:
    """Hold a runner in a thread, with everything real but the painter."""

    def __init__(self, settings: Settings, painter: FlatPainter) -> None:
        self.ledger = Ledger(connect(settings), settings)
        self.blobs = open_blobs(settings)
        self.leases = LeaseKeeper(self.ledger)
        publisher = Publisher(self.ledger, self.blobs)
        models = ModelCache(["tiny"], lambda _: painter)
        self.runner = Runner("w", self.ledger, self.blobs, models, publisher, self.leases)
        self.thread = threading.Thread(target=self.runner.run)

    def submit(self, user: str = "ann") -> Job:
        """Queue a small job with its label map."""
        new = NewJob(
            id=str(uuid4()), user=user, model="tiny", size=SIZE, params={"label_map": "map"}
        )
        self.blobs.put(new.id, "map", zlib.compress(bytes(64)), 60)
        return self.ledger.submit(new).job

    def status(self, job: Job) -> Status:
        """Return a job's status now."""
        return self.ledger.get(job.id).status

    def close(self) -> None:
        """Drain and end."""
        self.runner.drain()
        if self.thread.ident:
            self.thread.join(60)
        self.ledger.close()
        self.blobs.close()


@pytest.fixture
def painter() -> GatedPainter:
    """Return the painter that waits for the test."""
    return GatedPainter()


@pytest.fixture
def workshop(settings: Settings, painter: GatedPainter) -> Iterator[Workshop]:
    """Return a workshop with batches of two and short polls."""
    swift = settings.model_copy(update={"batch_items": 2, "poll_s": 0.05})
    built = Workshop(swift, painter)
    yield built
    painter.gate.release(1000)
    built.close()


def hold_encoding(workshop: Workshop) -> Callable[[], None]:
    """Let no picture be stored until the returned function is called."""
    door, put = threading.Event(), workshop.blobs.put

    def slow(job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        assert door.wait(60)
        put(job_id, name, data, ttl_s)

    workshop.blobs.put = slow  # type: ignore[method-assign]
    return door.set


def test_the_device_does_not_wait_for_encoding(workshop: Workshop, painter: GatedPainter) -> None:
    """The next batch begins to paint while the last one is still being stored."""
    jobs = [workshop.submit() for _ in range(4)]
    store = hold_encoding(workshop)
    workshop.thread.start()
    until(lambda: painter.begun == [2])
    painter.gate.release()
    until(lambda: painter.begun == [2, 2])
    assert {workshop.status(job) for job in jobs} == {Status.RUNNING}
    store()
    painter.gate.release()
    until(lambda: all(workshop.status(job) is Status.SUCCEEDED for job in jobs))


def test_the_next_full_batch_is_decoded_while_one_paints(
    workshop: Workshop, painter: GatedPainter
) -> None:
    """A waiting full batch is claimed ahead; a batch that could still grow is left in the queue."""
    jobs = [workshop.submit() for _ in range(5)]
    workshop.thread.start()
    until(lambda: painter.begun == [2])
    until(lambda: [workshop.status(job) for job in jobs].count(Status.RUNNING) == 4)
    assert workshop.status(jobs[-1]) is Status.QUEUED


def test_a_cancelled_job_is_not_painted(workshop: Workshop, painter: GatedPainter) -> None:
    """A job cancelled while it was staged is dropped before the device sees it."""
    jobs = [workshop.submit() for _ in range(4)]
    workshop.thread.start()
    until(lambda: workshop.status(jobs[3]) is Status.RUNNING)
    workshop.ledger.cancel(jobs[3].id)
    painter.gate.release(2)
    until(lambda: painter.begun == [2, 1])
    until(lambda: workshop.status(jobs[2]) is Status.SUCCEEDED)
    assert workshop.status(jobs[3]) is Status.CANCELLED


def test_draining_finishes_the_batch_and_returns_the_staged_one(
    workshop: Workshop, painter: GatedPainter
) -> None:
    """What is on the device is finished; what was claimed ahead goes back uncounted."""
    jobs = [workshop.submit() for _ in range(4)]
    workshop.thread.start()
    until(lambda: workshop.status(jobs[3]) is Status.RUNNING)
    workshop.runner.drain()
    painter.gate.release(10)
    assert workshop.runner.wait(60)
    after = [workshop.ledger.get(job.id) for job in jobs]
    assert [job.status for job in after] == ["succeeded"] * 2 + ["queued"] * 2
    assert [job.attempt for job in after] == [1, 1, 0, 0]
    assert workshop.runner.held() == ()


def test_a_worker_recycles_after_its_jobs(settings: Settings) -> None:
    """With RECYCLE_JOBS the loop ends by itself, and the rest stays queued."""
    limited = settings.model_copy(update={"batch_items": 1, "recycle_jobs": 2})
    workshop = Workshop(limited, FlatPainter())
    jobs = [workshop.submit() for _ in range(3)]
    workshop.thread.start()
    assert workshop.runner.wait(60)
    assert [workshop.status(job) for job in jobs] == ["succeeded", "succeeded", "queued"]
    workshop.close()


def test_a_job_whose_input_is_gone_fails_with_a_code(
    workshop: Workshop, painter: GatedPainter
) -> None:
    """A missing label map fails that job alone."""
    lost, good = workshop.submit(), workshop.submit()
    workshop.blobs.delete(lost.id)
    painter.gate.release()
    workshop.thread.start()
    until(lambda: workshop.status(good) is Status.SUCCEEDED)
    until(lambda: workshop.status(lost) is Status.FAILED)
    assert (workshop.ledger.get(lost.id).error or {})["code"] == "input-lost"


def test_blobs_of_a_refused_result_are_dropped(workshop: Workshop, painter: GatedPainter) -> None:
    """A result that comes too late leaves no picture behind."""
    job = workshop.submit()
    workshop.thread.start()
    until(lambda: painter.begun == [1])
    workshop.ledger.cancel(job.id)
    painter.gate.release()
    stats = f"{workshop.ledger.root}stats"
    until(lambda: workshop.ledger.redis.hget(stats, "refused|tiny"))
    blobs: BlobStore = workshop.blobs
    until(lambda: blobs.get(job.id, "picture-1-0.png") is None)
