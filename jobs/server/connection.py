"""Open the server's connections, with the time-outs and the retries that the service counts on."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel

from jobs.settings import Settings
from jobs.urls import Server, read_url


def connect(settings: Settings, *, decode: bool = True) -> "Redis":
    """Return a client of the ledger's server; it connects when first used and again when cut.

    One quick retry covers a connection that the server closed while idle. Every script may be sent
    twice: see the notes in lua/. With `decode`, replies are str; without, bytes. The client of
    a cluster connects at once.

    Raises:
        ConnectionError: no node of a cluster answers.
    """
    server = read_url(settings.redis_url)
    options = {
        "decode_responses": decode,
        "retry": Retry(ExponentialBackoff(cap=0.1, base=0.01), retries=1),
        **socket_options(settings),
        "health_check_interval": 30,
    }
    return _CLIENTS[server.kind](server, settings, options)


def socket_options(settings: Settings) -> dict[str, Any]:
    """Return the time-outs of every connection, Celery's included."""
    return {
        "socket_timeout": settings.redis_timeout_s,
        "socket_connect_timeout": min(2.0, settings.redis_timeout_s),
        "socket_keepalive": True,
    }


def tls_options(settings: Settings) -> dict[str, Any]:
    """Say how TLS is checked: certificate and host name always, against REDIS_CA or the system."""
    options: dict[str, Any] = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    for name, file in (
        ("ssl_ca_certs", settings.redis_ca),
        ("ssl_certfile", settings.redis_cert),
        ("ssl_keyfile", settings.redis_key),
    ):
        if file is not None:
            options[name] = str(file)
    return options


def sentinel_options(server: Server, settings: Settings) -> dict[str, Any]:
    """Say how the Sentinels themselves are reached; they may have a password of their own."""
    options = socket_options(settings)
    if password := settings.sentinel_password.get_secret_value():
        options["password"] = password
    if server.tls:
        options |= {"ssl": True, **tls_options(settings)}
    return options


def _single(server: Server, settings: Settings, options: dict[str, Any]) -> "Redis":
    tls = tls_options(settings) if server.tls else {}
    return Redis.from_url(server.url, **options, **tls)


def _sentinel(server: Server, settings: Settings, options: dict[str, Any]) -> "Redis":
    tls = {"ssl": True, **tls_options(settings)} if server.tls else {}
    guards: Any = Sentinel(  # type: ignore[no-untyped-call]
        server.hosts,
        sentinel_kwargs=sentinel_options(server, settings),
        **server.login,
        **options,
        **tls,
    )
    return cast("Redis", guards.master_for(server.name))


def _cluster(server: Server, settings: Settings, options: dict[str, Any]) -> "Redis":
    tls = {"ssl": True, **tls_options(settings)} if server.tls else {}
    login = {name: value for name, value in server.login.items() if name != "db"}
    nodes = [ClusterNode(host, port) for host, port in server.hosts]  # type: ignore[no-untyped-call]
    with _as_connection_error():
        client = Cluster(startup_nodes=nodes, **login, **options, **tls)
    return cast("Redis", client)


class Cluster(RedisCluster):
    """A cluster's client that says "away" as other clients do: with a ConnectionError.

    redis-py gives RedisClusterException, which is no RedisError, when no node answers any more.
    """

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Run one command on the node that has its keys."""
        with _as_connection_error():
            return super().execute_command(*args, **kwargs)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> Any:
        """Return a pipeline, which is split over the nodes."""
        pipe: Any = super().pipeline(transaction, shard_hint)  # type: ignore[no-untyped-call]
        execute = pipe.execute

        def translated(*args: Any, **kwargs: Any) -> Any:
            with _as_connection_error():
                return execute(*args, **kwargs)

        pipe.execute = translated
        return pipe


@contextmanager
def _as_connection_error() -> Iterator[None]:
    try:
        yield
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from error


_CLIENTS: dict[str, Callable[[Server, Settings, dict[str, Any]], "Redis"]] = {
    "single": _single,
    "sentinel": _sentinel,
    "cluster": _cluster,
}
