"""Measure what one published-size landscape model costs to load and to hold.

    .venv/bin/python -m bench.engine_load

Writes random weights of that size to a temporary folder, then loads and paints in a fresh process.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

MIB = 2**20
SIZE = 512


def main() -> int:
    """Save the model, then measure in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine_load", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="of a model that is there already")
    asked = parser.parse_args()
    if asked.folder is not None:
        return measure(asked.folder)
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / "landscape")
        command = [sys.executable, "-m", "bench.engine_load", f"{folder}/landscape"]
        return subprocess.run(command, check=False).returncode


def save(folder: Path) -> None:
    """Save random weights of the published landscape architecture: 97 M parameters, 512x512."""
    from spade.engine.benchmark import random_generator
    from spade.imports.presets import PRESETS
    from spade.model.card import Card
    from spade.model.checkpoint import save_checkpoint

    preset = PRESETS["landscape"]
    card = Card("landscape", preset.title, "coco-182", preset.architecture, preset.licence)
    save_checkpoint(folder, card, random_generator(preset.architecture).state_dict())


def measure(folder: Path) -> int:
    """Load, warm up and paint, with the resident memory after each step and its peak."""
    import numpy as np

    from spade import load_painter
    from spade.engine.device import peak_bytes, reset_peak

    rng = np.random.default_rng(0)
    scene = rng.integers(0, 182, (1, 8, 8)).repeat(SIZE // 8, 1).repeat(SIZE // 8, 2)
    noise = rng.integers(0, 182, (1, SIZE, SIZE))
    print("step      seconds  resident MiB  peak MiB")
    start = time.perf_counter()
    painter = load_painter(folder)
    steps: dict[str, Callable[[], object]] = {
        "load": lambda: None,
        "warm up": painter.warm_up,
        "scene": lambda: painter.paint(scene),
        "noise": lambda: painter.paint(noise),
    }
    for name, step in steps.items():
        step()
        seconds, peak = time.perf_counter() - start, peak_bytes(painter.device) / MIB
        print(f"{name:10}{seconds:7.2f}{resident_bytes() / MIB:14.0f}{peak:10.0f}", flush=True)
        reset_peak(painter.device)
        start = time.perf_counter()
    return 0


def resident_bytes() -> int:
    """Return the memory that this process holds now."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    sys.exit(main())
