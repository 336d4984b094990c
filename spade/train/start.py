"""Begin a run with the weights of a finished model, or of another run, instead of random ones."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from spade.data.layouts import Pair
from spade.model.architecture import Architecture
from spade.model.cells import resize_cells
from spade.model.checkpoint import load_checkpoint
from spade.model.encoder import StyleEncoder
from spade.train.config import TrainConfig
from spade.train.phases import FIRST_LAYER, carried, hold_statistics
from spade.train.state import load_run, read_state
from spade.train.step import Trainer

# Pictures from which only the judges learn: new ones would ruin a finished generator.
JUDGES_FIRST = 1200
POWER_ITERATIONS = 20


def fit_config(config: TrainConfig, folder: Path) -> TrainConfig:
    """Give `config` the networks of the checkpoint or run in `folder`; its phases stay.

    Raises:
        CheckpointError: no usable checkpoint.
        ValueError: a model of another label set.
    """
    state = read_state(folder)
    if state is not None:
        return _fit_run(config, folder, TrainConfig.from_json(state["config"]))
    checkpoint = load_checkpoint(folder)
    _check_labels(folder, checkpoint.card.label_set, config.label_set)
    config = replace(config, architecture=checkpoint.card.architecture, judges_first=JUDGES_FIRST)
    if not checkpoint.encoder:
        return config
    nef = len(checkpoint.encoder["layer1.0.weight"])
    size = StyleEncoder.size_of(checkpoint.encoder)
    return replace(config, nef=nef, encoder_size=size)


def _fit_run(config: TrainConfig, folder: Path, other: TrainConfig) -> TrainConfig:
    _check_labels(folder, other.label_set, config.label_set)
    return replace(
        config,
        architecture=other.architecture,
        ndf=other.ndf,
        nef=other.nef,
        encoder_size=other.encoder_size,
    )


def _check_labels(folder: Path, found: str, wanted: str) -> None:
    if found != wanted:
        raise ValueError(
            f"{folder} paints the labels '{found}', the run has '{wanted}'; choose another model "
            "or --label-set"
        )


@torch.no_grad()
def start_from(trainer: Trainer, folder: Path, pairs: list[Pair]) -> None:
    """Copy the weights of a checkpoint, or all of a run's, into networks of the same widths.

    Statistics that are to be held are a finished model's own; those of a run are measured on
    `pairs`, unless it held them.
    """
    state = read_state(folder)
    networks = trainer.networks
    if state is not None:
        other = load_run(folder, TrainConfig.from_json(state["config"]), trainer.device)
        networks.load_state(carried(other, trainer)["networks"])
        if not other.holds_statistics:
            hold_statistics(trainer, pairs)
        return
    checkpoint = load_checkpoint(folder)
    weights = _resized(
        checkpoint.generator,
        checkpoint.card.architecture,
        networks.generator.architecture.seed_size,
    )
    for module in (networks.generator, networks.averaged):
        _fill(module, weights)
    for encoder in (networks.encoder, networks.averaged_encoder):
        if encoder is not None and checkpoint.encoder:
            _fill(encoder, checkpoint.encoder)


def _resized(
    weights: dict[str, Tensor], old: Architecture, seed_size: tuple[int, int]
) -> dict[str, Tensor]:
    if not old.use_vae:
        return weights
    resized = {name: _enlarged(weights[name], old.seed_size, seed_size) for name in FIRST_LAYER}
    return {**weights, **resized}


def _enlarged(rows: Tensor, old: tuple[int, int], new: tuple[int, int]) -> Tensor:
    """Return the linear layer's rows `[channels * places, ...]`, enlarged smoothly."""
    cells = rows.reshape(-1, *old, rows[0].numel()).movedim(3, 0)
    return resize_cells(cells, new).movedim(0, 3).reshape(-1, *rows.shape[1:])


def _fill(network: nn.Module, weights: dict[str, Tensor]) -> None:
    """Assign every tensor; a spectrally normalised layer takes it as its weight to be divided."""
    for name, value in weights.items():
        path, _, last = name.rpartition(".")
        layer = network.get_submodule(path)
        if parametrize.is_parametrized(layer, last):
            layer.weight = value.to(next(layer.parameters()).device)
            training = layer.training
            layer.train()
            for _ in range(POWER_ITERATIONS):
                _ = layer.weight  # each access is one power iteration
            layer.train(training)
        else:
            getattr(layer, last).copy_(value)
