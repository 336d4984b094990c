"""The application on a real Valkey server, two model cards, and a hand that paints."""

import contextlib
import io
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kombu.pools
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from api.app import create_app
from jobs import BlobStore, Job, Kind, Ledger, Picture, Settings, load_settings, open_blobs
from jobs.claims import Claims
from jobs.job import FITTING
from jobs.workers.speed import Speed
from spade.maps.labelmap import write_label_map
from spade.maps.labels import load_label_set
from tests.conftest import Valkey

SKY, SEA = 156, 154
LOOKS = ("c866c89f", "49294229")
LANDSCAPE = load_label_set("landscape")


def write_card(folder: Path, name: str, **changes: object) -> None:
    """Write a model card as a checkpoint would bring it."""
    card = {
        "format": 1,
        "name": name,
        "title": name.capitalize(),
        "label_set": "landscape",
        "native_size": [64, 64],
        "size_multiple": 32,
        "max_size": [128, 128],
        "abilities": {"seed": True, "style": False, "instances": False},
        "styles": {},
        "licence": {"name": "CC0", "text": "Free.", "commercial": True},
        **changes,
    }
    (folder / name).mkdir(parents=True)
    (folder / name / "model.json").write_text(json.dumps(card))


def write_looks(folder: Path) -> None:
    """Give the model in a folder two looks, of which one is good for the preset `sunset`."""
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | {"looks": {"count": len(LOOKS)}}))
    light, credit = ["brightness", "warmth", "saturation"], ["author", "licence", "source"]
    head = ["id", "scenes", "presets", *light, *credit]
    rows = [
        [LOOKS[0], "land,coast", "", "0.495", "-0.024", "0.1", "Zoë", "CC0-1.0", "a/set: 1.jpg"],
        [LOOKS[1], "", "sunset", "0.3", "0.2", "0.4", "", "", ""],
    ]
    text = "".join("\t".join(row) + "\n" for row in [head, *rows])
    (folder / "looks.tsv").write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with two models: one plain, one that takes styles and one size only."""
    folder = tmp_path_factory.mktemp("checkpoints")
    write_card(folder, "tiny")
    write_card(
        folder,
        "styled",
        native_size=[32, 64],
        max_size=[32, 64],
        size_multiple=None,
        abilities={"seed": True, "style": True, "style_image": False, "segment": True},
        styles={"sunset": {"title": "Sunset"}},
    )
    write_looks(folder / "styled")
    return folder


@pytest.fixture
def settings(valkey: Valkey, tmp_path: Path, checkpoints: Path) -> Settings:
    """Give the settings that the application under test runs with."""
    return load_settings(
        redis_url=valkey.url,
        data_dir=tmp_path / "data",
        checkpoints_dir=checkpoints,
        models=("tiny", "styled"),
        rate_submit="10000/second",
        rate_read="10000/second",
        rate_address="10000/second",
    )


@pytest.fixture
def make_app(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Build an application; keyword arguments change its settings."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        made.append(create_app(settings.model_copy(update=changes)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["doodlescape"].close()
    kombu.pools.reset()  # type: ignore[no-untyped-call]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give the application under test."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser: it keeps its session cookie, which it got with the page."""
    browser = app.test_client()
    browser.get("/").close()
    return browser


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """Give another browser."""
    browser = app.test_client()
    browser.get("/").close()
    return browser


class Hand:
    """Paint grey pictures by hand, through the same ledger as a worker."""

    def __init__(self, ledger: Ledger, blobs: BlobStore, ttl_s: float) -> None:
        self.ledger = ledger
        self._blobs = blobs
        self._ttl_s = ttl_s

    def appear(self, model: str = "tiny") -> None:
        """Say that a worker lives which needs 2 s for a picture."""
        self.ledger.workers.heartbeat("hand", "ready", [model], {model: Speed(0.0, 2.0, 1)})

    def claim(self, model: str = "tiny") -> Job:
        """Take the next job."""
        claim = Claims(self.ledger).claim("hand", [model], max_items=4, max_pixels=10**9)
        return claim.jobs[0]

    def finish(self, job: Job, *, previews: bool = True) -> None:
        """Store one picture per seed, or a label map of sea for a photo, and settle the job."""
        pictures = []
        if job.kind is Kind.TRACE:
            traced = zlib.compress(bytes([SEA]) * job.pixels)
            self._blobs.put(job.id, "traced", traced, self._ttl_s)
            pictures.append(Picture("traced", 0, job.size[1], job.size[0], "application/zlib"))
            assert Claims(self.ledger).complete(job, pictures)
            return
        for number, seed in enumerate(job.seeds):
            height, width = job.size
            data = png(np.full((height, width, 3), 128, np.uint8))
            self._blobs.put(job.id, f"photo-{number}", data, self._ttl_s)
            asked = job.params.get("look")
            look = LOOKS[number % len(LOOKS)] if asked == FITTING else asked
            picture = Picture(f"photo-{number}", seed, width, height, "image/png", look)
            if job.params.get("preview") and previews:
                self._blobs.put(job.id, picture.preview, b"small", self._ttl_s)
            pictures.append(picture)
        assert Claims(self.ledger).complete(job, pictures)

    def paint(self, model: str = "tiny") -> Job:
        """Take the next job and finish it."""
        job = self.claim(model)
        self.finish(job)
        return job


@pytest.fixture
def hand(settings: Settings, ledger: Ledger) -> Iterator[Hand]:
    """Give a hand that paints in place of a worker."""
    with contextlib.closing(open_blobs(settings)) as blobs:
        yield Hand(ledger, blobs, settings.blob_ttl_s)


def png(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", **options: object) -> bytes:
    """Encode pixels as a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", **options)
    return buffer.getvalue()


def label_map(height: int = 64, width: int = 64, label: int = SEA) -> bytes:
    """Give a label map of sky over another label."""
    labels = np.full((height, width), SKY, np.uint8)
    labels[height // 2 :] = label
    return write_label_map(labels, LANDSCAPE)


def doodle(height: int = 64, width: int = 64, palette: str = "natural") -> bytes:
    """Give the same as a coloured drawing."""
    colours = {label: colour for colour, label in LANDSCAPE.palette(palette).items()}
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = colours[SKY]
    pixels[height // 2 :] = colours[SEA]
    return png(pixels)


def upload(data: bytes, name: str = "drawing.png") -> tuple[io.BytesIO, str]:
    """Make a file part of a multipart body."""
    return io.BytesIO(data), name


def post(client: FlaskClient, **fields: object) -> TestResponse:
    """Post a job as multipart, by default a good one; None leaves a field out."""
    if not {"label_map", "doodle"} & fields.keys():
        fields["label_map"] = label_map()
    parts = {
        name: upload(value) if isinstance(value, bytes) else value
        for name, value in fields.items()
        if value is not None
    }
    return client.post("/api/v1/jobs", data=parts, content_type="multipart/form-data")


def read(response: TestResponse) -> dict[str, Any]:
    """Read a JSON object."""
    body = response.get_json(force=True)
    assert isinstance(body, dict)
    return body
