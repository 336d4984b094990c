"""How people paint, for the load generator and the simulation alike.

A person looks at the page, then paints in bursts: strokes, each followed by a live picture, now and
then four variations at the end, and a pause to look at them. The figures are assumptions about busy
painters, not measurements of visitors; all of them are in `Habits`.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """How busy a person is; times in seconds."""

    arrive_s: float = 4.0  # mean time from opening the page to the first burst
    strokes: float = 8.0  # mean number of strokes in a burst
    stroke_s: float = 2.5  # median time from one live send to the next
    stroke_spread: float = 0.6  # sigma of its log-normal distribution
    ponder_s: float = 15.0  # mean pause between bursts
    variations_share: float = 0.3  # bursts that end with a wish for variations
    variations: int = 4

    @property
    def burst_s(self) -> float:
        """Return the mean length of a burst and its pause, when pictures come at once."""
        stroke_s = self.stroke_s * math.exp(self.stroke_spread**2 / 2)
        return self.strokes * stroke_s + self.ponder_s

    @property
    def jobs_per_s(self) -> float:
        """Return the submits of one person per second."""
        return (self.strokes + self.variations_share) / self.burst_s

    @property
    def pictures_per_s(self) -> float:
        """Return the pictures that one person wishes per second."""
        return (self.strokes + self.variations_share * self.variations) / self.burst_s


@dataclass(frozen=True)
class Wish:
    """Ask for `count` pictures `after_s` seconds after the last wish; `live` ones do not wait.

    Whoever paints live goes on with the next stroke, picture or not. Variations are waited for.
    """

    after_s: float
    count: int
    live: bool


def wishes(rng: random.Random, habits: Habits) -> Iterator[Wish]:
    """Yield what one person asks for, without end."""
    pause_s = rng.expovariate(1 / habits.arrive_s)
    while True:
        strokes = 1 + int(rng.expovariate(1 / max(habits.strokes - 0.5, 0.1)))
        for _ in range(strokes):
            yield Wish(pause_s, 1, live=True)
            pause_s = rng.lognormvariate(math.log(habits.stroke_s), habits.stroke_spread)
        if rng.random() < habits.variations_share:
            yield Wish(pause_s, habits.variations, live=False)
        pause_s = rng.expovariate(1 / habits.ponder_s)
