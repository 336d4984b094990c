"""Deliver what is due: one signed POST for each try, to public addresses only."""

import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPException
from threading import Event, Thread, Timer
from urllib.parse import urlsplit

import structlog
from redis.exceptions import RedisError
from standardwebhooks import Webhook
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from jobs.ledger import Ledger
from jobs.settings import Settings
from jobs.webhooks.addresses import AddressRefused, resolve_public
from jobs.webhooks.outbox import Delivery, Outbox

log = structlog.get_logger(__name__)

#: Seconds between two looks at an empty outbox.
LOOK_S = 1.0
#: Answers that mean "never again".
GONE = 410


class Courier:
    """Deliver what is due, in threads of its own; a slow receiver holds up one thread at most."""

    def __init__(self, ledger: Ledger, threads: int = 2) -> None:
        self._outbox = Outbox(ledger)
        self._settings = ledger.settings
        self._stop = Event()
        self._threads = [
            Thread(target=self._run, name=f"courier-{n}", daemon=True) for n in range(threads)
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End soon; a delivery under way is tried again by someone if it fails."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if not self.deliver_next():
                    self._stop.wait(LOOK_S)
            except RedisError as error:
                log.debug("the outbox waits for the server", reason=str(error))
                self._stop.wait(LOOK_S)
            except Exception:
                log.exception("a delivery broke; going on")
                self._stop.wait(LOOK_S)

    def deliver_next(self) -> bool:
        """Try the next due delivery; False when none is due."""
        delivery = self._outbox.next()
        if delivery is None:
            return False
        try:
            status = send(delivery, self._settings)
        except AddressRefused as error:
            self._outbox.failed(delivery, str(error))
        except (OSError, HTTPException, HTTPError, ValueError) as error:
            self._outbox.failed(delivery, f"{type(error).__name__}: {error}")
        else:
            if 200 <= status < 300:
                self._outbox.done(delivery)
            else:
                self._outbox.failed(delivery, f"answered {status}", final=status == GONE)
        return True


def send(delivery: Delivery, settings: Settings) -> int:
    """Post one delivery and return the HTTP status; redirects are not followed.

    The whole exchange ends within `webhook_timeout_s`, however slowly the receiver drips.

    Raises:
        AddressRefused: the host is private or does not resolve.
        OSError, HTTPException, HTTPError: the host does not answer, or not as HTTP says.
    """
    parts = urlsplit(delivery.url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = resolve_public(host, port, allow_private=settings.webhook_private)
    limit_s = settings.webhook_timeout_s
    connection = (
        HTTPSConnection(
            address, port, timeout=limit_s, ssl_context=ssl.create_default_context(),
            server_hostname=host, assert_hostname=host,
        )
        if secure
        else HTTPConnection(address, port, timeout=limit_s)
    )  # fmt: skip
    cut = Timer(limit_s, _cut, [connection])
    cut.start()
    try:
        body = delivery.body(settings.public_url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, _headers(delivery, body, parts.netloc, settings))
        return connection.getresponse().status
    finally:
        cut.cancel()
        connection.close()


def _headers(delivery: Delivery, body: bytes, host: str, settings: Settings) -> dict[str, str]:
    now = datetime.now(UTC)
    signer = Webhook(settings.webhook_secret.get_secret_value())
    return {
        "Host": host,
        "Content-Type": "application/json",
        "User-Agent": "Doodlescape-Webhook",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(delivery.id, now, body.decode()),
    }


def _cut(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
