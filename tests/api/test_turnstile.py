"""Few requests run at a time, and none of them is kept out by one that only waits."""

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from api.hooks import turnstile
from api.hooks.turnstile import Turnstile
from tests.api.conftest import post, read

WAIT_S = 20.0


def call(app: Turnstile, path: str = "/api/v1/jobs", body: bytes = b"") -> list[bytes]:
    """Send one request through the turnstile."""
    environ = EnvironBuilder(path, method="POST", data=body).get_environ()
    return list(app(environ, lambda *_: None))


class Crowd:
    """Be an application that counts who is inside, and keeps them there until `open`."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.open = threading.Event()
        self.came = threading.Semaphore(0)
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Stay inside until the door is opened."""
        del environ, start_response
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.came.release()
        assert self.open.wait(WAIT_S)
        with self._lock:
            self.inside -= 1
        return [b"done"]


def start(count: int, act: Callable[[], object]) -> list[threading.Thread]:
    """Run `act` in threads."""
    threads = [threading.Thread(target=act) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def let_through(crowd: Crowd, threads: list[threading.Thread], count: int) -> None:
    """Wait until so many are inside at once, then open the door and wait for the end."""
    for _ in range(count):
        assert crowd.came.acquire(timeout=WAIT_S)
    crowd.open.set()
    for thread in threads:
        thread.join(WAIT_S)


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/import", "/api/v1/shares/x/label-map"])
def test_no_more_than_so_many_run(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Twelve requests through a turnstile of three are never more than three at a time."""
    monkeypatch.setattr(turnstile, "PATIENCE_S", WAIT_S)
    crowd = Crowd()
    app = Turnstile(crowd, 3, 1000)
    threads = start(12, lambda: call(app, path))
    let_through(crowd, threads, 3)
    assert (crowd.inside, crowd.most) == (0, 3)


def test_stuck_requests_hold_nobody_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a place does not become free soon, the request runs all the same."""
    monkeypatch.setattr(turnstile, "PATIENCE_S", 0.01)
    crowd = Crowd()
    app = Turnstile(crowd, 1, 1000)
    threads = start(3, lambda: call(app))
    let_through(crowd, threads, 3)


def test_health_and_pages_do_not_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses that need no store are answered whatever the jobs' addresses are doing."""
    monkeypatch.setattr(turnstile, "PATIENCE_S", WAIT_S)
    crowd = Crowd()
    app = Turnstile(crowd, 1, 1000)
    threads = [*start(1, lambda: call(app)), *start(1, lambda: call(app, "/livez"))]
    let_through(crowd, threads, 2)


def test_a_slow_body_is_read_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends slowly takes no place while sending, and the application gets the whole body."""
    monkeypatch.setattr(turnstile, "PATIENCE_S", WAIT_S)
    got: list[bytes] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        del start_response
        got.append(environ["wsgi.input"].read())
        return []

    gate = Turnstile(app, 1, 1000)

    class SlowBody(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            call(gate, body=b"quick")  # would wait for ever if we held the only place
            return super().read(size)

    environ = EnvironBuilder("/api/v1/jobs", method="POST", data=b"slow").get_environ()
    environ["wsgi.input"] = SlowBody(b"slow and more")
    gate(environ, None)
    assert got == [b"quick", b"slow"]


def test_a_long_poll_gives_its_place_away(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one place, another request is answered while a long poll waits."""
    monkeypatch.setattr(turnstile, "PATIENCE_S", WAIT_S)
    app = make_app(api_busy=1)
    client = app.test_client()
    client.get("/").close()
    url = read(post(client))["url"]
    events, begun = app.extensions["doodlescape"].events, threading.Event()
    read_events = events.read

    def read_and_tell(*arguments: Any) -> Any:
        begun.set()
        return read_events(*arguments)

    monkeypatch.setattr(events, "read", read_and_tell)
    poll = threading.Thread(target=lambda: client.get(f"{url}?wait=20"))
    poll.start()
    assert begun.wait(WAIT_S)
    other = app.test_client()
    other.set_cookie("doodlescape", client.get_cookie("doodlescape").value)  # type: ignore[union-attr]
    cancelled = other.delete(url)
    assert read(cancelled)["status"] == "cancelled"
    poll.join(WAIT_S)
    assert not poll.is_alive()
