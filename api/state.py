"""What every request needs, made once per process and kept in `app.extensions`."""

from dataclasses import dataclass

from flask import Flask, Response, current_app
from redis import RedisError
from redis.exceptions import ClusterDownError, OutOfMemoryError, ReadOnlyError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from api.catalogue import Catalogue
from api.errors import ApiError, respond
from api.keys import KeyRing
from api.waiting import WaitingRoom
from jobs.blobs import BlobStore, BlobStoreFull, open_blobs
from jobs.errors import Expired, NotFound
from jobs.events import Events
from jobs.ledger import Ledger
from jobs.server.connection import connect as connect_redis
from jobs.server.ticks import ringer
from jobs.settings import Settings
from jobs.shares import Shares
from spade.maps.labelmap import Limits

RETRY_STORE_S = 2.0


@dataclass(frozen=True)
class Service:
    """The parts of the job service that the API talks to."""

    settings: Settings
    ledger: Ledger
    events: Events
    blobs: BlobStore
    keys: KeyRing
    catalogue: Catalogue
    picture_limits: Limits
    shares: Shares
    waiting: WaitingRoom

    def close(self) -> None:
        """Close the connections; the service is done."""
        self.ledger.redis.close()
        self.blobs.close()


def connect(settings: Settings) -> Service:
    """Make the parts; nothing connects before it is first used."""
    settings = settings.model_copy(update={"redis_timeout_s": settings.api_redis_timeout_s})
    redis = connect_redis(settings)
    blobs = open_blobs(settings)
    ledger = Ledger(redis, settings, ringer(settings))
    return Service(
        settings=settings,
        ledger=ledger,
        events=Events(ledger),
        blobs=blobs,
        shares=Shares(ledger, blobs),
        keys=KeyRing(redis, settings.namespace),
        catalogue=Catalogue(settings.checkpoints_dir, settings.models),
        picture_limits=Limits(settings.max_body_bytes, settings.max_picture_pixels),
        waiting=WaitingRoom(max(1, settings.api_threads // 2)),
    )


def service() -> Service:
    """Give the parts of the running application."""
    found: Service = current_app.extensions["doodlescape"]
    return found


def install(app: Flask) -> None:
    """Answer what the job service refuses everywhere in the same way."""

    @app.errorhandler(NotFound)
    def _not_found(_: NotFound) -> Response:
        return respond(ApiError("job-not-found", "No such job, or it is not yours."))

    @app.errorhandler(Expired)
    def _expired(_: Expired) -> Response:
        return respond(ApiError("job-expired", "The job and its pictures have been dropped."))

    @app.errorhandler(BlobStoreFull)
    def _no_room(_: BlobStoreFull) -> Response:
        wait_s = RETRY_STORE_S * 5
        return respond(
            ApiError("store-full", "There is no room for another picture.", retry_after_s=wait_s)
        )

    # A server that is away, loading, read-only or full; any other ResponseError is our own mistake.
    @app.errorhandler(RedisConnectionError)
    @app.errorhandler(RedisTimeoutError)
    @app.errorhandler(ReadOnlyError)
    @app.errorhandler(OutOfMemoryError)
    @app.errorhandler(ClusterDownError)
    def _store_away(error: RedisError) -> Response:
        app.logger.warning("the job store does not answer: %s", error)
        return respond(
            ApiError(
                "store-unavailable",
                "The job store does not answer; nothing that was accepted is lost.",
                retry_after_s=RETRY_STORE_S,
            )
        )
