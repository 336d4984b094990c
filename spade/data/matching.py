"""Which files of two folders belong together, by their names; in doubt, neither."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from spade.data.manifest import PHOTO_SUFFIXES

Files = dict[str, Path]


def find_files(folder: Path, suffix: str = "") -> Files:
    """Return the pictures below a folder, by path without ending and `suffix`; none if it is not.

    Raises:
        ValueError: two files differ in nothing but their endings.
    """
    found: Files = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in PHOTO_SUFFIXES or not path.stem.endswith(suffix):
            continue
        if path.name.startswith("."):  # macOS leaves such beside others' files
            continue
        name = path.relative_to(folder).with_suffix("").as_posix().removesuffix(suffix)
        name = unicodedata.normalize("NFC", name)
        if name in found:
            raise ValueError(f"{found[name]} and {path.name} have one name; keep one of them")
        found[name] = path
    return found


def match(photos: Mapping[str, Path], others: Mapping[str, Path]) -> Files:
    """Return the file of `others` that belongs to each photo, where there is one.

    It is the one at the same place; else, where one side lies in no subfolder, the only one of that
    name, for the only photo of that name.

    Raises:
        ValueError: several photos, or files, of one name, and their places do not tell.
    """
    matched = {name: others[name] for name in photos if name in others}
    left, free = _by_stem(photos, matched), _by_stem(others, matched)
    for stem, names in left.items():
        fits = free.get(stem, [])
        if not fits or stem not in (*names, *fits):  # in subfolders both, and not in the same
            continue
        if len(names) > 1 or len(fits) > 1:
            raise ValueError(
                f"cannot tell which belong together: {_listed(photos, names)}, and "
                f"{_listed(others, fits)}; use the same subfolders on both sides"
            )
        matched[names[0]] = others[fits[0]]
    return matched


def _by_stem(files: Mapping[str, Path], matched: Mapping[str, Path]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in files:
        if name not in matched:
            found[name.rpartition("/")[2]].append(name)
    return found


def _listed(files: Mapping[str, Path], names: list[str]) -> str:
    return ", ".join(str(files[name]) for name in names)
