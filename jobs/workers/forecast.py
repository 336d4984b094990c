"""What waits for a model, how fast it drains, and when a job's pictures will be there."""

from dataclasses import dataclass
from threading import Lock

from redis import Redis

from jobs.job import Job, Status
from jobs.workers.register import Register, WorkerState
from jobs.workers.speed import Speed, eta_s, rate

#: What a caller is told to wait when nothing is known, seconds.
UNKNOWN_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Tell what waits for a model, and how many workers paint how many pictures per second."""

    queued: int
    mean_pictures: float
    workers: int
    pictures_per_s: float
    speeds: tuple[Speed, ...]

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


class Forecasts:
    """Look ahead from what the register knows, as fresh as its latest look."""

    def __init__(self, redis: "Redis", root: str, register: Register) -> None:
        self._redis = redis
        self._root = root
        self._register = register
        self._lock = Lock()
        self._looked_at: tuple[WorkerState, ...] = ()
        self._known: dict[str, Forecast] = {}

    def of(self, model: str) -> Forecast:
        """Tell what waits for `model` and how fast it drains."""
        living = self._register.fresh()
        with self._lock:
            if living is not self._looked_at:
                self._looked_at, self._known = living, {}
            known = self._known
        forecast = known.get(model)
        if forecast is None:
            forecast = known[model] = self._look_ahead(model)
        return forecast

    def eta(self, job: Job) -> Eta:
        """Estimate when a live job's pictures are stored; without workers say so."""
        if not job.live:
            return Eta(None, "finished")
        forecast = self.of(job.model)
        if not forecast.speeds:
            return Eta(None, "no-worker")
        if job.status is Status.RUNNING:
            return Eta(self._running_s(job, forecast.speeds), None)
        ahead = ((job.position or 1) - 1) * forecast.mean_pictures
        seconds = eta_s(forecast.speeds, ahead, job.count) or 0.0
        return Eta(seconds + _own_extra_s(forecast.speeds, job), None)

    def picture_s(self, model: str, pixels: int) -> float | None:
        """Return the seconds that a picture of so many pixels takes alone, None if nobody knows."""
        known = [speed.picture_s(pixels) for speed in self.of(model).speeds if speed.classes]
        return sum(known) / len(known) if known else None

    def _look_ahead(self, model: str) -> Forecast:
        serving = self._register.serving(model)
        pipe = self._redis.pipeline(transaction=False)
        pipe.zcard(f"{self._root}order:{model}")
        pipe.hmget(f"{self._root}stats", [f"submitted|{model}", f"items_submitted|{model}"])
        queued, (jobs, pictures) = pipe.execute()
        mean = int(pictures) / int(jobs) if jobs and pictures else 1.0
        speeds = tuple(worker.speeds[model] for worker in serving if model in worker.speeds)
        return Forecast(queued, mean, len(serving), rate(speeds), speeds)

    def _running_s(self, job: Job, speeds: tuple[Speed, ...]) -> float:
        for worker in self._register.serving(job.model):
            if worker.name == job.worker and job.model in worker.speeds:
                return worker.speeds[job.model].busy_s
        return speeds[0].batch_s(job.count) + _own_extra_s(speeds, job)


def _own_extra_s(speeds: tuple[Speed, ...], job: Job) -> float:
    """Return how much longer the job's pictures take than usual ones, on the mean worker."""
    pixels = job.size[0] * job.size[1]
    return sum(speed.extra_s(job.count, pixels) for speed in speeds) / len(speeds)
