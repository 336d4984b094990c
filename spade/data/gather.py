"""One data set out of several folders: no photo twice, label maps completed, small enough to carry.

Photos without a label map get one from a segmenter, where it is sure of it; so do unlabelled
pixels of people's label maps.
"""

import csv
import errno
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from spade.data.files import LIMITS, read_pair
from spade.data.layouts import Pair, find_pairs
from spade.data.matching import find_files
from spade.data.screening import fault_of
from spade.data.twins import later_twins
from spade.maps.labelmap import write_label_map
from spade.maps.labels import LabelSet
from spade.maps.photos import read_photo

LOG = logging.getLogger(__name__)
# A photo without label map is kept where the segmenter is that sure of it on average; pixels
# that it is less sure of than UNSURE stay unlabelled, and of people's maps those below FILLED.
KEPT, UNSURE, FILLED = 0.62, 0.3, 0.5
# More of a map than this without label: the picture would be about something that has no name.
UNNAMED = 0.12
# Mountains brighter than WHITE with colours less than GREY apart may be snow: the segmenter says.
WHITE, GREY = 150, 60
DRAWS = {"own": 4, "people": 2}
LOGGED_EVERY = 100
# What goes wrong with the new set, not with a photo.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG)

Pixels = npt.NDArray[np.uint8]


class Tracer(Protocol):
    """What labels photos, see `spade.segmenter.network.Segmenter`."""

    label_set: LabelSet

    def glance(self, photo: Pixels) -> tuple[Pixels, npt.NDArray[np.float32]]:
        """Return label ids and how sure they are, both of the photo's size."""


@dataclass(frozen=True)
class Source:
    """A photo on its way into the set, called `name` there; `kind` is own, people or traced."""

    pair: Pair | None
    photo: Path
    name: str
    split: str
    kind: str
    draws: int = 1


@dataclass(frozen=True)
class Pack:
    """How the set is written: photos' largest short side in pixels, and their JPEG quality."""

    out: Path
    side: int
    quality: int


def gather(
    own: Sequence[Path], people: Sequence[Path], unlabelled: Sequence[Path], pack: Pack,
    tracer: Tracer,
) -> int:  # fmt: skip
    """Write `photos/`, `labels/` and `manifest.csv`, and return how many pairs they are.

    The manifest's column `draws` says how often training takes a photo for each time it takes one
    that was traced. Photos that are there already are not traced again, so that the command goes
    on where it was interrupted.

    Args:
        own: data sets (see `spade.data.layouts`) whose maps are kept as they are; the first one's
            `val` split stays val.
        people: data sets with label maps of other habits: unlabelled pixels and whitish mountains
            get the tracer's label where it is sure.
        unlabelled: folders with photos that have no label map in any of the others.

    A file that cannot be read is told and left out.

    Raises:
        ValueError: no known layout, no pairs, or two photos of one name.
    """
    rows: list[dict[str, str]] = []
    sources = list(_sources(own, people, unlabelled))
    _check_names(sources)
    twins = later_twins([source.photo for source in sources])
    for number, source in enumerate(sources):
        if number % LOGGED_EVERY == 0:
            LOG.info("%d of %d photos, %d kept", number, len(sources), len(rows))
        if source.photo in twins:
            continue
        try:
            kept = _pack(source, pack, tracer)
        except (OSError, ValueError, SyntaxError) as error:
            if isinstance(error, OSError) and error.errno in FULL:
                raise
            LOG.warning("leaving out %s: %s", source.photo, error)
            continue
        if kept:
            rows.append({"file": source.name, "split": source.split, "draws": str(source.draws)})
    with (pack.out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "split", "draws"])
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _sources(
    own: Sequence[Path], people: Sequence[Path], unlabelled: Sequence[Path]
) -> Iterator[Source]:
    for pair in find_pairs(own[0], "val"):
        yield Source(pair, pair.photo, _name(own[0], pair.name), "val", "own")
    known = set()
    for kind, roots in (("own", own), ("people", people)):
        for root in roots:
            for pair, draws in _weighed(find_pairs(root, "train"), DRAWS[kind]):
                known.add(pair.photo)
                yield Source(pair, pair.photo, _name(root, pair.name), "train", kind, draws)
    for root in unlabelled:
        if not (root / "photos").is_dir():
            raise ValueError(f"{root} has no folder photos/ whose photos could be traced")
        for name, photo in find_files(root / "photos").items():
            if photo not in known:
                yield Source(None, photo, _name(root, name), "train", "traced")


def _name(root: Path, name: str) -> str:
    return f"{root.absolute().name}-{name.replace('/', '-')}"


def _check_names(sources: Sequence[Source]) -> None:
    first: dict[str, Path] = {}
    for source in sources:
        if first.setdefault(source.name, source.photo) != source.photo:
            raise ValueError(
                f"{first[source.name]} and {source.photo} would both be called '{source.name}'; "
                "rename one of their folders"
            )


def _weighed(pairs: list[Pair], draws: int) -> list[tuple[Pair, int]]:
    """Return each pair once with its draws: the given, or its own in a set that was gathered."""
    counts = Counter(pairs)
    gathered = len(counts) < len(pairs)
    return [(pair, count if gathered else draws) for pair, count in counts.items()]


def _pack(source: Source, pack: Pack, tracer: Tracer) -> bool:
    """Write one pair if it is to be kept, and say whether it is."""
    target = pack.out / "labels" / f"{source.name}.png"
    if target.is_file():
        return True
    refused = pack.out / "refused" / source.name
    if refused.is_file():
        return False
    photo, own = _read(source, tracer.label_set)
    photo = _shrunk(photo, pack.side)
    labels = _labels(source, own, np.asarray(photo), tracer)
    if labels is None:
        refused.parent.mkdir(parents=True, exist_ok=True)
        refused.touch()
        return False
    (pack.out / "photos").mkdir(parents=True, exist_ok=True)
    photo.save(pack.out / "photos" / f"{source.name}.jpg", quality=pack.quality)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(write_label_map(labels, tracer.label_set))
    return True


def _read(source: Source, label_set: LabelSet) -> tuple[Image.Image, Image.Image | None]:
    if source.pair is not None:
        return read_pair(source.pair, label_set)[:2]
    return Image.fromarray(read_photo(source.photo.read_bytes(), LIMITS)), None


def _labels(
    source: Source, own: Image.Image | None, photo: Pixels, tracer: Tracer
) -> Pixels | None:
    if own is None:
        return _traced(photo, tracer)
    size = (photo.shape[1], photo.shape[0])
    labels = np.array(own.resize(size, Image.Resampling.NEAREST))
    return labels if source.kind == "own" else _completed(labels, photo, tracer)


def _traced(photo: Pixels, tracer: Tracer) -> Pixels | None:
    if fault_of(photo):
        return None
    labels, sure = tracer.glance(photo)
    nameless = tracer.label_set.unlabelled_id
    if sure.mean() < KEPT or (sure < UNSURE).mean() > UNNAMED or nameless is None:
        return None
    return np.where(sure < UNSURE, np.uint8(nameless), labels)


def _completed(labels: Pixels, photo: Pixels, tracer: Tracer) -> Pixels | None:
    """Let the tracer name what people left open, and tell snow on mountains."""
    found, sure = tracer.glance(photo)
    ids = {label.name: label.id for label in tracer.label_set.labels}
    nameless = tracer.label_set.unlabelled_id
    whitish = (photo.min(axis=2) > WHITE) & (np.ptp(photo, axis=2) < GREY)
    snowy = (labels == ids.get("mountain", -1)) & whitish & (found == ids.get("snow", -1))
    open_ = (labels == nameless) & (sure >= FILLED)
    completed = np.where(snowy | open_, found, labels)
    return completed if (completed == nameless).mean() <= UNNAMED else None


def _shrunk(photo: Image.Image, side: int) -> Image.Image:
    factor = min(1.0, side / min(photo.size))
    size = (round(photo.width * factor), round(photo.height * factor))
    return photo.resize(size, Image.Resampling.LANCZOS)
