"""Models in memory: within the limit they stay, beyond it the least recently used one leaves."""

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from spade import load_painter
from spade.model.architecture import Architecture
from tests.spade.tiny import draw_map, landscape, save_tiny
from worker.models import ModelCache
from worker.painters import Painter
from worker.service import collecting_later

NAMES = ("one", "two", "three")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save three models of one size with different weights."""
    made = tmp_path_factory.mktemp("models")
    for seed, name in enumerate(NAMES):
        save_tiny(made / name, Architecture(18, ngf=4, crop_size=64), seed=seed)
    return made


class Loads:
    """Load models of a folder, noting which and what was loaded at that moment."""

    def __init__(self, folder: Path) -> None:
        self.names: list[str] = []
        self._folder = folder

    def __call__(self, name: str) -> Painter:
        """Load one."""
        self.names.append(name)
        painter: Painter = load_painter(self._folder / name)
        return painter


def room_for(models: float, folder: Path) -> int:
    """Return the bytes that so many models take."""
    return int(models * load_painter(folder / "one").weight_bytes)


def picture(painter: Painter) -> np.ndarray:
    """Paint one map."""
    label_map = draw_map(landscape(), (64, 64), "blobs", 1).astype(np.uint8)
    return painter.paint([label_map], seeds=[1], style=[None], borders=["drawn"], look=[None])


def test_the_least_recently_used_model_leaves_and_comes_back(folder: Path) -> None:
    """Room for two of three: the one unused for longest goes; back again, it paints the same."""
    load = Loads(folder)
    models = ModelCache(NAMES, load, room_for(2.9, folder))
    for name in NAMES:
        models.get(name)
    first = picture(models.get("one"))
    models.get("two")
    assert tuple(models.loaded()) == ("one", "two")
    models.get("one")
    models.get("three")

    assert tuple(models.loaded()) == ("one", "three")
    assert models.load_s("two") > 0 == models.load_s("one")
    assert np.array_equal(picture(models.get("one")), first)
    assert load.names == ["one", "two", "three", "one", "two", "three"]


def test_weights_never_take_more_than_the_limit(folder: Path) -> None:
    """At each moment that a model comes in, it and those that are still there fit."""
    limit, held = room_for(2.9, folder), [0]

    def load(name: str) -> Painter:
        painter: Painter = load_painter(folder / name)
        held.append(sum(models.loaded().values()) + load_painter(folder / name).weight_bytes)
        return painter

    models = ModelCache(NAMES, load, limit)
    for turn in range(9):
        models.get(NAMES[turn * 2 % 3])

    assert max(held) <= limit
    assert sorted(held)[-1] > limit / 2, "two are held at a time"


def test_what_fits_is_loaded_before_the_first_job(folder: Path) -> None:
    """After each model was loaded once, those that fit together are, the first names first."""
    models = ModelCache(NAMES, Loads(folder), room_for(2.9, folder))
    for name in reversed(NAMES):
        models.get(name)
    models.fill()
    assert tuple(models.loaded()) == ("one", "two")


def test_one_model_always_fits(folder: Path) -> None:
    """A limit below one model still serves one at a time."""
    models = ModelCache(NAMES, Loads(folder), 1)
    models.get("one")
    models.get("two")
    assert tuple(models.loaded()) == ("two",)


def test_without_a_limit_all_stay(folder: Path) -> None:
    """The default keeps every model that was loaded."""
    load = Loads(folder)
    models = ModelCache(NAMES, load)
    for name in (*NAMES, *NAMES):
        models.get(name)
    models.fill()
    assert load.names == list(NAMES)
    assert list(models.loaded()) == list(NAMES)


def test_what_the_collector_left_alone_at_the_start_is_collected_later() -> None:
    """A model that was loaded while the collector rested does not stay when it is unloaded."""

    class Loaded:
        """Stand for a painter that an import's frame holds in a cycle."""

        itself: "Loaded"

    with collecting_later():
        assert not gc.isenabled()
        loaded = Loaded()
        loaded.itself = loaded
        seen = weakref.ref(loaded)
    assert gc.isenabled()

    del loaded
    gc.collect()

    assert seen() is None
