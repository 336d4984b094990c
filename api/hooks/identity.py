"""Who is calling: an API key, a signed anonymous session, or a ticket for one job.

A browser gets a session cookie with the page. A program without cookies or a key (plain curl) would
lose its job right after posting it, so the links in its answer carry a *ticket*: a signature over
the job's id that gives the owner's rights to this one job.
"""

import hashlib
import ipaddress
import secrets
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, Signer
from werkzeug.wrappers import Request

from api.errors import ApiError
from api.state import service

COOKIE = "doodlescape"
#: Cookies that one process remembers to have read, and for how long at most, seconds.
KNOWN_COOKIES, READ_ANEW_S = 4096, 3600
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True)
class Caller:
    """Who sent the request. `is_new` is an anonymous caller that showed no credentials.

    `address` is what limits count as one, see `counted_address`.
    """

    user: str
    address: str
    is_new: bool = False
    has_key: bool = False


class Sessions(SecureCookieSessionInterface):
    """Flask's session cookies, each read once an hour instead of with every request."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._known = lru_cache(KNOWN_COOKIES)(self._read)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session that a request brings, or a new one."""
        text = request.cookies.get(self.get_cookie_name(app), "")
        return self.session_class(self._known(text, int(time.time() // READ_ANEW_S)))

    def _read(self, text: str, _hour: int) -> dict[str, Any]:
        serializer = self.get_signing_serializer(self._app)
        longest_s = int(self._app.permanent_session_lifetime.total_seconds())
        try:
            held: dict[str, Any] = serializer.loads(text, longest_s) if serializer else {}
        except BadSignature:
            return {}
        return held


def install(app: Flask, secret: str, *, secure: bool) -> None:
    """Set up session cookies and refuse writes that another site's page sends."""
    app.secret_key = secret
    app.session_interface = Sessions(app)
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=400),  # the most that browsers keep
    )
    app.before_request(_refuse_foreign_writes)


def caller() -> Caller:
    """Tell who is calling; found once per request.

    Raises:
        ApiError: `bad-key` for a bearer token that is no valid key.
    """
    if "caller" not in g:
        g.caller = _identify(request)
    found: Caller = g.caller
    return found


def remember(found: Caller) -> None:
    """Hand a new anonymous caller the cookie that makes it the same one next time."""
    if not found.has_key and (found.is_new or "user" not in session):
        session.permanent = True
        session["user"] = found.user


def owner_by_id(found: Caller, job_id: str) -> Caller:
    """Return the owner of a job that a caller without credentials puts under an id of its own.

    It is the same each time, so that a repeated PUT finds its job; nobody else can be it, for it is
    never handed out as a cookie.
    """
    return replace(found, user=f"anon-{_owners().get_signature(job_id).hex()[:24]}")


def ticket_for(job_id: str) -> str:
    """Sign a job's id."""
    return _signer().get_signature(job_id).decode()


def has_ticket(job_id: str) -> bool:
    """Tell whether the request carries a valid `?ticket=` for this job."""
    given = request.args.get("ticket", "")
    return bool(given) and _signer().verify_signature(job_id, given)


def owner_of(job_id: str) -> str:
    """Return the user whose job it must be: the caller's, or '' (anyone's) with a valid ticket."""
    return "" if has_ticket(job_id) else caller().user


def ticket_in_use(job_id: str) -> str | None:
    """Return the ticket that the request came with, for the links of its answer."""
    return request.args["ticket"] if has_ticket(job_id) else None


def _identify(req: Request) -> Caller:
    address = counted_address(req.remote_addr or "unknown")
    text = _bearer(req)
    if text is not None:
        key = service().keys.check(text)
        if key is None:
            raise ApiError(
                "bad-key",
                "Send 'Authorization: Bearer dds_...' with a key that is not revoked.",
                headers={"WWW-Authenticate": 'Bearer realm="doodlescape"'},
            )
        return Caller(key.user, address, has_key=True)
    user = session_user(session)
    if user is not None:
        return Caller(user, address)
    return Caller(f"anon-{secrets.token_hex(12)}", address, is_new=True)


def session_user(held: SessionMixin) -> str | None:
    """Return the user of a session; None of one without."""
    user = held.get("user")
    return user if isinstance(user, str) else None


def counted_address(text: str) -> str:
    """Return what limits count as one address: an IPv6 /64, which is what one subscriber has.

    Some proxies write the port behind the address, which counts for nothing.
    """
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _bearer(req: Request) -> str | None:
    """Return the key that is shown; other schemes are another's, such as a proxy's password.

    A header without a scheme is a key sent wrongly, which its sender wants to be told.
    """
    header = req.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    return text.strip() if scheme.lower() == "bearer" or not text.strip() else None


def _signer() -> Signer:
    secret = service().settings.secret_key.get_secret_value()
    return Signer(secret, salt="job-ticket", digest_method=hashlib.sha256)


def _owners() -> Signer:
    secret = service().settings.secret_key.get_secret_value()
    return Signer(secret, salt="job-owner", digest_method=hashlib.sha256)


def _refuse_foreign_writes() -> None:
    """Refuse a browser's write from another origin; programs send neither of these headers.

    A key is not sent by itself; the password of a proxy is, by every page that the browser shows.
    """
    if request.method not in WRITES or _bearer(request) is not None:
        return
    if is_foreign_write(request, service().settings.public_url):
        origin = request.headers.get("Origin") or request.headers.get("Sec-Fetch-Site")
        raise ApiError(
            "origin-refused",
            f"The request comes from {origin}, this service is {request.host}. If both are "
            f"the same to its operator, a proxy between changes the host or the port: set "
            f"PUBLIC_URL={origin or 'https://host'} there.",
            {"value": origin},
        )


def is_foreign_write(req: Request, public_url: str) -> bool:
    """Tell whether a browser says that another site's page sends a write."""
    site, origin = req.headers.get("Sec-Fetch-Site"), req.headers.get("Origin")
    if site not in (None, "same-origin", "none"):
        return True
    if origin is None:
        return False
    return urlsplit(origin).netloc not in {req.host, urlsplit(public_url).netloc} - {""}
