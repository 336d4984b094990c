"""Style vectors z: from looks, seeds, presets, or a picture through the encoder (section 3.3)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.engine.precision import full_precision
from spade.maps.labels import load_label_set
from spade.maps.looks import read_blend
from spade.model.checkpoint import Checkpoint
from spade.model.encoder import StyleEncoder
from spade.model.look_choice import Chooser

Style = str | npt.NDArray[np.uint8] | None
# Generators are trained on drawn styles; the bare mean of one is a style that they have never met.
DEFAULT_SEED = 0
# How far from a look a seed may draw, in deviations of the photo's style. A look is what it was
# judged to be, so seeds vary it only a little; other seeds take other looks.
LOOK_SPREAD = 0.25

Maps = npt.NDArray[np.uint8]


class StyleBook:
    """The styles of one checkpoint; each is a diagonal normal distribution of z.

    bank: the looks that seeds and presets choose from, if the checkpoint has some.
    """

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        self.presets = {name: _distribution(t) for name, t in checkpoint.styles.items()}
        self.bank = checkpoint.looks
        self._z_dim = checkpoint.card.architecture.z_dim
        self._device = device
        self._encoder = (
            _build_encoder(checkpoint.encoder).to(device) if checkpoint.encoder else None
        )
        self._chooser = None
        if self.bank is not None:
            self._chooser = Chooser(self.bank, load_label_set(checkpoint.card.label_set))
            self._places = {look.id: at for at, look in enumerate(self.bank.looks)}

    def choose_looks(
        self,
        label_maps: Maps,
        seeds: Sequence[int],
        style: Style | Sequence[Style],
        look: str | Sequence[str | None] | None,
    ) -> list[str | None]:
        """Return the id of the look that each item is painted with, None where none is.

        Raises:
            ValueError: no such look or preset, or a look and a picture for one item.
        """
        count = len(label_maps)
        items = zip(label_maps, seeds, _per_item(style, count), _per_item(look, count), strict=True)
        return [self._choose(*item) for item in items]

    def fitting_looks(self, label_map: Maps, count: int, preset: str | None) -> list[str]:
        """Return ids of up to `count` looks that suit a label map, as unlike as they can be.

        Raises:
            ValueError: no such preset.
        """
        if self.bank is None or self._chooser is None:
            return []
        if preset is not None:
            self._check_preset(preset)
        places = self._chooser.fitting(label_map, count, preset)
        return [self.bank.looks[at].id for at in places]

    def vectors(
        self,
        count: int,
        seeds: Sequence[int] | None,
        style: Style | Sequence[Style],
        looks: Sequence[str | None] | None = None,
    ) -> Tensor:
        """Return z `[count, z_dim]`, drawn from each style by its seed, `DEFAULT_SEED` if left out.

        `looks` are ids as `choose_looks` gives them; an item that has one needs no style.

        Raises:
            ValueError: no such preset, a picture without an encoder, or a wrong number of styles.
        """
        given = [DEFAULT_SEED] * count if seeds is None else [int(seed) for seed in seeds]
        rows = []
        for one, seed, look in zip(
            _per_item(style, count), given, looks or [None] * count, strict=True
        ):
            if look is not None and self.bank is not None:
                rows.append(self._blended(look, seed))
            else:
                mean, log_variance = self._lookup(one)
                rows.append(_sample(mean, log_variance, seed))
        return torch.stack(rows)

    def _blended(self, look: str, seed: int) -> Tensor:
        """Return z of a look, or on the straight line between those of two."""
        blend = read_blend(look)
        first, second = (self._of_look(one, seed) for one in (blend.first, blend.second))
        return torch.lerp(first, second, blend.weight) if blend.weight else first

    def _of_look(self, look: str, seed: int) -> Tensor:
        assert self.bank is not None
        at = self._places[look]
        return look_style(self.bank.styles[at], self.bank.log_variances[at], seed)

    def _choose(self, label_map: Maps, seed: int, style: Style, look: str | None) -> str | None:
        if look is not None:
            blend = read_blend(look)
            for one in (blend.first, blend.second):
                self._check_look(one, isinstance(style, np.ndarray))
            return str(blend)
        if self.bank is None or self._chooser is None or isinstance(style, np.ndarray):
            return None
        if style is not None:
            self._check_preset(style)
            if not any(style in one.presets for one in self.bank.looks):
                return None
        return self.bank.looks[self._chooser.choose(label_map, seed, style)].id

    def _check_look(self, look: str, with_picture: bool) -> None:
        if self.bank is None:
            raise ValueError("this model has no looks; leave out look")
        if look not in self._places:
            raise ValueError(
                f"no look '{look}'; this model has {len(self._places)}, "
                "listed by Painter.looks and by `python -m spade looks --list`"
            )
        if with_picture:
            raise ValueError("give either a look or a style picture")

    def _check_preset(self, name: str) -> None:
        if name not in self.presets:
            known = ", ".join(self.presets) or "none"
            raise ValueError(f"no style '{name}'; this model has: {known}")

    def _lookup(self, style: Style) -> tuple[Tensor, Tensor]:
        if style is None:
            zeros = torch.zeros(self._z_dim)
            return zeros, zeros
        if isinstance(style, str):
            self._check_preset(style)
            return self.presets[style]
        return self.encode(style)

    def encode(self, picture: npt.NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """Return mean and log variance, `[z_dim]`, of the style of `[h, w, 3] uint8 RGB`.

        Raises:
            ValueError: no encoder, or no such picture.
        """
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


def look_style(style: Tensor, log_variance: Tensor, seed: int) -> Tensor:
    """Return z `[z_dim]` of a look for one seed."""
    return style + LOOK_SPREAD * (_sample(style, log_variance, seed) - style)


def _sample(mean: Tensor, log_variance: Tensor, seed: int) -> Tensor:
    noise = torch.randn(len(mean), generator=torch.Generator().manual_seed(seed))
    return mean + noise * torch.exp(0.5 * log_variance)


def _per_item(given: Any, count: int) -> Sequence[Any]:
    if given is None or isinstance(given, str | np.ndarray):
        return [given] * count
    if len(given) != count:
        raise ValueError(f"{len(given)} styles for {count} label maps; give one, or one each")
    items: Sequence[Any] = given
    return items


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
