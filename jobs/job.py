"""The job record, its statuses and the one table of moves between them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Self

#: The newest version of records. Raise it when a worker of the release before would paint some jobs
#: wrongly; `NewJob.record_version` says which. Workers leave newer records to newer workers; a
#: field that older ones may ignore needs no new version.
#: 2: kind "trace", a photo instead of a label map. 3: a look that is asked for. 4: a prompt.
#: 5: two looks blended.
RECORD_VERSION = 5
#: Asks, instead of a look's id, for as many looks that suit the label map as the job has pictures.
FITTING = "fitting"


class Kind(StrEnum):
    """Name what is done with a job's input: a label map is painted, a photo is traced.

    Of words a label map is composed, which is painted, or is all that is wanted.
    """

    PAINT = "paint"
    TRACE = "trace"
    COMPOSE = "compose"


class Status(StrEnum):
    """Name where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


#: Every move there is. The ledger's scripts get this table; there is no second one.
#: running -> queued is a lost lease or a give-back; failed -> queued is an operator's requeue.
MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.CANCELLED, Status.EXPIRED}),
    Status.RUNNING: frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.QUEUED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}

LIVE = frozenset({Status.QUEUED, Status.RUNNING})
TERMINAL = frozenset(Status) - LIVE


@dataclass(frozen=True, slots=True)
class Picture:
    """Describe one finished picture; `blob` names its bytes among the job's blobs.

    That of a traced photo, or of a layout, is its label map, packed as those that are sent (see
    `jobs.blobs.packing`).
    `look` is the id of the look that it was painted with, None where there was none.
    """

    blob: str
    seed: int
    width: int
    height: int
    media_type: str
    look: str | None = None

    @property
    def preview(self) -> str:
        """Name the blob of its preview, which is there if the job asked for one."""
        return f"{self.blob}.preview"

    def to_json(self) -> dict[str, Any]:
        """Return the picture as it is stored in the record.

        Its look is stored beside it, for an API of the release before takes no more fields.
        """
        return {name: getattr(self, name) for name in self.__slots__ if name != "look"}


@dataclass(frozen=True, slots=True)
class NewJob:
    """Ask for a job; everything here is checked already and never changes afterwards.

    `size` is (height, width) in pixels. `count` pictures are painted from seeds seed, seed + 1, ...
    `params` is what the ledger only carries (JSON values). `fingerprint` stands for the whole
    request: the same id or `idempotency_key` with another fingerprint is refused. `batch_key` keeps
    jobs that cannot share a batch apart. `address` is who asked, for the quota per address.
    """

    id: str
    user: str
    model: str
    size: tuple[int, int]
    count: int = 1
    seed: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    address: str = ""
    slot: str = ""
    batch_key: str = ""
    webhook_url: str = ""
    idempotency_key: str = ""

    @property
    def record_version(self) -> int:
        """Return the oldest version of records whose workers do what is asked."""
        if self.params.get("prompt"):
            return 4
        look = self.params.get("look")
        if look and "+" in look:
            return 5
        return 3 if look else 2

    @property
    def pixels(self) -> int:
        """Count the pixels that the whole job paints."""
        return self.size[0] * self.size[1] * self.count


@dataclass(frozen=True, slots=True)
class Job:
    """Show one job as the ledger holds it; times are seconds since the epoch, or None.

    `waits_since_s` is when its waiting began: created, or put back by an operator.
    `version` grows by one per move. `position` is 1 for the next job of its model to be claimed,
    None when it is not queued. `fence` is the token of the present claim (0 = none).
    `error` is {code, message, ...} for failed, cancelled and expired jobs.
    """

    id: str
    user: str
    model: str
    status: Status
    version: int
    attempt: int
    size: tuple[int, int]
    count: int
    seed: int
    params: dict[str, Any]
    fingerprint: str
    slot: str
    batch_key: str
    webhook_url: str
    created_s: float
    waits_since_s: float
    started_s: float | None
    finished_s: float | None
    expires_s: float | None
    fence: int
    worker: str
    images: tuple[Picture, ...]
    error: dict[str, Any] | None
    share: str
    position: int | None

    @classmethod
    def from_record(
        cls, job_id: str, record: Mapping[str, str], position: int | None = None
    ) -> Self:
        """Read a job from its stored fields; missing optional fields mean their empty value."""
        height, width = (int(part) for part in record["size"].split("x"))
        error = record.get("error")
        params = json.loads(record.get("params", "{}"))
        if chosen := record.get("style"):
            params["style"] = chosen
        return cls(
            id=job_id,
            user=record["user"],
            model=record["model"],
            status=Status(record["status"]),
            version=int(record["version"]),
            attempt=int(record.get("attempt", 0)),
            size=(height, width),
            count=int(record["count"]),
            seed=int(record["seed"]),
            params=params,
            fingerprint=record.get("fingerprint", ""),
            slot=record.get("slot", ""),
            batch_key=record.get("batch", ""),
            webhook_url=record.get("webhook", ""),
            created_s=int(record["created"]) / 1000,
            waits_since_s=int(record.get("waits_since") or record["created"]) / 1000,
            started_s=_seconds(record.get("started")),
            finished_s=_seconds(record.get("finished")),
            expires_s=_seconds(record.get("expires")),
            fence=int(record.get("fence", 0)),
            worker=record.get("worker", ""),
            images=_pictures(record),
            error=json.loads(error) if error else None,
            share=record.get("share", ""),
            position=position,
        )

    @property
    def kind(self) -> Kind:
        """Tell what is done with the job's input."""
        return Kind(self.params.get("kind", Kind.PAINT))

    @property
    def live(self) -> bool:
        """Tell whether the job is still queued or running."""
        return self.status in LIVE

    @property
    def seeds(self) -> tuple[int, ...]:
        """Return one seed per picture."""
        return tuple((self.seed + n) % 2**32 for n in range(self.count))

    @property
    def waited_s(self) -> float:
        """Return the seconds that it waited for its present or last claim; 0 before the first."""
        return max(0.0, (self.started_s or 0.0) - self.waits_since_s)

    @property
    def pixels(self) -> int:
        """Count the pixels that the whole job paints."""
        return self.size[0] * self.size[1] * self.count


def _pictures(record: Mapping[str, str]) -> tuple[Picture, ...]:
    images, looks = (json.loads(record.get(name, "[]")) for name in ("images", "looks"))
    pairs = zip_longest(images, looks[: len(images)])  # workers of an older release tell no looks
    return tuple(Picture(**image, look=look) for image, look in pairs)


def _seconds(milliseconds: str | None) -> float | None:
    return int(milliseconds) / 1000 if milliseconds else None
