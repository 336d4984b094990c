"""Begin a run with the weights of a finished model, or of another run, instead of random ones."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from spade.model.architecture import Architecture
from spade.model.checkpoint import load_checkpoint
from spade.model.encoder import StyleEncoder
from spade.train.config import TrainConfig
from spade.train.grow import resize_seed
from spade.train.networks import Networks, encoder_size_for
from spade.train.state import read_pointer, read_state

# Steps in which only the judges learn: new ones would ruin a finished generator. Those of another
# run only have to get used to pictures of another size.
JUDGES_FIRST = 200
KEPT_JUDGES_FIRST = 20
POWER_ITERATIONS = 20


def fit_config(config: TrainConfig, folder: Path) -> TrainConfig:
    """Give `config` the networks of the checkpoint or run in `folder`; its crop size stays.

    Raises:
        CheckpointError: no usable checkpoint.
        ValueError: a model of another label set.
    """
    pointer = read_pointer(folder)
    if pointer is not None:
        return _fit_run(config, folder, TrainConfig.from_json(pointer["config"]))
    checkpoint = load_checkpoint(folder)
    _check_labels(folder, checkpoint.card.label_set, config.label_set)
    architecture = _at_crop_of(config, checkpoint.card.architecture)
    config = replace(config, architecture=architecture, judges_first=JUDGES_FIRST)
    if not checkpoint.encoder:
        return config
    nef = len(checkpoint.encoder["layer1.0.weight"])
    size = StyleEncoder.size_of(checkpoint.encoder)
    return replace(config, nef=nef, encoder_size=size)


def _fit_run(config: TrainConfig, folder: Path, other: TrainConfig) -> TrainConfig:
    _check_labels(folder, other.label_set, config.label_set)
    return replace(
        config,
        architecture=_at_crop_of(config, other.architecture),
        ndf=other.ndf,
        nef=other.nef,
        encoder_size=other.encoder_size or encoder_size_for(other.size),
        judges_first=KEPT_JUDGES_FIRST,
    )


def _check_labels(folder: Path, found: str, wanted: str) -> None:
    if found != wanted:
        raise ValueError(
            f"{folder} paints the labels '{found}', the run has '{wanted}'; choose another model "
            "or --label-set"
        )


def _at_crop_of(config: TrainConfig, architecture: Architecture) -> Architecture:
    crop = config.architecture
    return replace(architecture, crop_size=crop.crop_size, aspect_ratio=crop.aspect_ratio)


@torch.no_grad()
def start_from(networks: Networks, folder: Path) -> None:
    """Copy the weights of a checkpoint, or all of a run's, into networks of the same widths."""
    pointer = read_pointer(folder)
    if pointer is not None:
        _start_from_run(networks, folder, pointer)
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


def _start_from_run(networks: Networks, folder: Path, pointer: dict[str, Any]) -> None:
    state = read_state(folder, pointer["pieces"], torch.device("cpu"))["networks"]
    old = TrainConfig.from_json(pointer["config"]).architecture
    for name in ("generator", "averaged"):
        state[name] = _resized(state[name], old, networks.generator.architecture.seed_size)
    networks.load_state(state)


def _resized(
    weights: dict[str, Tensor], old: Architecture, seed_size: tuple[int, int]
) -> dict[str, Tensor]:
    if not old.use_vae:
        return weights
    names = ("fc.weight", "fc.bias")
    resized = {name: resize_seed(weights[name], old.seed_size, seed_size) for name in names}
    return {**weights, **resized}


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
