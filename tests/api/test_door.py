"""What stands before Flask: whole requests, waits without threads, a few that run at a time."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.front import bodies, moves, turnstile
from api.front.turnstile import Turnstile
from jobs import Ledger
from tests.api.at_the_door import AtTheDoor, Heard
from tests.api.conftest import Hand, post, read
from tests.waiting import until

JOBS = "/api/v1/jobs"


@pytest.fixture
def door(app: Flask) -> Iterator[AtTheDoor]:
    """Give the application under test behind its door."""
    with AtTheDoor(app) as found:
        yield found


def cookie(client: FlaskClient) -> str:
    """Return a browser's session as a header."""
    found = client.get_cookie("doodlescape")
    assert found is not None
    return f"doodlescape={found.value}"


class Poller:
    """A browser with one job, which it looks at through the door."""

    def __init__(self, door: AtTheDoor, client: FlaskClient) -> None:
        posted = post(client)
        self.url = read(posted)["url"]
        self.etag = posted.headers["ETag"]
        self._door, self._cookie = door, cookie(client)

    def poll(self, wait: float, hangs_up: asyncio.Event | None = None) -> "Future[Heard]":
        """Begin a long poll for news since the job was posted."""
        return self._door.begin(
            "GET",
            f"{self.url}?wait={wait}",
            {"cookie": self._cookie, "if-none-match": self.etag},
            hangs_up=hangs_up,
        )

    def cancel(self) -> Heard:
        """Cancel the job."""
        return self._door.ask("DELETE", self.url, {"cookie": self._cookie})


@pytest.fixture
def poller(door: AtTheDoor, client: FlaskClient) -> Poller:
    """Give a browser with a queued job."""
    return Poller(door, client)


def status(heard: Heard) -> str:
    """Read a job's status."""
    return str(json.loads(heard.body)["status"])


def test_a_long_poll_ends_with_the_move(poller: Poller, hand: Hand) -> None:
    """With ?wait= the answer comes as soon as the job moves, and not before."""
    answer = poller.poll(20)
    with pytest.raises(TimeoutError):
        answer.result(0.3)

    hand.claim()

    assert status(answer.result(10)) == "running"


def test_a_long_poll_that_comes_late_does_not_wait(poller: Poller, hand: Hand) -> None:
    """A move between two polls is told at once to who says by its ETag what was seen last."""
    hand.claim()

    assert status(poller.poll(25).result(10)) == "running"


def test_a_long_poll_ends_with_its_time(poller: Poller) -> None:
    """Without a move the answer comes after the wait, unchanged, and tells nothing of how."""
    heard = poller.poll(0.2).result(10)

    assert heard.status == 304
    assert "doodlescape-wait" not in heard.headers


def test_long_polls_hold_neither_threads_nor_places(make_app: Callable[..., Flask]) -> None:
    """With one thread and one place, a crowd of long polls keeps nobody else waiting."""
    app = make_app(api_threads=1, api_busy=1)
    client = app.test_client()
    client.get("/").close()
    with AtTheDoor(app) as door:
        poller = Poller(door, client)
        crowd = [poller.poll(25) for _ in range(200)]

        assert status(poller.cancel()) == "cancelled"

        assert {status(answer.result(20)) for answer in crowd} == {"cancelled"}


def test_who_hangs_up_is_waited_for_no_more(door: AtTheDoor, poller: Poller) -> None:
    """A client that goes away ends its wait, and is sent nothing."""
    gone = asyncio.Event()
    answer = poller.poll(25, hangs_up=gone)
    with pytest.raises(TimeoutError):
        answer.result(0.3)

    door.hang_up(gone)

    assert answer.result(10).status == 0


def test_a_stop_answers_all_that_wait(door: AtTheDoor, poller: Poller) -> None:
    """When the server is told to stop, long polls are answered as things stand, at once."""
    answer = poller.poll(25)
    with pytest.raises(TimeoutError):
        answer.result(0.3)

    door.end_waits()

    assert answer.result(10).status == 304


def test_moves_are_heard_over_a_broken_connection(
    poller: Poller, hand: Hand, ledger: Ledger
) -> None:
    """When the server drops the connection that tells of moves, waits still end with them."""
    answer = poller.poll(25)
    with pytest.raises(TimeoutError):
        answer.result(0.3)
    assert ledger.redis.client_kill_filter(_type="pubsub") >= 1

    hand.claim()

    assert status(answer.result(10)) == "running"


def test_moves_are_listened_to_while_somebody_waits(
    poller: Poller, hand: Hand, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that nobody waits at is told of no moves; who waits again hears of them again."""

    def listeners() -> int:
        return len(ledger.redis.client_list(_type="pubsub"))

    assert listeners() == 0
    monkeypatch.setattr(moves, "UNWANTED_S", 0.0)
    for move in (hand.claim, poller.cancel):
        answer = poller.poll(25)
        until(lambda: listeners() == 1)
        move()
        heard = answer.result(10)
        assert heard.status == 200
        poller.etag = heard.headers["etag"]
        until(lambda: listeners() == 0)


def test_a_long_poll_counts_once(make_app: Callable[..., Flask], hand: Hand) -> None:
    """However often the door looks, one long poll is one request to the rate limit."""
    app = make_app(rate_read="2/hour")
    client = app.test_client()
    client.get("/").close()
    with AtTheDoor(app) as door:
        poller = Poller(door, client)
        first = poller.poll(0.2).result(10)
        second = poller.poll(20)
        hand.claim()
        assert (first.status, second.result(10).status) == (304, 200)

        assert poller.poll(1).result(10).status == 429


def test_a_stream_tells_each_move_and_closes(
    door: AtTheDoor, poller: Poller, hand: Hand, client: FlaskClient
) -> None:
    """An event stream passes the door piece by piece and ends with the job."""
    answer = door.begin("GET", f"{poller.url}/events", {"cookie": cookie(client)})

    hand.paint()

    heard = answer.result(20)
    assert heard.headers["content-type"].startswith("text/event-stream")
    assert heard.body.rstrip().splitlines()[-2] == b"event: succeeded"


def test_a_body_that_does_not_come_is_given_up(
    door: AtTheDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stalled upload gets a clear 408 and its connection is closed; others do not notice."""
    monkeypatch.setattr(bodies, "GRACE_S", 1.0)
    stalled = [door.begin("POST", JOBS, pieces=[b"{", None]) for _ in range(100)]

    assert door.ask("GET", "/livez").status == 200
    assert door.ask("GET", "/api/v1/jobs").status == 200

    heard = stalled[0].result(10)
    assert (heard.status, json.loads(heard.body)["code"]) == (408, "body-too-slow")
    assert heard.headers["connection"] == "close"


def test_a_body_that_breaks_off_is_nobodys(door: AtTheDoor) -> None:
    """Who hangs up in the middle of a body is sent nothing, and no half request is looked at."""
    gone = asyncio.Event()
    broken = door.begin("POST", JOBS, pieces=[b"{", None], hangs_up=gone)
    door.hang_up(gone)

    assert broken.result(10).status == 0


JSON = {"content-type": "application/json"}
CHUNKED = {"transfer-encoding": "chunked"}


@pytest.mark.parametrize("said", [CHUNKED, {"content-length": "999999"}])
def test_a_body_too_large_is_refused(make_app: Callable[..., Flask], said: dict[str, str]) -> None:
    """Beyond the limit a body is not read on, whether its length was said before or not."""
    app = make_app(max_body_bytes=1000)
    with AtTheDoor(app) as door:
        pieces = [b"x" * 600, b"x" * 600, None]
        heard = door.begin("POST", JOBS, {**JSON, **said}, pieces).result(10)

    assert (heard.status, json.loads(heard.body)["code"]) == (413, "body-too-large")


def test_a_body_without_a_length_is_read(door: AtTheDoor) -> None:
    """A body that comes in chunks is as good as one whose length is said."""
    pieces = [b'{"mod', b'el": "tiny"}']
    heard = door.begin("POST", JOBS, {**JSON, **CHUNKED}, pieces).result(10)

    assert json.loads(heard.body)["code"] == "missing-field"


def test_a_header_with_an_underscore_passes_for_no_other(make_app: Callable[..., Flask]) -> None:
    """X_Forwarded_For is not X-Forwarded-For, which a proxy has checked."""
    app = make_app(allowed_hosts=("paint.example",), trusted_proxies=1)
    with AtTheDoor(app) as door:
        said = door.ask("GET", "/api/v1/models", {"x-forwarded-host": "paint.example"})
        assert said.status == 200
        assert (
            door.ask("GET", "/api/v1/models", {"x_forwarded_host": "paint.example"}).status == 421
        )


async def crowd_in(gate: Turnstile, count: int, most_wanted: int) -> int:
    """Send `count` through a turnstile at once, until `most_wanted` are in; return the most."""
    inside = most = 0
    full, door_opens = asyncio.Event(), asyncio.Event()

    async def one() -> None:
        nonlocal inside, most
        async with gate.place():
            inside += 1
            most = max(most, inside)
            if inside == most_wanted:
                full.set()
            await door_opens.wait()
            inside -= 1

    tasks = [asyncio.ensure_future(one()) for _ in range(count)]
    await asyncio.wait_for(full.wait(), 20)
    door_opens.set()
    await asyncio.gather(*tasks)
    return most


def test_no_more_than_so_many_run() -> None:
    """Twelve requests through a turnstile of three are never more than three at a time."""

    async def run() -> int:
        return await crowd_in(Turnstile(3), 12, 3)

    assert asyncio.run(run()) == 3


def test_stuck_requests_hold_nobody_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a place does not become free soon, the request runs all the same."""
    monkeypatch.setattr(turnstile, "PATIENCE_S", 0.01)

    async def run() -> int:
        return await crowd_in(Turnstile(1), 3, 3)

    assert asyncio.run(run()) == 3
