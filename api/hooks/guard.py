"""Whom this server answers at all: requests for its own host names, and scrapes from nearby.

A page of a stranger may point its own name at 127.0.0.1 (DNS rebinding) and then read what a server
on the visitor's machine says, as if it were its own. It cannot forge the Host header, though.
"""

import hmac
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.wrappers import Request

from api.errors import ApiError
from jobs.settings import Settings
from jobs.webhooks.addresses import is_public

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
FORWARDED = ("X-Forwarded-For", "Forwarded")


def install(app: Flask, settings: Settings) -> None:
    """Refuse requests for host names that are not ours."""
    names = own_names(settings)
    if names is None:
        return
    # Probes and scrapes ask for an address, whatever our names are. What probes are told is no
    # secret; metrics are, so without a token they stay behind the check.
    free = {"health.livez", "health.readyz"}
    if settings.metrics_token.get_secret_value():
        free.add("health.scrape")

    @app.before_request
    def _check() -> None:
        if request.endpoint not in free and not asks_for(names, request):
            _refuse_host()


def asks_for(names: list[str] | None, req: Request) -> bool:
    """Tell whether a request is for one of these host names; None = any."""
    if names is None:
        return True
    # Not Flask's TRUSTED_HOSTS: it takes the first colon of [::1] for a port.
    asked = urlsplit(f"//{req.host}").hostname or ""
    return any(asked == name or (name[:1] == "." and asked.endswith(name)) for name in names)


def _refuse_host() -> None:
    sent = request.headers.get("Host", "")[:100]
    raise ApiError(
        "host-refused",
        f"The request asks for the host '{sent}', which this service does not answer to.",
        {"value": sent},
    )


def own_names(settings: Settings) -> list[str] | None:
    """List the host names that requests may ask for; None = any."""
    public = urlsplit(settings.public_url).hostname
    if settings.allowed_hosts:
        return [*map(str.lower, settings.allowed_hosts), *([public] if public else [])]
    if settings.trusted_proxies or not _is_loopback(settings.host):
        return None
    return [*LOOPBACK_NAMES, *([public] if public else [])]


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"


def check_scrape(settings: Settings) -> None:
    """Let the metrics be read with METRICS_TOKEN, or without one from nearby addresses only.

    Raises:
        ApiError: `metrics-refused`.
    """
    token = settings.metrics_token.get_secret_value()
    if token:
        sent = request.headers.get("Authorization", "").encode()
        allowed = hmac.compare_digest(sent, f"Bearer {token}".encode())
    else:
        allowed = not _came_from_afar(settings)
    if not allowed:
        raise ApiError("metrics-refused", "The metrics are for this service's operator.")


def _came_from_afar(settings: Settings) -> bool:
    """Tell whether the caller may be on the public internet, directly or behind a proxy."""
    if not settings.trusted_proxies and any(name in request.headers for name in FORWARDED):
        return True  # a proxy that we were not told of: its own address says nothing
    try:
        return is_public(request.remote_addr or "")
    except ValueError:
        return True
