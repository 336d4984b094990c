"""The ASGI application that granian serves: it reads requests whole and lets Flask answer them.

A thread is held only while Flask works. Bodies are read here, within deadlines; a long poll that
finds nothing new waits here, and is asked again when its job has moved. Of requests that decode
pictures or ask the ledger, a few run at a time (turnstile.py); pages have threads of their own, and
/livez needs none, so what one crowd does holds nothing else up.
"""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from flask import Flask

from api.front import wsgi
from api.front.bodies import BodyTooSlow, Gone, Receive, read_whole
from api.front.moves import Moves
from api.front.turnstile import Turnstile
from api.front.wsgi import Answer, Environ, Headers
from api.hooks.deferral import LAST, SEEN, TOO_SLOW, WAIT_HEADER
from api.state import Service

#: Whatever decodes or encodes pictures, or asks the ledger.
GATED = ("/api/v1/jobs", "/api/v1/import", "/api/v1/shares")
PAGE_THREADS = 4
_LONG_POLL = re.compile(r"/api/v1/jobs/([0-9a-fA-F-]{36})")
_STREAM = re.compile(r"/api/v1/jobs/[^/]+/events")

Scope = dict[str, Any]


class Door:
    """One process's door."""

    def __init__(self, app: Flask, service: Service) -> None:
        settings = service.settings
        self._app, self._service = app, service
        self._most_bytes = settings.max_body_bytes
        self._turnstile = Turnstile(settings.api_busy)
        # More than may run at a time: those that lost their patience run too.
        self._gated = ThreadPoolExecutor(settings.api_threads, "gated")
        self._pages = ThreadPoolExecutor(PAGE_THREADS, "pages")
        self._streams = ThreadPoolExecutor(settings.api_threads, "streams")
        self._moves: Moves

    async def __call__(self, scope: Scope, receive: Receive, send: Any) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        try:
            body, length = await self._read(scope, receive)
        except Gone:
            return
        except BodyTooSlow:
            environ = wsgi.environ_of(scope, b"", 0) | {TOO_SLOW: True}
            refused = await self._on(self._pages, environ)
            await _send(send, refused, (b"connection", b"close"))
            return
        environ = wsgi.environ_of(scope, body, length)
        if _STREAM.fullmatch(scope["path"]):
            await self._stream(environ, receive, send)
        elif b"wait=" in scope["query_string"] and (found := _LONG_POLL.fullmatch(scope["path"])):
            await self._long_poll(found[1].lower(), environ, receive, send)
        else:
            await _send(send, await self._answer(environ))

    async def _live(self, receive: Receive, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._moves = Moves(self._service.events)
            else:
                self.end_waits()
                await self._moves.ended_wholly()
                self._service.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def end_waits(self) -> None:
        """Answer all that wait, and let nobody wait any more: the process is about to stop."""
        self._moves.end()

    async def _read(self, scope: Scope, receive: Receive) -> tuple[bytes, int | None]:
        """Return the body and what is to be said of its length; too long a one is not read."""
        said = {name: value for name, value in scope["headers"] if name in _BODY_HEADERS}
        if not said:
            return b"", None
        length = said.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._most_bytes:
            return b"", int(length)
        body = await read_whole(receive, self._most_bytes)
        return body, len(body)

    async def _answer(self, environ: Environ) -> Answer:
        path = environ["PATH_INFO"]
        if path == "/livez":
            return wsgi.answer(self._app, environ)
        if not path.startswith(GATED):
            return await self._on(self._pages, environ)
        async with self._turnstile.place():
            return await self._on(self._gated, environ)

    async def _on(self, threads: ThreadPoolExecutor, environ: Environ) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, wsgi.answer, self._app, environ)

    async def _long_poll(self, job_id: str, environ: Environ, receive: Receive, send: Any) -> None:
        """Answer when the job has news, or its time is up; each look is the whole request again."""
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            with self._moves.of(job_id) as moved:
                answer = await self._until_news(environ, moved, gone)
            if not gone.done():
                await _send(send, answer)
        finally:
            gone.cancel()

    async def _until_news(
        self, environ: Environ, moved: asyncio.Event, gone: asyncio.Future[Any]
    ) -> Answer:
        """Ask until there is news, the time is up, or nobody listens any more."""
        loop = asyncio.get_running_loop()
        wait, answer = (await self._answer(dict(environ))).take(_WAIT_HEADER)
        if wait is None:
            return answer
        seconds, version = wait.split()
        ends_s, environ[SEEN] = loop.time() + float(seconds), int(version)
        while wait is not None and not gone.done():
            if self._moves.ended or loop.time() >= ends_s:
                environ[LAST] = True
            else:
                await _first(moved, gone, ends_s - loop.time())
                moved.clear()
            wait, answer = (await self._answer(dict(environ))).take(_WAIT_HEADER)
        return answer

    async def _stream(self, environ: Environ, receive: Receive, send: Any) -> None:
        """Hand on an event stream piece by piece, from a thread of its own, until either ends."""
        loop = asyncio.get_running_loop()
        gone = asyncio.ensure_future(_until_gone(receive))

        def tell(message: dict[str, Any]) -> None:
            if gone.done() or self._moves.ended:
                raise Gone
            asyncio.run_coroutine_threadsafe(_sent(send, message), loop).result()

        def run() -> None:
            wsgi.stream(
                self._app,
                environ,
                lambda status, headers: tell(_head(status, headers)),
                lambda piece: tell(_piece(piece, more=True)),
            )

        try:
            with suppress(Gone):
                await loop.run_in_executor(self._streams, run)
            if not gone.done():
                await send(_piece(b"", more=False))
        finally:
            gone.cancel()


_BODY_HEADERS = (b"content-length", b"transfer-encoding")
_WAIT_HEADER = WAIT_HEADER.encode()


async def _until_gone(receive: Receive) -> None:
    """Return when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(moved: asyncio.Event, gone: asyncio.Future[Any], timeout_s: float) -> None:
    """Return when one of both has happened, or after the time."""
    task = asyncio.ensure_future(moved.wait())
    try:
        await asyncio.wait((task, gone), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        task.cancel()


def _head(status: int, headers: Headers) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": headers}


def _piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _sent(send: Any, message: dict[str, Any]) -> None:
    await send(message)  # granian's gives an awaitable that is no coroutine


async def _send(send: Any, answer: Answer, *more: tuple[bytes, bytes]) -> None:
    await send(_head(answer.status, [*answer.headers, *more]))
    await send(_piece(answer.body, more=False))
