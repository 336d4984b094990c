"""Training: every configuration learns, and nothing that befalls a run costs its progress."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import torch

from spade import load_painter
from spade.__main__ import main
from spade.data.layouts import find_pairs, find_train_pairs
from spade.evaluate.segmenter import load_or_train_segmenter
from spade.maps.labels import load_label_set
from spade.model.card import Licence
from spade.model.features import MEASURING_FEATURES
from spade.train.config import TrainConfig
from spade.train.export.checkpoint import export
from spade.train.phases import enter
from spade.train.recipes import CONFIGS, load_config
from spade.train.record.best import SEGMENTER, read_best
from spade.train.run import TrainingDivergedError, train
from spade.train.state import load_run, read_state, save_compact, save_state
from spade.train.step import Trainer
from tests.spade.training_data import BATCH, save, tiny_config, two_phases, write_pairs

CPU = torch.device("cpu")


def curve(run: Path) -> list[dict[str, float]]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k != "images_per_s"} for row in rows]


def weights(run: Path, config: TrainConfig) -> dict[str, torch.Tensor]:
    return dict(load_run(run, config, CPU).networks.averaged.state_dict())


def seen(run: Path) -> int | None:
    state = read_state(run)
    return None if state is None else int(state["progress"]["images"])


def test_a_piece_ends_by_the_clock_and_goes_on_elsewhere(tmp_path: Path) -> None:
    """A run that time cut and that was carried to another machine is the run nobody cut."""
    config = tiny_config(steps=3, save_every=100)
    data = write_pairs(tmp_path / "data")

    assert train(data, tmp_path / "here", config, CPU, limit_s=1e-9) == BATCH
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert train(data, tmp_path / "there", config, CPU, limit_s=3600) == 3 * BATCH

    train(data, tmp_path / "whole", config, CPU)
    assert not list(tmp_path.rglob("samples-*")), "no sample grids were asked for"
    whole = weights(tmp_path / "whole", config)
    for name, value in weights(tmp_path / "there", config).items():
        assert torch.equal(value, whole[name]), name


def test_phases_follow_each_other_wherever_the_run_was_cut(tmp_path: Path) -> None:
    """Cut after each step, across the border between two phases, a run is the one nobody cut."""
    data = write_pairs(tmp_path / "data")
    config = two_phases()
    assert train(data, tmp_path / "whole", config, CPU) == config.images == 5 * BATCH

    for step in range(1, 6):
        assert train(data, tmp_path / "parts", config, CPU, limit_s=1e-9) == step * BATCH

    parts = weights(tmp_path / "parts", config)
    assert load_run(tmp_path / "parts", config, CPU).phase == 1
    for name, value in weights(tmp_path / "whole", config).items():
        assert torch.equal(parts[name], value), name


def test_a_phase_takes_over_all_that_was_learned(tmp_path: Path) -> None:
    """Where crops grow, a place of the first layer, and of Adam's averages, is the nearest's."""
    data = write_pairs(tmp_path / "data")
    config = two_phases()
    train(data, tmp_path / "run", config, CPU, limit_s=1e-9)
    before = load_run(tmp_path / "run", config, CPU)

    after = enter(before, 1, find_pairs(data, "train"))

    old, new = (t.networks.generator.get_parameter("fc.weight") for t in (before, after))
    rows = old.view(-1, 2, 2, 8)
    assert torch.equal(new.view(-1, 4, 4, 8)[:, ::2, ::2], rows)
    assert torch.equal(new.view(-1, 4, 4, 8)[:, 1::2, 1::2], rows)
    moments = after.painter_adam.state[new]["exp_avg_sq"].view(-1, 4, 4, 8)
    assert torch.equal(
        moments[:, ::2, 1::2], before.painter_adam.state[old]["exp_avg_sq"].view(-1, 2, 2, 8)
    )
    for name, value in after.networks.judges.state_dict().items():
        assert torch.equal(value, before.networks.judges.state_dict()[name]), name
    assert after.progress == before.progress


def test_small_photos_are_left_out_where_a_phase_asks(tmp_path: Path) -> None:
    """A phase that learns from crops of large pictures says so when there are none."""
    data = write_pairs(tmp_path / "data")

    with pytest.raises(ValueError, match="short side of 200 pixels"):
        train(data, tmp_path / "run", tiny_config(least_side=200), CPU)


def test_a_compact_state_is_enough_to_go_on(tmp_path: Path) -> None:
    """An eighth of the size, it holds the averaged networks and the judges, and the run's place."""
    data = write_pairs(tmp_path / "data")
    config = tiny_config(steps=2)
    train(data, tmp_path / "run", config, CPU)

    save_compact(tmp_path / "run", tmp_path / "carried")

    whole, carried = tmp_path / "run" / "state.pt", tmp_path / "carried" / "state.pt"
    assert carried.stat().st_size < whole.stat().st_size / 3
    kept = weights(tmp_path / "carried", config)
    for name, value in weights(tmp_path / "run", config).items():
        torch.testing.assert_close(kept[name], value, rtol=2e-3, atol=2e-3)
    assert train(data, tmp_path / "carried", tiny_config(steps=4), CPU) == 4 * BATCH
    progress = load_run(tmp_path / "carried", config, CPU).progress
    assert (progress.steps, progress.moments_since) == (4, 2)


def test_other_batches_are_the_same_run(tmp_path: Path) -> None:
    """A machine that takes larger batches goes on where one with smaller ones stopped."""
    data = write_pairs(tmp_path / "data")
    config = tiny_config(steps=4)
    train(data, tmp_path / "run", config, CPU, limit_s=1e-9)

    assert train(data, tmp_path / "run", config.with_batches_of(3), CPU) == 8

    assert [row["images"] for row in curve(tmp_path / "run")] == [2, 5, 8]


@pytest.mark.parametrize("name", CONFIGS)
def test_every_configuration_trains(name: str, tmp_path: Path) -> None:
    """Two steps of each configuration move every network and give finite losses."""
    config = tiny_config(name, sample_every=2 * BATCH)
    data = write_pairs(tmp_path / "data", config.label_set)
    if config.architecture.instance_edges:
        for path in (data / "labels").iterdir():
            save(
                data / "instances" / path.name,
                np.random.default_rng(1).integers(0, 3, (96, 128)).astype(np.uint8),
            )
    before = Trainer(config, CPU).networks.state()

    assert train(data, tmp_path / "run", config, CPU) == 2 * BATCH

    trainer = load_run(tmp_path / "run", config, CPU)
    for network, tensors in trainer.networks.state().items():
        moved = [k for k, v in tensors.items() if not torch.equal(v, before[network][k])]
        assert len(moved) > len(tensors) / 3, network
    assert all(np.isfinite(list(row.values())).all() for row in curve(tmp_path / "run"))
    assert (tmp_path / "run" / f"samples-{2 * BATCH:07d}.jpg").is_file()


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


@pytest.mark.usefixtures("few_crops")
def test_the_best_weights_are_kept_and_patience_ends(tmp_path: Path) -> None:
    """A run keeps what measured best, ends when nothing better comes, and exports the best."""
    data = write_pairs(tmp_path / "data")
    config = tiny_config(steps=40, measure_every=BATCH, patience=2, generator_lr=0.3)
    pairs, labels = find_pairs(data, "train"), load_label_set("landscape")
    load_or_train_segmenter(
        tmp_path / "run" / SEGMENTER, pairs, labels, MEASURING_FEATURES, steps=2
    )

    images = train(data, tmp_path / "run", config, CPU)

    rows = [row for row in curve(tmp_path / "run") if "val_fid" in row]
    scores = [row["val_fid"] * (1 - row["val_miou"]) for row in rows]
    best = BATCH * (int(np.argmin(scores)) + 1)
    assert images == best + 2 * BATCH < 40 * BATCH
    facts = read_best(tmp_path / "run")
    assert facts is not None
    assert facts["images"] == best
    licence = Licence("none", "A test's weights.", commercial=False)
    card = export(
        tmp_path / "run", data, tmp_path / "model", title="Tiny", licence=licence, best=True
    )
    assert card.training["images_seen"] == best


@pytest.mark.usefixtures("few_crops")
def test_a_model_with_instance_edges_is_measured(tmp_path: Path) -> None:
    """The val split's pictures get the borders between labels where the model has edges."""
    data = write_pairs(tmp_path / "data", "coco")
    config = tiny_config("coco", steps=1, measure_every=BATCH)
    assert config.architecture.instance_edges
    pairs, labels = find_pairs(data, "train"), load_label_set("coco")
    load_or_train_segmenter(
        tmp_path / "run" / SEGMENTER, pairs, labels, MEASURING_FEATURES, steps=1
    )
    for path in (data / "labels").iterdir():
        save(data / "instances" / path.name, np.zeros((96, 128), dtype=np.uint8))

    train(data, tmp_path / "run", config, CPU)

    assert read_best(tmp_path / "run") is not None


def test_a_full_disk_is_told_at_the_end(tmp_path: Path) -> None:
    """Where nothing can be written a run goes on, and ends with an error; the old state stays."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(steps=2), CPU)
    metrics = tmp_path / "run" / "metrics.jsonl"
    metrics.write_bytes(metrics.read_bytes() + b" " * 200_000 + b"\n")  # none can be added
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(tiny_config(steps=6).to_json()))
    limited = (
        "import resource, sys; from spade.__main__ import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limited, "train", "--data", str(data), "--device", "cpu"]
    command += ["--out", str(tmp_path / "run"), "--config", str(file)]
    command += ["--export", str(tmp_path / "model")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    told = done.stderr.splitlines()[-1]
    assert done.returncode == 1, done.stderr
    assert f"the run stands at {6 * BATCH} pictures, but cannot write" in told
    assert f"File too large; the state after {2 * BATCH} is kept. Make room" in told
    assert not (tmp_path / "model").exists()
    assert seen(tmp_path / "run") == 2 * BATCH
    assert load_run(tmp_path / "run", tiny_config(), CPU).progress.steps == 2


def test_a_full_disk_costs_a_save_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that could not save in between, but at its end, ends well."""
    data = write_pairs(tmp_path / "data")
    failing = [True]

    def save_later(run: Path, trainer: Trainer) -> None:
        if failing.pop() if failing else False:
            raise OSError("No space left on device")
        save_state(run, trainer)

    monkeypatch.setattr("spade.train.record.keeping.save_state", save_later)

    assert train(data, tmp_path / "run", tiny_config(steps=4), CPU) == 4 * BATCH
    assert not failing
    assert seen(tmp_path / "run") == 4 * BATCH


def test_a_save_that_fails_leaves_the_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two saves after one step, of which the second fails half-way, leave a complete state."""
    data = write_pairs(tmp_path / "data")
    config = tiny_config()
    train(data, tmp_path / "run", config, CPU)
    trainer = load_run(tmp_path / "run", config, CPU)

    def half_way(_state: object, file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError("No space left on device")

    save_state(tmp_path / "run", trainer)
    monkeypatch.setattr("torch.save", half_way)
    with pytest.raises(OSError, match="cannot write"):
        save_state(tmp_path / "run", trainer)

    assert load_run(tmp_path / "run", config, CPU).progress == trainer.progress
    assert sorted(path.name for path in (tmp_path / "run").glob("state*")) == ["state.pt"]


def test_a_diverged_run_stops_and_keeps_the_last_good_state(tmp_path: Path) -> None:
    """A loss that is not a number ends the run with a remedy; the saved state is from before."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(steps=2), CPU)
    wild = tiny_config(steps=20, generator_lr=float("inf"))

    with pytest.raises(TrainingDivergedError, match="lower the learning rates"):
        train(data, tmp_path / "run", wild, CPU)

    assert seen(tmp_path / "run") == 2 * BATCH


def test_other_networks_are_refused_for_an_old_run(tmp_path: Path) -> None:
    """A run is never continued with networks of another shape."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(), CPU)

    with pytest.raises(ValueError, match="ndf 4, not 8"):
        train(data, tmp_path / "run", tiny_config(ndf=8, steps=4), CPU)


def test_a_damaged_state_is_named(tmp_path: Path) -> None:
    """A state that was copied in part says that it is none."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(), CPU)
    path = tmp_path / "run" / "state.pt"
    path.write_bytes(path.read_bytes()[:-1000])

    with pytest.raises(ValueError, match=r"state\.pt is no state of a run"):
        load_run(tmp_path / "run", tiny_config(), CPU)


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


def test_the_export_says_up_to_which_size_a_model_paints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody has looked at larger pictures of a new model, and whoever exports it is told so."""
    data = write_pairs(tmp_path / "data")
    train(data, tmp_path / "run", tiny_config(steps=1), CPU)
    command = ["train", "--data", str(data), "--out", str(tmp_path / "run"), "--export-only"]

    assert main([*command, "--export", str(tmp_path / "model")]) == 0

    assert "It paints up to 128x128, twice its own size." in capsys.readouterr().out


def test_unknown_configurations_are_refused_with_those_known() -> None:
    """A wrong name lists the right ones."""
    with pytest.raises(ValueError, match="landscape, landscape-128, pix2pixhd-128, coco"):
        load_config("mars")
