"""What an operator may see and do: all queues at once, pausing, purging, dead letters."""

import time
from typing import Any

from jobs.errors import Expired, IllegalMove, NotFound
from jobs.job import Job
from jobs.ledger import Ledger


class Admin:
    """Look at and steer the whole ledger, across users."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._redis: Any = ledger.redis
        self._root = ledger.root

    def queues(self) -> list[dict[str, Any]]:
        """Return one row per model: depth, age of the oldest, running, workers, speed, paused."""
        models = {*self._redis.smembers(f"{self._root}models"), *self._ledger.settings.models}
        running = [job.model for job in self._jobs(f"{self._root}leases")]
        rows = []
        for model in sorted(models):
            forecast = self._ledger.forecasts.of(model)
            oldest = self._redis.zrange(f"{self._root}waiting:{model}", 0, 0, withscores=True)
            rows.append(
                {
                    "model": model,
                    "queued": self._redis.zcard(f"{self._root}order:{model}"),
                    "oldest_s": round(time.time() - oldest[0][1] / 1000) if oldest else 0,
                    "running": running.count(model),
                    "workers": forecast.workers,
                    "pictures_per_s": round(forecast.pictures_per_s, 2),
                    "paused": bool(self._redis.sismember(f"{self._root}paused", f"model:{model}")),
                }
            )
        return rows

    def dead_jobs(self) -> list[Job]:
        """Return the poison jobs that are still kept, oldest first."""
        return self._jobs(f"{self._root}dead")

    def requeue(self, job_id: str) -> None:
        """Queue a failed job again, with fresh attempts.

        Raises:
            IllegalMove: it has not failed, or is not there.
        """
        done, tick = self._ledger.run("requeue", id=job_id, retention_ms=self._ledger.retention_ms)
        if not done:
            raise IllegalMove("not failed", "queued")
        self._ledger.wake(tick)

    def pause(self, *, model: str | None = None, worker: str | None = None) -> None:
        """Let nobody claim jobs of `model`, or let `worker` claim nothing, until `resume`."""
        self._redis.sadd(f"{self._root}paused", _gate(model, worker))

    def resume(self, *, model: str | None = None, worker: str | None = None) -> None:
        """Take a pause back; the workers' next poll finds the work."""
        self._redis.srem(f"{self._root}paused", _gate(model, worker))

    def purge(self, *, model: str | None = None, user: str | None = None) -> list[str]:
        """Cancel every queued job of a model or of a user; return their ids."""
        if model is not None:
            ids = self._redis.zrange(f"{self._root}order:{model}", 0, -1)
        else:
            ids = sorted(self._redis.smembers(f"{self._root}queued:{user}"))
        for job_id in ids:
            self._ledger.cancel(job_id, reason="Cancelled by the operator.")
        return list(ids)

    def _jobs(self, key: str) -> list[Job]:
        found = []
        for job_id in self._redis.zrange(key, 0, -1):
            try:
                found.append(self._ledger.get(job_id))
            except (NotFound, Expired):
                continue
        return found


def _gate(model: str | None, worker: str | None) -> str:
    return f"model:{model}" if model is not None else f"worker:{worker}"
