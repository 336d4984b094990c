"""Runs that begin with what another model or run has learned."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spade import load_painter
from spade.model.card import Licence
from spade.model.checkpoint import load_checkpoint
from spade.model.noise import draw_noise
from spade.model.pyramid import LabelPyramid
from spade.train.config import TrainConfig
from spade.train.export.checkpoint import export
from spade.train.run import train
from spade.train.start import fit_config, start_from
from spade.train.state import load_run
from spade.train.step import Trainer
from tests.spade.tiny import save_tiny
from tests.spade.training_data import BATCH, tiny_config, write_pairs

CPU = torch.device("cpu")
LICENCE = Licence("none", "A test's weights.", commercial=False)


def weights(run: Path, config: TrainConfig) -> dict[str, torch.Tensor]:
    return dict(load_run(run, config, CPU).networks.averaged.state_dict())


def finished_model(folder: Path, data: Path) -> Path:
    train(data, folder / "run", tiny_config(steps=2), CPU)
    export(folder / "run", data, folder / "model", title="Tiny", licence=LICENCE)
    return folder / "model"


def statistics(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k: v for k, v in state.items() if k.endswith(("running_mean", "running_var"))}


def test_a_run_starts_from_a_finished_model(tmp_path: Path) -> None:
    """A new run with a model's weights paints what the model paints, also at another crop size.

    Not to the last digit: two steps leave spectral norms that are only nearly 1.
    """
    data = write_pairs(tmp_path / "data")
    made = tiny_config(steps=2, native_size=(128, 128))
    train(data, tmp_path / "first", made, CPU)
    export(tmp_path / "first", data, tmp_path / "model", title="Tiny", licence=LICENCE)
    config = fit_config(tiny_config(ndf=6, nef=9), tmp_path / "model")
    trainer = Trainer(config, CPU)

    start_from(trainer, tmp_path / "model", [])

    painter = load_painter(tmp_path / "model")
    label_map = np.full((1, 64, 64), 123, dtype=np.uint8)
    label_map[:, :30] = 156
    z = np.ones((1, 8), dtype=np.float32)
    channels = torch.from_numpy(painter.label_set.channel_of_id[label_map]).long()
    averaged = trainer.networks.averaged
    noise = draw_noise([0], averaged.architecture.block_sizes((64, 64)))
    pyramid = LabelPyramid(channels, 19, None)
    got = averaged(pyramid, (64, 64), torch.from_numpy(z), noise).numpy()
    assert np.corrcoef(got.ravel(), painter.generate(label_map, z=z).ravel())[0, 1] > 0.99
    assert config.judges_first > 0


def test_a_run_starts_from_another_run_with_larger_crops(tmp_path: Path) -> None:
    """A new run takes all that another has learned, judges and styles too, at another crop size."""
    data = write_pairs(tmp_path / "data")
    first = tiny_config(steps=2)
    train(data, tmp_path / "first", first, CPU)
    config = fit_config(tiny_config(ndf=6, nef=9, steps=1, size=(128, 128)), tmp_path / "first")
    old = load_run(tmp_path / "first", first, CPU)
    trainer = Trainer(config, CPU)

    start_from(trainer, tmp_path / "first", [])
    networks = trainer.networks

    before = old.networks.state()
    for network, tensors in networks.state().items():
        for name, value in tensors.items():
            if not name.startswith("fc.") or network == "judges":
                assert torch.equal(value, before[network][name]), (network, name)
    rows = networks.generator.get_parameter("fc.weight").view(-1, 4, 4, 8)
    before_rows = old.networks.generator.get_parameter("fc.weight").view(-1, 2, 2, 8)
    assert torch.equal(rows[:, ::2, ::2], before_rows)
    assert train(data, tmp_path / "second", config, CPU, tmp_path / "first") == BATCH


def test_held_statistics_stay_from_the_first_step_to_the_model(tmp_path: Path) -> None:
    """What is measured when such a run begins is what it trains with and what the model keeps."""
    data = write_pairs(tmp_path / "data")
    first, second = tmp_path / "first", tmp_path / "second"
    train(data, first, tiny_config(steps=2), CPU)
    config = fit_config(tiny_config(steps=1, held_statistics=True), first)
    train(data, second, config, CPU, first)
    held = statistics(weights(second, config))
    assert not all(
        torch.equal(held[k], v) for k, v in statistics(weights(first, tiny_config())).items()
    )

    longer = fit_config(tiny_config(steps=3, held_statistics=True), first)
    train(data, second, longer, CPU, first)
    export(second, data, tmp_path / "model", title="Tiny", licence=LICENCE)

    later = statistics(weights(second, config))
    kept = statistics(load_checkpoint(tmp_path / "model").generator)
    assert later
    for name, value in held.items():
        assert torch.equal(later[name], value), name
        torch.testing.assert_close(kept[name].float(), value, rtol=1e-3, atol=1e-4)


def test_a_finished_model_keeps_its_statistics(tmp_path: Path) -> None:
    """A run that goes on from a model paints, before its first step, what the model paints."""
    data = write_pairs(tmp_path / "data")
    model = finished_model(tmp_path, data)
    config = fit_config(tiny_config(steps=1, held_statistics=True), model)
    train(data, tmp_path / "next", config, CPU, model)
    kept = statistics(weights(tmp_path / "next", config))
    assert kept
    for name, value in statistics(load_checkpoint(model).generator).items():
        torch.testing.assert_close(kept[name], value, rtol=1e-3, atol=1e-4)


def test_an_export_may_lie_halfway_between_a_run_and_its_start(tmp_path: Path) -> None:
    """Blended weights are the mean of both ends; a checkpoint of other networks is refused."""
    data = write_pairs(tmp_path / "data")
    start = finished_model(tmp_path, data)
    config = replace(fit_config(tiny_config(steps=3), start), judges_first=0)
    train(data, tmp_path / "next", config, CPU, start)
    out = tmp_path / "half"
    export(tmp_path / "next", data, out, title="Tiny", licence=LICENCE, blend_with=start)

    name = "conv_img.weight"
    begun, half = (load_checkpoint(folder).generator[name] for folder in (start, out))
    end = weights(tmp_path / "next", config)[name]
    assert not torch.equal(begun, end)
    torch.testing.assert_close(half, (begun + end) / 2, rtol=1e-2, atol=1e-3)

    other = save_tiny(tmp_path / "other", replace(config.architecture, ngf=5), encoder=True)
    with pytest.raises(ValueError, match="other networks than the run"):
        export(
            tmp_path / "next",
            data,
            half_of := tmp_path / "no",
            title="Tiny",
            licence=LICENCE,
            blend_with=other,
        )
    assert not half_of.exists()


def test_judges_learn_first_where_asked(tmp_path: Path) -> None:
    """While only the judges learn, the generator stays what it was."""
    data = write_pairs(tmp_path / "data")
    config = tiny_config(steps=2, judges_first=2 * BATCH)
    before = Trainer(config, CPU).networks
    train(data, tmp_path / "run", config, CPU)
    trainer = load_run(tmp_path / "run", config, CPU)
    for (name, new), old in zip(
        trainer.networks.generator.named_parameters(), before.generator.parameters(), strict=True
    ):
        assert torch.equal(new, old), name
    judged = zip(trainer.networks.judges.parameters(), before.judges.parameters(), strict=True)
    assert any(not torch.equal(new, old) for new, old in judged)


def test_a_model_of_other_labels_is_refused() -> None:
    """A run never starts from a model whose labels mean something else."""
    with pytest.raises(ValueError, match="paints the labels 'landscape'"):
        fit_config(tiny_config("ade20k"), Path("checkpoints/landscape"))
