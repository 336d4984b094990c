"""Photos over HTTP: what comes out is a label map, and what cannot be traced is told."""

import contextlib
import io
from collections.abc import Callable

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from api.catalogue import ModelCard
from api.submit.trace import map_size
from jobs import Ledger, Settings, open_blobs
from jobs.claims import Claims
from tests.api.conftest import SEA, Hand, label_map, png, read, upload


def photo(height: int = 40, width: int = 60) -> bytes:
    """Give a picture of soft colours."""
    ramp = np.linspace(0, 255, height * width * 3).reshape(height, width, 3)
    return png(ramp.astype(np.uint8))


def send(client: FlaskClient, **fields: object) -> TestResponse:
    """Post a photo to be traced by the model that can."""
    parts = {"model": "styled", "photo": photo(), **fields}
    data = {
        name: upload(value) if isinstance(value, bytes) else value for name, value in parts.items()
    }
    return client.post("/api/v1/jobs", data=data, content_type="multipart/form-data")


def test_a_photo_becomes_a_label_map(client: FlaskClient, hand: Hand) -> None:
    """The job says what it is, has no map before its end, and a map of label ids after it."""
    posted = send(client)
    job = read(posted)
    assert posted.status_code == 202
    assert (job["kind"], job["seed"], job["label_map"]) == ("trace", None, None)
    early = client.get(f"{job['url']}/label-map")
    assert (early.status_code, read(early)["code"]) == (409, "job-not-finished")

    hand.paint("styled")
    done = read(client.get(job["url"]))

    assert (done["status"], done["images"]) == ("succeeded", [])
    with Image.open(io.BytesIO(client.get(done["label_map"]["url"]).data)) as traced:
        assert (traced.mode, traced.size) == ("P", (64, 32))
        assert set(np.asarray(traced).ravel()) == {SEA}
    assert client.get(f"{job['url']}/images/0").status_code == 404


def test_nobody_else_sees_a_traced_photo(
    client: FlaskClient, stranger: FlaskClient, hand: Hand
) -> None:
    """A stranger gets 404 for the job and its map, and it cannot be shared at all."""
    job = read(send(client))
    hand.paint("styled")

    for path in ("", "/label-map"):
        assert stranger.get(job["url"] + path).status_code == 404
    shared = client.post(f"{job['url']}/share")
    assert (shared.status_code, read(shared)["code"]) == (422, "nothing-to-share")


def test_a_photo_waits_its_turn_and_can_be_cancelled(client: FlaskClient) -> None:
    """It has a place in the queue like a painting, and a cancelled one is never done."""
    first, second = read(send(client)), read(send(client))
    assert (first["position"], second["position"]) == (1, 2)

    assert read(client.delete(first["url"]))["status"] == "cancelled"
    assert read(client.get(second["url"]))["position"] == 1


def test_photos_and_paintings_never_share_a_batch(client: FlaskClient, ledger: Ledger) -> None:
    """A claim takes photos or label maps of one size, in order, but not both."""
    send(client)
    send(client)
    small = {"model": "styled", "label_map": upload(label_map(32, 64))}
    client.post("/api/v1/jobs", data=small, content_type="multipart/form-data")

    claims = [
        Claims(ledger).claim("w", ["styled"], max_items=9, max_pixels=10**9, idle=False).jobs
        for _ in range(2)
    ]

    assert [[job.kind for job in jobs] for jobs in claims] == [["trace", "trace"], ["paint"]]


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"model": "tiny"}, "tracing-unsupported", "'tiny' cannot"),
        ({"seed": "3", "count": "2"}, "conflicting-fields", "'count', 'seed'"),
        ({"style_image": photo()}, "conflicting-fields", "'style_image'"),
        ({"label_map": label_map(32, 64)}, "conflicting-fields", "'label_map' and 'photo'"),
        ({"photo": b"no picture at all"}, "not-an-image", "no picture"),
        ({"photo": photo()[:-40]}, "truncated", "cut off"),
        ({"photo": photo(1, 10)}, "", ""),
    ],
)
def test_what_cannot_be_traced_is_told(
    client: FlaskClient, fields: dict[str, object], code: str, named: str
) -> None:
    """Errors name what is wrong; a very flat photo is none."""
    answer = send(client, **fields)

    assert answer.status_code == (422 if code not in ("", "not-an-image") else 415 if code else 202)
    assert read(answer).get("code", "") == code
    assert named in read(answer).get("detail", "")


def test_a_huge_photo_is_refused(make_app: Callable[..., Flask]) -> None:
    """The limit of pixels is that of photos."""
    client = make_app(max_photo_pixels=2_000_000).test_client()
    answer = send(client, photo=photo(1500, 1500))

    assert answer.status_code == 413
    assert read(answer)["code"] == "too-many-pixels"


def test_a_file_with_line_breaks_anywhere_is_read(client: FlaskClient) -> None:
    """A file may hold a line break where the body is cut into pieces to be read."""
    for more in range(0, 60, 7):
        assert send(client, photo=photo() + b"\n" * (140_000 + more)).status_code == 202


def test_a_photo_is_traced_as_it_is_seen(
    client: FlaskClient, hand: Hand, settings: Settings
) -> None:
    """A camera's note that it was held upright turns the photo before it is traced."""
    pixels, buffer, note = np.zeros((40, 60, 3), np.uint8), io.BytesIO(), Image.Exif()
    pixels[:, :30] = 255
    note[0x0112] = 6  # to be shown turned clockwise by a quarter: left becomes top
    Image.fromarray(pixels).save(buffer, "JPEG", exif=note)

    send(client, photo=buffer.getvalue())

    job = hand.claim("styled")
    with contextlib.closing(open_blobs(settings)) as blobs:
        stored = blobs.get(job.id, job.params["photo"])
    with Image.open(io.BytesIO(stored or b"")) as kept:
        seen = np.asarray(kept)
    assert seen.shape == (*job.size, 3)
    assert seen[:8].min() > 200
    assert seen[-8:].max() < 50


@pytest.mark.parametrize(
    ("photo_size", "wanted"),
    [
        ((1000, 1500), (352, 512)),
        ((1500, 1000), (512, 352)),
        ((512, 512), (512, 512)),
        ((10, 4000), (32, 512)),
        ((1, 1), (512, 512)),
    ],
)
def test_the_map_has_the_photos_shape(photo_size: tuple[int, int], wanted: tuple[int, int]) -> None:
    """In about the photo's shape, with sides of twice the native ones at most."""
    card = ModelCard.model_validate(
        {
            "name": "m", "title": "M", "label_set": "landscape", "licence": {"name": "x"},
            "native_size": (256, 256), "max_size": (2048, 2048), "size_multiple": 32,
        }
    )  # fmt: skip

    assert map_size(card, photo_size) == wanted
    assert card.allows(wanted)
