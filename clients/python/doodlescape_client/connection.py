"""HTTP with patience: every request is safe to repeat, so it is repeated until it is answered."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3

from doodlescape_client.errors import DoodlescapeError, Unreachable, refusal

#: Answers that mean "later"; 502 and 504 come from a proxy in front of a service that restarts.
LATER = frozenset({429, 502, 503, 504})
NOT_MODIFIED = 304
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
CONNECT_S, READ_S = 5.0, 30.0


class Connection:
    """Send requests to one service as one user; threads may share it.

    Without a key the service knows us by an anonymous session, whose cookie comes with the page.
    It is fetched before the first request, because a job belongs to whoever sent it first: if that
    answer were lost, a repetition without the cookie would come from a stranger.
    """

    def __init__(self, url: str, api_key: str | None, patience_s: float) -> None:
        self.url = url.rstrip("/")
        self._patience_s = patience_s
        self._pool = urllib3.PoolManager(maxsize=8, retries=False)
        self._identity = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._lock = threading.Lock()

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        read_s: float = READ_S,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request that is safe to repeat; return the answer, which is 2xx or 304.

        Connections that break, 429, 502, 503 and 504 are tried again, after as long as Retry-After
        says, for up to `patience_s` seconds in all.

        Raises:
            Unreachable: nobody answered in that time.
            Refused: the service said no.
        """
        with self._lock:
            self._identity = self._identity or self._introduce()
        return self._patiently(method, path, body, {**self._identity, **(headers or {})}, read_s)

    def close(self) -> None:
        """Hang up."""
        self._pool.clear()

    def _move(self, path: str, location: str) -> None:
        """Go on over TLS where a proxy asks for it; follow no other redirect, with a key in hand.

        Raises:
            Unreachable: the redirect leads elsewhere.
        """
        here, there = urlsplit(self.url + path), urlsplit(urljoin(self.url + path, location))
        upgrade = (here.scheme, there.scheme) == ("http", "https")
        if not (upgrade and here.hostname == there.hostname and here.path == there.path):
            raise Unreachable(
                f"{self.url} sends this client on to {location or 'nowhere'}, where it does not "
                "follow; give it the address of the service itself"
            )
        self.url = f"https://{there.netloc}{urlsplit(self.url).path}"

    def _introduce(self) -> dict[str, str]:
        answer = self._patiently("GET", "/", None, {}, READ_S)
        cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
        if not cookie:
            raise Unreachable(
                f"{self.url} answers, but not as a Doodlescape service: no session. "
                "Is it the address of the service, and not of a page in front of it?"
            )
        return {"Cookie": cookie}

    def _patiently(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        read_s: float,
    ) -> urllib3.BaseHTTPResponse:
        deadline = time.monotonic() + self._patience_s
        pause_s = FIRST_PAUSE_S
        timeout = urllib3.Timeout(connect=CONNECT_S, read=read_s)
        while True:
            error: DoodlescapeError
            wait_s = pause_s
            try:
                answer = self._pool.request(
                    method, self.url + path, body=body, headers=headers, timeout=timeout
                )
            except urllib3.exceptions.HTTPError as broken:
                error = Unreachable(f"{self.url} does not answer: {broken}")
            else:
                if answer.status < 300 or answer.status == NOT_MODIFIED:
                    return answer
                if answer.status < 400:
                    self._move(path, answer.headers.get("Location", ""))
                    continue
                error = refusal(answer.status, answer.headers, answer.data)
                if answer.status not in LATER:
                    raise error
                wait_s = error.retry_after_s or pause_s
            if time.monotonic() + wait_s > deadline:
                raise error
            time.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def read_object(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    """Read the JSON object of an answer.

    Raises:
        Unreachable: it holds none: something in front of the service has answered.
    """
    try:
        return dict(json.loads(answer.data))
    except (ValueError, TypeError):
        kind = answer.headers.get("Content-Type", "something without a type")
        raise Unreachable(
            f"The answer is {kind} instead of JSON: it comes from a proxy or another service, "
            "whose address was given instead of Doodlescape's"
        ) from None
