"""Photos as telephones make them, over HTTP: large, turned, wide in colour, MPO, AVIF and HEIC."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import urllib3
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageCms
from werkzeug.test import TestResponse

from jobs import Settings, open_blobs
from spade.maps.photos import HEIC
from tests.api.conftest import Hand, label_map, png, read, write_card

UPPER, LOWER = (200, 60, 40), (30, 90, 160)


def scene(height: int, width: int) -> Image.Image:
    """Give a picture of one colour over another."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2], pixels[height // 2 :] = UPPER, LOWER
    return Image.fromarray(pixels)


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    """Encode a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def two_frames() -> bytes:
    """Give the kind of JPEG that most telephones write: a second picture behind the first."""
    behind = scene(50, 75)
    return encoded(scene(400, 600), "MPO", save_all=True, append_images=[behind])


def trace(client: FlaskClient, photo: bytes) -> TestResponse:
    """Post a photo to be traced."""
    return send(client, {"model": "styled", "photo": ("photo", photo)})


def send(client: FlaskClient, parts: dict[str, Any]) -> TestResponse:
    """Post a body made here: the test client would keep a large one in a file of its own."""
    body, kind = urllib3.encode_multipart_formdata(parts)
    return client.post("/api/v1/jobs", data=body, content_type=kind)


def kept(hand: Hand, settings: Settings) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Take the job and return the photo that a worker would see."""
    job = hand.claim("styled")
    with contextlib.closing(open_blobs(settings)) as blobs:
        stored = blobs.get(job.id, job.params["photo"])
    with Image.open(io.BytesIO(stored or b"")) as photo:
        return np.asarray(photo)


def heic() -> bytes:
    """Give a HEIC file, where the decoder that is optional has brought an encoder too."""
    if not HEIC:
        pytest.skip("the extra 'heic' is not installed")
    return encoded(scene(400, 600), "HEIF", quality=90)


@pytest.mark.parametrize(
    "make",
    [
        two_frames,
        lambda: encoded(scene(400, 600), "AVIF"),
        heic,
        lambda: encoded(scene(400, 600), "WEBP"),
        lambda: encoded(scene(3000, 4000), "JPEG"),
        lambda: encoded(scene(3000, 4000), "JPEG", progressive=True),
        lambda: encoded(scene(7500, 10_000), "JPEG", quality=50),
    ],
    ids=["mpo", "avif", "heic", "webp", "12 megapixels", "progressive", "75 megapixels"],
)
def test_a_telephones_photo_is_taken(
    client: FlaskClient, hand: Hand, settings: Settings, make: object
) -> None:
    """Whatever the format and size, the worker sees the picture that was taken."""
    assert callable(make)
    answer = trace(client, make())

    assert answer.status_code == 202, read(answer)
    seen = kept(hand, settings)
    assert np.abs(seen[4, 8:-8].astype(int) - UPPER).max() < 12
    assert np.abs(seen[-4, 8:-8].astype(int) - LOWER).max() < 12


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("size", [(40, 60), (1500, 2000)])
def test_a_photo_is_turned_at_every_size(
    client: FlaskClient, hand: Hand, settings: Settings, form: str, size: tuple[int, int]
) -> None:
    """EXIF turns a photo in every format, be it decoded whole or small."""
    note = Image.Exif()
    note[0x0112] = 3

    trace(client, encoded(scene(*size), form, exif=note))

    seen = kept(hand, settings)
    assert np.abs(seen[4, 8:-8].astype(int) - LOWER).max() < 16


def test_damaged_notes_do_not_refuse_a_photo(client: FlaskClient) -> None:
    """EXIF data that cannot be read say nothing about the picture."""
    assert trace(client, encoded(scene(40, 60), "JPEG", exif=b"Exif\0\0rubbish")).status_code == 202


def test_colours_become_srgb(client: FlaskClient, hand: Hand, settings: Settings) -> None:
    """Numbers that mean other colours by the file's profile are converted."""
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = swapped.index(b"rXYZ"), swapped.index(b"gXYZ")
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"  # red means green

    trace(client, encoded(scene(40, 60), "PNG", icc_profile=bytes(swapped)))

    red_, green_, _ = kept(hand, settings)[4, 8].astype(int)
    assert abs(green_ - UPPER[0]) < 8
    assert abs(red_ - UPPER[1]) < 8


def test_a_damaged_profile_is_ignored(client: FlaskClient) -> None:
    """A profile that cannot be read leaves the numbers as they are."""
    assert trace(client, encoded(scene(40, 60), "PNG", icc_profile=b"rubbish")).status_code == 202


def test_a_large_style_photo_is_taken(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    """A style picture comes from a telephone as well."""
    write_card(tmp_path, "painterly", abilities={"seed": True, "style": True, "style_image": True})
    app = make_app(checkpoints_dir=tmp_path, models=("painterly",))

    for photo in (two_frames(), encoded(scene(3000, 4000), "JPEG")):
        parts = {"label_map": ("map", label_map()), "style_image": ("style", photo)}
        answer = send(app.test_client(), parts)

        assert answer.status_code == 202, read(answer)


def test_an_opaque_palette_with_transparency_is_taken(client: FlaskClient) -> None:
    """A file may list each colour's opacity and have every one opaque, as photo and as import."""
    palette = encoded(scene(64, 64).quantize(4), "PNG", transparency=b"\xff\xff")
    body, kind = urllib3.encode_multipart_formdata({"picture": ("a.png", palette)})

    assert trace(client, palette).status_code == 202
    assert client.post("/api/v1/import", data=body, content_type=kind).status_code == 200


def test_a_doodle_stays_strict(client: FlaskClient) -> None:
    """A doodle of a photo's size is refused as before, and so is a photo's format."""
    for sent, code in (
        (png(np.zeros((2100, 2100, 3), np.uint8)), "too-many-pixels"),
        (encoded(scene(64, 64), "AVIF"), "not-an-image"),
    ):
        answer = send(client, {"doodle": ("doodle", sent), "palette": "natural"})
        assert read(answer)["code"] == code


@pytest.mark.parametrize(
    ("photo", "limit"),
    [
        (lambda: encoded(Image.new("L", (10_100, 10_000)), "JPEG"), "100000000"),
        (lambda: encoded(Image.new("1", (8_000, 7_000)), "PNG"), "50000000"),
        (lambda: encoded(Image.new("L", (8_000, 7_000)), "JPEG", progressive=True), "50000000"),
    ],
    ids=["sent", "decoded", "progressive"],
)
def test_what_is_decoded_has_a_bound(client: FlaskClient, photo: object, limit: str) -> None:
    """Beyond 100 megapixels, or 50 where the format cannot be decoded small, the limit is told."""
    assert callable(photo)
    answer = trace(client, photo())

    assert (answer.status_code, read(answer)["code"]) == (413, "too-many-pixels")
    assert limit in read(answer)["detail"]
