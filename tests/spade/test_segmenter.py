"""Photos become label maps: only known labels, always the same ones, from a small file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file

from spade.__main__ import main
from spade.maps.labelmap import read_label_map
from spade.model.architecture import Architecture
from spade.model.card import SEGMENTER_FILE, CheckpointError, read_card
from spade.painter import PaintError, load_painter
from spade.segmenter.network import Segmenter, load_segmenter
from tests.spade.tiny import add_segmenter, landscape, save_tiny
from tests.spade.training_data import write_pairs

ARCHITECTURE = Architecture(18, ngf=4, z_dim=6, use_vae=True, crop_size=64)


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Give a picture of soft colours."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny model with a segmenter."""
    return add_segmenter(save_tiny(tmp_path_factory.mktemp("models") / "tiny", ARCHITECTURE))


@pytest.fixture(scope="module")
def segmenter(folder: Path) -> Segmenter:
    """Load it."""
    return load_segmenter(folder)


@settings(max_examples=5, deadline=None)
@given(
    sides=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    size=st.tuples(st.integers(1, 80), st.integers(1, 80)),
)
def test_any_photo_becomes_known_labels(
    segmenter: Segmenter, sides: tuple[int, int], size: tuple[int, int]
) -> None:
    """Shape and type are as promised; "unlabelled" is never an answer; twice gives the same."""
    picture = photo(*sides)

    label_map, sure = segmenter.trace_with_confidence(picture, size)

    assert label_map.shape == sure.shape == size
    assert [a.dtype.name for a in (label_map, sure)] == ["uint8", "float32"]
    assert set(np.unique(label_map)) <= set(landscape().ids) - {landscape().unlabelled_id}
    assert sure.min() > 0
    assert sure.max() <= 1
    assert np.array_equal(segmenter.trace(picture, size), label_map)


def test_left_and_right_are_seen_alike(segmenter: Segmenter) -> None:
    """The mirrored photo has the mirrored label map, but for pixels that are nearly undecided."""
    picture = photo(128, 128)

    here, there = segmenter.trace(picture), segmenter.trace(picture[:, ::-1].copy())

    assert (here == there[:, ::-1]).mean() > 0.98


def test_a_glance_sees_nearly_the_same(segmenter: Segmenter) -> None:
    """One look instead of four gives known labels of the photo's size, and most of them alike."""
    picture = photo(128, 128)

    glimpsed, sure = segmenter.glance(picture)

    assert glimpsed.shape == sure.shape == picture.shape[:2]
    assert landscape().unlabelled_id not in glimpsed
    assert 0 < sure.min() <= sure.max() <= 1
    assert (glimpsed == segmenter.trace(picture)).mean() > 0.5


def test_what_is_no_photo_is_refused(segmenter: Segmenter) -> None:
    """Grey, floating or empty arrays are told by type and shape."""
    wrongs: list[Any] = [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 3)),
        np.zeros((0, 8, 3), np.uint8),
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match="a photo is"):
            segmenter.trace(wrong)


def test_the_file_is_small_and_on_the_card(folder: Path) -> None:
    """Backbone and head lie in half precision, below 8 MiB; the card vouches for them."""
    tensors = load_file(folder / SEGMENTER_FILE)
    card = read_card(folder)

    weights = {name: value for name, value in tensors.items() if "running_" not in name}
    assert {value.dtype for value in weights.values()} == {torch.float16, torch.int64}
    assert (folder / SEGMENTER_FILE).stat().st_size == card.files[SEGMENTER_FILE].bytes < 8 * 2**20
    assert card.abilities["segment"]
    assert card.segmenter == {"recipe": "random weights"}


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """One changed byte is found when the model is loaded, by its SHA-256."""
    folder = add_segmenter(save_tiny(tmp_path / "tiny", ARCHITECTURE))
    data = bytearray((folder / SEGMENTER_FILE).read_bytes())
    data[-1] ^= 1
    (folder / SEGMENTER_FILE).write_bytes(data)

    with pytest.raises(CheckpointError, match=r"segmenter\.safetensors is damaged"):
        load_painter(folder)


def test_a_painter_traces(folder: Path) -> None:
    """The painter of a model with a segmenter gives the segmenter's label map."""
    picture = photo(60, 90)

    traced = load_painter(folder).trace(picture, (64, 96))

    assert np.array_equal(traced, load_segmenter(folder).trace(picture, (64, 96)))


def test_a_model_without_a_segmenter_says_so(tmp_path: Path) -> None:
    """Painter and loader name the model and what is missing."""
    folder = save_tiny(tmp_path / "plain", ARCHITECTURE)

    with pytest.raises(PaintError, match="'plain' cannot trace photos"):
        load_painter(folder).trace(photo(8, 8), (8, 8))
    with pytest.raises(CheckpointError, match="python -m spade segmenter"):
        load_segmenter(folder)


def test_a_segmenter_is_trained_and_taken_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Training writes file and figures; another model of the same labels can take both over."""
    data = write_pairs(tmp_path / "data")
    first, second = (save_tiny(tmp_path / name, ARCHITECTURE) for name in ("first", "second"))

    assert main(f"segmenter --model {first} --data {data} --steps 2".split()) == 0
    assert main(f"segmenter --model {second} --take-from {first}".split()) == 0

    card = read_card(first)
    assert card.segmenter["photos"] == 4
    assert 0 <= card.segmenter["accuracy"] <= 1
    assert card.segmenter == read_card(second).segmenter
    assert card.files[SEGMENTER_FILE] == read_card(second).files[SEGMENTER_FILE]
    assert "IoU by label" in capsys.readouterr().out


def test_a_folder_of_photos_is_traced(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each photo gets its label map and confidence; a broken file is named and skipped."""
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.fromarray(photo(40, 60)).save(photos / "a.jpg")
    (photos / "b.jpg").write_bytes(b"no picture")

    status = main(
        f"trace {photos} -o {tmp_path}/maps --model {folder} --confidence --unsure 1.1".split()
    )

    assert status == 1
    assert "b.jpg" in capsys.readouterr().err
    label_map = read_label_map((tmp_path / "maps" / "a.png").read_bytes(), landscape())
    assert label_map.shape == (40, 60)
    assert (label_map == landscape().unlabelled_id).all()  # nothing is as sure as that
    with Image.open(tmp_path / "maps" / "a.confidence.png") as grey:
        assert (grey.mode, grey.size) == ("L", (60, 40))


def test_photos_of_little_confidence_get_no_label_map(folder: Path, tmp_path: Path) -> None:
    """With --keep, a folder of photos gets label maps only where the model is sure enough."""
    source = tmp_path / "photo.png"
    Image.fromarray(photo(40, 60)).save(source)
    for keep, kept in ((1.1, False), (0.0, True)):
        out = tmp_path / f"maps-{keep}"
        assert main(f"trace {source} -o {out} --model {folder} --keep {keep}".split()) == 0
        assert (out / "photo.png").exists() is kept


def test_photos_that_are_screened_out_are_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --screen, a dark photo gets no label map, and the reason is told."""
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (96, 64), (9, 12, 30)).save(photos / "night.png")
    arguments = f"trace {photos} -o {tmp_path}/maps --model {folder} --screen".split()
    assert main(arguments) == 0
    assert "left out: it is too dark" in capsys.readouterr().out
    assert list((tmp_path / "maps").iterdir()) == []
