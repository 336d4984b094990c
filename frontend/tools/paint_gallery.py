"""Paint the studio's gallery with a shipped model: crops of materials and styles, and scenes.

Run it again whenever a checkpoint changes (needs Node.js for the scenes):

    .venv/bin/python frontend/tools/paint_gallery.py checkpoints/landscape
"""

import argparse
import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

TOOLS = Path(__file__).resolve().parent
GALLERY = TOOLS.parent / "static" / "gallery"
sys.path.insert(0, str(TOOLS.parents[1]))

from spade import load_painter  # noqa: E402

CROP = (64, 112)  # height, width of one material's crop
QUALITY = 82
SEED = 1  # the seed that a fresh page begins with
SKY, GRASS = "sky-other", "grass"

LabelMap = npt.NDArray[np.uint8]
Picture = npt.NDArray[np.uint8]


def main() -> None:
    """Write the pictures of one model, and enter them in `index.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    painter = load_painter(parser.parse_args().checkpoint)
    GALLERY.mkdir(exist_ok=True)
    index_file = GALLERY / "index.json"
    index = json.loads(index_file.read_text()) if index_file.exists() else {}
    maps = scene_maps(painter)
    index[painter.name] = {
        "materials": materials(painter),
        "styles": styles(painter, maps["bay"]),
        "scenes": scenes(painter, maps),
    }
    index_file.write_text(json.dumps(index, indent=1) + "\n")


def materials(painter: Any) -> dict[str, Any]:
    """Paint each material in a plain landscape and stack what shows of it into one picture."""
    labels = [label for label in painter.label_set.labels if label.name != "unlabelled"]
    crops = []
    for label in labels:
        picture = paint(painter, setting(painter, label.id, in_sky=label.group == "sky"))
        crops.append(cut(picture, top=label.group == "sky"))
    return stack(f"{painter.name}-materials.webp", [label.id for label in labels], crops)


def stack(file: str, ids: list[Any], crops: list[Picture]) -> dict[str, Any]:
    """Save crops as one picture, one below the other."""
    Image.fromarray(np.concatenate(crops)).save(GALLERY / file, quality=QUALITY, method=6)
    return {"file": file, "ids": ids}


def styles(painter: Any, scene: LabelMap) -> dict[str, Any]:
    """Paint a scene in each style, and in none."""
    names = [None, *painter.styles]
    crops = [cut(paint(painter, scene, style), top=True) for style in names]
    return stack(f"{painter.name}-styles.webp", names, crops)


def setting(painter: Any, label: int, *, in_sky: bool) -> LabelMap:
    """A landscape of `[H, W]` labels that shows one material as it is mostly painted.

    Deep inside a large area of one label a model has nothing to go by, so the material has a
    skyline and something below it.
    """
    ids = {one.name: one.id for one in painter.label_set.labels}
    height, width = painter.native_size
    flat = painter.label_set.by_id(label).group == "water"
    across = np.linspace(0, 2 * np.pi, width)
    bumps = np.sin(across * 2 + 1) + 0.6 * np.sin(across * 5) + 0.35 * np.sin(across * 11 + 2)
    skyline = height * ((0.6 if in_sky else 0.42) + (0 if flat else 0.05) * bumps)
    shore = height * (0.82 + 0.02 * np.sin(across * 3))
    rows = np.arange(height)[:, None]
    below = ids["sand"] if label == ids[GRASS] else ids[GRASS]
    above, middle = (label, ids["mountain"]) if in_sky else (ids[SKY], label)
    if in_sky and label != ids[SKY]:
        columns = np.arange(width)
        puffs = [(0.36, 0.36, 0.2, 0.11), (0.56, 0.31, 0.17, 0.12), (0.7, 0.37, 0.14, 0.08)]
        inside = [
            ((columns / width - x) / rx) ** 2 + ((rows / height - y) / ry) ** 2 < 1
            for x, y, rx, ry in puffs
        ]
        above = np.where(np.any(inside, axis=0), label, ids[SKY])
    land = np.where(rows < skyline, above, np.where(rows < shore, middle, below))
    return np.asarray(land, dtype=np.uint8)


def cut(picture: Picture, *, top: bool) -> Picture:
    """Cut a crop out of the material, with some of its skyline."""
    height, width = picture.shape[:2]
    side = round(width * 0.66)
    tall = round(side * CROP[0] / CROP[1])
    first = round(height * (0.16 if top else 0.32))
    left = (width - side) // 2
    crop = Image.fromarray(picture).crop((left, first, left + side, first + tall))
    return np.asarray(crop.resize(CROP[::-1], Image.Resampling.LANCZOS))


def scene_maps(painter: Any) -> dict[str, LabelMap]:
    """The starter scenes by name, as the page itself draws them."""
    height, width = painter.native_size
    labels = json.dumps([{"name": one.name, "id": one.id} for one in painter.label_set.labels])
    command = ["node", str(TOOLS / "scene_maps.js"), str(height), str(width), labels]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    maps = {}
    for scene in map(json.loads, lines):
        ids = np.frombuffer(base64.b64decode(scene["labels"]), np.uint8)
        maps[scene["name"]] = ids.reshape(height, width)
    return maps


def scenes(painter: Any, maps: dict[str, LabelMap]) -> dict[str, str]:
    """Paint the starter scenes; the file of each by its name."""
    files = {name: f"{painter.name}-{name}.webp" for name in maps}
    for name, label_map in maps.items():
        picture = Image.fromarray(paint(painter, label_map))
        picture.save(GALLERY / files[name], quality=90, method=6)
    return files


def paint(painter: Any, label_map: LabelMap, style: str | None = None) -> Picture:
    """Paint `[H, W]` labels to `[H, W, 3] uint8 RGB`, as a fresh page would have it done."""
    seeds = [SEED] if painter.abilities["seed"] else None
    borders = "natural" if painter.abilities["natural_borders"] else "drawn"
    pictures = painter.paint(label_map[None], seeds=seeds, style=style, borders=borders)
    return np.asarray(pictures[0])


if __name__ == "__main__":
    main()
