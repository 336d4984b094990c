"""Looks: what a request may ask for, what each picture says, and how they are listed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobs import Ledger
from tests.api.conftest import LOOKS, Hand, label_map, png, post, read, write_card, write_looks

SIZE = (32, 64)


def ask(client: FlaskClient, **fields: object) -> TestResponse:
    """Post a job for the model that has looks."""
    return post(client, **{"model": "styled", "label_map": label_map(*SIZE), **fields})


def test_a_look_is_kept_with_the_job_and_each_picture_says_its_own(
    client: FlaskClient, hand: Hand
) -> None:
    """The wish is in the job, the look that it was painted with in every picture."""
    fixed = read(ask(client, look=LOOKS[1]))
    assert (fixed["look"], fixed["images"]) == (LOOKS[1], [])
    hand.paint("styled")
    assert [one["look"] for one in read(client.get(fixed["url"]))["images"]] == [LOOKS[1]]

    blend = f"{LOOKS[0]}+{LOOKS[1]}:0.4"
    blended = read(ask(client, look=blend))
    hand.paint("styled")
    assert blended["look"] == blend

    several = read(ask(client, look="fitting", count="2", style="sunset"))
    hand.paint("styled")
    done = read(client.get(several["url"]))
    assert (done["look"], done["style"]) == ("fitting", "sunset")
    assert [one["look"] for one in done["images"]] == list(LOOKS)


def test_a_picture_without_a_look_says_so(client: FlaskClient, hand: Hand) -> None:
    """Nothing was asked and the model has none: null, not a missing field."""
    url = read(post(client))["url"]
    hand.paint()
    done = read(client.get(url))
    assert (done["look"], done["images"][0]["look"]) == (None, None)


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"look": "nope"}, "unknown-look", "/api/v1/models/styled/looks"),
        ({"look": LOOKS[0], "style": "sunset"}, "conflicting-fields", "'style'"),
        ({"look": LOOKS[0], "model": "tiny"}, "looks-unsupported", "'tiny' has no looks"),
        ({"look": "fitting", "model": "tiny"}, "looks-unsupported", "'tiny' has no looks"),
        ({"look": ""}, "invalid-field", "look"),
        ({"look": "x" * 65}, "invalid-field", "look"),
        ({"look": f"{LOOKS[0]}+{LOOKS[1]}:1.5"}, "invalid-field", "from 0 to 1"),
        ({"look": f"{LOOKS[0]}+{LOOKS[1]}"}, "invalid-field", "FIRST+SECOND:WEIGHT"),
        ({"look": f"{LOOKS[0]}+nope:0.5"}, "unknown-look", "no look 'nope'"),
        ({"look": "fitting", "count": "9"}, "invalid-field", "count"),
    ],
)
def test_a_look_that_cannot_be_is_refused_with_the_remedy(
    client: FlaskClient, fields: dict[str, str], code: str, said: str
) -> None:
    """Each wrong wish has its own code, and its text says what to do."""
    answer = ask(client, **fields)

    refused = read(answer)
    assert (answer.status_code, refused["code"]) == (422, code)
    assert said in refused["detail"]
    assert read(client.get("/api/v1/jobs"))["jobs"] == []


@pytest.mark.parametrize("look", [LOOKS[0], "fitting"])
def test_a_style_picture_goes_with_no_look(
    make_app: Callable[..., Flask], tmp_path: Path, look: str
) -> None:
    """A picture lends its own style, so a look beside it is a contradiction."""
    can = {"seed": True, "style": True, "style_image": True}
    write_card(tmp_path, "styled", native_size=list(SIZE), abilities=can)
    write_looks(tmp_path / "styled")
    client = make_app(checkpoints_dir=tmp_path, models=("styled",)).test_client()

    answer = ask(client, look=look, style_image=png(np.zeros((8, 8, 3), np.uint8)))

    assert (answer.status_code, read(answer)["code"]) == (422, "conflicting-fields")
    assert "'style_image'" in read(answer)["detail"]


def test_older_workers_leave_jobs_that_ask_for_a_look(client: FlaskClient, ledger: Ledger) -> None:
    """Only a job that names a look needs a newer worker; all others are painted by both."""
    asked, plain = read(ask(client, look=LOOKS[0])), read(ask(client))

    written = [ledger.redis.hget(f"{ledger.root}job:{job['id']}", "v") for job in (asked, plain)]

    assert written == ["3", "2"]


def test_an_api_of_the_release_before_reads_the_pictures(
    client: FlaskClient, hand: Hand, ledger: Ledger
) -> None:
    """It takes these five fields of a picture and no other: looks stand beside them."""
    job = read(ask(client, look=LOOKS[0]))
    hand.paint("styled")

    record: dict[str, str] = ledger.redis.hgetall(f"{ledger.root}job:{job['id']}")  # type: ignore[assignment]

    (picture,) = json.loads(record["images"])
    assert set(picture) == {"blob", "seed", "width", "height", "media_type"}
    assert json.loads(record["looks"]) == [LOOKS[0]]


def test_pictures_of_a_worker_of_the_release_before_have_no_look(
    client: FlaskClient, hand: Hand, ledger: Ledger
) -> None:
    """It tells no looks; its pictures are shown all the same."""
    url = read(ask(client, count="2"))["url"]
    job = hand.paint("styled")
    ledger.redis.hdel(f"{ledger.root}job:{job.id}", "looks")

    assert [one["look"] for one in read(client.get(url))["images"]] == [None, None]


def listed(client: FlaskClient, query: str = "", model: str = "styled") -> dict[str, Any]:
    """List the looks of a model."""
    return read(client.get(f"/api/v1/models/{model}/looks{query}"))


def test_looks_are_listed_with_their_credits(client: FlaskClient) -> None:
    """Ids, what each is good for, its colours, and whose photo it is."""
    found = listed(client)

    assert (found["total"], found["next"]) == (2, None)
    assert found["looks"][0] == {
        "id": LOOKS[0],
        "presets": [],
        "scenes": ["land", "coast"],
        "colours": {"brightness": 0.495, "warmth": -0.024, "saturation": 0.1},
        "credit": {"author": "Zoë", "licence": "CC0-1.0", "source": "a/set: 1.jpg"},
    }
    tiny, styled = read(client.get("/api/v1/models"))["models"]
    assert (tiny["looks"], styled["looks"]) == (0, 2)
    assert listed(client, model="tiny") == {"looks": [], "total": 0, "next": None}


def test_a_preset_narrows_the_list_and_pages_add_up_to_it(client: FlaskClient) -> None:
    """`preset` keeps those that it chooses from; following `next` gives each once."""
    assert [one["id"] for one in listed(client, "?preset=sunset")["looks"]] == [LOOKS[1]]
    seen, page = [], listed(client, "?limit=1")
    while page["next"]:
        seen += page["looks"]
        page = read(client.get(page["next"]))
    assert [one["id"] for one in [*seen, *page["looks"]]] == list(LOOKS)


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("styled/looks?preset=noon", 422, "unknown-style"),
        ("styled/looks?limit=1001", 422, "invalid-field"),
        ("styled/looks?look=1", 422, "unknown-field"),
        ("nope/looks", 404, "not-found"),
    ],
)
def test_a_list_that_cannot_be_says_why(
    client: FlaskClient, address: str, status: int, code: str
) -> None:
    """Wrong presets, pages and models are told by code."""
    answer = client.get(f"/api/v1/models/{address}")
    assert (answer.status_code, read(answer)["code"]) == (status, code)


def test_the_list_is_revalidated(client: FlaskClient) -> None:
    """The list's ETag makes asking again free."""
    etag = client.get("/api/v1/models/styled/looks").headers["ETag"]
    again = client.get("/api/v1/models/styled/looks", headers={"If-None-Match": etag})
    assert again.status_code == 304


def test_a_new_bank_is_offered_at_once_and_a_damaged_one_is_named(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    """Building a bank while the service runs needs no restart; a torn file is told by its name."""
    write_card(tmp_path, "styled", native_size=list(SIZE))
    app = make_app(checkpoints_dir=tmp_path, models=("styled",))
    client = app.test_client()
    assert listed(client)["total"] == 0
    write_looks(tmp_path / "styled")
    assert listed(client)["total"] == 2

    (tmp_path / "styled" / "looks.tsv").write_text("id\tscenes\nc866c89f\tland\n")
    with pytest.raises(ValueError, match=r"looks\.tsv is no list of looks"):
        app.extensions["doodlescape"].catalogue.cards()
