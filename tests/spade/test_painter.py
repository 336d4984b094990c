"""The library's face: seeds, styles, sizes and errors of a loaded painter."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spade import load_painter
from spade.maps.pictures import LabelMapError
from spade.model.architecture import Architecture
from spade.painter import Painter, PaintError
from tests.spade.tiny import draw_map, landscape, save_tiny

PLAIN = Architecture(18, ngf=4, crop_size=64)
VAE = Architecture(18, ngf=4, z_dim=6, use_vae=True, crop_size=64)
EDGES = Architecture(18, ngf=4, crop_size=64, instance_edges=True)

NOISE = Architecture(18, ngf=4, crop_size=64, noise=True)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a model of each ability."""
    folder = tmp_path_factory.mktemp("models")
    save_tiny(folder / "plain", PLAIN)
    save_tiny(folder / "vae", VAE, encoder=True)
    save_tiny(folder / "preset", VAE)
    save_tiny(folder / "edges", EDGES)
    save_tiny(folder / "noise", NOISE)
    return folder


@pytest.fixture(scope="module")
def vae(models: Path) -> Painter:
    """Load the model with styles."""
    return load_painter(models / "vae")


def maps(count: int, size: tuple[int, int] = (64, 64)) -> np.ndarray:
    return np.stack([draw_map(landscape(), size, "blobs", seed) for seed in range(count)])


def test_importing_spade_leaves_torch_out() -> None:
    """The package and its card can be read without loading PyTorch."""
    code = (
        "import spade, spade.model.card, spade.maps.labelmap, sys; sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_facts(vae: Painter) -> None:
    """A painter says what it takes."""
    assert vae.native_size == (64, 64)
    assert vae.label_set.name == "landscape"
    assert vae.abilities == {
        "seed": True, "style": True, "style_image": True, "instances": False,
        "natural_borders": True,
    }  # fmt: skip
    assert vae.styles == ("dawn",)
    assert vae.weight_bytes > 100_000


def test_shapes_and_ranges(vae: Painter) -> None:
    """generate gives floats in [-1, 1], paint the same picture in levels."""
    floats = vae.generate(maps(2), seeds=[1, 2])
    levels = vae.paint(maps(2), seeds=[1, 2])

    assert floats.shape == (2, 3, 64, 64)
    assert floats.dtype == np.float32
    assert np.abs(floats).max() <= 1
    assert levels.shape == (2, 64, 64, 3)
    assert levels.dtype == np.uint8
    assert np.abs(levels.transpose(0, 3, 1, 2) / 127.5 - 1 - floats).max() <= 0.5 / 127.5 + 1e-6


def test_seed_and_style_decide(vae: Painter) -> None:
    """The same seed and style give the same picture, another seed or style another."""
    one = maps(1)
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    styles: list[Any] = [None, "dawn", picture]
    painted = [
        vae.paint(one, seeds=None if seed is None else [seed], style=style)
        for style in styles
        for seed in (None, 1, 2)
    ]
    again = vae.paint(one, seeds=[2], style="dawn")

    assert np.array_equal(again, painted[5])
    assert len({picture.tobytes() for picture in painted}) == len(painted)


def test_noise_follows_from_the_seed(models: Path) -> None:
    """A model with noise and no style paints by seed: the same again, and another for another."""
    painter = load_painter(models / "noise")
    label_map = draw_map(landscape(), (64, 64), "flat", 1)[None]
    first, again, other = (painter.paint(label_map, seeds=[seed]) for seed in (5, 5, 6))
    assert painter.abilities["seed"]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_model_without_styles_takes_none_per_item(models: Path) -> None:
    """As the worker asks: one None for each item is no style, and a name among them is refused."""
    painter = load_painter(models / "plain")
    assert np.array_equal(painter.paint(maps(2), style=[None, None]), painter.paint(maps(2)))
    with pytest.raises(PaintError, match="has no style"):
        painter.paint(maps(2), style=[None, "dawn"])


def test_styles_per_item(vae: Painter) -> None:
    """Styles given item by item are those given one by one."""
    two = maps(2)
    both = vae.paint(two, seeds=[3, 4], style=["dawn", None])

    assert np.array_equal(both[:1], vae.paint(two[:1], seeds=[3], style="dawn"))
    assert np.array_equal(both[1:], vae.paint(two[1:], seeds=[4]))


def test_other_sizes_with_a_style(vae: Painter) -> None:
    """A model with a VAE paints other sizes too, up to its largest."""
    assert vae.paint(maps(1, (128, 96)), seeds=[1]).shape == (1, 128, 96, 3)


def test_instances_change_the_picture(models: Path) -> None:
    """Instance borders are an input; without instances the borders of labels are taken."""
    painter = load_painter(models / "edges")
    one = maps(1)
    halves = np.zeros((1, 64, 64), np.int64)
    halves[:, :, 32:] = 70_000

    assert np.array_equal(painter.generate(one), painter.generate(one, instances=one))
    assert not np.array_equal(painter.generate(one), painter.generate(one, instances=halves))


@pytest.mark.parametrize(
    ("model", "arguments", "told"),
    [
        ("plain", {"label_maps": np.zeros((1, 60, 64), int)}, "60x64 is not a multiple of 32"),
        (
            "plain",
            {"label_maps": np.full((1, 160, 64), 156)},
            "160x64 is above this model's 128x128",
        ),
        ("plain", {"label_maps": np.full((64, 64), 156)}, r"integers \[N, H, W\]"),
        ("plain", {"label_maps": np.full((1, 64, 64), 156.0)}, "not float64"),
        ("plain", {"label_maps": np.full((1, 64, 64), 999)}, "label ids are 0 to 255"),
        ("plain", {"style": "dawn"}, "model 'plain' has no style"),
        ("plain", {"seeds": [1, 2]}, "2 seeds for 1 label maps"),
        ("vae", {"style": "dusk"}, "no style 'dusk'; this model has: dawn"),
        ("vae", {"style": ["dawn", "dawn"]}, "2 styles for 1 label maps"),
        ("vae", {"seeds": [-1]}, "seed -1 is outside"),
        ("vae", {"seeds": [2**63]}, "is outside 0 to"),
        ("vae", {"z": np.zeros((1, 5))}, r"z is \(1, 5\), should be \(1, 6\)"),
        ("vae", {"z": np.zeros((1, 6)), "seeds": [1]}, "either z, or seeds and style"),
        ("vae", {"style": np.zeros((4, 4), np.uint8)}, r"uint8 \[h, w, 3\]"),
        ("preset", {"style": np.zeros((4, 4, 3), np.uint8)}, "takes no style picture"),
        ("edges", {"instances": np.zeros((1, 32, 64))}, "instances are"),
    ],
)
def test_unfit_arguments_are_told(
    model: str, arguments: dict[str, Any], told: str, models: Path
) -> None:
    """What cannot be painted is an error with value and limit."""
    painter = load_painter(models / model)

    with pytest.raises(PaintError, match=told):
        painter.generate(**{"label_maps": np.full((1, 64, 64), 156)} | arguments)


def test_unknown_labels_are_refused(models: Path) -> None:
    """A label id that the model lacks is named, not painted as something else."""
    with pytest.raises(LabelMapError, match=r"3 \(4096 pixels\)"):
        load_painter(models / "plain").generate(np.full((1, 64, 64), 3))


def test_unknown_engine() -> None:
    """An engine that does not exist is named with those that do."""
    with pytest.raises(ValueError, match="no engine 'quick'; known: exact, fast, dense"):
        load_painter("nowhere", engine="quick")  # type: ignore[arg-type]


def test_threads_may_share_a_painter(vae: Painter) -> None:
    """Calls from several threads give the pictures that calls in turn give."""
    batches = maps(4)
    wanted = [vae.paint(batches[i : i + 1], seeds=[i]) for i in range(4)]
    got: dict[int, np.ndarray] = {}

    def work(index: int) -> None:
        got[index] = vae.paint(batches[index : index + 1], seeds=[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(np.array_equal(got[index], wanted[index]) for index in range(4))
