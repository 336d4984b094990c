"""API keys: made once, shown once, stored as a digest, checked in constant time.

A key reads `dds_ID_SECRET`. ID finds the record; only SHA-256 of SECRET is stored, which is enough
because SECRET has 256 random bits. Each key is a user of its own.
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from redis import Redis

KEY = re.compile(r"dds_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key; times are seconds since the epoch."""

    id: str
    name: str
    created_at: float
    digest: str

    @property
    def user(self) -> str:
        """Name the user that jobs made with this key belong to."""
        return f"key-{self.id}"


class KeyRing:
    """The API keys of a service, one Redis hash."""

    def __init__(self, redis: "Redis", namespace: str) -> None:
        """Keep the keys on `redis`, a client that gives str."""
        self._redis = redis
        self._hash = f"{namespace}:api-keys"

    def create(self, name: str) -> tuple[ApiKey, str]:
        """Make a key; the text it returns with it is not stored anywhere."""
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = ApiKey(key_id, name, time.time(), _digest(secret))
        record = {"name": key.name, "created_at": key.created_at, "digest": key.digest}
        self._redis.hset(self._hash, key_id, json.dumps(record))
        return key, f"dds_{key_id}_{secret}"

    def list(self) -> list[ApiKey]:
        """List all keys, the oldest first."""
        rows: Any = self._redis.hgetall(self._hash)
        keys = [ApiKey(key_id, **json.loads(record)) for key_id, record in rows.items()]
        return sorted(keys, key=lambda key: key.created_at)

    def revoke(self, key_id: str) -> bool:
        """Forget a key, effective at once; tell whether there was one."""
        return bool(self._redis.hdel(self._hash, key_id))

    def check(self, text: str) -> ApiKey | None:
        """Return the key that `text` is, or None."""
        match = KEY.fullmatch(text)
        record = self._redis.hget(self._hash, match[1]) if match else None
        if match is None or record is None:
            return None
        key = ApiKey(match[1], **json.loads(record))
        return key if hmac.compare_digest(key.digest, _digest(match[2])) else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
