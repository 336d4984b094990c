"""Run the WSGI application for a request that was read whole (PEP 3333, ASGI's HTTP scope)."""

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Headers = list[tuple[bytes, bytes]]
Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]

#: Names that CGI gives these two; every other header is HTTP_NAME.
_CGI_NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}
#: How a body came is the server's affair: here it is whole.
_HOP_BY_HOP = {b"transfer-encoding", b"content-length", b"connection", b"expect"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application answered: status, headers with names in lower case, the whole body."""

    status: int
    headers: Headers
    body: bytes

    def take(self, name: bytes) -> tuple[bytes | None, "Answer"]:
        """Return a header's value, or None, and the answer without it."""
        for at, (key, value) in enumerate(self.headers):
            if key == name:
                rest = [*self.headers[:at], *self.headers[at + 1 :]]
                return value, Answer(self.status, rest, self.body)
        return None, self


def environ_of(scope: dict[str, Any], body: bytes, length: int | None) -> Environ:
    """Write a request as WSGI wants it.

    Args:
        scope: an ASGI HTTP scope.
        body: the request's body, as far as it was read.
        length: what is said of its length: more than `body` where that was too long to be read.
    """
    host, port = scope["server"] or ("localhost", 80)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": (scope["client"] or ("", 0))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        # A name with an underscore would pass for another one with a hyphen, which a proxy checked.
        if b"_" in name or name in _HOP_BY_HOP:
            continue
        key = _CGI_NAMES.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        if key in environ:
            text = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + text
        environ[key] = text
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def answer(app: Wsgi, environ: Environ) -> Answer:
    """Run the application to its end."""
    chunks: list[bytes] = []
    status, headers = stream(app, environ, lambda _status, _headers: None, chunks.append)
    return Answer(status, headers, b"".join(chunks))


def stream(
    app: Wsgi,
    environ: Environ,
    start: Callable[[int, Headers], None],
    send: Callable[[bytes], object],
) -> tuple[int, Headers]:
    """Run the application, handing on its head and each piece of its body as they come.

    `send` may raise to end it early; the application's body is closed whatever happens.
    """
    head: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        del exc_info  # nothing is sent before the first piece of the body
        encoded = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers]
        head[:] = [(int(status[:3]), encoded)]

    pieces = app(environ, start_response)
    try:
        begun = False
        for piece in pieces:
            if not begun:
                start(*head[0])
                begun = True
            if piece:
                send(piece)
        if not begun:
            start(*head[0])
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    return head[0]
