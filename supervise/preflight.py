"""What must hold before anything starts; each thing that does not is one clear line."""

import errno
import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import IO

from jobs.ports import check_port_is_free
from supervise.errors import SetupError

ROOM_BYTES = 200_000_000


def claim_data_dir(data_dir: Path) -> IO[str]:
    """Make DATA_DIR, see that it can be used, and lock it while the returned file is open.

    Raises:
        SetupError: it cannot be used, or another `./start` uses it.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data_dir / "start.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise SetupError(
            f"DATA_DIR {data_dir} cannot be used ({error.strerror}): choose another folder, as "
            "DATA_DIR=/path ./start"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise SetupError(
            f"another ./start (process {lock.read().strip()}) uses DATA_DIR {data_dir}: stop it, "
            "or choose another PORT and DATA_DIR"
        ) from None
    lock.truncate(0)
    print(os.getpid(), file=lock, flush=True)
    return lock


def check_room(data_dir: Path) -> None:
    """Check that the disk of DATA_DIR has room for jobs.

    Raises:
        SetupError: it is nearly full.
    """
    free_bytes = shutil.disk_usage(data_dir).free
    if free_bytes < ROOM_BYTES:
        raise SetupError(
            f"the disk of DATA_DIR {data_dir} has {free_bytes / 1e6:.0f} MB free, and jobs need "
            f"{ROOM_BYTES / 1e6:.0f} MB: make room, or choose another folder with DATA_DIR"
        )


def check_port(host: str, port: int) -> None:
    """Check that the API can listen on `host`:`port`.

    Raises:
        SetupError: it cannot.
    """
    try:
        check_port_is_free(host, port)
    except OSError as error:
        raise SetupError(_why_not_listen(host, port, error)) from None


def _why_not_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        another = f"PORT={port + 1} ./start"
        return f"port {port} is in use: stop what uses it, or choose another, as {another}"
    if error.errno == errno.EACCES:
        return f"port {port} needs root: choose one above 1023, as PORT=8000 ./start"
    return f"HOST {host!r} is no address of this machine ({error.strerror or error}): try 127.0.0.1"


def check_checkpoint(folder: Path) -> None:
    """Check that `folder` holds a complete checkpoint: model.json and its files.

    Raises:
        SetupError: it does not.
    """
    try:
        files = json.loads((folder / "model.json").read_text(encoding="utf-8"))["files"]
    except FileNotFoundError:
        there = ", ".join(sorted(file.parent.name for file in folder.parent.glob("*/model.json")))
        raise SetupError(
            f"no checkpoint {folder.name!r} in {folder.parent}: import one (.venv/bin/python -m "
            "spade import), train one (... spade train), or name another with MODEL "
            f"(there: {there or 'none'})"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{folder / 'model.json'} cannot be read: {error}") from None
    for name, facts in files.items():
        file = folder / name
        size_bytes = file.stat().st_size if file.exists() else 0
        if size_bytes != facts["bytes"]:
            raise SetupError(
                f"{file} is incomplete ({size_bytes} of {facts['bytes']} bytes): fetch the "
                "checkpoint again, or clone again"
            )
