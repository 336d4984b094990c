"""Jobs over HTTP: post, poll, picture, cancel, list, forget."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from jobs import Ledger
from tests.api.conftest import SEA, SKY, Hand, doodle, label_map, post, read, write_card


def test_a_doodle_becomes_a_photo(client: FlaskClient, hand: Hand) -> None:
    """Post a doodle, poll its job, and the picture of the model's native size is there."""
    posted = post(client, doodle=doodle(), palette="natural")
    assert posted.status_code == 202
    address = posted.headers["Location"]
    assert read(client.get(address))["status"] == "queued"

    hand.paint()
    job = read(client.get(address))

    assert job["status"] == "succeeded"
    picture = client.get(job["images"][0]["url"])
    assert picture.mimetype == "image/png"
    assert Image.open(io.BytesIO(picture.data)).size == (64, 64)


def test_json_does_the_same(client: FlaskClient, hand: Hand) -> None:
    """A JSON body with a base64 label map makes the job that multipart makes."""
    body = {"label_map": base64.b64encode(label_map()).decode(), "seed": 7, "count": 2}

    posted = client.post("/api/v1/jobs", json=body)

    assert posted.status_code == 202
    hand.paint()
    job = read(client.get(posted.headers["Location"]))
    assert [image["seed"] for image in job["images"]] == [7, 8]


def test_the_label_map_comes_back_exactly(client: FlaskClient) -> None:
    """The stored label map holds exactly the ids that were sent."""
    job = read(post(client, label_map=label_map(96, 64)))

    stored = client.get(job["label_map"]["url"])

    labels = np.asarray(Image.open(io.BytesIO(stored.data)))
    assert labels.shape == (96, 64)
    assert set(labels[:48].ravel()) == {SKY}
    assert set(labels[48:].ravel()) == {SEA}


def test_an_odd_doodle_is_resampled_without_mixing(client: FlaskClient) -> None:
    """A doodle of a size the model does not paint becomes its native size, with the same labels."""
    job = read(post(client, doodle=doodle(50, 70), palette="natural"))

    assert (job["height"], job["width"]) == (64, 64)
    labels = np.asarray(Image.open(io.BytesIO(client.get(job["label_map"]["url"]).data)))
    assert set(labels.ravel()) == {SKY, SEA}


def test_an_odd_label_map_is_resampled_only_on_demand(client: FlaskClient) -> None:
    """A label map of another size is refused by name of size and remedy, or resampled if asked."""
    refused = post(client, label_map=label_map(50, 70))
    assert refused.status_code == 422
    assert read(refused)["code"] == "size-not-allowed"
    assert read(refused)["value"] == [50, 70]

    assert post(client, label_map=label_map(50, 70), resize="nearest").status_code == 202


def test_a_queued_job_knows_its_place(client: FlaskClient, hand: Hand) -> None:
    """Position counts from 1, and the ETA follows from the worker's speed."""
    hand.appear()
    first, second = read(post(client)), read(post(client))

    assert (first["position"], second["position"]) == (1, 2)
    assert second["eta_s"] > read(client.get(first["url"]))["eta_s"] > 0


def test_without_a_worker_nobody_promises(client: FlaskClient) -> None:
    """With no worker the ETA is null and the reason says so."""
    job = read(post(client))

    assert job["eta_s"] is None
    assert "worker" in job["eta_reason"]


def test_cancel_is_idempotent(client: FlaskClient, hand: Hand) -> None:
    """A queued job is cancelled at once, again without harm, and a finished one stays finished."""
    url = read(post(client))["url"]
    assert read(client.delete(url))["status"] == "cancelled"
    assert read(client.delete(url))["status"] == "cancelled"

    done = read(post(client))["url"]
    hand.paint()
    assert read(client.delete(done))["status"] == "succeeded"


def test_the_list_pages_newest_first(client: FlaskClient) -> None:
    """Following `next` gives every own job once, the newest first."""
    made = [read(post(client))["id"] for _ in range(5)]
    seen, address = [], "/api/v1/jobs?limit=2"
    while address:
        page = read(client.get(address))
        seen += [job["id"] for job in page["jobs"]]
        address = page["next"]

    assert seen == made[::-1]


def test_a_preview_lies_beside_the_picture_that_it_shows(client: FlaskClient, hand: Hand) -> None:
    """Who asks for previews finds each below its picture, kept for good; who does not finds none.

    Of a worker of an older release, or of a picture that is small itself, it is the picture.
    """
    posted = read(post(client, preview="true", count="2"))
    hand.paint()
    [_, image] = read(client.get(posted["url"]))["images"]
    assert image["preview"] == f"{image['url']}/preview"
    shown = client.get(image["preview"])
    assert (shown.mimetype, shown.data) == ("image/jpeg", b"small")
    assert "immutable" in shown.headers["Cache-Control"]
    known = client.get(image["preview"], headers={"If-None-Match": shown.headers["ETag"]})
    assert known.status_code == 304
    assert client.get(image["url"]).mimetype == "image/png"
    assert client.get(f"{posted['url']}/images/2/preview").status_code == 404

    for wish in ({"preview": "true"}, {"preview": "true", "format": "jpeg"}, {}):
        posted = read(post(client, **wish))
        hand.finish(hand.claim(), previews=False)
        [image] = read(client.get(posted["url"]))["images"]
        assert (image["preview"] is not None) == (wish == {"preview": "true"})
        assert client.get(f"{image['url']}/preview").data == client.get(image["url"]).data


def test_forgetting_leaves_nothing(client: FlaskClient, hand: Hand) -> None:
    """After DELETE /jobs the list is empty and neither job nor picture answers."""
    done = read(post(client))
    hand.paint()
    queued = read(post(client))
    image = read(client.get(done["url"]))["images"][0]["url"]

    assert client.delete("/api/v1/jobs").status_code == 204

    for address in (done["url"], queued["url"], image):
        assert client.get(address).status_code == 404
    assert read(client.get("/api/v1/jobs"))["jobs"] == []


def test_an_erased_job_is_gone_with_its_picture_and_link(client: FlaskClient, hand: Hand) -> None:
    """DELETE with erase drops one job in whatever state, leaves the others, and is its owner's."""
    done = read(post(client))
    hand.paint()
    kept = read(post(client))
    hand.paint()
    queued = read(post(client))
    image = read(client.get(done["url"]))["images"][0]["url"]
    link = read(client.post(f"{done['url']}/share"))["url"].replace("/s/", "/api/v1/shares/")
    stranger = client.application.test_client()
    stranger.get("/").close()
    assert stranger.delete(f"{done['url']}?erase=true").status_code == 404

    for job in (done, queued):
        assert client.delete(f"{job['url']}?erase=true").status_code == 204

    for address in (done["url"], queued["url"], image, link):
        assert client.get(address).status_code == 404
    assert [job["id"] for job in read(client.get("/api/v1/jobs"))["jobs"]] == [kept["id"]]


def test_natural_borders_go_to_models_that_have_them(
    make_app: Callable[..., Flask], ledger: Ledger, tmp_path: Path
) -> None:
    """The wish is kept with the job; a model with instance edges refuses it with the reason."""
    for name, instances in (("tiny", False), ("edged", True)):
        write_card(tmp_path, name, abilities={"seed": True, "instances": instances})
    client = make_app(checkpoints_dir=tmp_path, models=("tiny", "edged")).test_client()
    client.get("/").close()
    accepted = read(post(client, borders="natural"))
    assert accepted["borders"] == "natural"
    assert ledger.get(accepted["id"]).params["borders"] == "natural"
    assert read(post(client))["borders"] == "drawn"
    wavy, edged = post(client, borders="wavy"), post(client, borders="natural", model="edged")
    assert (wavy.status_code, read(wavy)["code"]) == (422, "invalid-field")
    assert (edged.status_code, read(edged)["code"]) == (422, "borders-unsupported")
    assert len(ledger.list_jobs(ledger.get(accepted["id"]).user).jobs) == 2
