"""Rate limits, counted in Redis so that they hold across processes.

Decision for a Redis that is slow or away: refuse with 503 and Retry-After. There is no fall-back to
counting in memory, which would multiply every limit by the number of processes, and none to letting
everything through, which would only move the failure into the ledger: it lives in the same Redis.
Pages, models and health need no Redis and are not limited, so painting goes on meanwhile.
"""

import time

from flask import Flask, request
from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import Redis

from api.errors import ApiError, retry_after
from api.hooks.identity import caller
from jobs.settings import Settings

FREE = {"pages", "docs", "models", "health"}  # blueprints that are served without Redis
BYTES_A_COUNT = 2**20
COSTLY = {"jobs.submit", "jobs.put", "imports.create"}


class SharedRedis(RedisStorage):
    """Count on the service's own client, be it of one server, of Sentinels or of a cluster."""

    STORAGE_SCHEME: list[str] = []  # noqa: RUF012 - made here, never looked up by an address

    def __init__(self, client: "Redis", key_prefix: str) -> None:
        """Take the client instead of connecting to an address."""
        super(RedisStorage, self).__init__()
        self.key_prefix = key_prefix
        self.target_server = "redis"
        self.dependency = self.dependencies["redis"].module
        self.storage = client
        self.initialize_storage("")


def install(app: Flask, settings: Settings, redis: "Redis") -> None:
    """Limit submits and other requests per user, and submits per address as well."""
    counter = FixedWindowRateLimiter(SharedRedis(redis, f"{settings.namespace}:rate"))
    read, submit, address = map(
        parse, (settings.rate_read, settings.rate_submit, settings.rate_address)
    )

    @app.before_request
    def _count() -> None:
        if request.blueprint is None or request.blueprint in FREE:
            return
        who = caller()
        # Without credentials every call is a new user, so the address is what can be counted.
        whose = who.address if who.is_new else who.user
        if request.endpoint in COSTLY:
            cost = _cost(settings.max_body_bytes)
            # Many programs without credentials may share an address, which has a limit of its own;
            # an import makes no job that a quota would count.
            user = whose if request.endpoint == "imports.create" else who.user
            _hit(counter, submit, "submit", user, cost)
            _hit(counter, address, "address", who.address, cost)
        else:
            _hit(counter, read, "read", whose)


def _cost(max_body_bytes: int) -> int:
    """Return for how many requests one counts: large pictures are long decoded."""
    length = request.content_length
    return 1 + (max_body_bytes if length is None else length) // BYTES_A_COUNT


def _hit(
    counter: FixedWindowRateLimiter, limit: RateLimitItem, scope: str, whose: str, cost: int = 1
) -> None:
    """Count one request, as `cost` of them.

    Raises:
        ApiError: `rate-limited`.
    """
    if counter.hit(limit, scope, whose, cost=min(cost, limit.amount)):
        return
    window_s = limit.get_expiry()
    left_s = counter.get_window_stats(limit, scope, whose).reset_time - time.time()
    wait = retry_after(min(left_s, window_s))
    raise ApiError(
        "rate-limited",
        f"At most {limit.amount} such requests in {window_s} s are answered"
        + (f"; this one counts as {cost}, by its size." if cost > 1 else "."),
        {"limit": limit.amount, "window_s": window_s},
        # draft-ietf-httpapi-ratelimit-headers: the policy that was hit, and what is left of it
        headers={
            "Retry-After": wait,
            "RateLimit-Policy": f'"default";q={limit.amount};w={window_s}',
            "RateLimit": f'"default";r=0;t={wait}',
        },
    )
