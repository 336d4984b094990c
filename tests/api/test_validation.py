"""Wrong input gets a 4xx that names value, limit and remedy, and nothing is queued."""

import base64
import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from pydantic import SecretStr

from api.problems import PROBLEMS
from jobs import Ledger
from tests.api.conftest import doodle, label_map, png, post, read

GREY = np.zeros((64, 64), np.uint8)


def bomb(side: int) -> bytes:
    """Give a tiny PNG that claims to be `side` x `side` pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def sixteen_bit() -> bytes:
    """Give a 16-bit grey PNG."""
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((64, 64), np.uint16)).save(buffer, "PNG")
    return buffer.getvalue()


def animated() -> bytes:
    """Give a GIF of two frames."""
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def stranger_colours() -> bytes:
    """Give a drawing with a colour that no palette has."""
    return png(np.full((64, 64, 3), (1, 2, 3), np.uint8))


BAD_PICTURES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "not-an-image": ("doodle", lambda: b"hello, this is no picture"),
    "truncated": ("doodle", lambda: doodle()[:-40]),
    "too-many-pixels": ("doodle", lambda: bomb(7100)),
    "sixteen-bit": ("doodle", sixteen_bit),
    "animated": ("doodle", animated),
    "unknown-colours": ("doodle", stranger_colours),
    "unknown-label-ids": ("label_map", lambda: png(GREY)),
    "wrong-mode": ("label_map", doodle),
}

BAD_FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "unknown model": ({"model": "monet"}, "unknown-model"),
    "unknown field": ({"colour": "red"}, "unknown-field"),
    "wrong type": ({"seed": "many"}, "invalid-field"),
    "negative seed": ({"seed": "-1"}, "invalid-field"),
    "too many variations": ({"count": "9"}, "invalid-field"),
    "odd slot": ({"slot": "a b"}, "invalid-field"),
    "odd format": ({"format": "tiff"}, "invalid-field"),
    "style for a model without": ({"style": "sunset"}, "style-unsupported"),
    "unknown style": ({"style": "noon", "model": "styled", "resize": "nearest"}, "unknown-style"),
    "style picture without an encoder": (
        {"style_image": doodle(), "model": "styled", "resize": "nearest"},
        "style-unsupported",
    ),
    "unknown palette": (
        {"doodle": doodle(), "palette": "crayon", "label_map": None},
        "unknown-palette",
    ),
    "doodle without palette": ({"doodle": doodle(), "label_map": None}, "missing-field"),
    "both pictures": (
        {"doodle": doodle(), "palette": "natural", "label_map": label_map()},
        "conflicting-fields",
    ),
    "neither picture": ({"label_map": None}, "missing-field"),
    "file of another name": ({"sketch": label_map()}, "unknown-field"),
    "file as text": ({"label_map": "hello"}, "invalid-field"),
    "webhook where none are sent": ({"webhook_url": "https://example.com/x"}, "webhook-refused"),
}


@pytest.fixture(autouse=True)
def _nothing_is_queued(ledger: Ledger, settings: object) -> Iterator[None]:  # noqa: ARG001
    """After every test in this module the ledger holds no job and the store no blob."""
    yield
    left = [key for key in ledger.redis.scan_iter() if "order:" in key or "blobs:" in key]
    assert left == []


def check(problem: dict[str, object], code: str) -> None:
    """Check the shape that every problem has."""
    assert problem["code"] == code
    assert problem["status"] == PROBLEMS[code].status
    assert problem["type"] == f"/api/docs#{code}"
    assert problem["detail"]
    assert problem["remedy"]


@pytest.mark.parametrize("code", BAD_PICTURES)
def test_a_bad_picture_is_refused_by_name(client: FlaskClient, code: str) -> None:
    """Each kind of bad picture gets its own code."""
    field, make = BAD_PICTURES[code]
    more = {"palette": "natural"} if field == "doodle" else {}

    answer = post(client, **{field: make(), **more})

    assert answer.mimetype == "application/problem+json"
    check(read(answer), code)


@pytest.mark.parametrize("name", BAD_FIELDS)
def test_a_bad_field_is_refused_by_name(client: FlaskClient, name: str) -> None:
    """Each kind of bad field gets its own code, and the field's name is in the detail or list."""
    fields, code = BAD_FIELDS[name]

    answer = post(client, **{"label_map": label_map(), **fields})

    check(read(answer), code)


def test_unknown_colours_are_listed_with_their_pixels(client: FlaskClient) -> None:
    """The answer lists each unknown colour and its pixel count."""
    answer = read(post(client, doodle=stranger_colours(), palette="natural"))

    assert answer["colours"] == [{"colour": "#010203", "pixels": 4096}]


def test_unknown_label_ids_are_listed_with_their_pixels(client: FlaskClient) -> None:
    """The answer lists each unknown id and its pixel count."""
    answer = read(post(client, label_map=png(GREY)))

    assert answer["ids"] == [{"id": 0, "pixels": 4096}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed-json"),
        (b"[1, 2]", "malformed-json"),
        (b"[" * 100_000, "malformed-json"),
        (b'{"seed": 1e999}', "invalid-field"),
        (b'{"label_map": 5}', "invalid-field"),
        (b'{"label_map": "%%%"}', "invalid-field"),
        (b'{"seed": "12"}', "invalid-field"),
        (b'{"seed": true}', "invalid-field"),
        (b'{"slot": "\\ud800"}', "malformed-json"),
        (b'{"colour": 1}', "unknown-field"),
    ],
)
def test_bad_json_is_refused(client: FlaskClient, body: bytes, code: str) -> None:
    """Broken, odd or wrongly typed JSON is a 4xx of the right code."""
    answer = client.post("/api/v1/jobs", data=body, content_type="application/json")

    check(read(answer), code)


def test_json_types_are_not_coerced(client: FlaskClient) -> None:
    """JSON says `count: 2`, not `count: "2"`; multipart has only strings and so may."""
    picture = base64.b64encode(label_map()).decode()
    body = json.dumps({"label_map": picture, "count": "2"})

    answer = client.post("/api/v1/jobs", data=body, content_type="application/json")

    check(read(answer), "invalid-field")


def test_another_media_type_is_refused(client: FlaskClient) -> None:
    """A body that is neither multipart nor JSON is a 415 that names both."""
    answer = client.post("/api/v1/jobs", data=label_map(), content_type="image/png")

    check(read(answer), "unsupported-media-type")
    assert read(answer)["allowed"] == ["multipart/form-data", "application/json"]


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=x"])
def test_broken_multipart_is_refused(client: FlaskClient, content_type: str) -> None:
    """A multipart body without a boundary, or cut before it, is a 4xx."""
    answer = client.post("/api/v1/jobs", data=b"--y\r\nnothing", content_type=content_type)

    check(read(answer), "malformed-multipart")


@pytest.mark.parametrize("form", [{f"f{n}": "x" for n in range(33)}, {"prompt": "x" * 2**17}])
def test_a_form_of_too_much_text_or_too_many_parts_is_refused(
    client: FlaskClient, form: dict[str, str]
) -> None:
    """A form has 32 parts and 128 KiB of text at most, whatever its fields are."""
    answer = client.post(
        "/api/v1/jobs", data={"slot": "a", **form}, content_type="multipart/form-data"
    )

    assert (answer.status_code, read(answer)["code"]) == (413, "body-too-large")


def test_a_field_sent_twice_is_refused(client: FlaskClient) -> None:
    """Two values for one field are never silently reduced to one."""
    answer = client.post(
        "/api/v1/jobs",
        data={"seed": ["1", "2"], "label_map": (io.BytesIO(label_map()), "a.png")},
        content_type="multipart/form-data",
    )

    check(read(answer), "conflicting-fields")


def test_a_body_over_the_limit_is_refused_unread(make_app: Callable[..., object]) -> None:
    """A body larger than MAX_BODY_BYTES is a 413 of its own code."""
    small = make_app(max_body_bytes=2000).test_client()  # type: ignore[attr-defined]

    answer = post(small, label_map=bytes(5000))

    check(read(answer), "body-too-large")
    assert read(answer)["limit"] == 2000


def test_a_put_needs_a_uuid(client: FlaskClient) -> None:
    """PUT under an id that is no UUID says so."""
    answer = client.put("/api/v1/jobs/mine", data={})

    check(read(answer), "invalid-field")


def test_unknown_addresses_and_methods_are_problems(client: FlaskClient) -> None:
    """Routing errors come as problem+json as well, with Allow."""
    check(read(client.get("/api/v1/nothing")), "not-found")
    answer = client.patch("/api/v1/jobs")
    check(read(answer), "method-not-allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x",
        "https://",
        "https://user:secret@example.com/x",
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:6379/",
        "http://redis.internal/",
        "https://example.com:99999/",
    ],
)
def test_a_webhook_to_the_inside_is_refused(make_app: Callable[..., object], url: str) -> None:
    """Addresses that are private, carry credentials or are no web address are refused at once."""
    secret = SecretStr("whsec_" + base64.b64encode(bytes(24)).decode())
    client = make_app(webhook_secret=secret).test_client()  # type: ignore[attr-defined]

    check(read(post(client, webhook_url=url)), "webhook-refused")
