"""`python -m spade bench`: a table of engines against dense, also as JSON."""

import json
from pathlib import Path

import numpy as np
import pytest

from spade.__main__ import main
from spade.engine.benchmark import convolution_products, random_generator, shapes_like_coco
from spade.engine.cpu.neighbourhoods import find_neighbourhoods
from spade.maps.labels import load_label_set
from spade.model.architecture import Architecture
from tests.spade.tiny import save_tiny


def test_table_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each engine has a row per map with time, ratio to dense, error and peak memory."""
    out = tmp_path / "bench.json"

    size = ["--size", "64", "--ngf", "4", "--rounds", "1", "--maps", "doodle", "noise"]
    size += ["--batch", "1", "2"]

    status = main(["bench", *size, "--json", str(out)])

    rows = json.loads(out.read_text())["rows"]
    assert status == 0
    assert {(row["label_map"], row["batch"], row["engine"]) for row in rows} == {
        (label_map, count, engine)
        for label_map in ("doodle", "noise")
        for count in (1, 2)
        for engine in ("dense", "exact", "fast")
    }
    assert all(row["within_2"] == 1 and row["share"] > 0 for row in rows)
    assert all(row["seconds"] > 0 and row["peak_bytes"] > 0 and row["error"] < 1e-4 for row in rows)
    assert all(row["ratio"] == 1 for row in rows if row["engine"] == "dense")
    assert "matrix product" in capsys.readouterr().out


def test_a_models_pictures_are_timed_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a model there is a row for each size: seconds, processor time and peak memory."""
    architecture = Architecture(18, ngf=4, z_dim=8, use_vae=True, crop_size=64)
    model = save_tiny(tmp_path / "tiny", architecture)

    status = main(["bench", "--model", str(model), "--size", "64", "128", "--rounds", "1"])

    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert status == 0
    assert [row[0] for row in rows] == ["64x64", "128x128"]
    assert all(float(row[1]) >= 0 and float(row[4]) > 10 for row in rows)


def test_coco_like_maps_have_thousands_of_neighbourhoods() -> None:
    """The stand-in for traced maps is as hard as they are: 5,000 to 10,000 at 256x256."""
    label_map = shapes_like_coco(256, load_label_set("coco"))

    found = find_neighbourhoods(label_map.astype(np.int32), 183)

    assert 5_000 <= len(found.outer) <= 10_000


def test_convolutions_are_counted_by_hand() -> None:
    """The lower bound counts the published network's own convolutions: 168 GMAC at 512x512."""
    generator = random_generator(Architecture(18, ngf=4, crop_size=64))
    seed, last = 2 * 2, 64 * 64
    head = 2 * seed * 9 * 64 * 64
    middles = 2 * 2 * 4 * seed * 9 * 64 * 64
    ups = sum(
        seed * 4 ** (level + 2) * (9 * (wide * wide // 2 + wide * wide // 4) + wide * wide // 2)
        for level, wide in enumerate((64, 32, 16, 8))
    )

    assert convolution_products(generator, (64, 64)) == head + middles + ups + last * 9 * 4 * 3
