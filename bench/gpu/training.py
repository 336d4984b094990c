"""Training in two pieces on machines that share nothing but what is carried between them.

    python -m bench.gpu.training FOLDER DEVICE SECONDS

The first piece starts from the shipped model, is ended by the clock and exports a checkpoint,
which is split, joined and started from by the second. On a CPU both are a few narrow steps.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spade.data.shrink import shrink
from spade.maps.doodles import free_hand_doodles
from spade.maps.labels import load_label_set
from spade.pieces import join_folder, split_folder
from spade.train.config import load_config

PAIRS, SIDE, PACKED_SIDE = 10, 320, 288
TINY_SIDE, TINY_WIDTH = 64, 4


def main(folder: Path, device: str, seconds: float) -> dict[str, Any]:
    """Carry data there, train, carry the checkpoint, train on; return what it took."""
    draw_pairs(folder / "drawn")
    shrink(folder / "drawn", folder / "small", PACKED_SIDE if device != "cpu" else TINY_SIDE)
    carried = split_folder(folder / "small", folder / "data-pieces")
    join_folder(folder / "data-pieces", folder / "data")
    rates, steps, start = [], 0, None
    for piece in ("first", "second"):
        run = folder / f"run-{piece}"
        words = ["--data", folder / "data", "--out", run, "--device", device]
        words += [
            "--minutes",
            seconds / 60,
            "--config",
            _config(folder, device),
            *_start(start, device),
        ]
        words += ["--export", folder / f"made-{piece}"]
        subprocess.run([sys.executable, "-m", "spade", "train", *map(str, words)], check=True)
        rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        steps += int(rows[-1]["step"])
        rates += [row["images_per_s"] for row in rows[len(rows) // 2 :]]
        carried += split_folder(folder / f"made-{piece}", folder / f"pieces-{piece}")
        start = folder / f"carried-{piece}"
        join_folder(folder / f"pieces-{piece}", start)
    sizes = [path.stat().st_size for path in carried]
    return {
        "steps": steps,
        "images_per_s": float(np.median(rates)),
        "carried_bytes": sum(sizes),
        "largest_bytes": max(sizes),
    }


def draw_pairs(data: Path) -> None:
    """Draw photos of a sort: each label in a colour of its own, with noise."""
    labels = load_label_set("landscape")
    doodles = free_hand_doodles(labels)
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (256, 3))
    for number in range(PAIRS):
        picture = Image.fromarray(doodles[number % len(doodles)]).resize((SIDE, SIDE), 0)
        label_map = np.roll(np.asarray(picture), number * 7, axis=1)
        photo = colours[label_map] + rng.integers(-25, 25, (SIDE, SIDE, 3))
        for kind, values in (("labels", label_map), ("photos", photo.clip(0, 255))):
            (data / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(values.astype(np.uint8)).save(data / kind / f"{number:03d}.png")


def _config(folder: Path, device: str) -> str:
    """Return the configuration's name, or for a CPU the path of a narrow one."""
    if device != "cpu":
        return "landscape"
    config = load_config("landscape-cpu")
    architecture = replace(config.architecture, ngf=TINY_WIDTH, z_dim=8, crop_size=TINY_SIDE)
    size = (TINY_SIDE, TINY_SIDE)
    narrow = replace(
        config, architecture=architecture, size=size, native_size=size, batch_size=2, ndf=4,
        nef=4, workers=0, measure_every=0, steps=1000,
    )  # fmt: skip
    path = folder / "narrow.json"
    path.write_text(json.dumps(narrow.to_json()))
    return str(path)


def _start(carried: Path | None, device: str) -> list[str]:
    """Start from what was carried; the first piece, on a card, from the shipped model."""
    if carried is None and device == "cpu":
        return []
    return ["--start-from", str(carried or "checkpoints/landscape")]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
