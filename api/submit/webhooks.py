"""Refuse at once a webhook address that could never be delivered to."""

from urllib.parse import urlsplit

from api.errors import ApiError
from jobs.settings import Settings
from jobs.webhooks.addresses import is_public


def check_webhook_url(url: str, settings: Settings) -> None:
    """Check what can be told without asking DNS; delivery checks the resolved addresses again.

    Raises:
        ApiError: `webhook-refused`, with the reason.
    """
    reason = _reason(url, settings)
    if reason:
        raise ApiError("webhook-refused", f"webhook_url: {reason}.", {"value": url[:200]})


def _reason(url: str, settings: Settings) -> str | None:
    if not settings.webhook_secret.get_secret_value():
        return "this service sends no webhooks (WEBHOOK_SECRET is not set)"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        return f"not an address ({error})"
    if parts.scheme not in ("https", "http") or not host or port == 0:
        return "not an http or https address"
    if parts.username is not None or parts.password is not None:
        return "it holds credentials"
    if not settings.webhook_private and _is_private(host):
        return f"{host} is not a public address"
    return None


def _is_private(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
