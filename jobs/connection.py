"""Open the server's connections, with the time-outs and the retries that the service counts on."""

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from jobs.settings import Settings


def connect(settings: Settings, *, decode: bool = True) -> "Redis":
    """Give a client of the ledger's server; it connects when first used and again when cut.

    One quick retry covers a connection that the server closed while idle. Every script may be sent
    twice: see the notes in scripts/. With `decode`, replies are str; without, bytes.
    """
    return Redis.from_url(
        settings.redis_url,
        decode_responses=decode,
        socket_timeout=settings.redis_timeout_s,
        socket_connect_timeout=min(2.0, settings.redis_timeout_s),
        socket_keepalive=True,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.1, base=0.01), retries=1),
    )
