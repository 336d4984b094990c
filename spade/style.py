"""Style vectors z: from seeds, presets, or a picture through the style encoder (section 3.3)."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.engine.precision import full_precision
from spade.model.checkpoint import Checkpoint
from spade.model.encoder import StyleEncoder

Style = str | npt.NDArray[np.uint8] | None
# Generators are trained on drawn styles; the bare mean of one is a style that they have never met.
DEFAULT_SEED = 0


class StyleBook:
    """The styles of one checkpoint; each is a diagonal normal distribution of z."""

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        self.presets = {name: _distribution(t) for name, t in checkpoint.styles.items()}
        self._z_dim = checkpoint.card.architecture.z_dim
        self._device = device
        self._encoder = (
            _build_encoder(checkpoint.encoder).to(device) if checkpoint.encoder else None
        )

    def vectors(
        self, count: int, seeds: Sequence[int] | None, style: Style | Sequence[Style]
    ) -> Tensor:
        """Return z `[count, z_dim]`, drawn from each style by its seed, `DEFAULT_SEED` if left out.

        Raises:
            ValueError: no such preset, a picture without an encoder, or a wrong number of styles.
        """
        styles = _per_item(style, count)
        rows = []
        for index, one in enumerate(styles):
            mean, log_variance = self._lookup(one)
            seed = DEFAULT_SEED if seeds is None else int(seeds[index])
            rows.append(_sample(mean, log_variance, seed))
        return torch.stack(rows)

    def _lookup(self, style: Style) -> tuple[Tensor, Tensor]:
        if style is None:
            zeros = torch.zeros(self._z_dim)
            return zeros, zeros
        if isinstance(style, str):
            if style not in self.presets:
                known = ", ".join(self.presets) or "none"
                raise ValueError(f"no style '{style}'; this model has: {known}")
            return self.presets[style]
        return self._encode(style)

    def _encode(self, picture: npt.NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        if self._encoder is None:
            known = ", ".join(self.presets) or "none"
            raise ValueError(
                f"this model takes no style picture, it has no encoder; its presets: {known}"
            )
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise ValueError(
                f"a style picture is uint8 [h, w, 3], not {picture.dtype} {picture.shape}"
            )
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.inference_mode(), full_precision():
            mean, log_variance = self._encoder(pixels.to(self._device))
        return mean[0].cpu(), log_variance[0].cpu()


def _sample(mean: Tensor, log_variance: Tensor, seed: int) -> Tensor:
    noise = torch.randn(len(mean), generator=torch.Generator().manual_seed(seed))
    return mean + noise * torch.exp(0.5 * log_variance)


def _per_item(style: Style | Sequence[Style], count: int) -> Sequence[Style]:
    if style is None or isinstance(style, str | np.ndarray):
        return [style] * count
    if len(style) != count:
        raise ValueError(f"{len(style)} styles for {count} label maps; give one, or one each")
    return style


def _distribution(stored: Tensor) -> tuple[Tensor, Tensor]:
    """Read a preset: `[2, z_dim]` mean and log variance, or `[z_dim]` a fixed vector."""
    if stored.ndim == 2:
        return stored[0], stored[1]
    return stored, torch.full_like(stored, -torch.inf)


def _build_encoder(tensors: Mapping[str, Tensor]) -> StyleEncoder:
    """Build the encoder that the tensors' names and shapes call for."""
    z_dim, nef = len(tensors["fc_mu.weight"]), len(tensors["layer1.0.weight"])
    with torch.device("meta"):
        encoder = StyleEncoder(z_dim, nef, StyleEncoder.size_of(tensors))
    encoder.load_state_dict(tensors, assign=True)
    return encoder.eval().requires_grad_(False)
