"""Ask an application through its door, as granian would: over ASGI, many requests at a time."""

import asyncio
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Self

from flask import Flask

from api.front.door import Door
from api.state import service_of

ANSWER_S = 40.0


@dataclass(frozen=True)
class Heard:
    """An answer as it went over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


class AtTheDoor:
    """An application behind its door, with an event loop of its own."""

    def __init__(self, app: Flask) -> None:
        self._door = Door(app, service_of(app))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._lifespan: asyncio.Queue[dict[str, Any]]

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(ANSWER_S)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop as a server does: let requests end, then the lifespan."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(ANSWER_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ANSWER_S)
        self._loop.close()

    def end_waits(self) -> None:
        """Do what a signal to stop does."""
        self._loop.call_soon_threadsafe(self._door.end_waits)

    def ask(self, method: str, address: str, headers: Mapping[str, str] | None = None) -> Heard:
        """Send a request and wait for its answer."""
        return self.begin(method, address, headers).result(ANSWER_S)

    def begin(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None = None,
        pieces: Iterable[bytes | None] = (),
        hangs_up: asyncio.Event | None = None,
    ) -> "Future[Heard]":
        """Start a request, whose body comes in pieces; None is a piece that never comes."""
        asked = self._ask(method, address, headers or {}, list(pieces), hangs_up)
        return asyncio.run_coroutine_threadsafe(asked, self._loop)

    def hang_up(self, event: asyncio.Event) -> None:
        """Let the client of a request that was begun with this event hang up."""
        self._loop.call_soon_threadsafe(event.set)

    async def _start(self) -> None:
        self._lifespan = asyncio.Queue()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._life = asyncio.ensure_future(
            self._door({"type": "lifespan"}, self._lifespan.get, self._told.put)
        )
        await self._lifespan.put({"type": "lifespan.startup"})
        assert (await self._told.get())["type"] == "lifespan.startup.complete"

    async def _stop(self) -> None:
        await self._lifespan.put({"type": "lifespan.shutdown"})
        await self._life

    async def _ask(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        pieces: list[bytes | None],
        hangs_up: asyncio.Event | None,
    ) -> Heard:
        path, _, query = address.partition("?")
        sent = dict(headers)
        if pieces and "transfer-encoding" not in sent:
            known = sum(len(piece or b"x") for piece in pieces)
            sent.setdefault("content-length", str(known))
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost")]
            + [(name.encode(), value.encode()) for name, value in sent.items()],
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 50_000),
        }
        told: list[dict[str, Any]] = []
        left = list(pieces) or [b""]

        async def receive() -> dict[str, Any]:
            if not left:
                await (hangs_up or asyncio.Event()).wait()
                return {"type": "http.disconnect"}
            piece = left.pop(0)
            if piece is None:
                await (hangs_up or asyncio.Event()).wait()
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece, "more_body": bool(left)}

        async def send(message: dict[str, Any]) -> None:
            told.append(message)

        await self._door(scope, receive, send)
        if not told:
            return Heard(0, {}, b"")
        head = {name.decode(): value.decode() for name, value in told[0]["headers"]}
        body = b"".join(message["body"] for message in told[1:])
        return Heard(told[0]["status"], head, body)
