"""Fold spectral normalisation into plain weights (Miyato et al., ICLR 2018)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from spade.model.card import CheckpointError

ORIGINAL, LEFT, RIGHT = ".weight_orig", ".weight_u", ".weight_v"


def fold_spectral_norm(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Replace `weight_orig`, `weight_u` and `weight_v` by `weight = weight_orig / sigma`.

    sigma = u W v with the stored vectors, as NVIDIA's code does in eval mode. Files from before
    PyTorch 1.1 lack v; it is W^T u, normalised, as their power iteration would have made it.

    Raises:
        CheckpointError: u is missing, or u or v does not fit the weight.
    """
    folded = {name: value for name, value in tensors.items() if not name.endswith((LEFT, RIGHT))}
    for name in [name for name in tensors if name.endswith(ORIGINAL)]:
        layer = name.removesuffix(ORIGINAL)
        weight = folded.pop(name)
        folded[layer + ".weight"] = weight / _sigma(layer, weight, tensors)
    return folded


def _sigma(layer: str, weight: Tensor, tensors: dict[str, Tensor]) -> Tensor:
    u = tensors.get(layer + LEFT)
    if u is None:
        raise CheckpointError(f"{layer}{LEFT} is missing beside {layer}{ORIGINAL}")
    # The vectors of a transposed convolution are for its outputs too, its second axis.
    across = weight.ndim == 4 and len(u) == weight.shape[1] != weight.shape[0]
    matrix = (weight.transpose(0, 1) if across else weight).flatten(1)
    if u.shape != matrix.shape[:1]:
        raise CheckpointError(f"{layer}{LEFT} is {tuple(u.shape)}, should be ({len(matrix)},)")
    v = tensors.get(layer + RIGHT)
    if v is None:
        v = F.normalize(matrix.T @ u, dim=0)
    if v.shape != matrix.shape[1:]:
        raise CheckpointError(f"{layer}{RIGHT} is {tuple(v.shape)}, should be ({matrix.shape[1]},)")
    sigma = torch.dot(u, matrix @ v)
    if not torch.isfinite(sigma) or sigma == 0:
        raise CheckpointError(f"{layer}: its spectral norm is {sigma.item()}; the file is damaged")
    return sigma
