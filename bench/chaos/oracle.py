"""The chaos oracle: what must be true of every accepted job, whatever was killed meanwhile."""

import io
from collections import defaultdict
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from redis.exceptions import RedisError

from bench.rig.client import Client
from jobs import Ledger

ENDS = {"succeeded", "failed", "cancelled", "expired"}


@dataclass(frozen=True, slots=True)
class Promise:
    """Remember one accepted job: who asked, and the label map that must come back."""

    job_id: str
    user: int
    label_map: npt.NDArray[np.uint8]


@dataclass
class Moves:
    """Follow every user's stream while the chaos goes on, through the server's absences."""

    ledger: Ledger
    seen: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _stop: Event = field(default_factory=Event)
    _after: dict[str, str] = field(default_factory=dict)

    def start(self) -> "Moves":
        """Begin to follow."""
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Read what is left and end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            self._read()
        self._read()

    def _read(self) -> None:
        try:
            found: Any = self.ledger.redis.scan_iter(f"{self.ledger.root}events:*", count=1000)
            for stream in list(found):
                entries: Any = self.ledger.redis.xrange(
                    stream, min=f"({self._after.get(stream, '0-0')}"
                )
                for event_id, fields in entries:
                    self.seen[fields["job"]].append(fields["status"])
                    self._after[stream] = event_id
        except RedisError:
            return


def violations(
    promises: list[Promise], clients: list[Client], moves: Moves, spoiled: set[str]
) -> list[str]:
    """List everything that is wrong: lost, unfinished, double, foreign or visible to others.

    Of `spoiled` jobs, whose input was made unreadable, it is right that they failed for that.
    """
    found: list[str] = []
    for promise in promises:
        found += _check(promise, clients, moves, is_spoiled=promise.job_id in spoiled)
    return found


def _check(promise: Promise, clients: list[Client], moves: Moves, *, is_spoiled: bool) -> list[str]:
    job_id, owner = promise.job_id, clients[promise.user]
    try:
        job = owner.job(job_id)
    except LookupError as error:
        return [f"{job_id}: lost, its owner gets {error}"]
    if is_spoiled and job["status"] == "failed" and job["error"]["code"] == "input-unreadable":
        return []
    if job["status"] != "succeeded":
        return [f"{job_id}: ended as {job['status']} ({job['error']})"]
    found = []
    ends = [status for status in moves.seen[job_id] if status in ENDS]
    if ends != ["succeeded"]:
        found.append(f"{job_id}: reached terminal states {ends}, not one")
    if len(job["images"]) != 1:
        found.append(f"{job_id}: has {len(job['images'])} pictures, not one")
    _, _, data = owner.call("GET", job["images"][0]["url"])
    with Image.open(io.BytesIO(data)) as picture:
        if not np.array_equal(np.asarray(picture)[..., 0], promise.label_map):
            found.append(f"{job_id}: holds somebody else's picture")
    stranger = clients[(promise.user + 1) % len(clients)]
    status, _, _ = stranger.call("GET", f"/api/v1/jobs/{job_id}")
    if status != 404:
        found.append(f"{job_id}: another user gets {status}")
    return found
