"""What the engines share in preparing a generator's weights."""

from dataclasses import dataclass, fields, is_dataclass

import numpy as np
import torch
from torch import Tensor

from spade.model.modulation import Spade


@dataclass(frozen=True)
class AffineModulation:
    """A SPADE layer's batch norm, gamma and beta as one map: out = x * scale + shift.

    scale, shift: 3x3 weights `[C, hidden, 3, 3]` over the hidden vectors.
    scale_bias, shift_bias: `[C]`.
    """

    scale: Tensor
    scale_bias: Tensor
    shift: Tensor
    shift_bias: Tensor


def fold_batch_norm(layer: Spade, missing: Tensor | float = 0.0) -> AffineModulation:
    """Fold batch norm into gamma and beta, in float32 on the CPU.

    Args:
        layer: in eval mode it normalises with its averages, which is what is folded.
        missing: `[C]` a constant that the layer's input lacks; it is added in passing.
    """
    norm = layer.param_free_norm
    inverse_deviation = torch.rsqrt(plain(norm.running_var) + norm.eps)
    centre = missing - plain(norm.running_mean)
    scale = plain(layer.mlp_gamma.weight) * inverse_deviation[:, None, None, None]
    scale_bias = (1 + plain(layer.mlp_gamma.bias)) * inverse_deviation
    return AffineModulation(
        scale,
        scale_bias,
        plain(layer.mlp_beta.weight) + scale * centre[:, None, None, None],
        plain(layer.mlp_beta.bias) + scale_bias * centre,
    )


def plain(parameter: Tensor | None) -> Tensor:
    """Return a parameter or buffer that must be there, as plain float32 on the CPU."""
    assert parameter is not None
    return parameter.detach().cpu().float()


def count_bytes(weights: object) -> int:
    """Return the memory of all arrays and tensors in prepared weights."""
    if isinstance(weights, np.ndarray | Tensor):
        return int(weights.nbytes)
    if isinstance(weights, list | tuple):
        return sum(count_bytes(part) for part in weights)
    if is_dataclass(weights):
        return sum(count_bytes(getattr(weights, part.name)) for part in fields(weights))
    return 0
