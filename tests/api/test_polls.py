"""Polls that are answered before Flask is asked: the same answers, by the same rules."""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.conftest import Hand, post, read
from tests.api.test_limits import browser
from tests.conftest import Valkey


def counted(client: FlaskClient, method: str) -> float:
    """Return what the metrics count of a job's route by `method`: its answers and their times."""
    lines = client.get("/metrics").text.splitlines()
    names = ("doodlescape_http_requests_total", "doodlescape_http_request_seconds_count")
    found = [line for line in lines if line.startswith(names) and "/jobs/<job_id>" in line]
    return sum(float(line.rpartition(" ")[2]) for line in found if f'"{method}"' in line)


class Poll:
    """A browser's poll of its one job, with the ETag that it got when it posted it."""

    def __init__(self, client: FlaskClient) -> None:
        posted = post(client)
        self.url, self._etag = read(posted)["url"], posted.headers["ETag"]

    def of(self, client: FlaskClient, query: str = "", **headers: str) -> TestResponse:
        """Poll from this browser or another."""
        sent = {"If-None-Match": self._etag} | headers
        return client.get(self.url + query, headers=sent)


@pytest.fixture
def poll(client: FlaskClient) -> Poll:
    """Give the poll of a queued job."""
    return Poll(client)


@contextmanager
def asked(app: Flask) -> Iterator[list[object]]:
    """Give a list that grows with every request that Flask is asked, during the block."""
    seen: list[object] = []

    def note(_app: object, **_: object) -> None:
        seen.append(_app)

    with request_started.connected_to(note, app):
        yield seen


def test_a_look_at_ones_own_job_is_answered_without_flask(
    app: Flask, client: FlaskClient, poll: Poll, hand: Hand
) -> None:
    """A browser's poll does not run Flask, whether it finds something new or not."""
    with asked(app) as seen:
        unchanged = poll.of(client)
        hand.claim()
        changed = poll.of(client)

    assert (unchanged.status_code, changed.status_code) == (304, 200)
    assert read(changed)["status"] == "running"
    assert seen == []


@pytest.mark.parametrize("query", ["", "?wait=5"])
@pytest.mark.parametrize("etag", ["of the job", 'W/"0.0"', ""])
def test_both_ways_give_the_same_answer(
    client: FlaskClient, poll: Poll, caplog: pytest.LogCaptureFixture, query: str, etag: str
) -> None:
    """Whether Flask answers or not cannot be seen from the answer."""
    sent = {"X-Request-ID": "12345678"}
    if etag != "of the job":
        sent["If-None-Match"] = etag

    short = poll.of(client, query, **sent)
    with caplog.at_level(logging.DEBUG, "api"):  # reads are logged, and Flask does that
        long = poll.of(client, query, **sent)

    assert short.status_code == long.status_code == (304 if etag == "of the job" else 200)
    assert sorted(short.headers) == sorted(long.headers)
    assert short.data == long.data


def test_both_ways_are_counted_as_one_route(
    client: FlaskClient, poll: Poll, caplog: pytest.LogCaptureFixture
) -> None:
    """The metrics do not tell the two ways apart."""

    before = counted(client, "GET")
    poll.of(client)
    once = counted(client, "GET")
    with caplog.at_level(logging.DEBUG, "api"):
        poll.of(client)

    assert once - before == counted(client, "GET") - once == 2


def test_a_job_of_another_is_not_there(stranger: FlaskClient, poll: Poll) -> None:
    """The right ETag opens nobody else's job."""
    assert poll.of(stranger).status_code == 404


def test_a_forged_cookie_is_nobodys(app: Flask, client: FlaskClient, poll: Poll) -> None:
    """A session whose signature is wrong has no jobs, also when the true one was just read."""
    assert poll.of(client).status_code == 304
    held = client.get_cookie("doodlescape")
    assert held is not None
    forger = app.test_client()
    forger.set_cookie("doodlescape", held.value[:-2] + "xx")

    assert poll.of(forger).status_code == 404


def test_a_strange_host_is_refused(client: FlaskClient, poll: Poll) -> None:
    """A poll for another host name is refused as all requests are."""
    assert read(poll.of(client, Host="evil.example"))["code"] == "host-refused"


@pytest.mark.parametrize(
    "query", ["?wait=-1", "?wait=x", "?wait=1000000", "?other=1", "?wait=1&wait=2"]
)
def test_odd_queries_are_refused(client: FlaskClient, poll: Poll, query: str) -> None:
    """What is wrong with a query is said, though the job has not changed."""
    assert poll.of(client, query).status_code == 422


def test_polls_are_limited(make_app: Callable[..., Flask], hand: Hand) -> None:
    """Polls with and without news count alike, each once."""
    client = browser(make_app(rate_read="3/hour"))
    poll = Poll(client)

    unchanged = [poll.of(client).status_code for _ in range(2)]
    hand.claim()
    changed = [poll.of(client).status_code for _ in range(2)]

    assert unchanged + changed == [304, 304, 200, 429]


def test_a_store_that_hangs_is_waited_for_once(
    make_app: Callable[..., Flask], valkey: Valkey
) -> None:
    """Redis that says nothing is a 503 after API_REDIS_TIMEOUT, tried twice and not four times."""
    client = browser(make_app(api_redis_timeout_s=1.0))
    poll = Poll(client)
    valkey.send(signal.SIGSTOP)
    began_s = time.monotonic()
    try:
        answer = poll.of(client)
    finally:
        valkey.send(signal.SIGCONT)

    assert (answer.status_code, read(answer)["code"]) == (503, "store-unavailable")
    assert time.monotonic() - began_s < 3.5
    valkey.wait()
