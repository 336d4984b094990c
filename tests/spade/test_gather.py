"""One data set of several: each photo once, and label maps that say what is seen."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spade.data.gather import Pack, gather
from spade.data.layouts import find_pairs
from spade.maps.labels import load_label_set
from tests.spade.training_data import PAIRS, save, write_pairs

LANDSCAPE = load_label_set("landscape")
IDS = {label.name: label.id for label in LANDSCAPE.labels}
SNOW, MOUNTAIN, GRASS = IDS["snow"], IDS["mountain"], IDS["grass"]
UNLABELLED = 182


class Sure:
    """A tracer that sees snow where a photo is bright and grass elsewhere, as surely as told."""

    label_set = LANDSCAPE

    def __init__(self, sure: float = 0.9) -> None:
        self.sure = sure

    def glance(self, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        labels = np.where(photo.min(axis=2) > 150, SNOW, GRASS).astype(np.uint8)
        return labels, np.full(labels.shape, self.sure, dtype=np.float32)


def mottled(seed: int) -> np.ndarray:
    """A photo of soft coloured spots like no other."""
    spots = np.random.default_rng(seed).integers(70, 170, (8, 12, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(spots).resize((96, 64), Image.Resampling.BICUBIC))


def manifest(out: Path) -> dict[str, dict[str, str]]:
    with (out / "manifest.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_each_photo_comes_once_and_val_stays_val(tmp_path: Path) -> None:
    """A photo that is in a second folder too, at another size, is taken from the first alone."""
    own, extra = write_pairs(tmp_path / "own"), tmp_path / "extra"
    for path in (own / "photos").iterdir():
        with Image.open(path) as photo:
            save(extra / "photos" / path.name, np.asarray(photo.resize((200, 150))))
    save(extra / "photos" / "new.png", mottled(1))

    count = gather([own], [], [extra], Pack(tmp_path / "out", 512, 90), Sure())

    rows = manifest(tmp_path / "out")
    assert count == len(rows) == PAIRS + 1
    assert rows["own-004"] == {"file": "own-004", "split": "val", "draws": "1"}
    assert rows["extra-new"]["draws"] == "1"
    assert len(find_pairs(tmp_path / "out", "val")) == 1
    assert len(find_pairs(tmp_path / "out", "train")) == 4 * (PAIRS - 1) + 1


def test_people_who_name_other_things_are_understood(tmp_path: Path) -> None:
    """White mountains become snow, gaps are filled where the tracer is sure, all else stays."""
    own, people = write_pairs(tmp_path / "own"), tmp_path / "people"
    photo = mottled(2).copy()
    photo[:16] = 220
    photo[16:] = photo[16:].clip(max=140)
    labels = np.full(photo.shape[:2], MOUNTAIN, dtype=np.uint8)
    labels[20:24] = UNLABELLED
    save(people / "photos" / "a.png", photo)
    save(people / "labels" / "a.png", labels)

    gather([own], [people], [], Pack(tmp_path / "out", 512, 90), Sure())

    with Image.open(tmp_path / "out" / "labels" / "people-a.png") as picture:
        found = np.asarray(picture)
    assert (found[:15] == SNOW).all()
    assert (found[20:24] == GRASS).all()
    assert (found[24:] == MOUNTAIN).all()


@pytest.mark.parametrize(("sure", "kept"), [(0.9, 1), (0.4, 0)])
def test_what_the_tracer_is_unsure_of_is_left_out(sure: float, kept: int, tmp_path: Path) -> None:
    """Photos without a label map are kept where one can be made."""
    own = write_pairs(tmp_path / "own")
    save(tmp_path / "more" / "photos" / "a.png", mottled(3))

    count = gather([own], [], [tmp_path / "more"], Pack(tmp_path / "out", 512, 90), Sure(sure))

    assert count == PAIRS + kept


def test_photos_are_made_small_with_their_maps(tmp_path: Path) -> None:
    """No short side is longer than asked for, and maps keep exact labels."""
    own = write_pairs(tmp_path / "own")

    gather([own], [], [], Pack(tmp_path / "out", 48, 90), Sure())

    for pair in find_pairs(tmp_path / "out", "val"):
        with Image.open(pair.photo) as photo, Image.open(pair.labels) as labels:
            assert photo.size == labels.size == (64, 48)
            assert set(np.unique(np.asarray(labels))) <= set(IDS.values())
