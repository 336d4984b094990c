"""How fast a worker paints, learned from its batches, and when a queued picture will be done."""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

#: Batches walked one by one in an estimate before it continues by rate.
WALKED = 64


@dataclass(frozen=True, slots=True)
class Speed:
    """Say that a batch of n pictures takes `base_s + n * item_s`, at most `limit` at a time.

    `busy_s` is the time until the present batch is done (0 = idle), as the worker expects it;
    `load_s` the time that it then needs to load the model (0 = it is loaded).
    """

    base_s: float
    item_s: float
    limit: int
    busy_s: float = 0.0
    load_s: float = 0.0

    def batch_s(self, items: float) -> float:
        """Return the seconds that a batch of `items` takes."""
        return self.base_s + items * self.item_s


class SpeedMeter:
    """Learn a worker's speed by least squares over its latest batches."""

    def __init__(self, kept: int = 32) -> None:
        self._seen: deque[tuple[int, float]] = deque(maxlen=kept)

    def add(self, items: int, seconds: float) -> None:
        """Note that a batch of `items` took `seconds`, from claim to stored pictures."""
        self._seen.append((items, seconds))

    def measured(self) -> tuple[float, float]:
        """Return (base_s, item_s), both at least 0; (0, 1) before the first batch."""
        seen = tuple(self._seen)  # one step for the interpreter: other threads may add
        if not seen:
            return 0.0, 1.0
        mean_items = sum(items for items, _ in seen) / len(seen)
        mean_s = sum(seconds for _, seconds in seen) / len(seen)
        spread = sum((items - mean_items) ** 2 for items, _ in seen)
        if spread == 0:
            return 0.0, mean_s / mean_items
        slope = sum((i - mean_items) * (s - mean_s) for i, s in seen) / spread
        slope = min(max(slope, 0.0), mean_s / mean_items)
        return mean_s - slope * mean_items, slope


def eta_s(speeds: Sequence[Speed], pictures_ahead: float, pictures: int) -> float | None:
    """Estimate the seconds until `pictures` that wait behind `pictures_ahead` are stored.

    Hands the batches out in order to whichever worker is free first; None without workers.
    """
    if not speeds:
        return None
    target = pictures_ahead + pictures
    skipped_s, target = _skip_by_rate(speeds, target)
    free = [(speed.busy_s + speed.load_s, index) for index, speed in enumerate(speeds)]
    heapq.heapify(free)
    while True:
        start_s, index = heapq.heappop(free)
        speed = speeds[index]
        taken = min(float(speed.limit), max(target, 1.0))
        end_s = start_s + speed.batch_s(taken)
        target -= taken
        if target <= 0:
            return skipped_s + end_s
        heapq.heappush(free, (end_s, index))


def rate(speeds: Sequence[Speed]) -> float:
    """Return the pictures per second of all workers with full batches."""
    return sum(speed.limit / max(speed.batch_s(speed.limit), 1e-6) for speed in speeds)


def _skip_by_rate(speeds: Sequence[Speed], target: float) -> tuple[float, float]:
    walked = WALKED * sum(speed.limit for speed in speeds)
    if target <= walked:
        return 0.0, target
    return (target - walked) / rate(speeds), walked
