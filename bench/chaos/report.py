"""What a run of the chaos did and found."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Report:
    """Gather what a run did and found; `spoiled` are the jobs whose input was made unreadable."""

    accepted: int = 0
    repeats: int = 0
    seconds: float = 0.0
    killed: Counter[str] = field(default_factory=Counter)
    recoveries_s: list[float] = field(default_factory=list)
    attempts: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    spoiled: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
