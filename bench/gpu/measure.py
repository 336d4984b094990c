"""What is measured in a process of its own; the last line that it prints is JSON.

python -m bench.gpu.measure facts DEVICE
python -m bench.gpu.measure precision DEVICE SIZE
python -m bench.gpu.measure cold DEVICE FOLDER STARTED
python -m bench.gpu.measure model FOLDER SIZE NGF
"""

import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spade import load_painter
from spade.engine import DTYPES
from spade.engine.batch import Batch, batch_of
from spade.engine.benchmark import draw_labels, random_generator
from spade.engine.cpu.region import RegionEngine
from spade.engine.cuda.engine import CudaEngine
from spade.engine.device import describe, peak_bytes
from spade.imports.presets import PRESETS
from spade.maps.labels import load_label_set
from spade.model.card import Card
from spade.model.checkpoint import build_generator, load_checkpoint, save_checkpoint

SHIPPED = Path("checkpoints/landscape")
COUNTS = (1, 8, 16)
TURNS = 4


def facts(device: str) -> dict[str, Any]:
    """Return the device and the versions of what drives it."""
    found = describe(torch.device(device)) | {"python": platform.python_version()}
    if device != "cpu":
        capability = torch.cuda.get_device_capability()
        found |= {"capability": f"{capability[0]}.{capability[1]}"}
    try:
        return found | {"triton": metadata.version("triton")}
    except metadata.PackageNotFoundError:
        return found | {"triton": "none"}


def precision(device: str, size: str) -> list[dict[str, Any]]:
    """Compare the shipped model in each dtype with the CPU's float32, on maps of every kind."""
    checkpoint = load_checkpoint(SHIPPED)
    wanted = RegionEngine(build_generator(checkpoint))
    rows = []
    for dtype in ("float32", "float16", "bfloat16"):
        engine = CudaEngine(build_generator(checkpoint), torch.device(device), DTYPES[dtype])
        for kind, seed in (("doodle", 0), ("doodle", 1), ("coco", 0), ("noise", 0)):
            batch = _batch(kind, int(size), seed)
            # As it is, recorded and replayed: the worst of all three.
            apart = torch.stack(
                [(engine.generate(batch) - wanted.generate(batch)).abs() for _ in range(3)]
            ).amax((0, 2))
            rows.append(
                {
                    "dtype": dtype,
                    "map": kind,
                    "largest": float(apart.max()),
                    "within_2": float((apart * 127.5 <= 2).float().mean()),
                }
            )
            print(rows[-1], flush=True)
    return rows


def cold(device: str, folder: str, started: str) -> dict[str, Any]:
    """Load and paint in this fresh process; return seconds since `started`, and memory."""
    painter = load_painter(folder, device)
    size = painter.native_size[0]
    doodles = np.stack([draw_labels("doodle", size, painter.label_set, n) for n in range(16)])
    found: dict[str, Any] = {"loaded_s": time.time() - float(started)}
    turns = []
    for _ in range(TURNS):
        began = time.perf_counter()
        painter.paint(doodles[:1])
        turns.append(time.perf_counter() - began)
        found.setdefault("first_picture_s", time.time() - float(started))
    found |= {"turns_s": turns, "weight_bytes": painter.weight_bytes}
    for count in COUNTS:
        for _ in range(3):
            painter.paint(doodles[:count])
        # Of a card, all that PyTorch took, recordings with it.
        taken = torch.cuda.max_memory_reserved() if device != "cpu" else peak_bytes(painter.device)
        found[f"peak_bytes_{count}"] = taken
    return found


def model(folder: str, size: str, ngf: str) -> dict[str, Any]:
    """Save random weights of the published landscape architecture, or of a narrower one."""
    preset = PRESETS["landscape"]
    architecture = replace(
        preset.architecture, ngf=int(ngf), crop_size=int(size), contain_dontcare=True
    )
    card = Card(Path(folder).name, preset.title, "coco", architecture, preset.licence)
    save_checkpoint(Path(folder), card, random_generator(architecture).state_dict())
    return {"parameters": sum(p.numel() for p in random_generator(architecture).parameters())}


def _batch(kind: str, size: int, seed: int) -> Batch:
    card = load_checkpoint(SHIPPED).card
    labels = load_label_set(card.label_set)
    maps = draw_labels(kind, size, labels, seed)[None]
    z = torch.randn(1, card.architecture.z_dim, generator=torch.Generator().manual_seed(seed))
    return batch_of(
        card.architecture, labels, maps, z if card.architecture.use_vae else None, [seed]
    )


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    measures: dict[str, Callable[..., Any]] = {
        "facts": facts,
        "precision": precision,
        "cold": cold,
        "model": model,
    }
    print(json.dumps(measures[what](*words)))
