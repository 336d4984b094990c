"""How fast a worker paints, learned from its batches, and when a queued picture will be done."""

import heapq
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: Batches walked one by one in an estimate before it continues by rate.
WALKED = 64
#: The class of pictures whose size nobody says, as that of the warm-up.
UNKNOWN = -1


def pixel_class(pixels: int) -> int:
    """Return the class of pictures of so many pixels: each has twice as many as the one before."""
    return round(math.log2(max(1, pixels)))


def by_class(known: Mapping[int, float], pixels: int) -> float | None:
    """Return the seconds of a picture from those of its class, or of the nearest in proportion."""
    if not known:
        return None
    wanted = pixel_class(pixels)
    nearest = min(known, key=lambda one: abs(one - wanted))
    return known[nearest] * 2.0 ** (wanted - nearest)


@dataclass(frozen=True, slots=True)
class Speed:
    """Say that a batch of n pictures takes `base_s + n * item_s`, at most `limit` at a time.

    `busy_s` is the time until the present batch is done (0 = idle), as the worker expects it;
    `load_s` the time that it then needs to load the model (0 = it is loaded). All that is of
    pictures as it painted most of late; `classes` holds the seconds of one by `pixel_class`.
    """

    base_s: float
    item_s: float
    limit: int
    busy_s: float = 0.0
    load_s: float = 0.0
    classes: Mapping[int, float] = field(default_factory=dict)

    def picture_s(self, pixels: int) -> float:
        """Return the seconds that one picture of so many pixels takes."""
        found = by_class(self.classes, pixels)
        return self.item_s if found is None else found

    def extra_s(self, items: int, pixels: int) -> float:
        """Return how much longer a batch of pictures of so many pixels takes than one of others."""
        return max(0.0, items * self.picture_s(pixels) - self.batch_s(items))

    def batch_s(self, items: float) -> float:
        """Return the seconds that a batch of `items` takes."""
        return self.base_s + items * self.item_s


class SpeedMeter:
    """Learn a worker's speed by least squares over its latest batches, for each class of pixels."""

    def __init__(self, kept: int = 32) -> None:
        self._kept = kept
        self._seen: dict[int, deque[tuple[int, float]]] = {}
        self._recent: deque[int] = deque(maxlen=kept)

    def add(self, items: int, seconds: float, pixels: int | None = None) -> None:
        """Note that `items` pictures of `pixels` each took `seconds`, from claim to stored."""
        one = UNKNOWN if pixels is None else pixel_class(pixels)
        self._recent.append(one)
        self._seen.setdefault(one, deque(maxlen=self._kept)).append((items, seconds))

    def classes(self) -> dict[int, float]:
        """Return the mean seconds of a picture by `pixel_class`, of those that were painted."""
        return {
            one: sum(seconds for _, seconds in seen) / sum(items for items, _ in seen)
            for one, seen in ((one, tuple(seen)) for one, seen in tuple(self._seen.items()))
            if one != UNKNOWN
        }

    def batch_s(self, items: int, pixels: int) -> float:
        """Return the seconds that a batch of `items` pictures of `pixels` each takes."""
        picture_s = by_class(self.classes(), pixels)
        if picture_s is None or pixel_class(pixels) == self._usual():
            base_s, item_s = self.measured()
            return base_s + items * item_s
        return items * picture_s

    def measured(self) -> tuple[float, float]:
        """Return (base_s, item_s) of the class painted most of late; (0, 1) before any batch."""
        seen = tuple(self._seen.get(self._usual(), ()))  # one step: other threads may add
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

    def _usual(self) -> int:
        recent = tuple(self._recent)[::-1]  # of two that are as many, the later
        return max(recent, key=recent.count, default=UNKNOWN)


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
