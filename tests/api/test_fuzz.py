"""Whatever bytes come in, the answer is below 500, and nothing bad is queued."""

import io
import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from werkzeug.wrappers import Response

from api.app import create_app
from api.problems import PROBLEMS
from jobs import load_settings
from tests.api.conftest import doodle, label_map
from tests.conftest import Valkey

FUZZ = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PICTURE_FIELDS = st.sampled_from(["label_map", "doodle", "style_image"])


@pytest.fixture(scope="module")
def fuzzed(
    valkey_server: Valkey, checkpoints: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """Give a client of one application for all examples, with limits wide enough for them."""
    wide = 10**9
    app: Flask = create_app(
        load_settings(
            redis_url=valkey_server.url,
            data_dir=tmp_path_factory.mktemp("data"),
            checkpoints_dir=checkpoints,
            models=("tiny", "styled"),
            namespace="fuzz",
            rate_submit="100000/second",
            rate_read="100000/second",
            rate_address="100000/second",
            max_queued_per_user=wide,
            max_live_per_user=wide,
            max_live_per_address=wide,
            max_depth=wide,
        )
    )
    client = app.test_client()
    client.get("/").close()
    yield client
    client.delete("/api/v1/jobs")
    app.extensions["doodlescape"].close()


def check(answer: Response) -> None:
    """Accept a promise kept or a problem explained; never a fault of ours."""
    assert answer.status_code < 500, answer.data
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"
        body = json.loads(answer.data)
        assert body["status"] == PROBLEMS[body["code"]].status == answer.status_code


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """Take a good picture file and cut, flip or splice some of its bytes."""
    kind = draw(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]))
    size = draw(st.tuples(st.integers(1, 70), st.integers(1, 70)))
    mode = draw(st.sampled_from(["RGB", "L", "P", "RGBA", "1"]))
    image = Image.new("RGBA", size, draw(st.sampled_from(["#759edf", "#00000000", "#010203"])))
    buffer = io.BytesIO()
    image.convert("RGB" if kind in ("JPEG", "BMP") else mode).save(buffer, kind)
    data = bytearray(buffer.getvalue())
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(data)))
        if draw(st.booleans()):
            data[place : place + draw(st.integers(0, 8))] = draw(st.binary(max_size=8))
        elif draw(st.booleans()):
            del data[place:]
    return bytes(data)


PICTURES = st.one_of(st.binary(max_size=300), mangled(), st.just(label_map()), st.just(doodle()))
TEXTS = st.one_of(
    st.text(max_size=40), st.integers().map(str), st.sampled_from(["natural", "tiny", "nearest"])
)
FIELDS = st.dictionaries(
    st.one_of(
        st.sampled_from(["palette", "match", "model", "seed", "count", "style", "slot", "format"]),
        st.sampled_from(["resize", "webhook_url", "label_map"]),
        st.text(min_size=1, max_size=12),
    ),
    TEXTS,
    max_size=5,
)


@FUZZ
@given(files=st.dictionaries(PICTURE_FIELDS, PICTURES, max_size=3), fields=FIELDS)
def test_any_multipart_body_is_answered(
    fuzzed: FlaskClient, files: dict[str, bytes], fields: dict[str, str]
) -> None:
    """Any pictures under any fields."""
    parts = {name: (io.BytesIO(data), "x.png") for name, data in files.items()}

    check(fuzzed.post("/api/v1/jobs", data={**fields, **parts}, content_type=MULTIPART))


MULTIPART = "multipart/form-data"
JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        PICTURES.map(str),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
    max_leaves=6,
)


@FUZZ
@given(
    body=st.one_of(
        st.dictionaries(
            st.sampled_from(["label_map", "doodle", "seed", "count", "palette", "slot", "x"]),
            JSON_VALUES,
        ),
        JSON_VALUES,
    )
)
def test_any_json_body_is_answered(fuzzed: FlaskClient, body: object) -> None:
    """Any JSON, of any shape."""
    check(fuzzed.post("/api/v1/jobs", data=json.dumps(body), content_type="application/json"))


@FUZZ
@given(
    body=st.binary(max_size=400),
    content_type=st.sampled_from(
        [
            "application/json",
            "multipart/form-data; boundary=b",
            "multipart/form-data; boundary=",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
            "image/png",
            "nonsense",
            "",
        ]
    ),
    wrap=st.booleans(),
)
def test_any_bytes_are_answered(
    fuzzed: FlaskClient, body: bytes, content_type: str, wrap: bool
) -> None:
    """Any bytes under any media type, also as the inside of a multipart body."""
    if wrap:
        body = b"--b\r\n" + body + b"\r\n--b--\r\n"

    check(fuzzed.post("/api/v1/jobs", data=body, content_type=content_type))


@FUZZ
@given(picture=PICTURES, palette=st.sampled_from(["auto", "label-ids", "natural", "spade"]))
def test_any_picture_is_imported_or_refused(
    fuzzed: FlaskClient, picture: bytes, palette: str
) -> None:
    """Any file, read as any palette; what is imported is a label map of known ids."""
    parts = {"picture": (io.BytesIO(picture), "x.png"), "palette": palette}

    answer = fuzzed.post("/api/v1/import", data=parts, content_type=MULTIPART)

    check(answer)


SEGMENT = st.text(
    st.characters(exclude_characters="/?#", exclude_categories=["Cs"]), min_size=1, max_size=40
)


@FUZZ
@given(
    job_id=SEGMENT,
    tail=st.sampled_from(["", "/events", "/images/0", "/images/x", "/label-map", "/share"]),
    query=st.dictionaries(st.sampled_from(["wait", "ticket", "limit", "x"]), st.text(max_size=10)),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH"]),
)
def test_any_address_is_answered(
    fuzzed: FlaskClient, job_id: str, tail: str, query: dict[str, str], method: str
) -> None:
    """Any id, tail, query and method below /jobs."""
    with fuzzed.open(f"/api/v1/jobs/{job_id}{tail}", method=method, query_string=query) as answer:
        check(answer)


@FUZZ
@given(
    name=st.sampled_from(
        ["Authorization", "Idempotency-Key", "If-None-Match", "Cookie", "Origin", "Last-Event-ID"]
    ),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
)
def test_any_header_is_answered(fuzzed: FlaskClient, name: str, value: str) -> None:
    """Any value of the headers that we read."""
    check(fuzzed.get("/api/v1/jobs", headers={name: value}))
    check(fuzzed.post("/api/v1/jobs", data={}, content_type=MULTIPART, headers={name: value}))


def test_the_fuzz_can_succeed(fuzzed: FlaskClient) -> None:
    """The same client gets a good request accepted, so the refusals above mean something."""
    parts = {"label_map": (io.BytesIO(label_map()), "x.png")}

    answer = fuzzed.post("/api/v1/jobs", data=parts, content_type=MULTIPART)

    assert answer.status_code == 202
