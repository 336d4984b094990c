"""The deliveries that wait, as the ledger's scripts have written them, and the dead letters."""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from jobs.ledger import DEAD_KEPT_S, Ledger
from jobs.lua.scripts import milliseconds, record

log = structlog.get_logger(__name__)

#: Longest wait between two tries, seconds.
BACKOFF_MOST_S = 3600.0


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
        """Return the JSON body, the same bytes for every try."""
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

    def next(self) -> Delivery | None:
        """Return the next delivery that is due; nobody else gets it for twice the time-out."""
        hold_ms = milliseconds(self._settings.webhook_timeout_s * 2)
        delivery_id, flat = self._ledger.run("webhooks/next_delivery", hold_ms=hold_ms)
        return _read(delivery_id, record(flat)) if delivery_id else None

    def done(self, delivery: Delivery) -> None:
        """Forget a delivery that arrived."""
        self._ledger.run("webhooks/settle_delivery", id=delivery.id, word="done")

    def failed(self, delivery: Delivery, reason: str, *, final: bool = False) -> None:
        """Plan the next try with exponential back-off and jitter, or make it a dead letter."""
        settings = self._settings
        if final or delivery.tries >= settings.webhook_attempts:
            log.error("webhook is a dead letter", job=delivery.job_id, reason=reason)
            self._ledger.run(
                "webhooks/settle_delivery", id=delivery.id, word="dead", reason=reason,
                keep_ms=milliseconds(DEAD_KEPT_S),
            )  # fmt: skip
            return
        wait_s = min(settings.webhook_backoff_s * 2 ** (delivery.tries - 1), BACKOFF_MOST_S)
        wait_s *= random.uniform(1.0, 1.2)
        self._ledger.run(
            "webhooks/settle_delivery",
            id=delivery.id,
            word="again",
            reason=reason,
            wait_ms=milliseconds(wait_s),
        )

    def dead(self, limit: int = 100) -> list[Delivery]:
        """Return the latest dead letters, newest first."""
        redis, root = self._ledger.redis, self._ledger.root
        letters = []
        ids: Any = redis.zrevrange(f"{root}undelivered", 0, limit - 1)
        for delivery_id in ids:
            fields: Any = redis.hgetall(f"{root}delivery:{delivery_id}")
            if fields:
                letters.append(_read(delivery_id, fields))
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


def _read(delivery_id: str, fields: dict[str, str]) -> Delivery:
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
