"""A small keep-alive HTTP client of one user, cheap enough not to be what is measured."""

import json
import threading
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from bench.rig.wire import Wire
from spade.maps.labelmap import write_label_map
from spade.maps.labels import load_label_set


@lru_cache
def doodle(size: tuple[int, int]) -> bytes:
    """Return a landscape label map as PNG: sky, mountains, sea."""
    height, width = size
    label_map = np.full(size, 156, dtype=np.uint8)
    ridge = height // 2 + (np.sin(np.arange(width) / 17) * height / 8).astype(int)
    label_map[np.arange(height)[:, None] > ridge] = 134
    label_map[height * 3 // 4 :] = 154
    return write_label_map(label_map, load_label_set("landscape"))


class Client:
    """Talk to the API as one anonymous user on one connection."""

    def __init__(self, port: int, size: tuple[int, int]) -> None:
        self._port = port
        self._size = size
        self._cookie = ""
        self._wire = Wire(port)

    def call(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request; return status, headers (lower case) and body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._cookie:
            sent["Cookie"] = self._cookie
        status, found, data = self._wire.ask(method, path, sent, body)
        if "set-cookie" in found:
            self._cookie = found["set-cookie"].split(";")[0]
        return status, found, data

    def submit(
        self, job_id: str = "", label_map: bytes = b"", **fields: str
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        """PUT a job with an id of our own; return status, headers and the answer.

        `label_map` is a PNG; without one a landscape is sent.
        """
        if not self._cookie:  # a PUT without a session owns its job by itself
            self.call("GET", "/")
        body, kind = multipart(label_map or doodle(self._size), {"seed": "1"} | fields)
        path = f"/api/v1/jobs/{job_id or uuid.uuid4()}"
        status, headers, data = self.call("PUT", path, body, Content_Type=kind)
        return status, headers, json.loads(data)

    def another(self) -> "Client":
        """Open another connection of the same user."""
        client = Client(self._port, self._size)
        client._cookie = self._cookie
        return client

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def job(self, job_id: str) -> dict[str, Any]:
        """Look at one job.

        Raises:
            LookupError: it is not there.
        """
        status, _, data = self.call("GET", f"/api/v1/jobs/{job_id}")
        if status != 200:
            raise LookupError(f"{status}: {data[:200]!r}")
        found: dict[str, Any] = json.loads(data)
        return found


def multipart(label_map: bytes, fields: dict[str, str]) -> tuple[bytes, str]:
    """Write a form with a label map; return body and content type."""
    mark = "doodlescape-bench"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="label_map"; filename="m.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    body = b"".join(parts) + head.encode() + label_map + f"\r\n--{mark}--\r\n".encode()
    return body, f"multipart/form-data; boundary={mark}"


def together(act: Callable[[int], None], count: int) -> None:
    """Run `act` with the numbers below `count` in a thread each, and wait for all."""
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
