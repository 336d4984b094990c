"""The training loop: phase by phase, step by step, from wherever the run stands to its end."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import torch

from spade.data.layouts import Pair, find_train_pairs
from spade.train.batches import phase_batches
from spade.train.config import TrainConfig
from spade.train.parallel import Place, agree, here, join
from spade.train.phases import enter
from spade.train.record.ending import Ending
from spade.train.record.keeping import Keeper, keeper_of
from spade.train.start import start_from
from spade.train.state import read_state, trainer_of
from spade.train.step import Metrics, Trainer


class TrainingDivergedError(RuntimeError):
    """A loss is no longer finite; the last good state is kept."""


def train(
    data: Path,
    run: Path,
    config: TrainConfig,
    device: torch.device,
    first_weights: Path | None = None,
    more_data: Sequence[Path] = (),
    limit_s: float | None = None,
) -> int:
    """Train from the run's last saved state to the end of its phases; return the pictures seen.

    After `limit_s` seconds, and at the first Ctrl-C or SIGTERM, the step ends, the state is saved,
    and so does training; a signal then takes its usual course.

    A new run begins with the weights of the checkpoint or run in `first_weights`, or random ones.
    The train pairs of `more_data` are trained on too; figures and samples come from `data` alone.

    Raises:
        ValueError: the data folder has no usable pairs, or the run belongs to other options.
        TrainingDivergedError: a loss became infinite or not a number.
        OSError: the last state cannot be saved; the one before stays.
    """
    ending = Ending(limit_s)
    device = join(device)
    place = here()
    run.mkdir(parents=True, exist_ok=True)
    torch.backends.cudnn.benchmark = device.type == "cuda"
    pairs = find_train_pairs(data, more_data)
    trainer = _newest(run, config, device)
    if first_weights is not None and trainer.progress.images == 0:
        start_from(trainer, first_weights, pairs)
    with ending, keeper_of(place, data, run, config, trainer.progress.images) as keeper:
        while trainer.progress.images < config.images:
            phase = config.phase_at(trainer.progress.images)
            trainer = enter(trainer, phase, pairs)
            if not _train_phase(trainer, pairs, place, keeper, ending):
                break
    return trainer.progress.images


def _train_phase(
    trainer: Trainer, pairs: list[Pair], place: Place, keeper: Keeper, ending: Ending
) -> bool:
    """Train to the end of the phase, and say whether the run goes on after it."""
    config, device = trainer.config, trainer.device
    images = trainer.progress.images
    for batch in phase_batches(pairs, config, images, place, device):
        metrics = trainer.step(batch)
        _check_finite(metrics, trainer)
        goes_on = keeper.keep(trainer, metrics)
        if not agree(goes_on and not ending.is_due, device):
            keeper.leave(trainer)
            return False
    return True


def _check_finite(metrics: Metrics, trainer: Trainer) -> None:
    if not all(math.isfinite(value) for value in metrics.values()):
        raise TrainingDivergedError(
            f"a loss is not finite after {trainer.progress.images} pictures: {metrics}; the state "
            "of the last save is good: lower the learning rates and start again"
        )


def _newest(run: Path, config: TrainConfig, device: torch.device) -> Trainer:
    """Return the run's trainer as it was saved last, of networks as in `config`, or a new one."""
    state = read_state(run)
    if state is None:
        (run / "config.json").write_text(json.dumps(config.to_json(), indent=1))
    else:
        _check_same_run(run, TrainConfig.from_json(state["config"]), config)
    return trainer_of(state, config, device)


def _check_same_run(run: Path, saved: TrainConfig, config: TrainConfig) -> None:
    for name in ("architecture", "label_set", "ndf", "nef", "encoder_size"):
        if getattr(saved, name) != getattr(config, name):
            raise ValueError(
                f"{run} was trained with {name} {getattr(saved, name)}, "
                f"not {getattr(config, name)}; choose another --out"
            )
