"""Turn a generator saved by NVIDIA's SPADE code, and its style encoder, into a checkpoint."""

from pathlib import Path

import torch
from torch import Tensor

from spade.imports.advice import STEPS, advice
from spade.imports.pickles import ENCODER, read_tensors
from spade.imports.spectral import fold_spectral_norm
from spade.model.architecture import Architecture
from spade.model.card import Card, CheckpointError
from spade.model.checkpoint import save_checkpoint
from spade.model.encoder import StyleEncoder
from spade.model.networks import build_network
from spade.model.tensors import check_tensors, file_facts

# Left over from the batch norm that NVIDIA trained with; eval mode never reads them.
TRAINING_ONLY = ("._tmp_running_mean", "._tmp_running_var", "._running_iter")


def import_nvidia(
    generator_file: Path, out: Path, card: Card, encoder_file: Path | None = None
) -> Card:
    """Write a checkpoint folder from `latest_net_G.pth` (and `latest_net_E.pth`).

    Raises:
        CheckpointError: a file that cannot be read, or tensors of another architecture; nothing
            is written then.
    """
    generator = read_generator(generator_file, card.architecture)
    encoder = None
    if encoder_file is not None:
        encoder = read_encoder(encoder_file, card.architecture)
    source = {"file": generator_file.name, "sha256": file_facts(generator_file).sha256}
    card.training.setdefault("imported_from", source)
    return save_checkpoint(out, card, generator, encoder=encoder)


def read_generator(path: Path, architecture: Architecture) -> dict[str, Tensor]:
    """Return a generator's tensors, spectral norm folded.

    Raises:
        CheckpointError: naming the missing, extra or misshapen tensors, and what would fit.
    """
    tensors = _eval_tensors(fold_spectral_norm(read_tensors(path)))
    with torch.device("meta"):
        wanted = build_network(architecture).state_dict()
    for name, value in wanted.items():
        if name.endswith(STEPS):
            tensors.setdefault(name, torch.zeros_like(value, device="cpu"))
    try:
        check_tensors(tensors, wanted)
    except CheckpointError as error:
        told = advice(tensors, architecture) or str(error)
        raise CheckpointError(f"{path}: {told}") from None
    return tensors


def read_encoder(path: Path, architecture: Architecture) -> dict[str, Tensor]:
    """Return a style encoder's tensors, spectral norm folded.

    Raises:
        CheckpointError: the generator takes no style, or the tensors are not an encoder's.
    """
    if not architecture.use_vae:
        raise CheckpointError(f"{path}: a style encoder needs a generator with --use-vae")
    tensors = fold_spectral_norm(read_tensors(path, ENCODER))
    first = tensors.get("layer1.0.weight")
    if first is None:
        raise CheckpointError(f"{path}: layer1.0.weight is missing; this is no style encoder")
    size = 256 if "layer6.0.weight" in tensors else 128
    with torch.device("meta"):
        wanted = StyleEncoder(architecture.z_dim, len(first), size).state_dict()
    try:
        check_tensors(tensors, wanted)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    return tensors


def _eval_tensors(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value for name, value in tensors.items() if not name.endswith(TRAINING_ONLY)}
