"""Let only a few requests run at a time: threads that fight for the interpreter make all slower.

A process needs many threads, because each long poll holds one; but of those that are runnable, one
runs. With dozens of them, handing the lock around costs more than the work (docs/scaling.md).
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, local
from typing import Any

#: Whatever decodes or encodes pictures, or asks the ledger.
GATED = ("/api/v1/jobs", "/api/v1/import", "/api/v1/shares")
#: Longest wait for a place; then the request runs anyway, for nobody may starve behind the slow.
PATIENCE_S = 3.0


class Turnstile:
    """Wrap a WSGI application so that `places` requests of its busy addresses run at a time."""

    def __init__(self, app: Any, places: int, max_body_bytes: int) -> None:
        self._app = app
        self._places = BoundedSemaphore(places)
        self._max_body_bytes = max_body_bytes
        self._mine = local()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, in its turn; its body is read before, however slowly it comes."""
        if not environ["PATH_INFO"].startswith(GATED):
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        self._read_ahead(environ)
        self._enter()
        try:
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        finally:
            self._leave()

    @contextmanager
    def stepped_out(self) -> Iterator[None]:
        """Leave the place to others for the block, in which this request only waits."""
        was_in = getattr(self._mine, "holds", False)
        self._leave()
        try:
            yield
        finally:
            if was_in:
                self._enter()

    def _enter(self) -> None:
        self._mine.holds = self._places.acquire(timeout=PATIENCE_S)

    def _leave(self) -> None:
        if getattr(self._mine, "holds", False):
            self._mine.holds = False
            self._places.release()

    def _read_ahead(self, environ: dict[str, Any]) -> None:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdigit() and 0 < int(length) <= self._max_body_bytes:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
