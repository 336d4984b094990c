"""Words over HTTP: what is taken, what is queued, and what is refused before anybody composes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.schemas.jobs import MOST_LETTERS
from spade.words.reading import grammar
from tests.api.conftest import Hand, label_map, read, upload, write_card


def test_words_are_queued_with_their_size(client: FlaskClient, hand: Hand) -> None:
    """A prompt alone is a job; it has no map and tells nothing before it is done."""
    posted = client.post(
        "/api/v1/jobs", json={"prompt": " a lake ", "width": 96, "height": 64, "seed": 7}
    )
    job = read(posted)

    assert posted.status_code == 202
    assert (job["kind"], job["prompt"], job["seed"]) == ("paint", "a lake", 7)
    assert (job["width"], job["height"]) == (96, 64)
    assert (job["label_map"], job["understood"]) == (None, None)
    for tail in ("/label-map", "/understood"):
        early = client.get(job["url"] + tail)
        assert (early.status_code, read(early)["code"]) == (409, "job-not-finished")
    assert hand.claim().params["prompt"] == "a lake"


def test_a_layout_alone_is_a_kind_of_its_own(client: FlaskClient, hand: Hand) -> None:
    """`layout_only` is never in a batch of paintings, and has nothing to share."""
    job = read(client.post("/api/v1/jobs", json={"prompt": "a lake", "layout_only": True}))

    assert (job["kind"], job["images"]) == ("compose", [])
    assert hand.claim().batch_key == "compose"
    shared = client.post(f"{job['url']}/share")
    assert (shared.status_code, read(shared)["code"]) == (422, "nothing-to-share")


def test_the_same_words_again_are_the_same_job(client: FlaskClient) -> None:
    """An Idempotency-Key holds for words, and other words under it are refused."""
    head = {"Idempotency-Key": "one"}
    first, again = (
        read(client.post("/api/v1/jobs", json={"prompt": "a lake"}, headers=head)) for _ in range(2)
    )
    other = client.post("/api/v1/jobs", json={"prompt": "a hill"}, headers=head)

    assert first["id"] == again["id"]
    assert read(other)["code"] == "idempotency-conflict"


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"prompt": "  "}, "invalid-field", "prompt"),
        ({"prompt": "a" * (MOST_LETTERS + 1)}, "invalid-field", "500"),
        ({"prompt": "a lake", "width": 63}, "size-not-allowed", "63x64"),
        ({"prompt": "a lake", "style": "noir"}, "style-unsupported", "'tiny'"),
        ({"prompt": "a lake", "layout_only": True, "count": 2}, "conflicting-fields", "'count'"),
        ({"layout_only": True}, "missing-field", "'prompt'"),
    ],
)
def test_what_cannot_be_composed_is_told(
    client: FlaskClient, fields: dict[str, object], code: str, named: str
) -> None:
    """Errors name the field, the limit and the remedy."""
    answer = client.post("/api/v1/jobs", json=fields)

    assert (answer.status_code, read(answer)["code"]) == (422, code)
    assert named in answer.text


def test_a_model_of_other_materials_composes_nothing(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    """The model's abilities say no, and so does the answer."""
    write_card(tmp_path / "models", "town", label_set="cityscapes")
    app = make_app(checkpoints_dir=tmp_path / "models", models=("town",))
    client = app.test_client()

    (model,) = read(client.get("/api/v1/models"))["models"]
    answer = client.post("/api/v1/jobs", json={"prompt": "a lake"})

    assert model["abilities"]["compose"] is False
    assert (answer.status_code, read(answer)["code"]) == (422, "words-unsupported")


@pytest.mark.parametrize("extra", [{"prompt": "a lake"}, {"layout_only": "true"}, {"width": "64"}])
def test_words_and_pictures_do_not_mix(client: FlaskClient, extra: dict[str, str]) -> None:
    """A label map with words, or with what only words take, is refused."""
    data = {"label_map": upload(label_map()), **extra}
    answer = client.post("/api/v1/jobs", data=data, content_type="multipart/form-data")

    assert (answer.status_code, read(answer)["code"]) == (422, "conflicting-fields")


def test_a_job_from_a_picture_has_no_words(client: FlaskClient) -> None:
    """Nothing was understood where nothing was said."""
    data = {"label_map": upload(label_map())}
    job = read(client.post("/api/v1/jobs", data=data, content_type="multipart/form-data"))
    answer = client.get(f"{job['url']}/understood")

    assert job["prompt"] is None
    assert (answer.status_code, read(answer)["code"]) == (404, "no-words")


def test_the_api_takes_as_many_letters_as_the_library_reads() -> None:
    """What the API lets through is never too long for the worker."""
    assert MOST_LETTERS == grammar.MOST_LETTERS
