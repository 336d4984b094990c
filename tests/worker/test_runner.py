"""The loop of a worker, on a real server: what overlaps, what is given back, what is dropped."""

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from bench.painters import FlatPainter
from jobs import BlobStore, Job, Ledger, NewJob, Settings, Status, open_blobs
from jobs.blobs import BlobStoreFull
from jobs.server.connection import connect
from tests.painters import GatedPainter
from tests.waiting import until
from worker.leases import LeaseKeeper
from worker.models import ModelCache
from worker.painters import Painter
from worker.patience import Patience
from worker.publish import Publisher
from worker.runner import Runner

SIZE = (8, 8)


class Workshop:
    """Hold a runner in a thread, with everything real but the painter."""

    def __init__(
        self, settings: Settings, painter: FlatPainter, patience: Patience | None = None
    ) -> None:
        self.ledger = Ledger(connect(settings), settings)
        self.blobs = open_blobs(settings)
        self.leases = LeaseKeeper(self.ledger)
        publisher = Publisher(self.ledger, self.blobs, patience)
        self.models = ModelCache(settings.models, lambda _: painter)
        self.runner = Runner("w", self.ledger, self.blobs, self.models, publisher, self.leases)
        self.thread = threading.Thread(target=self.runner.run)

    def submit(self, user: str = "ann", model: str = "tiny", **params: object) -> Job:
        """Queue a small job with its label map."""
        asked = {"label_map": "map", **params}
        new = NewJob(id=str(uuid4()), user=user, model=model, size=SIZE, params=asked)
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


FULL = BlobStoreFull("No space left on device")
AWAY = RedisConnectionError("the bucket does not answer")


def refuse_pictures(workshop: Workshop, why: Exception = FULL) -> Callable[[], None]:
    """Let the store take no pictures until the returned function is called."""
    room, put = threading.Event(), workshop.blobs.put

    def refuse(job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        if name.startswith("picture") and not room.is_set():
            raise why
        put(job_id, name, data, ttl_s)

    workshop.blobs.put = refuse  # type: ignore[method-assign]
    return room.set


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


def test_a_preview_is_stored_beside_the_picture_where_one_is_asked_for(
    workshop: Workshop, painter: GatedPainter
) -> None:
    """The picture is the same PNG with a preview as without; the preview is a JPEG."""
    jobs = [workshop.submit(preview=True), workshop.submit()]
    painter.gate.release(1000)
    workshop.thread.start()
    until(lambda: all(workshop.status(job) is Status.SUCCEEDED for job in jobs))
    pictures = [(job.id, workshop.ledger.get(job.id).images[0]) for job in jobs]
    with_one, without = (workshop.blobs.get(job, picture.blob) for job, picture in pictures)
    shown, none = (workshop.blobs.get(job, picture.preview) for job, picture in pictures)
    assert with_one
    assert with_one == without
    assert shown
    assert shown.startswith(b"\xff\xd8\xff")
    assert none is None


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


def test_a_batch_waits_for_room_once_not_per_picture(settings: Settings) -> None:
    """With a store that stays full, all jobs of a batch end after one patience, as storage-full."""
    patient = settings.model_copy(update={"store_patience_s": 1.5})
    workshop = Workshop(patient, FlatPainter())
    jobs = [workshop.submit() for _ in range(6)]
    refuse_pictures(workshop)
    began_s = time.monotonic()
    workshop.thread.start()
    until(lambda: all(workshop.status(job) is Status.FAILED for job in jobs))
    assert time.monotonic() - began_s < 3 * 1.5, "six patiences one after the other take 9 s"
    ended = [workshop.ledger.get(job.id) for job in jobs]
    assert {(job.error or {})["code"] for job in ended} == {"storage-full"}
    workshop.close()


@pytest.mark.parametrize("why", [FULL, AWAY])
def test_who_waits_to_publish_is_seen_to_live_and_claims_nothing(
    workshop: Workshop, why: Exception
) -> None:
    """While both publishing places wait, the loop's beats go on and other jobs stay queued."""
    painter: GatedPainter = workshop.runner.models.get("tiny")  # type: ignore[assignment]
    painter.gate.release(100)
    jobs = [workshop.submit() for _ in range(3)]
    make_room = refuse_pictures(workshop, why)
    workshop.thread.start()
    until(lambda: workshop.status(jobs[2]) is Status.RUNNING)
    late = workshop.submit()
    beats = workshop.runner.loops
    until(lambda: workshop.runner.loops > beats + 3, "beats", 20)
    assert workshop.status(late) is Status.QUEUED
    make_room()
    until(lambda: workshop.status(late) is Status.SUCCEEDED)
    assert {workshop.ledger.get(job.id).attempt for job in jobs} == {1}


@pytest.fixture
def in_folder(settings: Settings, tmp_path: Path) -> Iterator[Workshop]:
    """Return a workshop whose blobs lie in a folder."""
    place = {"blob_store": f"folder:{tmp_path / 'blobs'}", "poll_s": 0.05}
    built = Workshop(settings.model_copy(update=place), FlatPainter())
    yield built
    built.close()


def test_an_input_that_cannot_be_read_fails_its_job_alone(
    in_folder: Workshop, tmp_path: Path
) -> None:
    """After three attempts the job fails; the others are painted, and the loop lives."""
    broken, good = in_folder.submit(), in_folder.submit()
    file = tmp_path / "blobs" / broken.id[:2] / broken.id / "map"
    file.unlink()
    file.mkdir()
    in_folder.thread.start()
    until(lambda: in_folder.status(broken) is Status.FAILED, timeout_s=20)
    until(lambda: in_folder.status(good) is Status.SUCCEEDED, timeout_s=20)
    ended = in_folder.ledger.get(broken.id)
    assert ((ended.error or {})["code"], ended.attempt) == ("input-unreadable", 3)
    assert in_folder.ledger.get(good.id).attempt == 1
    assert in_folder.thread.is_alive()


def test_a_job_that_no_reader_understands_ends_no_worker(workshop: Workshop) -> None:
    """Whatever goes wrong with one job's input is that job's fault, after three attempts."""
    new = NewJob(id=str(uuid4()), user="ann", model="tiny", size=SIZE, params={})
    job = workshop.ledger.submit(new).job
    workshop.thread.start()
    until(lambda: workshop.status(job) is Status.FAILED, timeout_s=20)
    assert workshop.ledger.get(job.id).attempt == 3
    assert workshop.thread.is_alive()


def test_a_folder_that_is_away_is_waited_for(in_folder: Workshop, tmp_path: Path) -> None:
    """While the blobs' disk is not mounted no job is lost; when it is back all are painted."""
    folder, aside = tmp_path / "blobs", tmp_path / "aside"
    jobs = [in_folder.submit() for _ in range(3)]
    folder.rename(aside)
    folder.mkdir()
    in_folder.thread.start()
    until(lambda: in_folder.status(jobs[0]) is not Status.QUEUED)
    beats = in_folder.runner.loops
    until(lambda: in_folder.runner.loops > beats + 2, timeout_s=20)
    folder.rmdir()
    aside.rename(folder)
    until(lambda: not any(in_folder.ledger.get(job.id).live for job in jobs))
    ended = [in_folder.ledger.get(job.id) for job in jobs]
    assert [(job.status, job.attempt) for job in ended] == [(Status.SUCCEEDED, 1)] * 3


def test_who_waits_for_inputs_in_an_outage_is_seen_to_live(workshop: Workshop) -> None:
    """A blob store that is away holds the loop for as long as it likes, and its beats go on."""
    painter: GatedPainter = workshop.runner.models.get("tiny")  # type: ignore[assignment]
    painter.gate.release(100)
    away, get = threading.Event(), workshop.blobs.get

    def refuse(job_id: str, name: str) -> bytes | None:
        if not away.is_set():
            raise AWAY
        return get(job_id, name)

    workshop.blobs.get = refuse  # type: ignore[method-assign]
    job = workshop.submit()
    workshop.thread.start()
    until(lambda: workshop.status(job) is Status.RUNNING)
    beats = workshop.runner.loops
    until(lambda: workshop.runner.loops > beats + 3, "beats", 20)
    away.set()
    until(lambda: workshop.status(job) is Status.SUCCEEDED)


def test_a_worker_that_stops_before_a_full_store_gives_its_jobs_back(settings: Settings) -> None:
    """Being told to stop while waiting for room fails nothing: the jobs are still held."""
    patient = settings.model_copy(update={"store_patience_s": 60.0})
    late = threading.Event()
    workshop = Workshop(patient, FlatPainter(), Patience(late.wait))
    job = workshop.submit()
    refuse_pictures(workshop)
    workshop.thread.start()
    until(lambda: workshop.runner.loops and workshop.status(job) is Status.RUNNING)
    workshop.runner.drain()
    late.set()
    assert workshop.runner.wait(60)
    assert [held.id for held in workshop.runner.held()] == [job.id]
    workshop.runner.give_back(workshop.runner.held())
    assert (workshop.status(job), workshop.ledger.get(job.id).attempt) == (Status.QUEUED, 0)
    workshop.close()


def test_a_model_that_cannot_be_loaded_costs_no_attempt(settings: Settings) -> None:
    """Its jobs go back uncounted and wait for another worker; those of other models are painted."""
    workshop = Workshop(settings.model_copy(update={"models": ("tiny", "torn")}), FlatPainter())
    get = workshop.models.get

    def load(name: str) -> Painter:
        if name == "torn":
            raise OSError("the checkpoint is torn")
        return get(name)

    workshop.models.get = load  # type: ignore[method-assign]
    torn = workshop.submit(model="torn")
    workshop.thread.start()
    until(lambda: workshop.runner.served() == ("tiny",), timeout_s=20)
    good = workshop.submit()
    until(lambda: workshop.status(good) is Status.SUCCEEDED, timeout_s=20)
    left = workshop.ledger.get(torn.id)
    assert (left.status, left.attempt) == (Status.QUEUED, 0)
    assert workshop.thread.is_alive()
    workshop.close()


def test_what_is_left_to_do_is_told_by_the_model_that_does_it(
    settings: Settings, painter: GatedPainter
) -> None:
    """A worker that paints a slow model's batch is busy for that long, for others' jobs too."""
    workshop = Workshop(settings.model_copy(update={"models": ("tiny", "swift")}), painter)
    workshop.runner.note_speed("tiny", 100.0, None)
    workshop.runner.note_speed("swift", 0.1, None)
    workshop.submit()
    workshop.thread.start()
    until(lambda: painter.begun == [1])
    busy = {model: speed.busy_s for model, speed in workshop.runner.speeds().items()}
    assert busy["swift"] == pytest.approx(busy["tiny"], abs=1.0)
    assert busy["swift"] > 50
    painter.gate.release(9)
    workshop.close()
