"""What condition the server is in: whether it takes what is written, and how it is set up."""

from typing import Any

import structlog
from redis import Redis, RedisError
from redis.cluster import RedisCluster
from redis.exceptions import NoPermissionError

from jobs.server.connection import connect
from jobs.settings import Settings

log = structlog.get_logger(__name__)

#: How long the server keeps what was written to see whether it takes it, milliseconds.
PROBE_MS = 60_000


def try_to_write(redis: "Redis", root: str) -> None:
    """Write something small, as a job is written; a ping is answered by servers that take nothing.

    Raises:
        RedisError: the server is away, or refuses; `jobs.server.refusals` tells why.
    """
    redis.set(f"{root}probe", "1", px=PROBE_MS)


def warnings_of(redis: "Redis") -> list[str]:
    """Say what in the server's set-up loses jobs, and what to set; [] when it may not be asked.

    Raises:
        RedisError: the server is away.
    """
    is_cluster = isinstance(redis, RedisCluster)
    everyone = {"target_nodes": RedisCluster.ALL_NODES} if is_cluster else {}
    try:
        answer: Any = redis.info("memory", **everyone)
    except NoPermissionError:
        return []
    nodes = list(answer.values()) if is_cluster else [answer]
    evicting = {node.get("maxmemory_policy", "noeviction") for node in nodes} - {"noeviction"}
    return [
        f"maxmemory-policy is {policy}: when its memory is full the server drops waiting jobs and "
        "their label maps; set it to noeviction"
        for policy in sorted(evicting)
    ]


def warn(settings: Settings) -> None:
    """Log what `warnings_of` the server says, at a program's start; nothing while it is away."""
    try:
        redis = connect(settings)
        for warning in warnings_of(redis):
            log.warning("the job store is set up wrongly", reason=warning)
        redis.close()
    except RedisError as error:
        log.warning("the job store does not answer yet", reason=str(error))
