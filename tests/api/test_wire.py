"""Forms in which clients send the same body: packed, wrapped, as data: URLs, grey with alpha."""

import base64
import gzip
import io
import json

import numpy as np
import pytest
import urllib3
from flask.testing import FlaskClient
from PIL import Image

from tests.api.conftest import SEA, label_map, png, read

MAP = base64.b64encode(label_map()).decode()


@pytest.mark.parametrize(
    "value",
    [
        f"data:image/png;base64,{MAP}",
        f"DATA:;base64,{MAP}",
        base64.encodebytes(label_map()).decode(),
        base64.encodebytes(label_map()).decode().replace("\n", "\r\n  "),
    ],
    ids=["data url", "bare data url", "wrapped", "indented"],
)
def test_base64_comes_as_programs_write_it(client: FlaskClient, value: str) -> None:
    """What comes in another form is the same picture, and the same request."""
    path = "/api/v1/jobs/0b5c8f3e-0000-4000-8000-000000000001"

    answers = [client.put(path, json={"label_map": sent}) for sent in (value, MAP)]

    assert [answer.status_code for answer in answers] == [202, 202], read(answers[0])


@pytest.mark.parametrize("value", ["data:image/png,abc", "abc", "nothing!"])
def test_what_is_no_base64_is_told(client: FlaskClient, value: str) -> None:
    """The answer shows how the value begins, and what is taken."""
    answer = client.post("/api/v1/jobs", json={"label_map": value})

    assert read(answer)["code"] == "invalid-field"
    assert repr(value) in read(answer)["detail"]
    assert "data:image/png;base64," in read(answer)["detail"]


@pytest.mark.parametrize("kind", ["json", "multipart"])
@pytest.mark.parametrize("members", [1, 2])
def test_a_gzip_body_is_unpacked(client: FlaskClient, kind: str, members: int) -> None:
    """Both kinds of body may be packed, in one piece or several."""
    body, content_type = json.dumps({"label_map": MAP}).encode(), "application/json"
    if kind == "multipart":
        body, content_type = urllib3.encode_multipart_formdata({"label_map": ("a", label_map())})
    cut = len(body) // members
    packed = gzip.compress(body[:cut]) + (gzip.compress(body[cut:]) if members > 1 else b"")

    answer = client.post(
        "/api/v1/jobs",
        data=packed,
        content_type=content_type,
        headers={"Content-Encoding": "gzip"},
    )

    assert answer.status_code == 202, read(answer)


@pytest.mark.parametrize(
    ("encoding", "body", "status", "code"),
    [
        ("br", b"x", 415, "unsupported-media-type"),
        ("gzip", b"{}", 400, "malformed-request"),
        ("gzip", gzip.compress(b"{}" * 99)[:-9], 400, "malformed-request"),
        ("gzip", gzip.compress(b"") * 17, 400, "malformed-request"),
        ("gzip", b"", 400, "malformed-request"),
        ("gzip", gzip.compress(bytes(17 * 2**20)), 413, "body-too-large"),
    ],
    ids=["brotli", "not packed", "cut off", "members", "nothing", "bomb"],
)
def test_other_packing_is_refused(
    client: FlaskClient, encoding: str, body: bytes, status: int, code: str
) -> None:
    """Unknown, damaged and too large bodies are told as what they are."""
    answer = client.post(
        "/api/v1/jobs",
        data=body,
        content_type="application/json",
        headers={"Content-Encoding": encoding},
    )

    assert (answer.status_code, read(answer)["code"]) == (status, code)
    assert answer.headers.get("Accept-Encoding") == ("gzip" if status == 415 else None)


def grey_alpha(alpha: int) -> bytes:
    """Give a label map as programs save grey with alpha."""
    pixels = np.full((64, 64, 2), SEA, np.uint8)
    pixels[..., 1] = alpha
    buffer = io.BytesIO()
    Image.fromarray(pixels, "LA").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("picture", "code", "said"),
    [
        (grey_alpha(255), None, ""),
        (grey_alpha(254), "transparent", "4096 pixels"),
        (png(np.full((64, 64, 3), SEA, np.uint8)), "wrong-mode", "save it as 8-bit grey"),
        (png(np.full((64, 64, 3), (1, 2, 3), np.uint8)), "wrong-mode", "send colours as 'doodle'"),
    ],
    ids=["opaque", "see-through", "grey rgb", "colours"],
)
def test_a_label_map_with_alpha(
    client: FlaskClient, picture: bytes, code: str | None, said: str
) -> None:
    """An opaque alpha channel says nothing; every refusal names what helps."""
    body = {"label_map": base64.b64encode(picture).decode()}

    answer = read(client.post("/api/v1/jobs", json=body))

    assert answer.get("code") == code
    assert said in answer.get("detail", "")
