"""The ledger's Lua scripts, loaded once and run by name."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


#: What is read of a job to move it, in our names.
FIELDS = (
    "status", "model", "user", "slot", "address", "created", "turn", "webhook", "attempt", "fence",
    "size", "batch_key", "count", "v", "waits_since",
)  # fmt: skip
#: Scripts that need no more than base.lua.
MOVE_NOTHING = {"get", "list", "living", "renew", "rates/count", "rates/look"}


@dataclass(frozen=True, slots=True)
class Beside:
    """Bytes that a script stores in the step that needs them: fields of one hash in Redis.

    The hash lives for at least `ttl_ms` from then on.
    """

    key: str
    fields: Mapping[str, bytes]
    ttl_ms: int


@lru_cache
def source(name: str) -> str:
    """Return one script's text: the tables that it needs, what it shares, then `NAME.lua`.

    Whatever stands in front is run with each call.
    """
    stored = {ours: f"'{theirs}'" for ours, theirs in STORED.items()}
    parts = [_table("STORED", stored), _read("base")]
    if name not in MOVE_NOTHING:
        moves = {
            status.value: f"{{ {', '.join(f'{to.value} = true' for to in sorted(targets))} }}"
            for status, targets in MOVES.items()
        }
        parts += [
            _table("MOVES", moves),
            _list("FIELDS", FIELDS),
            _list("STORED_FIELDS", [STORED.get(field, field) for field in FIELDS]),
            _read("prelude"),
        ]
    return "".join([*parts, _read(name)])


def _read(name: str) -> str:
    return (FOLDER / f"{name}.lua").read_text()


def _list(name: str, items: Iterable[str]) -> str:
    quoted = ", ".join(f"'{item}'" for item in items)
    return f"local {name} = {{ {quoted} }}\n"


def _table(name: str, rows: Mapping[str, str]) -> str:
    lines = "".join(f"{key} = {value},\n" for key, value in rows.items())
    return f"local {name} = {{\n{lines}}}\n"


class Scripts:
    """Run scripts on one server, under one root of keys."""

    def __init__(self, redis: "Redis", root: str) -> None:
        self._root = root
        self._loaded: dict[str, Script] = {}
        self._redis = redis

    def __call__(self, name: str, beside: Beside | None = None, **arguments: Any) -> Any:
        """Run `NAME.lua` with `arguments` as its table `arg`, and `beside` if it stores such."""
        script = self._loaded.get(name)
        if script is None:
            script = self._loaded[name] = self._redis.register_script(source(name))
        keys: list[str] = [self._root]
        args: list[str | bytes | int] = [json.dumps(arguments)]
        if beside:
            keys.append(beside.key)
            args.append(beside.ttl_ms)
            for pair in beside.fields.items():
                args += pair
        return script(keys=keys, args=args)


def milliseconds(seconds: float) -> int:
    """Return whole milliseconds, the unit of the scripts."""
    return round(seconds * 1000)


def record(flat: Sequence[str]) -> dict[str, str]:
    """Return a hash's fields from the flat list that a script returns."""
    return dict(zip(flat[::2], flat[1::2], strict=True))
