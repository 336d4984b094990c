"""What the parts of a running service use: cores of each process tree, Redis, painters, machine.

All times are seconds; "cores" is seconds of CPU per second.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.rig.part import Part
from bench.rig.service import Rig

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Hold seconds used so far; `since` tells what was used between two of them."""

    at_s: float
    api_s: float
    workers_s: float
    redis_s: float
    machine_s: float
    paint_s: float
    batches: int
    pictures: int
    replaced: int

    def since(self, before: "Usage") -> "Usage":
        """Subtract an earlier reading."""
        names = self.__dataclass_fields__
        return Usage(**{name: getattr(self, name) - getattr(before, name) for name in names})


def read_usage(parts: Rig) -> Usage:
    """Read the counters of everything that runs."""
    assert parts.api is not None
    info: Any = parts.ledger.redis.info("cpu")
    histograms: Any = parts.ledger.redis.hgetall(f"{parts.ledger.root}histograms")
    return Usage(
        at_s=time.monotonic(),
        api_s=_cpu_s([parts.api]),
        workers_s=_cpu_s(parts.workers),
        redis_s=float(info["used_cpu_user"]) + float(info["used_cpu_sys"]),
        machine_s=_machine_cpu_s(),
        paint_s=float(histograms.get("paint_seconds|bench|sum", 0)),
        batches=parts.count("claims"),
        pictures=parts.count("pictures"),
        replaced=parts.count("cancelled"),
    )


def cpu_by_part(parts: Rig) -> dict[str, float]:
    """Return the seconds that each part has used so far, and the load generator: this process."""
    return {part.name: _cpu_s([part]) for part in parts.parts} | {"load": time.process_time()}


def redis_memory(parts: Rig) -> tuple[int, int]:
    """Return the bytes that Redis has in use now and had at most."""
    info: Any = parts.ledger.redis.info("memory")
    return int(info["used_memory"]), int(info["used_memory_peak"])


def _cpu_s(parts: Iterable[Part]) -> float:
    """Sum user and system time of processes and their children, the ended ones too."""
    return sum(
        _process_cpu_s(pid)
        for part in parts
        for pid in (part.process.pid, *_children(part.process.pid))
    )


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _process_cpu_s(pid: int) -> float:
    try:
        # After the name in brackets, which may hold spaces; proc(5): utime is field 14.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS


def _machine_cpu_s() -> float:
    """Sum what all cores did other than idle and wait; proc(5): the first line of /proc/stat."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS
