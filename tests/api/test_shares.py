"""Share links: anyone may look, only the owner gives and takes."""

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import Hand, post, read


@pytest.fixture
def shared(client: FlaskClient, hand: Hand) -> dict[str, str]:
    """Give a finished job's address and its share."""
    url = read(post(client, seed="5"))["url"]
    hand.paint()
    answer = client.post(f"{url}/share")
    assert answer.status_code == 201
    return {"job": url, **read(answer)}


def test_a_stranger_sees_the_picture_and_may_remix(
    shared: dict[str, str], stranger: FlaskClient
) -> None:
    """A link shows pictures and label map to anyone, and names no user and no job."""
    view = read(stranger.get(f"/api/v1/shares/{shared['token']}"))

    assert view["seed"] == 5
    assert stranger.get(view["images"][0]["url"]).mimetype == "image/png"
    assert stranger.get(view["label_map"]["url"]).mimetype == "image/png"
    assert shared["job"].rpartition("/")[2] not in str(view)


def test_the_page_of_a_link_is_the_studio(shared: dict[str, str], stranger: FlaskClient) -> None:
    """The link's address itself serves the page."""
    with stranger.get(shared["url"]) as answer:
        assert answer.mimetype == "text/html"


def test_sharing_twice_gives_one_link(shared: dict[str, str], client: FlaskClient) -> None:
    """The second share is the first one's link, and the job shows it."""
    again = read(client.post(f"{shared['job']}/share"))

    assert again["token"] == shared["token"]
    assert read(client.get(shared["job"]))["share"]["token"] == shared["token"]


def test_a_link_taken_back_is_dead(
    shared: dict[str, str], client: FlaskClient, stranger: FlaskClient
) -> None:
    """After DELETE the link and everything below it is 404, and taking back again is fine."""
    below = f"/api/v1/shares/{shared['token']}"
    assert client.delete(f"{shared['job']}/share").status_code == 204
    assert client.delete(f"{shared['job']}/share").status_code == 204

    for tail in ("", "/images/0", "/label-map"):
        answer = stranger.get(below + tail)
        assert (answer.status_code, read(answer)["code"]) == (404, "share-not-found")


def test_only_finished_jobs_are_shared(client: FlaskClient) -> None:
    """A queued job has nothing to show yet."""
    url = read(post(client))["url"]

    assert read(client.post(f"{url}/share"))["code"] == "job-not-finished"


def test_a_guessed_token_finds_nothing(stranger: FlaskClient) -> None:
    """Unknown tokens are 404."""
    assert stranger.get("/api/v1/shares/aaaaaaaaaaaaaaaaaaaaaaaa").status_code == 404
