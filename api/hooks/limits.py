"""Rate limits, counted in Redis so that they hold across processes.

Decision for a Redis that is slow or away: refuse with 503 and Retry-After. There is no fall-back to
counting in memory, which would multiply every limit by the number of processes, and none to letting
everything through, which would only move the failure into the ledger: it lives in the same Redis.
Pages, models and health need no Redis and are not limited, so painting goes on meanwhile.
"""

from dataclasses import replace
from functools import cache

from flask import Flask, request
from limits import parse
from werkzeug.wrappers import Request

from api.errors import ApiError, retry_after
from api.hooks.deferral import is_counted
from api.hooks.identity import Caller, caller
from jobs.ledger import Ledger
from jobs.rates import Rate, RateLimited, count
from jobs.settings import Settings

FREE = {"pages", "docs", "models", "health"}  # blueprints that are served without Redis
BYTES_A_COUNT = 2**20
COSTLY = {"jobs.submit", "jobs.put", "imports.create"}


def install(app: Flask, settings: Settings, ledger: Ledger) -> None:
    """Limit submits and other requests per user, and submits per address as well."""

    @app.before_request
    def _count() -> None:
        free = request.blueprint is None or request.blueprint in FREE
        if free or is_counted(request.environ):
            return
        try:
            count(ledger, *_rates(settings))
        except RateLimited as error:
            raise _refusal(error) from None


def read_rate(settings: Settings, whose: str) -> Rate:
    """Return what counts a read of a user, or of an address."""
    return _rate(settings.rate_read, "read", whose)


def _rates(settings: Settings) -> tuple[Rate, ...]:
    """Return what the request at hand counts for."""
    who = caller()
    # Without credentials every call is a new user, so the address is what can be counted.
    whose = who.address if who.is_new else who.user
    if request.endpoint not in COSTLY:
        return (read_rate(settings, whose),)
    # Many programs without credentials may share an address, which has a limit of its own;
    # an import makes no job that a quota would count.
    if request.endpoint == "imports.create":
        who = replace(who, user=whose)
    return submit_rates(settings, who, request)


def submit_rates(settings: Settings, who: Caller, req: Request) -> tuple[Rate, ...]:
    """Return what counts a submit: for its user and for the address."""
    cost = _cost(settings.max_body_bytes, req.content_length)
    return (
        _rate(settings.rate_submit, "submit", who.user, cost),
        _rate(settings.rate_address, "address", who.address, cost),
    )


def _rate(text: str, scope: str, whose: str, cost: int = 1) -> Rate:
    most, window_s = _read(text)
    return Rate(f"{scope}/{whose}/{most}/{window_s}", most, window_s, min(cost, most))


@cache
def _read(text: str) -> tuple[int, int]:
    """Read a setting: so many requests, in so many seconds."""
    limit = parse(text)
    return limit.amount, limit.get_expiry()


def _cost(max_body_bytes: int, length: int | None) -> int:
    """Return for how many requests one counts: large pictures are long decoded."""
    return 1 + (max_body_bytes if length is None else length) // BYTES_A_COUNT


def _refusal(error: RateLimited) -> ApiError:
    rate = error.rate
    return ApiError(
        "rate-limited",
        f"At most {rate.most} such requests in {rate.window_s} s are answered"
        + (f"; this one counts as {rate.cost}, by its size." if rate.cost > 1 else "."),
        {"limit": rate.most, "window_s": rate.window_s},
        # draft-ietf-httpapi-ratelimit-headers: the policy that was hit, and what is left of it
        headers={
            "RateLimit-Policy": f'"default";q={rate.most};w={rate.window_s}',
            "RateLimit": f'"default";r=0;t={retry_after(error.wait_s)}',
        },
        retry_after_s=error.wait_s,
    )
