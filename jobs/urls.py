"""Where a Redis-compatible server is, as REDIS_URL and BROKER_URL write it.

    redis://user:password@host:6379/0                       one server
    rediss://...                                            the same, over TLS
    redis+sentinel://user:password@host,host/NAME/0         the primary that Sentinel calls NAME
    redis+cluster://user:password@host,host                 a cluster, found from any of its nodes

`rediss+sentinel` and `rediss+cluster` are the same over TLS. Ports may be left out.
"""

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit

Kind = Literal["single", "sentinel", "cluster"]
_ESCAPE = "in user and password, write # as %23, / as %2F, @ as %40, : as %3A, a space as %20"
PORTS: dict[Kind, int] = {"single": 6379, "sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True, slots=True)
class Server:
    """Say how a server is reached; `hosts` are those of the Sentinels where there are some.

    `name` is what the Sentinels call the primary, "" without them.
    """

    url: str
    kind: Kind
    tls: bool
    hosts: tuple[tuple[str, int], ...]
    username: str
    password: str
    name: str
    database: int

    @property
    def login(self) -> dict[str, Any]:
        """Return user, password and database as redis-py names them."""
        return {
            "username": self.username or None,
            "password": self.password or None,
            "db": self.database,
        }

    def kombu_url(self) -> str:
        """Write the address as Kombu reads it. A cluster has none: Celery cannot use one."""
        if self.kind == "single":
            return self.url
        user = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@"
        user = user if self.username or self.password else ""
        return ";".join(
            f"sentinel://{user}{_bracketed(host)}:{port}/{self.database}"
            for host, port in self.hosts
        )


def read_url(url: str) -> Server:
    """Read one of the forms above.

    Raises:
        ValueError: it is none of them; the text shows the URL without its password.
    """
    scheme, _, rest = url.partition("://")
    if "#" in rest or "@" in rest.partition("/")[2] or " " in rest:
        raise ValueError(f"{without_password(url)}: {_ESCAPE}")
    plain, _, kind = scheme.partition("+")
    try:
        if plain == "unix" or not rest or plain not in ("redis", "rediss"):
            raise ValueError("it must begin with redis://, rediss://, redis+sentinel:// or so")
        if kind not in ("", "sentinel", "cluster"):
            raise ValueError(
                f"{scheme}:// is none of redis://, redis+sentinel://, redis+cluster://"
            )
        return _read(url, kind or "single", tls=plain == "rediss")  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"{without_password(url)}: {error}") from None


def check_servers(*, redis_url: str, celery_url: str) -> None:
    """Refuse addresses that cannot serve; `celery_url` is BROKER_URL, or REDIS_URL without it.

    Raises:
        ValueError: not read by `read_url`, or a cluster where Celery is to send messages.
    """
    for name, url in (("REDIS_URL", redis_url), ("BROKER_URL", celery_url)):
        try:
            read_url(url)
        except ValueError as error:
            raise ValueError(f"{name} is {error}") from None
    if read_url(celery_url).kind == "cluster":
        raise ValueError(
            "Celery cannot use a cluster: set BROKER_URL to a single server or Sentinels; "
            "it only carries ticks, which may be lost"
        )


def without_password(url: str) -> str:
    """Return the URL with its password as ***."""
    head, at, tail = url.rpartition("@")
    scheme, sep, login = head.rpartition("://") if "://" not in head else head.partition("://")
    return f"{scheme}{sep}{login.partition(':')[0]}:***@{tail}" if at else url


def _read(url: str, kind: Kind, *, tls: bool) -> Server:
    rest = url.partition("://")[2]
    netloc, _, path = rest.partition("?")[0].partition("/")
    user, _, hosts = netloc.rpartition("@")
    username, _, password = user.partition(":")
    name, _, number = path.rpartition("/") if "/" in path else _split_path(path, kind)
    if kind == "sentinel" and not name:
        raise ValueError("the name of the primary is missing, as in redis+sentinel://host/NAME")
    if number and not number.isdecimal():
        raise ValueError(f"database {number!r} is no number")
    if kind == "cluster" and number not in ("", "0"):
        raise ValueError("a cluster has only database 0")
    return Server(
        url=url,
        kind=kind,
        tls=tls,
        hosts=tuple(_host(text, PORTS[kind]) for text in hosts.split(",")),
        username=unquote(username),
        password=unquote(password),
        name=name,
        database=int(number or 0),
    )


def _split_path(path: str, kind: Kind) -> tuple[str, str, str]:
    return (path, "", "") if kind == "sentinel" else ("", "", path)


def _host(text: str, port: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or port
    except ValueError:  # its text may show a piece of a password
        raise ValueError(f"a host or a port cannot be read; {_ESCAPE}") from None
    if not host:
        raise ValueError("a host is missing")
    return host, port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
