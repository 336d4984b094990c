"""Begin a run with the weights of a finished model instead of random ones."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from spade.checkpoint import Checkpoint, load_checkpoint
from spade.encoder import StyleEncoder
from spade.train.config import TrainConfig
from spade.train.grow import resize_seed
from spade.train.networks import Networks

# Steps in which only the judges learn: new ones would ruin a finished generator.
JUDGES_FIRST = 200
POWER_ITERATIONS = 20


def fit_config(config: TrainConfig, folder: Path) -> TrainConfig:
    """Give `config` the networks of the checkpoint in `folder`; its crop size stays.

    Raises:
        CheckpointError: no usable checkpoint.
        ValueError: a checkpoint of another label set.
    """
    checkpoint = load_checkpoint(folder)
    if checkpoint.card.label_set != config.label_set:
        raise ValueError(
            f"{folder} paints the labels '{checkpoint.card.label_set}', the run has "
            f"'{config.label_set}'; choose another model or --label-set"
        )
    old = config.architecture
    architecture = replace(
        checkpoint.card.architecture, crop_size=old.crop_size, aspect_ratio=old.aspect_ratio
    )
    config = replace(config, architecture=architecture, judges_first=JUDGES_FIRST)
    if not checkpoint.encoder:
        return config
    nef = len(checkpoint.encoder["layer1.0.weight"])
    size = StyleEncoder.size_of(checkpoint.encoder)
    return replace(config, nef=nef, encoder_size=size)


@torch.no_grad()
def start_from(networks: Networks, folder: Path) -> None:
    """Copy a checkpoint's weights into networks of the same widths."""
    checkpoint = load_checkpoint(folder)
    wanted = networks.generator.architecture
    weights = _resized(checkpoint, wanted.seed_size)
    for module in (networks.generator, networks.averaged):
        _fill(module, weights)
    for encoder in (networks.encoder, networks.averaged_encoder):
        if encoder is not None and checkpoint.encoder:
            _fill(encoder, checkpoint.encoder)


def _resized(checkpoint: Checkpoint, seed_size: tuple[int, int]) -> dict[str, Tensor]:
    weights = dict(checkpoint.generator)
    architecture = checkpoint.card.architecture
    if architecture.use_vae:
        for name in ("fc.weight", "fc.bias"):
            weights[name] = resize_seed(weights[name], architecture.seed_size, seed_size)
    return weights


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
