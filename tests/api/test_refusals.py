"""A server that is there and says no: what the API answers then, and what it warns of."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis.exceptions import ResponseError

from tests.api.conftest import post, read
from tests.api.test_limits import browser
from tests.servers import Node
from tests.waiting import until


@pytest.fixture
def moody(tmp_path: Path) -> Iterator[Node]:
    """Run a server of the test's own, to be brought into every mood."""
    server = Node(tmp_path / "moody", "--dbfilename", "snapshot").start()
    yield server
    server.kill()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("store-unavailable", "NOREPLICAS"),
        ("store-full", "OOM"),
        ("store-unavailable", "MISCONF"),
        ("store-unavailable", "READONLY"),
        ("store-unavailable", "BUSY"),
    ],
)
def test_whatever_the_store_refuses_is_a_503(
    make_app: Callable[..., Flask],
    moody: Node,
    caplog: pytest.LogCaptureFixture,
    code: str,
    why: str,
) -> None:
    """A server that says no in words of its own is away or full: 503, told when to ask again."""
    client = browser(make_app(redis_url=f"redis://127.0.0.1:{moody.port}/0", rate_read="9/second"))
    url = read(post(client))["url"]
    caplog.clear()
    with contextlib.ExitStack() as cleanup:
        bring_into(moody, why, cleanup)
        for answer in (post(client), client.delete(url), client.delete("/api/v1/jobs")):
            assert (answer.status_code, read(answer)["code"]) == (503, code)
            assert int(answer.headers["Retry-After"]) >= 1
        assert why in read(client.get("/readyz"))["reasons"][0]
    assert "Traceback" not in caplog.text


#: What brings a server into a mood, where one command does.
MOODS: dict[str, tuple[object, ...]] = {
    "NOREPLICAS": ("CONFIG", "SET", "min-replicas-to-write", 1),
    "OOM": ("CONFIG", "SET", "maxmemory", 1),
    "READONLY": ("REPLICAOF", "127.0.0.1", "1"),
}


def bring_into(server: Node, mood: str, cleanup: contextlib.ExitStack) -> None:
    """Make a server refuse what is written, with this word."""
    if mood == "MISCONF":  # its last snapshot could not be written
        server.ask("CONFIG", "SET", "save", "3600 1")
        (server.folder / "snapshot").mkdir()
        server.ask("BGSAVE")
        until(lambda: server.ask("INFO", "persistence")["rdb_last_bgsave_status"] == "err")
    elif mood == "BUSY":  # a script that does not end
        server.ask("CONFIG", "SET", "busy-reply-threshold", 1)
        loop = threading.Thread(target=endless, args=(server,))
        loop.start()
        cleanup.callback(loop.join)
        cleanup.callback(server.ask, "SCRIPT", "KILL")
        until(lambda: busy(server))
    else:
        server.ask(*MOODS[mood])


def endless(server: Node) -> None:
    """Run a script until it is killed."""
    with contextlib.suppress(ResponseError):
        server.ask("EVAL", "while true do end", 0)


def busy(server: Node) -> bool:
    """Tell whether the server answers BUSY."""
    try:
        server.ask("PING")
    except ResponseError as error:
        return "BUSY" in str(error)
    return False


def test_a_store_that_drops_jobs_is_warned_of(make_app: Callable[..., Flask], moody: Node) -> None:
    """An evicting memory policy is told by /readyz, with what to set instead."""
    client = browser(make_app(redis_url=f"redis://127.0.0.1:{moody.port}/0"))
    assert read(client.get("/readyz"))["warnings"] == []
    moody.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    (warning,) = read(client.get("/readyz"))["warnings"]
    assert "allkeys-lru" in warning
    assert "set it to noeviction" in warning
