"""The ledger's Lua scripts, loaded once and run by name."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from redis import Redis
from redis.commands.core import Script

from jobs.job import MOVES

FOLDER = Path(__file__).parent


@lru_cache
def source(name: str) -> str:
    """Give one script's text: the table of moves, the prelude, then `NAME.lua`."""
    lines = [
        f"{status.value} = {{ {', '.join(f'{to.value} = true' for to in sorted(moves))} }},"
        for status, moves in MOVES.items()
    ]
    table = "local MOVES = {\n" + "\n".join(lines) + "\n}\n"
    prelude = (FOLDER / "prelude.lua").read_text()
    return table + prelude + (FOLDER / f"{name}.lua").read_text()


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
