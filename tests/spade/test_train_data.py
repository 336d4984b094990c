"""Training pairs: found in every layout, cut alike, and harmless where they are damaged."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from spade.data.augmentation import Augmentation
from spade.data.layouts import find_pairs
from spade.data.pairs import PairDataset
from spade.data.simplify import simplify
from spade.maps.labels import load_label_set
from spade.train.judges.diffaugment import POLICIES, augment
from tests.spade.training_data import PAIRS, save, write_pairs

LANDSCAPE = load_label_set("landscape")
PHOTO = np.zeros((32, 48, 3), dtype=np.uint8)
LABELS = np.full((32, 48), 156, dtype=np.uint8)

LAYOUTS = {
    "coco": ("train_img/a.jpg", "train_label/a.png", "train_inst/a.png"),
    "ade20k": ("images/training/x/a.jpg", "annotations/training/x/a.png", None),
    "cityscapes": (
        "leftImg8bit/train/ulm/ulm_1_leftImg8bit.png",
        "gtFine/train/ulm/ulm_1_gtFine_labelIds.png",
        "gtFine/train/ulm/ulm_1_gtFine_instanceIds.png",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_known_layouts_are_found(name: str, tmp_path: Path) -> None:
    """Photos, label maps and instance maps of the public data sets are paired by name."""
    photo, labels, instances = LAYOUTS[name]
    save(tmp_path / photo, PHOTO)
    save(tmp_path / labels, LABELS)
    if instances:
        save(tmp_path / instances, LABELS)

    (pair,) = find_pairs(tmp_path, "train")

    assert pair.photo == tmp_path / photo
    assert pair.labels == tmp_path / labels
    assert pair.instances == (tmp_path / instances if instances else None)


def test_manifest_decides_the_split(tmp_path: Path) -> None:
    """A manifest's split column is obeyed, so that val photos are never trained on."""
    write_pairs(tmp_path)
    (tmp_path / "manifest.csv").write_text("file,split\n000,val\n001,train\n")

    assert [pair.photo.stem for pair in find_pairs(tmp_path, "val")] == ["000"]
    assert len(find_pairs(tmp_path, "train")) == PAIRS - 1


def test_unknown_layout_names_those_that_are_known(tmp_path: Path) -> None:
    """A folder without pairs says what it should contain."""
    with pytest.raises(ValueError, match="photos \\+ labels"):
        find_pairs(tmp_path, "train")


def test_an_item_is_a_function_of_seed_and_index(tmp_path: Path) -> None:
    """The same index gives the same crop, in any process, so that a run can be resumed."""
    pairs = find_pairs(write_pairs(tmp_path), "train")
    first, second = (PairDataset(pairs, LANDSCAPE, (64, 64), Augmentation(), seed=3) for _ in "ab")
    other = PairDataset(pairs, LANDSCAPE, (64, 64), Augmentation(), seed=4)

    assert torch.equal(first[7]["photo"], second[7]["photo"])
    assert not torch.equal(first[7]["photo"], other[7]["photo"])


def test_photo_and_labels_are_cut_at_the_same_place(tmp_path: Path) -> None:
    """After every augmentation a pixel's colour still belongs to its label."""
    pairs = find_pairs(write_pairs(tmp_path), "train")
    augmentation = Augmentation(colour=0.0, simplify=0.0)
    dataset = PairDataset(pairs, LANDSCAPE, (64, 64), augmentation, length=20)
    colours = torch.from_numpy(np.random.default_rng(99).integers(0, 256, (256, 3)))

    for index in range(20):
        item = dataset[index]
        wanted = colours[LANDSCAPE.ids[item["channels"].numpy()].astype(int)].permute(2, 0, 1)
        difference = ((item["photo"] + 1) * 127.5 - wanted.clamp(0, 255)).abs()
        assert difference.median() < 25


def test_damaged_files_are_reported_and_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A cut-off photo costs a warning, not the run."""
    pairs = find_pairs(write_pairs(tmp_path), "train")
    pairs[0].photo.write_bytes(pairs[0].photo.read_bytes()[:500])
    dataset = PairDataset(pairs, LANDSCAPE, (64, 64), Augmentation(), length=40)

    with caplog.at_level(logging.WARNING):
        items = [dataset[index] for index in range(40)]

    assert len(items) == 40
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        f"skipping {pairs[0].photo}"
    ]


def test_decoded_pairs_stay_in_memory_up_to_a_bound(tmp_path: Path) -> None:
    """A pair is read once while the bytes of the latest fit, and anew when they do not."""
    pairs = find_pairs(write_pairs(tmp_path), "train")[:2]
    one_pair = 96 * 128 * (4 + 1)
    roomy, tight = (
        PairDataset(pairs, LANDSCAPE, (64, 64), None, cached_bytes=count * one_pair)
        for count in (2, 1)
    )
    before = [(dataset[0], dataset[1])[0]["photo"] for dataset in (roomy, tight)]
    save(pairs[0].photo, np.zeros((96, 128, 3), dtype=np.uint8))

    assert torch.equal(roomy[0]["photo"], before[0])
    assert not torch.equal(tight[0]["photo"], before[1])


def test_foreign_label_ids_are_refused_by_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Labels that the set lacks are never trained on as something else."""
    pairs = find_pairs(write_pairs(tmp_path), "train")
    save(pairs[0].labels, np.full((96, 128), 3, dtype=np.uint8))
    dataset = PairDataset(pairs, LANDSCAPE, (64, 64), None)

    dataset[0]

    assert "[3]" in caplog.text


@given(
    channels=npst.arrays(np.int16, (24, 32), elements=st.integers(0, 18)),
    seed=st.integers(0, 100),
)
def test_simplified_maps_invent_no_label(channels: np.ndarray, seed: int) -> None:
    """Smoothing and straightening move borders; they never bring a label that was not there."""
    result = simplify(channels, np.random.default_rng(seed))

    assert result.shape == channels.shape
    assert set(np.unique(result)) <= set(np.unique(channels))


@pytest.mark.parametrize("policy", POLICIES)
def test_augmentation_lets_gradients_through(policy: str) -> None:
    """Each policy keeps the shape, changes the picture and stays differentiable."""
    torch.manual_seed(1)
    pictures = torch.rand(2, 3, 16, 16, requires_grad=True)
    planes = torch.rand(2, 5, 16, 16)

    (out, _), moved = augment([pictures, pictures], planes, policy)
    out.sum().backward()  # type: ignore[no-untyped-call]

    assert out.shape == pictures.shape
    assert moved.shape == planes.shape
    assert pictures.grad is not None
    assert pictures.grad.abs().sum() > 0
    assert not torch.equal(out, pictures)


def test_labels_are_moved_with_their_picture() -> None:
    """What translation brings in is empty, and each picture's planes go the same way."""
    torch.manual_seed(1)
    pictures = torch.rand(8, 3, 16, 24) + 1

    (out,), moved = augment([pictures], pictures.clone(), "translation")

    assert torch.equal(out, moved)
    kept = (out > 0).flatten(1).sum(dim=1) / pictures[0].numel()
    assert kept.min() >= (1 - 2 / 16) * (1 - 3 / 24)
    assert len({tuple(image.flatten().tolist()) for image in out > 0}) > 4


@pytest.mark.parametrize("policy", POLICIES)
def test_a_photo_and_its_picture_are_changed_alike(policy: str) -> None:
    """Feature matching compares them place by place, so one must not be moved without the other."""
    torch.manual_seed(1)
    photos = torch.rand(8, 3, 16, 24)

    (out, painted), _ = augment([photos, photos.clone()], photos[:, :1], policy)

    assert torch.equal(out, painted)
