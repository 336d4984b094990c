"""Which workers live, what they hold, and how fast they are, as their heartbeats say."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any

from redis import Redis

from jobs.lua.scripts import STORED, Scripts, record
from jobs.settings import Settings
from jobs.workers.speed import Speed

#: Missed heartbeats after which a worker counts as gone.
MISSED = 4
#: How long a process trusts its last look at the workers, seconds.
FRESH_S = 0.1


@dataclass(frozen=True, slots=True)
class WorkerState:
    """Show one living worker. `state` is starting, ready, painting or draining.

    `models` are those it serves, `speeds` maps their names to its speed, `loaded` the names of
    those in memory to the bytes of their weights. `heartbeat_s` is its last heartbeat, `polled_s`
    its last claim, both seconds since the epoch by the server's clock. `device` says what it paints
    on, `memory` how many bytes it uses, by kind.
    """

    name: str
    state: str
    models: tuple[str, ...]
    device: str
    speeds: dict[str, Speed]
    loaded: dict[str, int]
    jobs: int
    memory: dict[str, int]
    heartbeat_s: float
    polled_s: float


class Register:
    """Write this worker's heartbeats, and read everyone's."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._root = settings.ledger_root
        self._run = Scripts(redis, self._root)
        self._lock = Lock()
        self._looked_s = float("-inf")
        self._seen: tuple[WorkerState, ...] = ()

    def heartbeat(
        self,
        name: str,
        state: str,
        models: Sequence[str],
        speeds: Mapping[str, Speed],
        *,
        jobs: int = 0,
        device: str = "",
        memory: Mapping[str, int] | None = None,
        loaded: Mapping[str, int] | None = None,
    ) -> None:
        """Say that worker `name` lives, in which state, and how fast it is per model.

        `jobs` is how many it holds, `memory` bytes in use by kind (resident, device), `loaded`
        bytes of weights by model.
        """
        key = f"{self._root}worker:{name}"
        fields: dict[Any, Any] = {
            "state": state,
            "models": ",".join(models),
            "device": device,
            "paces": json.dumps({model: _kept(speed) for model, speed in speeds.items()}),
            "loading": json.dumps({model: speed.load_s for model, speed in speeds.items()}),
            "classes": json.dumps({model: dict(speed.classes) for model, speed in speeds.items()}),
            "loaded": json.dumps(dict(loaded or {})),
            "jobs": jobs,
            "memory": json.dumps(dict(memory or {})),
            "beat": self._now_ms(),
        }
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(key, mapping=fields)
        pipe.pexpire(key, round(self._settings.heartbeat_s * MISSED * 1000))
        pipe.sadd(f"{self._root}workers", name)
        pipe.execute()

    def leave(self, name: str) -> None:
        """Say that worker `name` ends; it is no longer woken or counted."""
        models: Any = self._redis.smembers(f"{self._root}models")
        pipe = self._redis.pipeline(transaction=True)
        for model in models:
            pipe.zrem(f"{self._root}idle:{model}", name)
        pipe.srem(f"{self._root}workers", name)
        pipe.hdel(f"{self._root}{STORED['ticked']}", name)
        pipe.delete(f"{self._root}worker:{name}")
        pipe.execute()

    def living(self) -> tuple[WorkerState, ...]:
        """Read every living worker now; names whose record is gone are forgotten."""
        now_ms, flat = self._run("living")
        found = dict(zip(flat[::2], map(record, flat[1::2]), strict=True))
        return tuple(_read(name, found[name], now_ms) for name in sorted(found))

    def fresh(self) -> tuple[WorkerState, ...]:
        """Read the living workers at most every 0.1 s, and share the answer in between."""
        with self._lock:
            if time.monotonic() - self._looked_s > FRESH_S:
                self._seen = self.living()
                self._looked_s = time.monotonic()
            return self._seen

    def serving(self, model: str) -> tuple[WorkerState, ...]:
        """Return the living workers that serve `model` and take work."""
        return tuple(
            worker
            for worker in self.fresh()
            if model in worker.models and worker.state in ("ready", "painting")
        )

    def _now_ms(self) -> int:
        """Read the server's clock. A cluster gives that of any node: keep its nodes in step."""
        seconds, micros = self._redis.time()
        return int(seconds * 1000 + micros // 1000)


def _kept(speed: Speed) -> dict[str, float]:
    """Return the fields that older releases read too, and could not read with newer ones."""
    newer = ("load_s", "classes")
    return {name: value for name, value in asdict(speed).items() if name not in newer}


def _busy_s(record: dict[str, str], speeds: dict[str, Speed], now_ms: int) -> float:
    """Tell when a worker is free: from its last claim, or from its last beat if that is newer."""
    beat_ms, claimed_ms = int(record["beat"]), int(record.get("claimed", -1))
    speed = speeds.get(record.get("holding", ""))
    if claimed_ms < beat_ms:
        busy_s = max((speed.busy_s for speed in speeds.values()), default=0.0)
        return max(0.0, busy_s - (now_ms - beat_ms) / 1000)
    busy_s = 0.0
    if speed:
        batches = (int(record["before"]), int(record["holds"]))
        busy_s = sum(speed.batch_s(pictures) for pictures in batches if pictures)
        busy_s += speed.load_s if any(batches) else 0.0
    return max(0.0, busy_s - (now_ms - claimed_ms) / 1000)


def _read(name: str, record: dict[str, str], now_ms: int) -> WorkerState:
    load_s: dict[str, float] = json.loads(record.get("loading", "{}"))
    classes = {
        model: {int(one): seconds for one, seconds in known.items()}
        for model, known in json.loads(record.get("classes", "{}")).items()
    }
    speeds = {
        model: Speed(**fields, load_s=load_s.get(model, 0.0), classes=classes.get(model, {}))
        for model, fields in json.loads(record["paces"]).items()
    }
    busy_s = _busy_s(record, speeds, now_ms)
    return WorkerState(
        name=name,
        state=record["state"],
        models=tuple(model for model in record["models"].split(",") if model),
        device=record.get("device", ""),
        speeds={model: replace(speed, busy_s=busy_s) for model, speed in speeds.items()},
        loaded=json.loads(record.get("loaded", "{}")),
        jobs=int(record["jobs"]),
        memory=json.loads(record.get("memory", "{}")),
        heartbeat_s=int(record["beat"]) / 1000,
        polled_s=int(record.get("polled", 0)) / 1000,
    )
