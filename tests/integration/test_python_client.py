"""The Python client against the real service: API processes, a worker, and what is left of them."""

import contextlib
import re
import shlex
import shutil
import subprocess
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from doodlescape_client import (
    Busy,
    Client,
    Expired,
    InvalidRequest,
    Job,
    JobCancelled,
    JobFailed,
    JobNotDone,
    NotAuthorized,
    NotFound,
    StillWaiting,
    Unreachable,
)
from doodlescape_client.__main__ import main
from doodlescape_client.job import JobError, Options
from doodlescape_client.pictures import label_map_png
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from api.keys import KeyRing
from api.schemas.jobs import JobOptions
from bench.rig.part import ROOT
from jobs.claims import Claims
from jobs.workers.speed import Speed
from spade.maps.labelmap import read_label_map
from tests.api.conftest import LANDSCAPE, write_card
from tests.integration.conftest import Api, Stage, service
from tests.integration.proxy import Proxy
from tests.waiting import until

SKY, SEA, SAND = 156, 154, 153
QUOTA = 6
MODELS = ("tiny", "asleep", "slow")
Labels = npt.NDArray[np.uint8]
PAGES = ("README.md", "docs/http-api.md", "clients/python/README.md")


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a document in a language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def curl_lines(page: str) -> list[str]:
    """Return the curl commands of a document."""
    return re.findall(r"^curl .*", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)


@dataclass(frozen=True)
class Shop:
    """A running service: `tiny` is painted, `asleep` has no worker, `slow` an idle one."""

    stage: Stage
    api: Api

    def jobs_of(self, job: Job) -> list[str]:
        """List the ids of all jobs of this job's user."""
        user = self.stage.ledger.get(job.id).user
        return sorted(one.id for one in self.stage.ledger.list_jobs(user, limit=100).jobs)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Start server, API and worker once for all tests here; each test is a user of its own."""
    folder = tmp_path_factory.mktemp("shop")
    for name in MODELS:
        can = {"seed": True, "style": False, "instances": False, "segment": name == "tiny"}
        write_card(folder / "checkpoints", name, abilities=can)
    few = {"MAX_QUEUED_PER_USER": str(QUOTA)}
    with service(folder, 0.2, MODEL=",".join(MODELS), **few) as (stage, api):
        stage.ledger.workers.heartbeat("hand", "ready", ["slow"], {"slow": Speed(0.0, 0.5, 1)})
        yield Shop(stage, api)


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    """Return a client of the service, as a user of its own."""
    with Client(shop.api.url) as built:
        yield built


def landscape() -> Labels:
    """Return a label map of sky over sea, in the tiny model's native size."""
    labels = np.full((64, 64), SKY, np.uint8)
    labels[40:] = SEA
    return labels


def pixels(path: Path) -> Labels:
    """Read a saved picture."""
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_an_array_becomes_a_saved_picture(client: Client, tmp_path: Path) -> None:
    """Submit, wait and save lead from a label map to the picture that was painted from it."""
    job = client.wait(client.submit(label_map=landscape(), seed=7, count=2), timeout_s=60)
    paths = client.save(job, tmp_path / "photo")

    assert [image.seed for image in job.images] == [7, 8]
    assert [path.name for path in paths] == ["photo-1.png", "photo-2.png"]
    for path in paths:
        assert (pixels(path)[..., 0] == landscape()).all()


def test_a_doodle_is_sent_with_its_palette(client: Client, tmp_path: Path) -> None:
    """A drawing's file goes out as it is, and the service reads its colours."""
    colours = {label: colour for colour, label in LANDSCAPE.palette("smart-sketch").items()}
    drawing = np.empty((64, 64, 3), np.uint8)
    drawing[:] = colours[SKY]
    Image.fromarray(drawing).save(tmp_path / "drawing.png")

    job = client.submit(doodle=tmp_path / "drawing.png", palette="smart-sketch", format="webp")
    (path,) = client.save(client.wait(job, timeout_s=60), tmp_path / "photo")

    assert path.suffix == ".webp"
    assert abs(pixels(path).astype(int) - SKY).max() <= 2


def test_a_photo_is_traced_to_a_label_map(client: Client, tmp_path: Path) -> None:
    """A photo goes in, label ids come out; asking too early or for pictures says why not."""
    Image.new("RGB", (90, 90), (SEA, 0, 0)).save(tmp_path / "photo.png")  # red is what is "seen"
    job = client.submit(photo=tmp_path / "photo.png")
    assert job.kind == "trace"
    with pytest.raises(JobNotDone):
        client.label_map(job)

    done = client.wait(job)

    traced = read_label_map(client.label_map(done), LANDSCAPE)
    assert traced.shape == (128, 128)
    assert (traced == SEA).all()
    with pytest.raises(JobNotDone):
        client.save(done, tmp_path / "picture.png")
    with pytest.raises(InvalidRequest, match="tracing-unsupported"):
        client.submit(photo=tmp_path / "photo.png", model="slow")


def test_a_service_that_dies_in_the_middle_is_waited_for(shop: Shop, client: Client) -> None:
    """While all API processes are shot, submits and waits go on, and no job is there twice."""
    first = client.submit(label_map=landscape())
    done: list[str] = []

    def paint(number: int) -> None:
        job = first if number == 0 else client.submit(label_map=landscape(), seed=number)
        done.append(client.wait(job, timeout_s=90).id)

    shop.api.crash()
    painters = [threading.Thread(target=paint, args=(number,)) for number in range(4)]
    for painter in painters:
        painter.start()
    shop.api.start()
    for painter in painters:
        painter.join(120)

    assert len(done) == 4
    assert sorted(done) == shop.jobs_of(first)


def test_a_lost_answer_makes_one_job(shop: Shop) -> None:
    """A submit whose answer is lost is repeated under its id, by the same user."""
    with (
        contextlib.closing(Proxy(shop.api.port)) as proxy,
        Client(f"http://127.0.0.1:{proxy.port}") as client,
    ):
        client.models()
        proxy.lose_next_answer()
        job = client.submit(label_map=landscape())
    assert shop.jobs_of(job) == [job.id]


def test_a_job_id_of_ones_own_is_never_painted_twice(client: Client) -> None:
    """A program that repeats itself with its id gets its job; with another picture, an error."""
    job_id = str(uuid.uuid4())
    first = client.submit(label_map=landscape(), job_id=job_id, seed=1)
    again = client.submit(label_map=landscape(), job_id=job_id, seed=1)

    assert (first.id, again.id) == (job_id, job_id)
    with pytest.raises(InvalidRequest, match="idempotency-conflict"):
        client.submit(label_map=landscape().T, job_id=job_id, seed=1)


def test_a_full_service_is_asked_again_when_it_says(shop: Shop) -> None:
    """Busy comes only when patience ends; until then the client waits as Retry-After says."""
    _, key = KeyRing(shop.stage.ledger.redis, shop.stage.settings.namespace).create("crowd")
    with Client(shop.api.url, key) as patient, Client(shop.api.url, key, patience_s=0.5) as hasty:
        waiting = [patient.submit(label_map=landscape(), model="slow") for _ in range(QUOTA)]
        with pytest.raises(Busy) as caught:
            hasty.submit(label_map=landscape(), model="slow")
        threading.Timer(0.3, patient.cancel, [waiting[0]]).start()
        last = patient.submit(label_map=landscape(), model="slow")

    assert caught.value.code == "quota-exceeded"
    assert caught.value.retry_after_s == 1
    assert last.id not in {job.id for job in waiting}


def test_cancel_and_time_limits_have_errors_of_their_own(client: Client) -> None:
    """Waiting too long is a TimeoutError that holds the job; a cancelled job is told as such."""
    job = client.submit(label_map=landscape(), model="asleep")
    with pytest.raises(StillWaiting) as caught:
        client.wait(job, timeout_s=0.3)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.job.status == "queued"

    assert client.cancel(job).status == "cancelled"
    with pytest.raises(JobCancelled):
        client.wait(job.id)
    with pytest.raises(JobCancelled):
        client.save(client.look(job), "photo.png")


def test_a_cancel_reaches_who_waits(client: Client) -> None:
    """A wait ends with the job, not with its poll."""
    job = client.submit(label_map=landscape(), model="asleep")
    news = client.follow(job)
    assert next(news).status == "queued"
    threading.Timer(0.3, client.cancel, [job]).start()
    assert [each.status for each in news] == ["cancelled"]


def test_a_job_that_cannot_be_painted_says_why(shop: Shop, client: Client) -> None:
    """A failed job raises with the service's words; after its time it is told to be gone."""
    job, ledger = client.submit(label_map=landscape(), model="asleep"), shop.stage.ledger
    while (held := Claims(ledger).claim("hand", ["asleep"], max_items=1, max_pixels=10**6)).jobs:
        Claims(ledger).fail(held.jobs[0], "paint-failed", "The model could not paint this doodle.")
    with pytest.raises(JobFailed, match="could not paint") as caught:
        client.wait(job, timeout_s=60)
    assert caught.value.job.error == JobError(
        "paint-failed", "The model could not paint this doodle."
    )

    def is_gone() -> bool:
        try:
            client.look(job)
        except Expired as error:
            return error.code == "job-expired"
        return False

    until(is_gone)


def test_refusals_are_typed(shop: Shop, client: Client) -> None:
    """What the service refuses arrives with code, remedy and what it listed."""
    unknown = landscape()
    unknown[0, :3] = 7
    with pytest.raises(InvalidRequest) as caught:
        client.submit(label_map=unknown)
    assert caught.value.code == "unknown-label-ids"
    assert caught.value.remedy
    assert "7" in str(caught.value.extra)
    with pytest.raises(NotFound, match="job-not-found"):
        client.look(str(uuid.uuid4()))
    with Client(shop.api.url, api_key="dds_wrong") as stranger, pytest.raises(NotAuthorized):
        stranger.submit(label_map=landscape())
    with Client("http://127.0.0.1:1", patience_s=0.1) as lost, pytest.raises(Unreachable):
        lost.models()


def test_a_key_is_the_same_user_in_every_program(shop: Shop) -> None:
    """With an API key, one client finds the job of another."""
    _, text = KeyRing(shop.stage.ledger.redis, shop.stage.settings.namespace).create("printer")
    with Client(shop.api.url, text) as one, Client(shop.api.url, text) as other:
        job = one.submit(label_map=landscape())
        assert other.look(job.id).id == job.id


def test_models_name_what_can_be_asked_for(client: Client) -> None:
    """The models come with labels, palettes and licence."""
    model = client.models()[0]
    assert model["name"] == "tiny"
    assert SEA in {label["id"] for label in model["label_set"]["labels"]}


def test_the_command_line_paints(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`paint` saves the photo and prints its path; a mistake is one line and status 1."""
    (tmp_path / "map.png").write_bytes(label_map_png(landscape()))
    photo = str(tmp_path / "photo.png")

    assert main(["--url", shop.api.url, "paint", str(tmp_path / "map.png"), "-o", photo]) == 0
    assert capsys.readouterr().out.split() == [photo]
    assert (pixels(Path(photo))[..., 0] == landscape()).all()
    traced = str(tmp_path / "traced.png")
    assert main(["--url", shop.api.url, "trace", photo, "-o", traced]) == 0
    assert pixels(Path(traced)).shape == (128, 128)
    capsys.readouterr()
    assert main(["--url", shop.api.url, "models"]) == 0
    assert main(["--url", shop.api.url, "paint", "nothing.png", "-o", photo]) == 1
    assert "nothing.png" in capsys.readouterr().err


def test_options_are_those_of_the_service() -> None:
    """The client knows each field of a job, and none that is not there."""
    assert set(Options.__annotations__) == set(JobOptions.model_fields)


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.just(SEA)))
def test_label_maps_arrive_as_they_are(labels: Labels) -> None:
    """The service reads from the client's PNG the very ids of the array, transposed or not."""
    labels[::2, ::3] = SKY
    for view in (labels, labels.T):
        assert (read_label_map(label_map_png(view), LANDSCAPE) == view).all()


def test_arrays_of_other_kinds_are_refused() -> None:
    """Floats, 64-bit ids and colours are not taken for label ids."""
    for wrong in (np.zeros((4, 4)), np.zeros((4, 4), int), np.zeros((4, 4, 3), np.uint8)):
        with pytest.raises(TypeError, match="uint8"):
            label_map_png(wrong)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to work in, with the repository's docs: commands leave photos in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    return tmp_path


def is_the_bay(photo: Path) -> bool:
    """Tell whether a photo was painted from docs/pictures/doodle.png: sky, and sand below."""
    shown = pixels(photo)
    return bool((shown[0] == SKY).all() and (shown[-1] == SAND).all())


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_the_python_of_the_documents_paints(shop: Shop, desk: Path, page: str) -> None:
    """Each Python block in the pages runs as it is, and leaves the photo that it promises."""
    (block,) = blocks(page, "python")

    exec(block.replace("http://localhost:8000", shop.api.url), {})

    assert is_the_bay(desk / "photo.png")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("page", [page for page in PAGES if len(curl_lines(page)) > 2])
def test_the_curl_lines_of_the_documents_paint(shop: Shop, desk: Path, page: str) -> None:
    """The lines of a page, typed in order with ID and TICKET of the first answer, fetch a photo."""
    first, *lines = curl_lines(page)

    def typed(line: str) -> str:
        words = shlex.split(line.replace("localhost:8000", shop.api.url), comments=True)
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    found = re.search(r'"url":"/api/v1/jobs/([^?]+)\?ticket=([^"]+)"', typed(first))
    assert found
    for line in lines:
        filled = line.replace("/ID", f"/{found[1]}").replace("TICKET", found[2])
        while '"status":"' in (said := typed(filled)) and '"status":"succeeded"' not in said:
            pass  # the page says: repeat it

    assert is_the_bay(desk / "photo.png")
