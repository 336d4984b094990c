"""Pictures from elsewhere become label maps, and nothing is guessed in silence."""

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from jobs import Ledger
from jobs.workers.speed import Speed, pixel_class
from spade.maps.labels import load_label_set
from tests.api.conftest import LANDSCAPE, SEA, SKY, doodle, label_map, png, read, upload
from tests.waiting import until

UNLABELLED = LANDSCAPE.unlabelled_id


def send(client: FlaskClient, picture: bytes, **fields: str) -> dict[str, object]:
    """Import a picture."""
    return read(client.post("/api/v1/import", data={"picture": upload(picture), **fields}))


def labels_of(view: dict[str, object]) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Decode the label map of an answer."""
    data = base64.b64decode(str(view["label_map"]))
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("palette", ["natural", "safe", "gaugan"])
def test_a_drawing_of_a_known_palette_is_recognised(client: FlaskClient, palette: str) -> None:
    """`auto` finds the palette, and every pixel its label."""
    view = send(client, doodle(40, 30, palette=palette))

    assert view["palette"] == palette
    assert (view["height"], view["width"], view["unmatched_pixels"]) == (40, 30, 0)
    labels = labels_of(view)
    assert (labels[:20] == SKY).all()
    assert (labels[20:] == SEA).all()


def test_a_grey_picture_of_ids_is_recognised(client: FlaskClient) -> None:
    """A grey PNG whose values are label ids of the set is a label map."""
    ids = np.full((16, 16), SKY, np.uint8)
    ids[8:] = SEA

    view = send(client, png(ids))

    assert view["palette"] == "label-ids"
    assert (labels_of(view) == ids).all()


def test_our_own_label_map_survives_the_round_trip(client: FlaskClient) -> None:
    """What was downloaded imports as itself, by its ids and by its colours."""
    by_colour = send(client, label_map(32, 32))
    by_id = send(client, label_map(32, 32), palette="label-ids")

    assert (labels_of(by_colour) == labels_of(by_id)).all()
    assert by_colour["unmatched_pixels"] == 0


def strange() -> bytes:
    """Give a natural drawing, a quarter of which is in a colour that no palette has."""
    pixels = np.asarray(Image.open(io.BytesIO(doodle(16, 16)))).copy()
    pixels[:4] = (1, 2, 3)
    return png(pixels)


def test_strange_colours_stay_unlabelled_and_are_listed(client: FlaskClient) -> None:
    """With `exact` the strange quarter is unlabelled, counted, and its nearest label is named."""
    view = send(client, strange())

    assert view["unmatched_share"] == 0.25
    assert (labels_of(view)[:4] == UNLABELLED).all()
    colours: Any = view["colours"]
    (colour,) = colours
    assert (colour["colour"], colour["pixels"]) == ("#010203", 64)
    assert colour["nearest"]["name"]


def test_strange_colours_take_the_nearest_label_on_demand(client: FlaskClient) -> None:
    """With `nearest` the strange quarter gets the label that was named, and is still counted."""
    view = send(client, strange(), match="nearest")

    colours: Any = view["colours"]
    (colour,) = colours
    assert (labels_of(view)[:4] == colour["nearest"]["id"]).all()
    assert view["unmatched_pixels"] == 64


def test_the_preview_shows_the_label_map(client: FlaskClient) -> None:
    """The preview is the label map in natural colours."""
    view = send(client, doodle(16, 16, palette="gaugan"))

    preview = np.asarray(Image.open(io.BytesIO(base64.b64decode(str(view["preview"])))))
    natural = np.asarray(Image.open(io.BytesIO(doodle(16, 16))))
    assert (preview == natural).all()


def test_nothing_is_stored(client: FlaskClient, ledger: Ledger) -> None:
    """An import leaves no job and no blob."""
    send(client, doodle())

    assert [key for key in ledger.redis.scan_iter() if ":rate" not in key] == []


@pytest.mark.parametrize(
    ("picture", "fields", "code"),
    [
        (b"nothing", {}, "not-an-image"),
        (doodle(), {"palette": "crayon"}, "unknown-palette"),
        (doodle(), {"palette": "label-ids"}, "wrong-mode"),
        (doodle(), {"model": "monet"}, "unknown-model"),
        (doodle(), {"colour": "red"}, "unknown-field"),
    ],
)
def test_a_bad_import_is_refused(
    client: FlaskClient, picture: bytes, fields: dict[str, str], code: str
) -> None:
    """Bad pictures and fields get the same errors as a job's."""
    assert send(client, picture, **fields)["code"] == code


def test_an_import_without_a_picture_is_refused(client: FlaskClient) -> None:
    """The missing file is named."""
    answer = client.post("/api/v1/import", json={})

    assert read(answer)["code"] == "missing-field"


def test_models_are_listed_with_everything_a_palette_needs(client: FlaskClient) -> None:
    """The default model comes first, labels carry their colours, sizes are said in words."""
    tiny, styled = read(client.get("/api/v1/models"))["models"]

    assert (tiny["name"], tiny["default"], styled["default"]) == ("tiny", True, False)
    assert len(tiny["label_set"]["labels"]) == len(load_label_set("landscape").labels)
    assert set(tiny["palettes"]) >= {"natural", "safe", "gaugan", "smart-sketch"}
    assert all("natural" in label["colours"] for label in tiny["label_set"]["labels"])
    assert tiny["abilities"] == dict.fromkeys(tiny["abilities"], False) | {
        "seed": True,
        "natural_borders": True,
        "compose": True,
    }
    assert (styled["abilities"]["style"], styled["abilities"]["style_image"]) == (True, False)
    assert styled["styles"] == [{"name": "sunset", "title": "Sunset"}]
    assert styled["sizes"] == "64x32 only"


def test_models_say_how_long_a_picture_takes(
    client: FlaskClient, ledger: Ledger, make_app: Callable[..., Flask]
) -> None:
    """As the workers measured it, in proportion for sizes that none was painted at of late."""

    def paint_s() -> list[dict[str, float]]:
        return [model["paint_s"] for model in read(client.get("/api/v1/models"))["models"]]

    assert paint_s() == [{}, {}]
    speed = Speed(0.0, 0.1, 1, classes={pixel_class(64 * 64): 0.1})
    ledger.workers.heartbeat("hand", "ready", ["tiny"], {"tiny": speed})
    until(lambda: paint_s() == [{"64x64": 0.1, "128x128": 0.4}, {}], "the speed in the list")
    away = make_app(redis_url="redis://127.0.0.1:1/0").test_client()
    models = read(away.get("/api/v1/models"))["models"]
    assert [model["paint_s"] for model in models] == [{}, {}]


def test_the_model_list_is_revalidated(client: FlaskClient) -> None:
    """The list's ETag makes asking again free."""
    etag = client.get("/api/v1/models").headers["ETag"]

    again = client.get("/api/v1/models", headers={"If-None-Match": etag})

    assert again.status_code == 304
