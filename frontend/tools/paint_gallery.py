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

FINE = 512  # short side of pictures that are looked at
CROP = (64, 112)  # height, width of one material's crop
QUALITY = 82
MATERIALS_SEED = 9  # a bright day with both models, and flowers that are not orange
SEED = 5  # the seed that a fresh page begins with (state.js): its look suits all scenes
SKY, GRASS, BUILDING = "sky-other", "grass", "building-other"
FLAT = {"sand", "dirt", "grass", "flower", "snow"}
WAYS = {"road", "river"}
ROOFS = (0.5, 0.38, 0.46, 0.36, 0.42, 0.5, 0.4, 0.46)  # from left to right

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
    index[painter.name] = {
        "materials": materials(painter),
        "styles": styles(painter, scene_maps(painter)["bay"]),
        "scenes": scenes(painter),
    }
    index_file.write_text(json.dumps(index, indent=1) + "\n")


def materials(painter: Any) -> dict[str, Any]:
    """Paint each material in a plain landscape and stack what shows of it into one picture."""
    labels = [label for label in painter.label_set.labels if label.name != "unlabelled"]
    crops = []
    for label in labels:
        land = setting(painter, label.id, in_sky=label.group == "sky")
        picture = paint(painter, land, seed=MATERIALS_SEED)
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
    skyline and something below it. Ground lies flat, roads and rivers come towards one, buildings
    stand in a row.
    """
    ids = {one.name: one.id for one in painter.label_set.labels}
    name = painter.label_set.by_id(label).name
    height, width = painter.native_size
    rows, columns = np.arange(height)[:, None] / height, np.arange(width) / width
    if name in WAYS:
        land = np.where(rows < _ridge(columns, 0.36, 0.03), ids[SKY], ids[GRASS])
        way = np.abs(columns - 0.5) < 0.03 + 0.7 * (rows - 0.42)
        return np.asarray(np.where((rows > 0.42) & way, label, land), dtype=np.uint8)
    if name == BUILDING:
        roofs = np.asarray(ROOFS)[(columns * len(ROOFS)).astype(int)]
        land = np.where(rows < roofs, ids[SKY], label)
        return np.asarray(np.where(rows > 0.66, ids[GRASS], land), dtype=np.uint8)
    if name in FLAT or painter.label_set.by_id(label).group == "water":
        land = np.where(rows < _ridge(columns, 0.36, 0.03), ids[SKY], ids["hill"])
        land = np.where(rows < 0.42, land, label)
        return np.asarray(_below(land, rows, columns, ids, label), dtype=np.uint8)
    above, middle = (label, ids["mountain"]) if in_sky else (ids[SKY], label)
    if in_sky and label != ids[SKY]:
        inside = [
            ((columns - x) / rx) ** 2 + ((rows - y) / ry) ** 2 < 1
            for x, y, rx, ry in ((0.36, 0.36, 0.2, 0.11), (0.56, 0.31, 0.17, 0.12))
        ]
        above = np.where(np.any(inside, axis=0), label, ids[SKY])
    land = np.where(rows < _ridge(columns, 0.6 if in_sky else 0.42, 0.05), above, middle)
    return np.asarray(_below(land, rows, columns, ids, label), dtype=np.uint8)


def _ridge(columns: Any, middle: float, bump: float) -> Any:
    """The height of a skyline at each column, as shares of the picture."""
    across = columns * 2 * np.pi
    waves = np.sin(across * 2 + 1) + 0.6 * np.sin(across * 5) + 0.35 * np.sin(across * 11 + 2)
    return middle + bump * waves


def _below(land: Any, rows: Any, columns: Any, ids: dict[str, int], label: int) -> Any:
    """Lay something else along the lower edge."""
    shore = 0.82 + 0.02 * np.sin(columns * 6 * np.pi)
    return np.where(rows < shore, land, ids["sand"] if label == ids[GRASS] else ids[GRASS])


def cut(picture: Picture, *, top: bool) -> Picture:
    """Cut a crop out of the material, with some of its skyline."""
    height, width = picture.shape[:2]
    side = round(width * 0.66)
    tall = round(side * CROP[0] / CROP[1])
    first = round(height * (0.16 if top else 0.32))
    left = (width - side) // 2
    crop = Image.fromarray(picture).crop((left, first, left + side, first + tall))
    return np.asarray(crop.resize(CROP[::-1], Image.Resampling.LANCZOS))


def scene_maps(painter: Any, times: int = 1) -> dict[str, LabelMap]:
    """The starter scenes by name, as the page itself draws them, so many times the native size."""
    height, width = (times * side for side in painter.native_size)
    labels = json.dumps([{"name": one.name, "id": one.id} for one in painter.label_set.labels])
    command = ["node", str(TOOLS / "scene_maps.js"), str(height), str(width), labels]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    maps = {}
    for scene in map(json.loads, lines):
        ids = np.frombuffer(base64.b64decode(scene["labels"]), np.uint8)
        maps[scene["name"]] = ids.reshape(height, width)
    return maps


def scenes(painter: Any) -> dict[str, str]:
    """Paint the starter scenes as they are looked at; the file of each by its name."""
    maps = scene_maps(painter, max(1, FINE // min(painter.native_size)))
    files = {name: f"{painter.name}-{name}.webp" for name in maps}
    for name, label_map in maps.items():
        picture = Image.fromarray(paint(painter, label_map))
        picture.save(GALLERY / files[name], quality=QUALITY, method=6)
    return files


def paint(painter: Any, label_map: LabelMap, style: str | None = None, seed: int = SEED) -> Picture:
    """Paint `[H, W]` labels to `[H, W, 3] uint8 RGB`, as a fresh page would have it done."""
    seeds = [seed] if painter.abilities["seed"] else None
    borders = "natural" if painter.abilities["natural_borders"] else "drawn"
    pictures = painter.paint(label_map[None], seeds=seeds, style=style, borders=borders)
    return np.asarray(pictures[0])


if __name__ == "__main__":
    main()
