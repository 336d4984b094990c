"""What every request needs, made once per process and kept in `app.extensions`."""

from dataclasses import dataclass
from threading import BoundedSemaphore

from flask import Flask, current_app

from api.catalogue import Catalogue
from api.keys import KeyRing
from jobs.blobs import BlobStore, open_blobs
from jobs.events import Events
from jobs.ledger import Ledger
from jobs.server.connection import connect as connect_redis
from jobs.server.ticks import forgiving, from_a_thread, tick_sender
from jobs.settings import Settings
from jobs.shares import Shares
from spade.maps.pictures import Limits


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
    streams: BoundedSemaphore

    def close(self) -> None:
        """Close the connections; the service is done."""
        self.ledger.redis.close()
        self.blobs.close()


def connect(settings: Settings) -> Service:
    """Make the parts; nothing connects before it is first used."""
    settings = settings.model_copy(update={"redis_timeout_s": settings.api_redis_timeout_s})
    redis = connect_redis(settings)
    blobs = open_blobs(settings)
    ticks = from_a_thread(forgiving(tick_sender(settings)))
    ledger = Ledger(redis, settings, ticks)
    return Service(
        settings=settings,
        ledger=ledger,
        events=Events(ledger),
        blobs=blobs,
        shares=Shares(ledger, blobs),
        keys=KeyRing(redis, settings.namespace),
        catalogue=Catalogue(settings.checkpoints_dir, settings.models),
        picture_limits=Limits(
            settings.max_body_bytes, settings.max_picture_pixels, settings.max_photo_pixels
        ),
        streams=BoundedSemaphore(max(1, settings.api_threads // 2)),
    )


def service() -> Service:
    """Return the parts of the running application."""
    return service_of(current_app)


def service_of(app: Flask) -> Service:
    """Return the parts of an application."""
    found: Service = app.extensions["doodlescape"]
    return found
