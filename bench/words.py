"""Measure what comes of words: are the materials there, where they should be, and nothing else?

The sentences of `bench/sentences.tsv` are composed with several seeds each. What must be in the map
was written down before there was a lexicon; the part `held out` was not looked at while building.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.words_sheet import draw_sheet
from spade.maps.labels import LabelSet, load_label_set
from spade.words import WordsError, compose
from spade.words.layout.places import holds_place, holds_relation

SENTENCES = Path(__file__).with_name("sentences.tsv")
LEAST, MOST_EXCLUDED = 0.02, 0.0005
Mask = npt.NDArray[np.bool_]


@dataclass
class Found:
    """What was found of one composition; `failed` says what is wrong, for people."""

    materials: bool
    places: list[bool]
    clean: bool
    light: bool
    failed: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["building", "held out"], help="one part only")
    parser.add_argument("--seeds", type=int, default=3, help="layouts of each sentence")
    parser.add_argument("--size", type=int, default=256, help="pixels a side")
    parser.add_argument("--sheet", type=Path, help="only paint some sentences into this picture")
    parser.add_argument("--model", default="checkpoints/landscape", help="what paints the sheet")
    parser.add_argument("--tell", action="store_true", help="say what is wrong where")
    args = parser.parse_args(arguments)
    if args.sheet:
        draw_sheet(
            args.sheet, args.model, [row["sentence"] for row in _parts("building")["building"]]
        )
        return 0
    label_set = load_label_set("landscape")
    print("| part | sentences | layouts | all materials | places | nothing excluded | light |")
    print("|---|---|---|---|---|---|---|")
    told: list[str] = []
    for part, rows in _parts(args.part).items():
        found = [
            _found(row, label_set, args.size, seed) for row in rows for seed in range(args.seeds)
        ]
        places = [one for each in found for one in each.places]
        print(
            f"| {part} | {len(rows)} | {len(found)} | {_share(each.materials for each in found)}"
            f" | {_share(places)} of {len(places)} | {_share(each.clean for each in found)}"
            f" | {_share(each.light for each in found)} |",
            flush=True,
        )
        told += [line for each in found for line in each.failed]
    if args.tell:
        for line, times in Counter(told).most_common():
            print(f"{times}x {line}", file=sys.stderr)
    return 0


def _parts(only: str | None) -> dict[str, list[dict[str, str]]]:
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    parts = dict.fromkeys(row["part"] for row in rows)
    return {
        part: [row for row in rows if row["part"] == part] for part in parts if only in (None, part)
    }


def _found(row: dict[str, str], label_set: LabelSet, size: int, seed: int) -> Found:
    wanted = [place for place in row["places"].split(";") if place]
    try:
        made = compose(row["sentence"], label_set, (size, size), seed)
    except WordsError as error:
        return Found(False, [False] * len(wanted), True, False, [f"{row['sentence']}: {error}"])
    ids = {label.name: label.id for label in label_set.labels}
    masks = {name: made.label_map == at for name, at in ids.items()}
    lacking = [
        name
        for name in filter(None, row["materials"].split(","))
        if all(masks[one].mean() < LEAST for one in name.split("|"))
    ]
    extra = [n for n in filter(None, row["excluded"].split(",")) if masks[n].mean() > MOST_EXCLUDED]
    places = [_holds(place, masks) for place in wanted]
    light = not row["light"] or row["light"] == made.wish.light
    failed = [f"no {name}" for name in lacking] + [f"has {name}" for name in extra]
    failed += [place for place, holds in zip(wanted, places, strict=True) if not holds]
    failed += [] if light else [f"light {made.wish.light}"]
    return Found(
        not lacking, places, not extra, light, [f"{row['sentence']}: {one}" for one in failed]
    )


def _holds(place: str, masks: dict[str, Mask]) -> bool:
    name, kind, *anchor = place.split()
    if not anchor:
        return holds_place(kind, masks[name])
    return holds_relation(kind, masks[name], masks[anchor[0]])


def _share(values: Iterator[bool] | Sequence[bool]) -> str:
    found = list(values)
    return f"{100 * sum(found) / max(len(found), 1):.1f} %"


if __name__ == "__main__":
    sys.exit(main())
