"""Which of two models do eyes prefer that do not know which is which?

    python -m bench.pairs draw FOLDER --old checkpoints/landscape --new runs/new
    python -m bench.pairs count FOLDER/key.json ANSWERS

`draw` paints the same doodles with the same seeds by both models and lays the pictures in pairs on
sheets, left and right by chance. The key tells which is which: whoever judges must not see it.
ANSWERS is a text file with a line per pair, its number and `left`, `right` or `same`. `count` says
how often the new model was preferred; `same` counts half.
"""

import argparse
import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from spade.maps.free_hand import free_hand_doodles
from spade.maps.labelmap import colour_picture, read_label_map, resize_nearest
from spade.maps.labels import Borders, LabelSet
from spade.painter import Painter, load_painter

SIDE, TITLE, PAIRS_PER_SHEET = 320, 22, 5
ANSWERS = ("left", "right", "same")
SURE = 1.96  # standard deviations on either side of 95 % of a normal distribution

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Pair:
    """One question: which `doodle` and `seed`, and on which side the new model's picture is."""

    number: int
    doodle: str
    seed: int
    new: str


def draw(
    folder: Path, old: Painter, new: Painter, doodles: dict[str, Picture], seeds: Sequence[int],
    chance: random.Random,
) -> list[Pair]:  # fmt: skip
    """Write `sheet-NN.png` and `key.json`, and return the pairs in the order of the sheets."""
    asked = [(name, seed) for name in doodles for seed in seeds]
    chance.shuffle(asked)
    pairs, rows = [], []
    for number, (name, seed) in enumerate(asked, start=1):
        pair = Pair(number, name, seed, chance.choice(ANSWERS[:2]))
        pictures = [_painted(model, doodles[name], seed) for model in (new, old)]
        left, right = pictures if pair.new == "left" else pictures[::-1]
        drawn = colour_picture(doodles[name], new.label_set)
        rows.append(_row(number, [drawn, left, right]))
        pairs.append(pair)
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(rows), PAIRS_PER_SHEET):
        sheet = np.concatenate(rows[start : start + PAIRS_PER_SHEET])
        path = folder / f"sheet-{start // PAIRS_PER_SHEET + 1:02d}.png"
        Image.fromarray(sheet).save(path)
    (folder / "key.json").write_text(json.dumps([asdict(pair) for pair in pairs], indent=1))
    return pairs


def read_answers(text: str, pairs: Sequence[Pair]) -> dict[int, str]:
    """Read `NUMBER ANSWER` a line, empty lines left out.

    Raises:
        ValueError: a line says something else, or a pair has no answer or two.
    """
    answers: dict[int, str] = {}
    for line in filter(str.strip, text.splitlines()):
        number, _, answer = line.strip().partition(" ")
        if not number.isdigit() or answer.strip() not in ANSWERS:
            raise ValueError(f"'{line}': a line is a pair's number and {', '.join(ANSWERS)}")
        if int(number) in answers:
            raise ValueError(f"pair {number} has two answers")
        answers[int(number)] = answer.strip()
    asked = {pair.number for pair in pairs}
    if set(answers) != asked:
        raise ValueError(f"answers lack or exceed pairs {sorted(set(answers) ^ asked)}")
    return answers


def preference(pairs: Sequence[Pair], answers: dict[int, str]) -> float:
    """Return the share of pairs in which the new model was preferred; `same` counts half."""
    worth = {"same": 0.5}
    return sum(
        worth.get(answers[pair.number], float(answers[pair.number] == pair.new)) for pair in pairs
    ) / len(pairs)


def interval(share: float, count: int) -> tuple[float, float]:
    """Return the bounds within which the true share lies with 95 % (Wilson 1927)."""
    middle = share + SURE**2 / (2 * count)
    reach = SURE * math.sqrt(share * (1 - share) / count + SURE**2 / (4 * count**2))
    whole = 1 + SURE**2 / count
    return (middle - reach) / whole, (middle + reach) / whole


def read_doodles(
    folder: Path | None, label_set: LabelSet, size: tuple[int, int]
) -> dict[str, Picture]:
    """Return the label maps of a folder, or the free-hand doodles, at `size`, by name."""
    if folder is None:
        found = {f"doodle-{i}": one for i, one in enumerate(free_hand_doodles(label_set), start=1)}
    else:
        found = {
            path.stem: read_label_map(path.read_bytes(), label_set)
            for path in sorted(folder.glob("*.png"))
        }
    return {name: resize_nearest(one, size) for name, one in found.items()}


def _painted(painter: Painter, doodle: Picture, seed: int) -> Picture:
    borders: Borders = "natural" if painter.abilities["natural_borders"] else "drawn"
    picture: Picture = painter.paint(doodle[None], seeds=[seed], borders=borders)[0]
    return picture


def _row(number: int, pictures: Sequence[Picture]) -> Picture:
    cells = [Image.fromarray(one).resize((SIDE, SIDE)) for one in pictures]
    row = Image.new("RGB", (SIDE * len(cells), SIDE + TITLE), "white")
    pen = ImageDraw.Draw(row)
    for index, (cell, title) in enumerate(zip(cells, ("drawn", *ANSWERS[:2]), strict=True)):
        row.paste(cell, (index * SIDE, TITLE))
        pen.text((index * SIDE + 6, 5), f"{number} {title}", fill="black")
    return np.asarray(row)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw or count."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    drawer = commands.add_parser("draw")
    drawer.add_argument("folder", type=Path)
    drawer.add_argument("--old", type=Path, required=True)
    drawer.add_argument("--new", type=Path, required=True)
    drawer.add_argument(
        "--doodles", type=Path, help="label maps as PNG; free-hand ones if left out"
    )
    drawer.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    drawer.add_argument("--size", type=int, default=512)
    counter = commands.add_parser("count")
    counter.add_argument("key", type=Path)
    counter.add_argument("answers", type=Path)
    args = parser.parse_args(arguments)
    if args.command == "draw":
        old, new = load_painter(args.old), load_painter(args.new)
        doodles = read_doodles(args.doodles, new.label_set, (args.size, args.size))
        pairs = draw(args.folder, old, new, doodles, args.seeds, random.SystemRandom())
        print(f"{args.folder}: {len(pairs)} pairs; do not show key.json to who judges")
        return 0
    pairs = [Pair(**one) for one in json.loads(args.key.read_text())]
    try:
        answers = read_answers(args.answers.read_text(), pairs)
    except ValueError as error:
        print(f"pairs: {error}", file=sys.stderr)
        return 1
    share = preference(pairs, answers)
    low, high = interval(share, len(pairs))
    print(
        f"the new one was preferred in {share:.0%} of {len(pairs)} pairs ({low:.0%} to {high:.0%})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
