"""Looks as people are told of them: the rows of `looks.tsv` beside a model's card, and blends."""

import csv
import io
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

ROWS_FILE = "looks.tsv"
BLEND = re.compile(r"([^+:]+)\+([^+:]+):(0|1|0?\.\d{1,3}|1\.0{1,3})")


@dataclass(frozen=True)
class Look:
    """A real photo's style that pictures are painted with.

    id: short, the same in every bank that holds this photo.
    scenes: the kinds of scenes (`spade.maps.scenes.KINDS`) that seeds choose it for; none for one
        that only presets and callers ask for.
    presets: names of the style presets that it paints like.
    brightness, saturation: of what the model paints with it, 0 to 1; warmth: from about -1 (blue)
        to 1 (red).
    author, licence, source: the credit of the photo, empty where its data set says nothing.
    """

    id: str
    scenes: tuple[str, ...]
    presets: tuple[str, ...]
    brightness: float
    warmth: float
    saturation: float
    author: str
    licence: str
    source: str


@dataclass(frozen=True)
class Blend:
    """Two looks blended, or one.

    first, second: their ids; the same where it is one.
    weight: of the second, 0 to 1.
    """

    first: str
    second: str
    weight: float

    def __str__(self) -> str:
        """Write it as `read_blend` reads it; one that has all the weight as its id alone."""
        if self.first == self.second or self.weight == 0:
            return self.first
        return self.second if self.weight == 1 else f"{self.first}+{self.second}:{self.weight:g}"


def read_blend(look: str) -> Blend:
    """Read what a caller names: a look's `ID`, or `FIRST+SECOND:WEIGHT`.

    Raises:
        ValueError: neither of them; ids may still be unknown.
    """
    if "+" not in look and ":" not in look:
        return Blend(look, look, 0.0)
    found = BLEND.fullmatch(look)
    if found is None:
        raise ValueError(
            f"look '{look}' is neither an id nor a blend of two; write a blend as "
            "FIRST+SECOND:WEIGHT, the weight of the second from 0 to 1 with up to three decimals, "
            "as in c866c89f+d43db540:0.4"
        )
    return Blend(found[1], found[2], float(found[3]))


def read_looks(file: Path) -> tuple[Look, ...]:
    """Read a bank's rows, in its order.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the file is damaged; the message names it.
    """
    with file.open(encoding="utf-8", newline="") as rows:
        try:
            return tuple(_look(row) for row in csv.DictReader(rows, delimiter="\t"))
        except (KeyError, TypeError, AttributeError, ValueError, csv.Error) as error:
            raise ValueError(f"{file} is no list of looks: {error!r}") from error


def written_looks(looks: tuple[Look, ...]) -> str:
    """Return a bank's rows as the text of its file."""
    text = io.StringIO()
    names = [entry.name for entry in fields(Look)]
    writer = csv.DictWriter(text, names, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for look in looks:
        row = asdict(look)
        lists = {name: ",".join(value) for name, value in row.items() if isinstance(value, tuple)}
        writer.writerow(row | lists)
    return text.getvalue()


def _look(row: dict[str, str]) -> Look:
    return Look(
        id=row["id"],
        scenes=_words(row["scenes"]),
        presets=_words(row["presets"]),
        brightness=float(row["brightness"]),
        warmth=float(row["warmth"]),
        saturation=float(row["saturation"]),
        author=row["author"],
        licence=row["licence"],
        source=row["source"],
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
