"""Training: every configuration learns, and nothing that befalls a run costs its progress."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spade import load_painter
from spade.data.layouts import find_pairs, find_train_pairs
from spade.evaluate.segmenter import load_or_train_segmenter
from spade.maps.labels import load_label_set
from spade.model.card import Licence
from spade.model.generator import Generator
from spade.model.noise import draw_noise
from spade.model.pyramid import LabelPyramid
from spade.pieces import join_folder, split_folder
from spade.train.config import CONFIGS, TrainConfig, load_config
from spade.train.export import export
from spade.train.grow import grow
from spade.train.networks import folded
from spade.train.run import TrainingDivergedError, train
from spade.train.select import SEGMENTER, read_best
from spade.train.state import load_state, read_pointer
from spade.train.step import Trainer
from tests.spade.training_data import save, tiny_config, write_pairs

CPU = torch.device("cpu")


def curve(run: Path) -> list[dict[str, float]]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k != "images_per_s"} for row in rows]


def weights(run: Path, config: TrainConfig) -> dict[str, torch.Tensor]:
    trainer = Trainer(config, CPU)
    load_state(run, trainer)
    return dict(trainer.networks.averaged.state_dict())


def test_a_piece_ends_by_the_clock_and_goes_on_elsewhere(tmp_path: Path) -> None:
    """A run that time cut and that was carried to another machine is the run nobody cut."""
    config = tiny_config(steps=3, save_every=100)
    data = write_pairs(tmp_path / "data")

    assert train(data, tmp_path / "here", config, CPU, limit_s=1e-9) == 1
    split_folder(tmp_path / "here", tmp_path / "pieces")
    join_folder(tmp_path / "pieces", tmp_path / "there")
    assert train(data, tmp_path / "there", config, CPU, limit_s=3600) == 3

    train(data, tmp_path / "whole", config, CPU)
    whole = weights(tmp_path / "whole", config)
    for name, value in weights(tmp_path / "there", config).items():
        assert torch.equal(value, whole[name]), name


@pytest.mark.parametrize("name", CONFIGS)
def test_every_configuration_trains(name: str, tmp_path: Path) -> None:
    """Two steps of each configuration move every network and give finite losses."""
    config = tiny_config(name, sample_every=2)
    data = write_pairs(tmp_path / "data", config.label_set)
    if config.architecture.instance_edges:
        for path in (data / "labels").iterdir():
            save(
                data / "instances" / path.name,
                np.random.default_rng(1).integers(0, 3, (96, 128)).astype(np.uint8),
            )
    before = Trainer(config, CPU).networks.state()

    assert train(data, tmp_path / "run", config, CPU) == 2

    trainer = Trainer(config, CPU)
    load_state(tmp_path / "run", trainer)
    for network, tensors in trainer.networks.state().items():
        moved = [k for k, v in tensors.items() if not torch.equal(v, before[network][k])]
        assert len(moved) > len(tensors) / 3, network
    assert all(np.isfinite(list(row.values())).all() for row in curve(tmp_path / "run"))
    assert (tmp_path / "run" / "samples-0000002.jpg").is_file()


def test_more_data_is_trained_on_too(tmp_path: Path) -> None:
    """Pairs of further folders are drawn for training, beside those of the first."""
    data, more = write_pairs(tmp_path / "data"), write_pairs(tmp_path / "more", size=(72, 96))
    pairs = find_train_pairs(data, [more])
    assert len(pairs) == len(find_pairs(data, "train")) + len(find_pairs(more, "train"))
    config = tiny_config(steps=2)
    alone, both = tmp_path / "alone", tmp_path / "both"
    train(data, alone, config, CPU)
    train(data, both, config, CPU, more_data=[more])
    assert curve(alone) != curve(both)


def test_the_best_weights_are_kept_and_patience_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run keeps what measured best, ends when nothing better comes, and exports the best."""
    data = write_pairs(tmp_path / "data")
    monkeypatch.setattr("spade.evaluate.measure.CROPS_PER_PHOTO", 4)
    config = tiny_config(steps=40, measure_every=1, patience=2, generator_lr=0.3)
    pairs, labels = find_pairs(data, "train"), load_label_set("landscape")
    load_or_train_segmenter(tmp_path / "run" / SEGMENTER, pairs, labels, config.features, steps=2)

    step = train(data, tmp_path / "run", config, CPU)

    rows = [row for row in curve(tmp_path / "run") if "val_fid" in row]
    scores = [row["val_fid"] * (1 - row["val_miou"]) for row in rows]
    best = int(np.argmin(scores)) + 1
    assert step == best + 2 < 40
    facts = read_best(tmp_path / "run")
    assert facts is not None
    assert facts["step"] == best
    licence = Licence("none", "A test's weights.", commercial=False)
    card = export(
        tmp_path / "run", data, tmp_path / "model", title="Tiny", licence=licence, best=True
    )
    assert card.training["steps"] == best


def test_a_model_with_instance_edges_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The val split's pictures get the borders between labels where the model has edges."""
    data = write_pairs(tmp_path / "data", "coco")
    monkeypatch.setattr("spade.evaluate.measure.CROPS_PER_PHOTO", 4)
    config = tiny_config("coco", steps=1, measure_every=1)
    assert config.architecture.instance_edges
    pairs, labels = find_pairs(data, "train"), load_label_set("coco")
    load_or_train_segmenter(tmp_path / "run" / SEGMENTER, pairs, labels, config.features, steps=1)
    for path in (data / "labels").iterdir():
        save(data / "instances" / path.name, np.zeros((96, 128), dtype=np.uint8))

    train(data, tmp_path / "run", config, CPU)

    assert read_best(tmp_path / "run") is not None


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    """Stopping after two steps and going on gives the losses and weights of four in a row."""
    data = write_pairs(tmp_path / "data")
    config = tiny_config(steps=4)
    train(data, tmp_path / "whole", config, CPU)

    train(data, tmp_path / "parts", replace(config, steps=2, lr_decay_from=1.2), CPU)
    train(data, tmp_path / "parts", config, CPU)

    for a, b in zip(curve(tmp_path / "whole"), curve(tmp_path / "parts"), strict=True):
        assert b == pytest.approx(a, rel=2e-2, abs=2e-3)
    other = weights(tmp_path / "parts", config)
    for name, value in weights(tmp_path / "whole", config).items():
        torch.testing.assert_close(other[name], value, rtol=5e-2, atol=5e-3)


def test_a_killed_run_goes_on_from_its_last_save(tmp_path: Path) -> None:
    """kill -9 in mid-run loses at most the steps since the last save, never the run."""
    data = write_pairs(tmp_path / "data")
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(tiny_config(steps=400, save_every=1).to_json()))
    command = [sys.executable, "-m", "spade", "train", "--data", str(data)]
    command += ["--out", str(tmp_path / "run"), "--config", str(file), "--device", "cpu"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        stderr = process.stderr
        assert stderr is not None
        for _ in iter(lambda: stderr.read(80), ""):
            pointer = read_pointer(tmp_path / "run")
            if pointer is not None and pointer["step"] >= 3:
                break
        os.kill(process.pid, signal.SIGKILL)
    saved = read_pointer(tmp_path / "run")
    assert saved is not None

    step = train(data, tmp_path / "run", tiny_config(steps=saved["step"] + 2), CPU)

    assert step == saved["step"] + 2


def test_a_full_disk_costs_a_save_not_the_run(tmp_path: Path) -> None:
    """When states cannot be written the run says so and goes on, and the old state stays."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(steps=2), CPU)
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(tiny_config(steps=6).to_json()))
    limited = (
        "import resource, sys; from spade.__main__ import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limited, "train", "--data", str(data), "--device", "cpu"]
    command += ["--out", str(tmp_path / "run"), "--config", str(file)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    pointer = read_pointer(tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "cannot save at step 6" in done.stderr
    assert pointer is not None
    assert pointer["step"] == 2
    assert load_state(tmp_path / "run", Trainer(tiny_config(), CPU)) == 2


def test_a_diverged_run_stops_and_keeps_the_last_good_state(tmp_path: Path) -> None:
    """A loss that is not a number ends the run with a remedy; the saved state is from before."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(steps=2), CPU)
    wild = replace(tiny_config(steps=20), generator_lr=float("inf"))

    with pytest.raises(TrainingDivergedError, match="lower the learning rates"):
        train(data, tmp_path / "run", wild, CPU)

    pointer = read_pointer(tmp_path / "run")
    assert pointer is not None
    assert pointer["step"] == 2


def test_other_networks_are_refused_for_an_old_run(tmp_path: Path) -> None:
    """A run is never continued with networks of another shape."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(), CPU)

    with pytest.raises(ValueError, match="ndf 4, not 8"):
        train(data, tmp_path / "run", tiny_config(ndf=8, steps=4), CPU)


def test_missing_pieces_of_a_state_are_named(tmp_path: Path) -> None:
    """A state that was copied in part says which files are missing."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(), CPU)
    (tmp_path / "run" / "state-00000002.00").unlink()

    with pytest.raises(ValueError, match=r"lacks state-00000002\.00"):
        load_state(tmp_path / "run", Trainer(tiny_config(), CPU))


def test_an_exported_run_paints(tmp_path: Path) -> None:
    """The checkpoint of a run loads, paints at the native size, and knows its styles."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(native_size=(128, 128)), CPU)

    export(
        tmp_path / "run", data, tmp_path / "model", title="Tiny", licence=Licence("CC0", "", True)
    )

    painter = load_painter(tmp_path / "model")
    label_map = np.full((1, 128, 128), 156)
    assert painter.native_size == (128, 128)
    assert set(painter.styles) == {"day", "golden-hour", "dusk", "mist", "winter"}
    pictures = [painter.paint(label_map, seeds=[seed]) for seed in (1, 1, 2)]
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[0] != pictures[2]).any()
    assert painter.paint(label_map, style="dusk").shape == (1, 128, 128, 3)


def test_growing_changes_nothing_but_the_native_size() -> None:
    """A grown generator paints what the small one paints when asked for the larger size."""
    torch.manual_seed(0)
    config = tiny_config()
    small = folded(Generator(config.architecture)).eval()
    pyramid = LabelPyramid(torch.randint(0, 19, (1, 128, 128)), 19)
    z = torch.randn(1, 8)
    with torch.no_grad():
        noise = draw_noise([0], config.architecture.block_sizes((128, 128)))
        before = small(pyramid, (128, 128), z, noise)
        grow(small, (128, 128))
        after = small(pyramid, (128, 128), z, noise)

    assert small.architecture.native_size == (128, 128)
    torch.testing.assert_close(after, before)


def test_several_processes_train_one_network(tmp_path: Path) -> None:
    """Under torchrun two processes share gradients, see different pairs and write one run."""
    data = write_pairs(tmp_path / "data")
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(tiny_config().to_json()))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
    command += ["2", "-m", "spade", "train", "--data", str(data), "--device", "cpu"]
    command += ["--out", str(tmp_path / "run"), "--config", str(file)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert [row["step"] for row in curve(tmp_path / "run")] == [1, 2]
    alone = tmp_path / "alone"
    train(data, alone, tiny_config(), CPU)
    shared = weights(tmp_path / "run", tiny_config())
    assert any(not torch.equal(shared[k], v) for k, v in weights(alone, tiny_config()).items())


def test_unknown_configurations_are_refused_with_those_known() -> None:
    """A wrong name lists the right ones."""
    with pytest.raises(ValueError, match="landscape, landscape-cpu"):
        load_config("mars")
