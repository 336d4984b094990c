"""Tell a user's server that a job has ended: signed, retried, never on the painting path.

Signatures follow the Standard Webhooks specification 1.0. A delivery is written into the outbox by
the same script that ends the job, so it is neither lost nor sent for a job that did not end.
"""

import json
import random
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from threading import Event, Thread, Timer
from typing import Any
from urllib.parse import urlsplit

import structlog
from redis.exceptions import RedisError
from standardwebhooks import Webhook
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from jobs.addresses import AddressRefused, resolve_public
from jobs.ledger import Ledger, milliseconds
from jobs.settings import Settings

log = structlog.get_logger(__name__)

#: Seconds between two looks at an empty outbox.
LOOK_S = 1.0
#: Longest wait between two tries, seconds.
BACKOFF_MOST_S = 3600.0
#: How long an undeliverable message is kept among the dead letters, seconds.
DEAD_KEPT_S = 7 * 86_400.0
#: Answers that mean "never again".
GONE = 410


@dataclass(frozen=True, slots=True)
class Delivery:
    """Hold one message: which job, its status and version then, where to, how often tried."""

    id: str
    job_id: str
    user: str
    url: str
    status: str
    version: int
    at_s: float
    tries: int
    reason: str = ""

    def body(self, public_url: str) -> bytes:
        """Give the JSON body, the same bytes for every try."""
        message = {
            "type": f"job.{self.status}",
            "timestamp": datetime.fromtimestamp(self.at_s, UTC).isoformat(),
            "data": {
                "id": self.job_id,
                "status": self.status,
                "version": self.version,
                "url": f"{public_url.rstrip('/')}/api/v1/jobs/{self.job_id}",
            },
        }
        return json.dumps(message, separators=(",", ":")).encode()


class Outbox:
    """Read and settle the deliveries that the ledger's scripts have written."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._settings = ledger.settings

    def take(self) -> Delivery | None:
        """Take the next delivery that is due, for at least twice the time-out."""
        hold_ms = milliseconds(self._settings.webhook_timeout_s * 2)
        delivery_id, flat = self._ledger.run("take", hold_ms=hold_ms)
        return _read(delivery_id, flat) if delivery_id else None

    def done(self, delivery: Delivery) -> None:
        """Forget a delivery that arrived."""
        self._ledger.run("deliver", id=delivery.id, word="done")

    def failed(self, delivery: Delivery, reason: str, *, final: bool = False) -> None:
        """Plan the next try with exponential back-off and jitter, or bury a hopeless one."""
        settings = self._settings
        if final or delivery.tries >= settings.webhook_attempts:
            log.error("webhook is a dead letter", job=delivery.job_id, reason=reason)
            self._ledger.run(
                "deliver", id=delivery.id, word="dead", reason=reason,
                keep_ms=milliseconds(DEAD_KEPT_S),
            )  # fmt: skip
            return
        wait_s = min(settings.webhook_backoff_s * 2 ** (delivery.tries - 1), BACKOFF_MOST_S)
        wait_s *= random.uniform(1.0, 1.2)
        self._ledger.run(
            "deliver", id=delivery.id, word="again", reason=reason, wait_ms=milliseconds(wait_s)
        )

    def dead(self, limit: int = 100) -> list[Delivery]:
        """Give the latest dead letters, newest first."""
        redis, root = self._ledger.redis, self._ledger.root
        letters = []
        ids: Any = redis.zrevrange(f"{root}undelivered", 0, limit - 1)
        for delivery_id in ids:
            fields: Any = redis.hgetall(f"{root}delivery:{delivery_id}")
            if fields:
                letters.append(_parse(delivery_id, fields))
            else:
                redis.zrem(f"{root}undelivered", delivery_id)
        return letters

    def retry(self, delivery_id: str) -> bool:
        """Put a dead letter back into the outbox, with fresh tries; False when there is none."""
        redis, root = self._ledger.redis, self._ledger.root
        if not redis.zrem(f"{root}undelivered", delivery_id):
            return False
        redis.hset(f"{root}delivery:{delivery_id}", "tries", 0)
        redis.persist(f"{root}delivery:{delivery_id}")
        redis.zadd(f"{root}outbox", {delivery_id: 0})
        return True


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
        delivery = self._outbox.take()
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
    """Post one delivery and give the HTTP status; redirects are not followed.

    The whole exchange ends within `webhook_timeout_s`, however slowly the receiver drips.
    Raises: AddressRefused, OSError, http.client's HTTPException or urllib3's HTTPError.
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


def _read(delivery_id: str, flat: list[str]) -> Delivery:
    return _parse(delivery_id, dict(zip(flat[::2], flat[1::2], strict=True)))


def _parse(delivery_id: str, fields: dict[str, str]) -> Delivery:
    return Delivery(
        id=delivery_id,
        job_id=fields["job"],
        user=fields["user"],
        url=fields["url"],
        status=fields["status"],
        version=int(fields["version"]),
        at_s=int(fields["at"]) / 1000,
        tries=int(fields["tries"]),
        reason=fields.get("reason", ""),
    )
