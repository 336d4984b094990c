"""The ledger's Lua scripts, loaded once and run by name."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from redis import Redis
from redis.commands.core import Script

from jobs.job import MOVES

FOLDER = Path(__file__).parent

#: Keys and fields whose name in the server is older than the name that we call them by. Records of
#: earlier releases are read and served, so the stored names stay as they are; all others are ours.
STORED = {
    "normal": "batch",  # key prefix: the lane of jobs without a slot
    "batch_key": "batch",  # field of a job
    "idempotency": "once",  # key prefix, and field of a job: its Idempotency-Key
    "settled_fence": "sealed",  # field of a job
    "tombstone": "tomb",  # key prefix
    "orphans": "leftovers",  # set of job ids whose blobs are to be dropped
    "ticked": "rung",  # hash: worker name to the time that a tick was sent to it
}


@lru_cache
def source(name: str) -> str:
    """Return one script's text: the tables of moves and names, the prelude, then `NAME.lua`."""
    moves = {
        status.value: f"{{ {', '.join(f'{to.value} = true' for to in sorted(targets))} }}"
        for status, targets in MOVES.items()
    }
    stored = {ours: f"'{theirs}'" for ours, theirs in STORED.items()}
    tables = _table("MOVES", moves) + _table("STORED", stored)
    prelude = (FOLDER / "prelude.lua").read_text()
    return tables + prelude + (FOLDER / f"{name}.lua").read_text()


def _table(name: str, rows: Mapping[str, str]) -> str:
    lines = "".join(f"{key} = {value},\n" for key, value in rows.items())
    return f"local {name} = {{\n{lines}}}\n"


class Scripts:
    """Run scripts on one server, under one root of keys."""

    def __init__(self, redis: "Redis", root: str) -> None:
        self._root = root
        self._loaded: dict[str, Script] = {}
        self._redis = redis

    def __call__(self, name: str, **arguments: Any) -> Any:
        """Run `NAME.lua` with `arguments` as its table `arg`."""
        script = self._loaded.get(name)
        if script is None:
            script = self._loaded[name] = self._redis.register_script(source(name))
        return script(keys=[self._root], args=[json.dumps(arguments)])


def milliseconds(seconds: float) -> int:
    """Return whole milliseconds, the unit of the scripts."""
    return round(seconds * 1000)


def record(flat: Sequence[str]) -> dict[str, str]:
    """Return a hash's fields from the flat list that a script returns."""
    return dict(zip(flat[::2], flat[1::2], strict=True))
