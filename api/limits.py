"""Rate limits, counted in Redis so that they hold across processes.

Decision for a Redis that is slow or away: refuse with 503 and Retry-After. There is no fall-back to
counting in memory, which would multiply every limit by the number of processes, and none to letting
everything through, which would only move the failure into the ledger: it lives in the same Redis.
Pages, models and health need no Redis and are not limited, so painting goes on meanwhile.
"""

import time
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limit, Limiter, RateLimitExceeded
from limits.storage import RedisStorage
from redis import Redis

from api.errors import ApiError, respond
from api.identity import caller
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
    """Limit submits and other requests per user, and submits per address as well."""
    prefix = f"{settings.namespace}:rate"
    limiter = Limiter(
        lambda: caller().user,
        app=app,
        default_limits=[
            Limit(settings.rate_read, scope="read", shared=True, exempt_when=_is_costly),
            Limit(settings.rate_submit, scope="submit", shared=True, exempt_when=_is_not_costly),
            Limit(
                settings.rate_address,
                key_function=lambda: caller().address,
                scope="address",
                shared=True,
                exempt_when=_is_not_costly,
            ),
        ],
        storage_uri="shared://",
        storage_options={"client": redis, "key_prefix": prefix},  # type: ignore[dict-item]
        strategy="fixed-window",
        headers_enabled=False,
        fail_on_first_breach=True,
    )
    limiter.request_filter(_is_free)

    @app.errorhandler(RateLimitExceeded)
    def _exceeded(error: RateLimitExceeded) -> Response:
        current = limiter.current_limit
        wait_s = max(current.reset_at - time.time(), 0.0) if current else 1.0
        return _answer(error, min(wait_s, error.limit.limit.get_expiry()))

    return limiter


def _answer(error: RateLimitExceeded, wait_s: float) -> Response:
    limit = error.limit.limit
    window_s = limit.get_expiry()
    response = respond(
        ApiError(
            "rate-limited",
            f"At most {limit.amount} such requests in {window_s} s are answered.",
            {"limit": limit.amount, "window_s": window_s},
            retry_after_s=wait_s,
        )
    )
    # draft-ietf-httpapi-ratelimit-headers: the policy that was hit, and what is left of it
    response.headers["RateLimit-Policy"] = f'"default";q={limit.amount};w={window_s}'
    response.headers["RateLimit"] = f'"default";r=0;t={response.headers["Retry-After"]}'
    return response


def _is_free() -> bool:
    return request.blueprint in FREE or request.blueprint is None


def _is_costly() -> bool:
    return request.endpoint in COSTLY


def _is_not_costly() -> bool:
    return not _is_costly()
