"""The figures say what they claim to say."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spade.__main__ import main
from spade.data.layouts import find_pairs, large_enough
from spade.evaluate.distances import frechet_distance, kernel_distance
from spade.evaluate.segmenter import accuracy_and_miou, confusion
from spade.model.card import Licence, read_card
from spade.model.features import load_features
from spade.painter import load_painter
from spade.train.export.checkpoint import export
from spade.train.run import train
from tests.spade.training_data import tiny_config, write_pairs


@given(seed=st.integers(0, 1000), count=st.integers(3, 12))
def test_a_set_is_at_distance_zero_from_itself(seed: int, count: int) -> None:
    """The Frechet distance of any set with itself is 0, even with fewer pictures than features."""
    vectors = np.random.default_rng(seed).normal(size=(count, 32))

    assert frechet_distance(vectors, vectors) == pytest.approx(0, abs=1e-6)


def test_frechet_distance_of_normals_is_known() -> None:
    """For N(0, 1) and N(m, s^2) it is m^2 + (1 - s)^2 in each dimension."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(600, 2))
    b = rng.normal(3.0, 2.0, size=(600, 2))

    assert frechet_distance(a, b) == pytest.approx(2 * (9 + 1), rel=0.1)


def test_kernel_distance_is_unbiased_around_zero() -> None:
    """Two samples of one distribution are at distance 0 in the mean; shifted ones are not."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 200, 16))

    assert abs(kernel_distance(a, b)) < 0.05
    assert kernel_distance(a, b + 1) > 1


def test_segmentation_figures_of_a_worked_example() -> None:
    """Three of four pixels right give IoU 1/2 and 2/3; unlabelled pixels do not count."""
    wanted = torch.tensor([0, 0, 1, 1, 2])
    predicted = torch.tensor([0, 1, 1, 1, 0])

    accuracy, miou = accuracy_and_miou(confusion(predicted, wanted, 3, ignored=2))

    assert accuracy == pytest.approx(3 / 4)
    assert miou == pytest.approx((1 / 2 + 2 / 3) / 2)


@pytest.mark.parametrize(
    ("name", "mean", "largest"),
    [("efficientnet-lite0", 0.041010, 4.18148), ("efficientnet-lite2", 0.109160, 3.37934)],
)
def test_features_are_those_of_the_published_network(
    name: str, mean: float, largest: float
) -> None:
    """Folding batch norm keeps the published networks' outputs (largest and mean of a ramp)."""
    ramp = torch.linspace(-1, 1, 3 * 64 * 64).view(1, 3, 64, 64)

    with torch.no_grad():
        vector = load_features(name).embed(ramp)

    assert vector.shape == (1, 1280)
    assert vector.mean().item() == pytest.approx(mean, rel=1e-3)
    assert vector.max().item() == pytest.approx(largest, rel=1e-3)


def test_unknown_features_name_those_known() -> None:
    """A wrong feature network says what can be had."""
    with pytest.raises(ValueError, match="efficientnet-lite0, efficientnet-lite2, vgg19:FILE"):
        load_features("resnet")


@pytest.mark.usefixtures("few_crops")
def test_evaluate_writes_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`evaluate` prints the table with both baselines and keeps the figures on the card."""
    data = write_pairs(tmp_path / "data")
    config = tiny_config()
    train(data, tmp_path / "run", config, torch.device("cpu"))
    export(tmp_path / "run", data, tmp_path / "model", title="T", licence=Licence("x", "", False))
    capsys.readouterr()

    status = main(
        f"evaluate --model {tmp_path}/model --data {data} --write "
        f"--segmenter {tmp_path}/s.pt --segmenter-steps 2 --grid {tmp_path}/grid.jpg "
        "--sizes 96".split()
    )

    out = capsys.readouterr().out
    metrics = read_card(tmp_path / "model").metrics
    table = metrics["table"]
    assert status == 0
    assert "2 steps" in metrics["segmenter"]
    # A doodle stands beside its pictures in four seeds and in every preset.
    presets = len(load_painter(tmp_path / "model").styles)
    with Image.open(tmp_path / "grid.jpg") as sheet:
        assert sheet.width == 128 * max(1 + 4 + presets, 2 * (1 + 4))
    assert "FID (efficientnet-lite2)" in out
    assert list(table) == [
        "model",
        "doodles of the val maps",
        "the same, natural borders",
        "real val photos",
        "label-mean colours",
        "model at 96 pixels",
        "real val photos at 96 pixels",
    ]
    assert re.fullmatch(r"  [a-z-]+: 0\.\d{3} \(0\.\d{3}\)", out.splitlines()[-1])
    # The val photos look more like the training photos than flat colours do.
    assert table["real val photos"]["fid"] < table["label-mean colours"]["fid"]
    assert table["real val photos at 96 pixels"]["fid"] < table["model at 96 pixels"]["fid"]


def test_sizes_without_photos_are_told(tmp_path: Path) -> None:
    """Where no photo is as large as the pictures to measure, evaluation says so and stops."""
    pairs = find_pairs(write_pairs(tmp_path), "val")

    with pytest.raises(ValueError, match="none of 1 photos has a short side of 460 pixels"):
        large_enough(pairs, 460)
