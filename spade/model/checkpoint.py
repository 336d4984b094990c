"""Checkpoints: a folder with `model.safetensors` and `model.json`. Never a pickle.

The weights file holds the generator's tensors under their own names, a style encoder's under
`encoder.`, and style presets as `styles.NAME` `[2, z_dim]`: mean and log variance of z. A bank of
looks lies beside it (`spade.model.looks`), and what traces photos (`spade.segmenter.network`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from spade.maps.labels import load_label_set
from spade.maps.looks import ROWS_FILE
from spade.model.card import (
    LOOKS_FILE,
    WEIGHTS_FILE,
    Card,
    CheckpointError,
    FileFacts,
    read_card,
    write_card,
)
from spade.model.generator import Generator, PaintingNetwork
from spade.model.looks import LookBank, load_bank
from spade.model.networks import build_network
from spade.model.tensors import check_tensors, check_values, file_facts, write_tensors

ENCODER = "encoder."
STYLES = "styles."


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint in memory: tensors are float32 on the CPU. `looks` where it has a bank."""

    card: Card
    generator: dict[str, Tensor]
    encoder: dict[str, Tensor]
    styles: dict[str, Tensor]
    looks: LookBank | None = None


def save_checkpoint(
    folder: Path,
    card: Card,
    generator: Mapping[str, Tensor],
    *,
    encoder: Mapping[str, Tensor] | None = None,
    styles: Mapping[str, Tensor] | None = None,
    dtype: torch.dtype = torch.float32,
) -> Card:
    """Write a checkpoint and return its card with abilities and file facts filled in.

    Args:
        folder: made if it is not there; a checkpoint in it is replaced.
        card: description; `abilities` and `files` follow from the tensors.
        generator: state of a network of the card's architecture, spectral norm folded.
        encoder: state of a style encoder.
        styles: `[2, z_dim]` mean and log variance (or `[z_dim]` mean) by preset name.
        dtype: how weights are stored; float16 halves the file, statistics stay float32.

    Raises:
        CheckpointError: names or shapes are not those of the architecture, or values no numbers.
        OSError: it cannot be written.
    """
    check_generator(generator, card)
    tensors = dict(generator)
    tensors |= {ENCODER + name: value for name, value in (encoder or {}).items()}
    tensors |= {STYLES + name: value for name, value in (styles or {}).items()}
    folder.mkdir(parents=True, exist_ok=True)
    facts = write_tensors(
        folder / WEIGHTS_FILE,
        {name: stored(name, value, dtype) for name, value in tensors.items()},
    )
    card = replace(
        card,
        abilities={
            "seed": card.architecture.use_vae or card.architecture.noise,
            "style": card.architecture.use_vae and bool(encoder or styles),
            "style_image": card.architecture.use_vae and bool(encoder),
            "instances": card.architecture.instance_edges,
        },
        styles={name: card.styles.get(name, name) for name in styles or {}},
        looks={},
        files={WEIGHTS_FILE: facts},
    )
    write_card(folder, card)
    return card


def load_checkpoint(folder: str | Path, *, verify: bool = True) -> Checkpoint:
    """Read a checkpoint; `verify` compares the file's SHA-256 with the card's.

    Raises:
        CheckpointError: missing, damaged or foreign files, or tensors that do not fit the card.
    """
    folder = Path(folder)
    card = read_card(folder)
    path = folder / WEIGHTS_FILE
    check_file(path, card.files.get(WEIGHTS_FILE), verify)
    try:
        found = load_file(path)
    except SafetensorError as error:
        raise CheckpointError(f"{path} is no safetensors file: {error}") from None
    tensors = {name: loaded(value) for name, value in found.items()}
    try:
        check_values(tensors)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    encoder, styles = _take(tensors, ENCODER), _take(tensors, STYLES)
    check_generator(tensors, card)
    return Checkpoint(card, tensors, encoder, styles, _load_looks(folder, card, verify))


def _load_looks(folder: Path, card: Card, verify: bool) -> LookBank | None:
    if not card.looks:
        return None
    for name in (LOOKS_FILE, ROWS_FILE):
        check_file(folder / name, card.files.get(name), verify)
    return load_bank(folder, card)


def load_network(checkpoint: Checkpoint) -> PaintingNetwork:
    """Return the checkpoint's network in eval mode; it shares the checkpoint's tensors."""
    with torch.device("meta"):
        network = build_network(checkpoint.card.architecture)
    network.load_state_dict(checkpoint.generator, assign=True)
    return network.eval().requires_grad_(False)


def build_generator(checkpoint: Checkpoint) -> Generator:
    """Return a SPADE checkpoint's generator as `load_network` does.

    Raises:
        CheckpointError: a checkpoint of another network.
    """
    network = load_network(checkpoint)
    if not isinstance(network, Generator):
        raise CheckpointError(f"'{checkpoint.card.name}' is a {checkpoint.card.architecture.net}")
    return network


def check_generator(tensors: Mapping[str, Tensor], card: Card) -> None:
    """Refuse tensors that are not those of the card's architecture, or labels that do not fit.

    Raises:
        CheckpointError: naming the first missing, extra or misshapen tensors.
    """
    try:
        labels = len(load_label_set(card.label_set).labels)
    except KeyError as error:
        raise CheckpointError(str(error.args[0])) from None
    if labels != card.architecture.label_channels:
        raise CheckpointError(
            f"label set '{card.label_set}' has {labels} labels, "
            f"the architecture has {card.architecture.label_channels} label channels"
        )
    with torch.device("meta"):
        wanted = build_network(card.architecture).state_dict()
    check_tensors(tensors, wanted)


def check_file(path: Path, facts: FileFacts | None, verify: bool) -> None:
    """Compare a file with what the card says of it; its SHA-256 only where `verify` says so.

    Raises:
        CheckpointError: missing, cut off, damaged, or not on the card.
    """
    if not path.is_file():
        raise CheckpointError(f"{path} is missing; fetch or train the checkpoint again")
    if facts is None:
        raise CheckpointError(f"{path.parent}: the card says nothing of {path.name}")
    length = path.stat().st_size
    if length != facts.bytes:
        raise CheckpointError(
            f"{path} has {length} bytes, should have {facts.bytes}: it is cut off or not the "
            "card's file; fetch it again"
        )
    if verify and (digest := file_facts(path).sha256) != facts.sha256:
        raise CheckpointError(
            f"{path} is damaged: its SHA-256 is {digest}, should be {facts.sha256}; fetch it again"
        )


def _take(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    names = [name for name in tensors if name.startswith(prefix)]
    # Copies, so that the few that stay do not hold the whole mapped file in memory.
    return {name.removeprefix(prefix): tensors.pop(name).clone() for name in names}


def stored(name: str, value: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a tensor as it is stored: statistics, styles and counts keep their precision."""
    value = value.detach().cpu().contiguous()
    keep = not value.is_floating_point() or "running_" in name or name.startswith(STYLES)
    return value if keep else value.to(dtype)


def loaded(value: Tensor) -> Tensor:
    """Return a stored tensor as it is used: numbers of any precision become float32."""
    return value.float() if value.is_floating_point() else value
