"""Polling, long polls and event streams."""

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.conftest import Hand, post, read


def test_an_unchanged_job_is_304(client: FlaskClient, hand: Hand) -> None:
    """If-None-Match with the ETag at hand costs no body until the job moves."""
    url = read(post(client))["url"]
    etag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304

    hand.claim()

    changed = client.get(url, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert read(changed)["status"] == "running"


def test_a_better_place_is_news(client: FlaskClient, hand: Hand) -> None:
    """The ETag of a queued job changes with its position, though nothing has moved it."""
    post(client)
    second = read(post(client))["url"]
    etag = client.get(second).headers["ETag"]

    hand.claim()

    moved_up = client.get(second, headers={"If-None-Match": etag})
    assert moved_up.status_code == 200
    assert read(moved_up)["position"] in (1, None)


def test_retry_after_follows_the_eta(client: FlaskClient, hand: Hand) -> None:
    """A live job says when to ask again, from 1 to 15 s; a finished one does not."""
    hand.appear()
    first, *_, last = [post(client) for _ in range(12)]
    assert first.headers["Retry-After"] == "2"
    assert last.headers["Retry-After"] == "15"

    hand.paint()
    assert "Retry-After" not in client.get(read(first)["url"]).headers


def test_a_picture_is_immutable(client: FlaskClient, hand: Hand) -> None:
    """A picture may be kept for good, and asking again with its ETag costs nothing."""
    url = read(post(client))["url"]
    hand.paint()
    image = read(client.get(url))["images"][0]["url"]

    answer = client.get(image)

    assert "immutable" in answer.headers["Cache-Control"]
    again = client.get(image, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_picture_before_its_time_is_a_conflict(client: FlaskClient, hand: Hand) -> None:
    """Asking for a picture of a queued job says so; beyond the last one it is not found."""
    url = read(post(client))["url"]
    early = client.get(f"{url}/images/0")
    assert (early.status_code, read(early)["code"]) == (409, "job-not-finished")

    hand.paint()
    assert read(client.get(f"{url}/images/1"))["code"] == "image-not-found"


def in_background(ask: Callable[[], TestResponse]) -> Callable[[], TestResponse]:
    """Start a request in a thread; calling the result waits for its answer."""
    answers: list[TestResponse] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()

    def wait() -> TestResponse:
        thread.join(20)
        return answers[0]

    return wait


@pytest.mark.parametrize("wait", ["26", "-1", "nan", "soon"])
def test_an_odd_wait_is_refused(client: FlaskClient, wait: str) -> None:
    """Waits over 25 s and nonsense name the limit."""
    url = read(post(client))["url"]

    assert read(client.get(f"{url}?wait={wait}"))["code"] == "invalid-field"


def events(answer: TestResponse) -> Iterator[dict[str, str]]:
    """Parse a server-sent event stream."""
    for block in answer.get_data(as_text=True).split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines() if not line.startswith(":")]
        if event := {name: value for name, _, value in lines if name != "retry"}:
            yield event


def test_a_stream_tells_each_move_and_closes(client: FlaskClient, hand: Hand) -> None:
    """The stream names the present state, then every move, and ends with the job."""
    url = read(post(client))["url"]
    answer = in_background(lambda: client.get(f"{url}/events", buffered=True))

    job = hand.claim()
    hand.finish(job)

    told = [event["event"] for event in events(answer())]
    assert told[-1] == "succeeded"
    assert set(told) <= {"queued", "running", "succeeded"}


def test_a_broken_stream_continues(client: FlaskClient, hand: Hand) -> None:
    """Last-Event-ID brings exactly the moves that were missed, and 204 when there are none."""
    url = read(post(client))["url"]
    job = hand.claim()
    hand.finish(job)
    (now,) = events(client.get(f"{url}/events", buffered=True))
    start = {"Last-Event-ID": "0-0"}

    replayed = list(events(client.get(f"{url}/events", headers=start, buffered=True)))
    assert [event["event"] for event in replayed] == ["queued", "running", "succeeded"]

    middle = {"Last-Event-ID": replayed[1]["id"]}
    rest = list(events(client.get(f"{url}/events", headers=middle, buffered=True)))
    assert [event["event"] for event in rest] == ["succeeded"]

    end = {"Last-Event-ID": now["id"]}
    assert client.get(f"{url}/events", headers=end).status_code == 204


def test_streams_are_capped_per_user(make_app: Callable[..., Flask]) -> None:
    """One user may hold MAX_EVENT_STREAMS streams; a closed one makes room."""
    client = make_app(max_event_streams=1).test_client()
    client.get("/").close()
    url = read(post(client))["url"]
    open_one = client.get(f"{url}/events")

    refused = client.get(f"{url}/events")
    assert (refused.status_code, read(refused)["code"]) == (429, "too-many-streams")
    assert refused.headers["Retry-After"]

    open_one.close()
    again = client.get(f"{url}/events")
    assert again.status_code == 200
    again.close()


def test_streams_leave_threads_for_others(make_app: Callable[..., Flask]) -> None:
    """When no thread may wait any more a stream is refused for now, and polling goes on."""
    client = make_app(api_threads=2).test_client()
    client.get("/").close()
    url = read(post(client))["url"]
    open_one = client.get(f"{url}/events")

    refused = client.get(f"{url}/events")

    assert (refused.status_code, read(refused)["code"]) == (503, "streams-full")
    assert client.get(url).status_code == 200
    open_one.close()
    with client.get(f"{url}/events") as again:
        assert again.status_code == 200
