"""Read `manifest.csv`, by whatever program it was written; what is not understood is an error."""

import csv
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOG = logging.getLogger(__name__)
MANIFEST = "manifest.csv"
SPLITS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
# What a photo's credit consists of, and notes that are kept but not used.
CREDITS = ("author", "licence", "source_repo", "source_path")
NOTES = ("licence_evidence", "label_shares", "labelled", "set", "name", "notes")
COLUMNS = ("file", "split", "draws", *CREDITS, *NOTES)
DELIMITERS = ",;\t"
# Endings that a photo's name in the column `file` may have or lack.
PHOTO_SUFFIXES = {
    ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".avif", ".heic", ".heif",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What a manifest says of one photo.

    line: where, counted from 1. file: the photo's path below `photos/` without its ending.
    split: train, val, or test, which is kept from both; train where nothing is said.
    draws: how many times as often as others it is seen. credit: `CREDITS` that are given.
    """

    line: int
    file: str
    split: str
    draws: int
    credit: Mapping[str, str]


def read_manifest(root: Path, names: Sequence[str]) -> dict[str, Row]:
    """Return the rows of a folder's manifest by photo; empty where it has none.

    `names` are the folder's photos: paths below `photos/` without ending. Rows may name them with
    or without folders and ending; one that names none is told and left.

    Raises:
        ValueError: with the line of what is not understood, or of a name that fits several photos.
    """
    path = root / MANIFEST
    if not path.is_file():
        return {}
    by_stem: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_stem[name.rpartition("/")[2]].append(name)
    whole, strange = set(names), []
    found: dict[str, Row] = {}
    for row in _rows(path):
        fits = [row.file] if row.file in whole else by_stem[row.file]
        if len(fits) > 1:
            raise _fault(path, row.line, f"'{row.file}' is {' and '.join(fits)}; say which")
        if not fits:
            strange.append(row)
        elif fits[0] in found:
            raise _fault(path, row.line, f"'{row.file}' is on line {found[fits[0]].line} already")
        else:
            found[fits[0]] = row
    if strange:
        _tell_of_strangers(path, strange, found)
    return found


def without_suffix(name: str) -> str:
    """Return a photo's path without its ending, if that is one of a picture."""
    stem, dot, ending = name.rpartition(".")
    return stem if dot + ending.lower() in PHOTO_SUFFIXES else name


def _tell_of_strangers(path: Path, strange: Sequence[Row], found: Mapping[str, Row]) -> None:
    first = f"line {strange[0].line}: '{strange[0].file}'"
    if not found:
        raise ValueError(f"{path}: no row names a photo that is there; {first}")
    LOG.warning("%s: %d rows name no photo that is there: %s", path, len(strange), first)


def _rows(path: Path) -> Iterable[Row]:
    lines = _text(path).splitlines()
    header = next((number for number, line in enumerate(lines) if line.strip()), None)
    if header is None:
        raise ValueError(f"{path} is empty; its first line should be: file,split")
    delimiter = max(DELIMITERS, key=lines[header].count)
    reader = csv.reader(lines[header:], delimiter=delimiter)
    columns = [cell.strip().lower() for cell in next(reader)]
    _check_columns(path, header + 1, columns)
    cells = [(header + reader.line_num, values) for values in reader if any(values)]
    _check_notes(path, header + 1, columns, [values for _, values in cells])
    for line, values in cells:
        if any(values[len(columns) :]):
            raise _fault(path, line, f"{len(values)} cells under {len(columns)} columns")
        yield _row(path, line, dict(zip(columns, map(str.strip, values), strict=False)))


def _text(path: Path) -> str:
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _fault(path, line, "not UTF-8; save it as UTF-8") from None


def _check_columns(path: Path, line: int, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in COLUMNS:
            raise _fault(path, line, f"unknown column '{name}'; known: {', '.join(COLUMNS)}")
        if columns.count(name) > 1:
            raise _fault(path, line, f"two columns are called '{name}'")
    if "file" not in columns:
        raise _fault(path, line, f"no column 'file'; there are: {', '.join(columns)}")


def _check_notes(
    path: Path, line: int, columns: Sequence[str], cells: Sequence[Sequence[str]]
) -> None:
    """Refuse notes that are splits under another name: they would be ignored."""
    if "split" in columns:
        return
    for place, name in enumerate(columns):
        said = {row[place].strip().lower() for row in cells if len(row) > place}
        if name in NOTES and said and said <= set(SPLITS):
            raise _fault(path, line, f"column '{name}' says train and val; call it 'split'")


def _row(path: Path, line: int, cells: Mapping[str, str]) -> Row:
    said = cells.get("split", "").lower() or "train"
    if said not in SPLITS:
        raise _fault(path, line, f"unknown split '{cells['split']}'; known: {', '.join(SPLITS)}")
    draws = cells.get("draws", "") or "1"
    if not (draws.isascii() and draws.isdigit()):
        raise _fault(path, line, f"draws is '{draws}'; it is a whole number, 0 or more")
    file = without_suffix(cells["file"].replace("\\", "/").removeprefix("photos/"))
    credit = {name: cells[name] for name in CREDITS if cells.get(name)}
    return Row(line, file, SPLITS[said], int(draws), credit)


def _fault(path: Path, line: int, text: str) -> ValueError:
    return ValueError(f"{path}, line {line}: {text}")
