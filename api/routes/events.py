"""Server-sent events: a job's moves as they happen. Polling is the contract; this is a comfort."""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Self

from flask import Blueprint, Response, request, stream_with_context
from redis import Redis, RedisError

from api.errors import ApiError
from api.hooks.identity import owner_of, ticket_in_use
from api.openapi.operation import JOB_ERRORS, Answer, Operation, operation
from api.representation import PREFIX, job_view
from api.schemas.jobs import TicketQuery
from api.state import Service, service
from api.submit.body import read_query
from jobs.events import SLICE_S, Event
from jobs.job import Job

blueprint = Blueprint("events", __name__, url_prefix=PREFIX)

LONGEST_STREAM_S = 600.0  # then the browser reconnects by itself, perhaps to another process
RETRY_MS = 2000
BUSY_RETRY_S = 5.0
EVENT_ID = re.compile(r"[0-9]{1,16}-[0-9]{1,16}")


@blueprint.get("/jobs/<job_id>/events")
@operation(
    Operation(
        "Jobs",
        {
            200: Answer("The stream.", media_types=("text/event-stream",)),
            204: Answer("The job has ended and you know; do not connect again."),
        },
        (*JOB_ERRORS, "too-many-streams", "streams-full"),
        query=TicketQuery,
        headers={
            "Last-Event-ID": {
                "type": "string",
                "pattern": f"^{EVENT_ID.pattern}$",
                "description": "The event you saw last; the moves you missed are sent first.",
            }
        },
    )
)
def stream(job_id: str) -> Response:
    """Follow a job by server-sent events.

    Each move is an event named after the new status, with the job as it is now as its data. A
    comment every few seconds keeps the connection alive. After a break, Last-Event-ID brings the
    moves that were missed. The stream closes when the job has ended.
    """
    read_query(request, TicketQuery)
    app = service()
    job = app.ledger.get(job_id, owner_of(job_id))
    after = request.headers.get("Last-Event-ID")
    if after is not None and not EVENT_ID.fullmatch(after):
        raise ApiError(
            "invalid-field",
            f"Last-Event-ID is '{after[:40]}'; send the id of an event of this stream, or none.",
            {"errors": [{"field": "Last-Event-ID", "detail": "not an event id"}]},
        )
    if not job.live and after and not _moves(app, job, after):
        return Response(status=204)
    opened = _OpenStream.register(app, job.user)
    lines = _lines(app, job, after, ticket_in_use(job_id))
    response = Response(stream_with_context(lines), mimetype="text/event-stream")
    response.call_on_close(opened.close)
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    return response


def _lines(app: Service, job: Job, after: str | None, ticket: str | None) -> Iterator[str]:
    """Write the missed moves, then each new one, until the job ends or the stream is old."""
    yield f"retry: {RETRY_MS}\n\n"
    ends_s = time.monotonic() + LONGEST_STREAM_S
    if not after:
        after = app.events.last_id(job.user)
        job = app.ledger.get(job.id, job.user)  # again: a move may have come in between
        yield _event(after, job.status.value, job, ticket)
    while time.monotonic() < ends_s:
        moves = _moves(app, job, after, wait_s=SLICE_S if job.live else 0.0)
        if moves:
            after = moves[-1].id
            job = app.ledger.get(job.id, job.user)
            yield from (_event(move.id, move.status.value, job, ticket) for move in moves)
        elif not job.live:
            return
        else:
            yield ": still here\n\n"


def _moves(app: Service, job: Job, after: str, wait_s: float = 0.0) -> list[Event]:
    events = app.events.read(job.user, after, wait_s)
    return [event for event in events if event.job_id == job.id]


def _event(event_id: str, name: str, job: Job, ticket: str | None) -> str:
    data = job_view(job, ticket).model_dump_json()
    return f"id: {event_id}\nevent: {name}\ndata: {data}\n\n"


@dataclass(frozen=True)
class _OpenStream:
    """One of the streams that a user has open, counted in Redis over all processes.

    It runs out by itself there, so a process that was killed leaves none behind for ever.
    """

    redis: "Redis"
    places: BoundedSemaphore
    key: str
    token: str

    @classmethod
    def register(cls, app: Service, user: str) -> Self:
        """Count a stream, among this process's and among the user's streams.

        Raises:
            ApiError: `streams-full` or `too-many-streams`.
        """
        if not app.streams.acquire(blocking=False):
            raise ApiError(
                "streams-full",
                "All threads that may wait are waiting; polling works.",
                retry_after_s=BUSY_RETRY_S,
            )
        limit = app.settings.max_event_streams
        key = f"{app.settings.namespace}:streams:{user}"
        stream = cls(app.ledger.redis, app.streams, key, secrets.token_hex(8))
        try:
            stream._count(limit)
        except Exception:
            stream.close()
            raise
        return stream

    def _count(self, limit: int) -> None:
        now_s = time.time()
        pipe = self.redis.pipeline()
        pipe.zremrangebyscore(self.key, "-inf", now_s)
        pipe.zadd(self.key, {self.token: now_s + LONGEST_STREAM_S + SLICE_S})
        pipe.expire(self.key, round(LONGEST_STREAM_S) + 60)
        pipe.zcard(self.key)
        if pipe.execute()[-1] > limit:
            raise ApiError(
                "too-many-streams",
                f"You have {limit} event streams open, the most one may.",
                {"limit": limit},
                retry_after_s=BUSY_RETRY_S,
            )

    def close(self) -> None:
        """Count it no more."""
        self.places.release()
        with suppress(RedisError):
            self.redis.zrem(self.key, self.token)
