"""How many workers a model needs now: the one figure that an autoscaler follows.

The queue's age alone comes too late and its depth alone says nothing about a worker's speed, so the
work that waits is measured in seconds of one worker, by the speed that workers have shown.
"""

import math
from collections.abc import Mapping

from jobs.workers.forecast import Forecast

#: Seconds per picture before any worker has shown its speed.
UNKNOWN_ITEM_S = 1.0


def desired_workers(forecast: Forecast, age_s: float, wait_s: float, item_s: float) -> int:
    """Return the workers with which what waits is painted within `wait_s`.

    `age_s` is the age of the oldest queued job, `item_s` the seconds per picture to count with
    while no worker lives. Workers that paint now are needed; an idle service needs none.
    """
    busy = sum(1 for speed in forecast.speeds if speed.busy_s > 0)
    if not forecast.queued:
        return busy
    rate = forecast.pictures_per_s / forecast.workers if forecast.pictures_per_s else 1 / item_s
    waiting_s = forecast.queued * forecast.mean_pictures / rate
    # Speed is an estimate: when jobs grow old all the same, the workers there are too few.
    late = forecast.workers * age_s / wait_s if age_s > wait_s else 0.0
    late = min(late, busy + forecast.queued)  # nobody paints half a job
    return max(1, busy, math.ceil(waiting_s / wait_s), math.ceil(late))


def shown_item_s(painting: Mapping[str, float], pictures: Mapping[str, float]) -> float:
    """Return the seconds per picture in all batches so far, from two histograms' parts."""
    painted = pictures.get("sum", 0.0)
    return painting.get("sum", 0.0) / painted if painted else UNKNOWN_ITEM_S
