"""Training in two pieces on machines that share nothing but what is carried between them.

    python -m bench.gpu.training FOLDER DEVICE SECONDS

The first piece is ended by the clock and leaves a compact state, from which the second goes on.
On a CPU both are a few narrow steps.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spade.maps.free_hand import free_hand_doodles
from spade.maps.labels import load_label_set
from spade.train.recipes import load_config
from spade.train.state import STATE

PAIRS, SIDE = 10, 288
TINY_SIDE, TINY_WIDTH = 64, 4
CARD_BATCH = 32


def main(folder: Path, device: str, seconds: float) -> dict[str, Any]:
    """Train, carry the state, train on; return what it took."""
    draw_pairs(folder / "data", SIDE if device != "cpu" else TINY_SIDE)
    config = _config(folder, device)
    rates: list[float] = []
    steps = 0
    for piece in ("first", "second"):
        run, carried = folder / f"run-{piece}", folder / "carried"
        if carried.is_dir():
            run.mkdir(exist_ok=True)
            shutil.copy(carried / STATE, run / STATE)
        words = ["--data", folder / "data", "--out", run, "--device", device, "--config", config]
        words += ["--minutes", seconds / 60, "--compact", carried]
        subprocess.run([sys.executable, "-m", "spade", "train", *map(str, words)], check=True)
        rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        steps = int(rows[-1]["step"])
        rates += [row["images_per_s"] for row in rows[len(rows) // 2 :]]
    return {
        "steps": steps,
        "images_per_s": float(np.median(rates)),
        "carried_bytes": (folder / "carried" / STATE).stat().st_size,
    }


def draw_pairs(data: Path, side: int) -> None:
    """Draw photos of a sort: each label in a colour of its own, with noise."""
    labels = load_label_set("landscape")
    doodles = free_hand_doodles(labels)
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (256, 3))
    for number in range(PAIRS):
        picture = Image.fromarray(doodles[number % len(doodles)]).resize((side, side), 0)
        label_map = np.roll(np.asarray(picture), number * 7, axis=1)
        photo = colours[label_map] + rng.integers(-25, 25, (side, side, 3))
        for kind, values in (("labels", label_map), ("photos", photo.clip(0, 255))):
            (data / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(values.astype(np.uint8)).save(data / kind / f"{number:03d}.png")


def _config(folder: Path, device: str) -> Path:
    """Write the landscape recipe's second phase alone; for a CPU a narrow one."""
    config = load_config("landscape")
    phase = replace(config.phases[1], images=10**7, batch_size=CARD_BATCH)
    config = replace(config, phases=(phase,))
    if device == "cpu":
        size = (TINY_SIDE, TINY_SIDE)
        config = replace(
            config,
            architecture=replace(config.architecture, ngf=TINY_WIDTH, z_dim=8),
            phases=(replace(phase, size=size, batch_size=2),),
            native_size=size,
            ndf=4,
            nef=4,
            workers=0,
        )
    path = folder / "config.json"
    path.write_text(json.dumps(config.to_json()))
    return path


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
