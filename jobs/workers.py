"""Which workers live, what they hold, how fast they are, and what that means for those who wait."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any

from redis import Redis

from jobs.eta import Pace, eta_s, rate
from jobs.job import Job, Status
from jobs.settings import Settings

#: Missed heartbeats after which a worker counts as gone.
MISSED = 4
#: How long a process trusts its last look at the workers, seconds.
FRESH_S = 0.1
#: What a caller is told to wait when nothing is known, seconds.
UNKNOWN_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class WorkerState:
    """Show one living worker. `state` is starting, ready, painting or draining.

    `pace` maps model name to its Pace. `beat_s` is the worker's last sign of life, `polled_s` its
    last claim, both seconds since the epoch by the server's clock. `device` says what it paints on,
    `memory` how many bytes it uses, by kind.
    """

    name: str
    state: str
    models: tuple[str, ...]
    device: str
    paces: dict[str, Pace]
    jobs: int
    memory: dict[str, int]
    beat_s: float
    polled_s: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Tell what waits for a model, and how many workers paint how many pictures per second."""

    queued: int
    mean_pictures: float
    workers: int
    pictures_per_s: float
    paces: tuple[Pace, ...]

    @property
    def drain_time_s(self) -> float:
        """Estimate when room for one more job appears, seconds."""
        if not self.pictures_per_s:
            return UNKNOWN_WAIT_S
        return self.mean_pictures / self.pictures_per_s


@dataclass(frozen=True, slots=True)
class Eta:
    """Hold an estimate in seconds, or None and the reason: no-worker or finished."""

    seconds: float | None
    reason: str | None


class Workers:
    """Register this worker's signs of life, and read everyone's."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._root = f"{{{settings.namespace}}}:"
        self._lock = Lock()
        self._looked_s = float("-inf")
        self._seen: tuple[WorkerState, ...] = ()
        self._forecasts: dict[str, Forecast] = {}

    def beat(
        self,
        name: str,
        state: str,
        models: Sequence[str],
        paces: dict[str, Pace],
        jobs: int = 0,
        device: str = "",
        memory: dict[str, int] | None = None,
    ) -> None:
        """Say that worker `name` lives, in which state, and how fast it is per model.

        `jobs` is how many it holds, `memory` bytes in use by kind (resident, device).
        """
        key = f"{self._root}worker:{name}"
        fields: dict[Any, Any] = {
            "state": state,
            "models": ",".join(models),
            "device": device,
            "paces": json.dumps({model: asdict(pace) for model, pace in paces.items()}),
            "jobs": jobs,
            "memory": json.dumps(memory or {}),
            "beat": self._now_ms(),
        }
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(key, mapping=fields)
        pipe.pexpire(key, round(self._settings.heartbeat_s * MISSED * 1000))
        pipe.sadd(f"{self._root}workers", name)
        pipe.execute()

    def _now_ms(self) -> int:
        """Read the server's clock. A cluster gives that of any node: keep its nodes in step."""
        seconds, micros = self._redis.time()
        return int(seconds * 1000 + micros // 1000)

    def leave(self, name: str) -> None:
        """Say that worker `name` ends; it is no longer woken or counted."""
        models: Any = self._redis.smembers(f"{self._root}models")
        pipe = self._redis.pipeline(transaction=True)
        for model in models:
            pipe.zrem(f"{self._root}idle:{model}", name)
        pipe.srem(f"{self._root}workers", name)
        pipe.hdel(f"{self._root}rung", name)
        pipe.delete(f"{self._root}worker:{name}")
        pipe.execute()

    def all(self) -> tuple[WorkerState, ...]:
        """Read every living worker now; names whose record is gone are forgotten."""
        members: Any = self._redis.smembers(f"{self._root}workers")
        names: list[str] = sorted(members)
        pipe = self._redis.pipeline(transaction=False)
        for name in names:
            pipe.hgetall(f"{self._root}worker:{name}")
        records = pipe.execute()
        now_ms = self._now_ms()
        living = {
            name: record for name, record in zip(names, records, strict=True) if "beat" in record
        }
        if gone := [name for name in names if name not in living]:
            self._redis.srem(f"{self._root}workers", *gone)
        return tuple(_read(name, record, now_ms) for name, record in living.items())

    def fresh(self) -> tuple[WorkerState, ...]:
        """Read the living workers at most every 0.1 s, and share the answer in between."""
        with self._lock:
            if time.monotonic() - self._looked_s > FRESH_S:
                self._seen = self.all()
                self._forecasts.clear()
                self._looked_s = time.monotonic()
            return self._seen

    def serving(self, model: str) -> tuple[WorkerState, ...]:
        """Give the living workers that hold `model` and take work."""
        return tuple(
            worker
            for worker in self.fresh()
            if model in worker.models and worker.state in ("ready", "painting")
        )

    def forecast(self, model: str) -> Forecast:
        """Tell what waits for `model` and how fast it drains, as fresh as `fresh`."""
        serving = self.serving(model)
        known = self._forecasts.get(model)
        if known is None:
            known = self._forecasts[model] = self._look_ahead(model, serving)
        return known

    def _look_ahead(self, model: str, serving: tuple[WorkerState, ...]) -> Forecast:
        pipe = self._redis.pipeline(transaction=False)
        pipe.zcard(f"{self._root}order:{model}")
        pipe.hmget(f"{self._root}stats", [f"submitted|{model}", f"items_submitted|{model}"])
        queued, (jobs, pictures) = pipe.execute()
        mean = int(pictures) / int(jobs) if jobs and pictures else 1.0
        paces = tuple(worker.paces[model] for worker in serving if model in worker.paces)
        return Forecast(queued, mean, len(serving), rate(paces), paces)

    def eta(self, job: Job) -> Eta:
        """Estimate when a live job's pictures are stored; without workers say so."""
        if not job.live:
            return Eta(None, "finished")
        forecast = self.forecast(job.model)
        if not forecast.paces:
            return Eta(None, "no-worker")
        if job.status is Status.RUNNING:
            return Eta(self._running_s(job, forecast.paces), None)
        ahead = ((job.position or 1) - 1) * forecast.mean_pictures
        return Eta(eta_s(forecast.paces, ahead, job.count), None)

    def _running_s(self, job: Job, paces: tuple[Pace, ...]) -> float:
        for worker in self.serving(job.model):
            if worker.name == job.worker and job.model in worker.paces:
                return worker.paces[job.model].busy_s
        return paces[0].batch_s(job.count)


def _busy_s(record: dict[str, str], paces: dict[str, Pace], now_ms: int) -> float:
    """Tell when a worker is free: from its last claim, or from its last beat if that is newer."""
    beat_ms, claimed_ms = int(record["beat"]), int(record.get("claimed", -1))
    pace = paces.get(record.get("holding", ""))
    if claimed_ms < beat_ms:
        busy_s = max((pace.busy_s for pace in paces.values()), default=0.0)
        return max(0.0, busy_s - (now_ms - beat_ms) / 1000)
    batches = (int(record["before"]), int(record["holds"]))
    busy_s = sum(pace.batch_s(pictures) for pictures in batches if pictures) if pace else 0.0
    return max(0.0, busy_s - (now_ms - claimed_ms) / 1000)


def _read(name: str, record: dict[str, str], now_ms: int) -> WorkerState:
    beaten = {model: Pace(**pace) for model, pace in json.loads(record["paces"]).items()}
    busy_s = _busy_s(record, beaten, now_ms)
    paces = {model: replace(pace, busy_s=busy_s) for model, pace in beaten.items()}
    return WorkerState(
        name=name,
        state=record["state"],
        models=tuple(model for model in record["models"].split(",") if model),
        device=record.get("device", ""),
        paces=paces,
        jobs=int(record["jobs"]),
        memory=json.loads(record.get("memory", "{}")),
        beat_s=int(record["beat"]) / 1000,
        polled_s=int(record.get("polled", 0)) / 1000,
    )
