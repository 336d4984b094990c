"""How fast this worker is, model by model, and what a batch took."""

from collections.abc import Sequence

from jobs import Settings
from jobs.workers.speed import Speed, SpeedMeter
from worker.batch import BatchLimit
from worker.inputs import Batch
from worker.models import ModelCache


class Speeds:
    """Learn each model's speed; `limits` say how much of a model one batch may hold."""

    def __init__(self, models: ModelCache, settings: Settings) -> None:
        self.limits = {
            model: BatchLimit(settings.batch_items, settings.batch_pixels) for model in models.names
        }
        self.meters = {model: SpeedMeter() for model in models.names}
        self._models, self._most = models, settings.batch_items

    def batch_s(self, batch: Batch) -> float:
        """Return the seconds that its own model will need to paint a batch."""
        return self.meters[batch.model].batch_s(len(batch.items), _pixels(batch))

    def note(self, batch: Batch, seconds: float) -> None:
        """Learn from a batch that took so long to paint."""
        self.meters[batch.model].add(len(batch.items), seconds, _pixels(batch))

    def all(self, painting: Batch | None, left_s: float) -> dict[str, Speed]:
        """Return each model's speed; `left_s` is how long all that is in hand still takes."""
        out = {}
        for model, meter in self.meters.items():
            base_s, item_s = meter.measured()
            limit = min(self.limits[model].pictures, self._most)
            is_painting = painting is not None and painting.model == model
            load_s = 0.0 if is_painting else self._models.load_s(model)
            out[model] = Speed(base_s, item_s, limit, left_s, load_s, meter.classes())
        return out


def _pixels(batch: Batch) -> int:
    """Return how many pixels each picture of a batch has."""
    height, width = batch.jobs[0].size
    return height * width


def figures_of(batch: Batch, paint_s: float, publish_s: float) -> dict[str, Sequence[float]]:
    """Return what a painted batch adds to the histograms of /metrics."""
    return {
        "queue_wait_seconds": [job.waited_s for job in batch.jobs],
        "decode_seconds": [batch.decode_s],
        "paint_seconds": [paint_s],
        "publish_seconds": [publish_s],
        "batch_pictures": [len(batch.items)],
    }
