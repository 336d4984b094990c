"""Rate limits, counted in Redis so that they hold across processes.

Decision for a Redis that is slow or away: refuse with 503 and Retry-After. There is no fall-back to
counting in memory, which would multiply every limit by the number of processes, and none to letting
everything through, which would only move the failure into the ledger: it lives in the same Redis.
Pages, models and health need no Redis and are not limited, so painting goes on meanwhile.
"""

import time
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from redis import Redis

from api.errors import ApiError, retry_after
from api.hooks.identity import caller
from jobs.settings import Settings

FREE = {"pages", "docs", "models", "health"}  # blueprints that are served without Redis
COSTLY = {"jobs.submit", "jobs.put", "imports.create"}


class SharedRedis(RedisStorage):
    """Count on the service's own client, be it of one server, of Sentinels or of a cluster."""

    STORAGE_SCHEME = ["shared"]  # noqa: RUF012 - the name that limits looks for

    def __init__(self, uri: str, client: "Redis", key_prefix: str, **_: Any) -> None:
        """Take the client instead of connecting to `uri`."""
        super(RedisStorage, self).__init__(uri)
        self.key_prefix = key_prefix
        self.target_server = "redis"
        self.dependency = self.dependencies["redis"].module
        self.storage = client
        self.initialize_storage(uri)


def install(app: Flask, settings: Settings, redis: "Redis") -> Limiter:
    """Limit submits and other requests per user, and submits per address as well.

    The limiter counts; which limits a request meets is said here, in one look at its endpoint.
    Left to the limiter's own hook, that question took a tenth of a submit's time.
    """
    limiter = Limiter(
        lambda: caller().user,
        app=app,
        storage_uri="shared://",
        storage_options={"client": redis, "key_prefix": f"{settings.namespace}:rate"},  # type: ignore[dict-item]
        strategy="fixed-window",
    )
    limiter.request_filter(lambda: True)  # its own hook has nothing to do
    read, submit, address = map(
        parse, (settings.rate_read, settings.rate_submit, settings.rate_address)
    )

    @app.before_request
    def _count() -> None:
        if request.blueprint is None or request.blueprint in FREE:
            return
        who = caller()
        if request.endpoint in COSTLY:
            _hit(limiter, submit, "submit", who.user)
            _hit(limiter, address, "address", who.address)
        else:
            _hit(limiter, read, "read", who.user)

    return limiter


def _hit(limiter: Limiter, limit: RateLimitItem, scope: str, whose: str) -> None:
    """Count one request. Raises: ApiError `rate-limited`."""
    counter = limiter.limiter
    if counter.hit(limit, scope, whose):
        return
    window_s = limit.get_expiry()
    left_s = counter.get_window_stats(limit, scope, whose).reset_time - time.time()
    wait = retry_after(min(left_s, window_s))
    raise ApiError(
        "rate-limited",
        f"At most {limit.amount} such requests in {window_s} s are answered.",
        {"limit": limit.amount, "window_s": window_s},
        # draft-ietf-httpapi-ratelimit-headers: the policy that was hit, and what is left of it
        headers={
            "Retry-After": wait,
            "RateLimit-Policy": f'"default";q={limit.amount};w={window_s}',
            "RateLimit": f'"default";r=0;t={wait}',
        },
    )
