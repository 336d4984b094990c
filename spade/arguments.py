"""A caller's arguments, checked and turned into the batch that an engine paints."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.borders import natural_borders
from spade.engine.batch import Batch
from spade.maps.instances import instance_edges
from spade.maps.labelmap import check_label_ids
from spade.maps.labels import BORDERS, Borders, LabelSet
from spade.model.card import Card
from spade.style import DEFAULT_SEED, Style, StyleBook

Integers = npt.NDArray[np.integer]
LabelMaps = npt.NDArray[np.uint8]
#: Ids of looks: one for all items or one per item, None where a seed chooses.
Looks = str | None | Sequence[str | None]
MAX_SEED = 2**63 - 1


class PaintError(ValueError):
    """An argument that cannot be painted; the text names the value, the limit and the remedy."""


class Arguments:
    """What one model takes, for `Painter.generate` and `Painter.paint`, which say what is what."""

    def __init__(self, card: Card, label_set: LabelSet, styles: StyleBook) -> None:
        self._card = card
        self._label_set = label_set
        self._styles = styles
        self._channels = label_set.channel_of_id.astype(np.uint8)

    @property
    def natural_borders(self) -> bool:
        """Whether borders may be natural."""
        edges = self._card.architecture.instance_edges
        return self._label_set.takes_natural_borders(instance_edges=edges)

    def batch(
        self,
        label_maps: Integers | Sequence[Integers],
        instances: Integers | None,
        z: npt.NDArray[np.float32] | None,
        seeds: Sequence[int] | None,
        style: Style | Sequence[Style],
        borders: Borders | Sequence[Borders],
        look: Looks = None,
    ) -> Batch:
        """Return the batch to paint.

        Raises:
            PaintError: a size, seed, style, borders, look or shape that the model does not take.
            LabelMapError: label ids that the model lacks.
        """
        maps = self._check_maps(label_maps)
        vectors = self._vectors(maps, z, seeds, style, look)
        given = tuple([DEFAULT_SEED] * len(maps) if seeds is None else map(int, seeds))
        noise_seeds = given if self._card.architecture.noise else None
        maps = self._with_borders(maps, borders, given)
        channels = torch.from_numpy(self._channels[maps])
        return Batch(channels, self._edges(maps, instances), vectors, noise_seeds)

    def _with_borders(
        self,
        maps: LabelMaps,
        borders: Borders | Sequence[Borders],
        seeds: Sequence[int],
    ) -> LabelMaps:
        per_item = [borders] * len(maps) if isinstance(borders, str) else borders
        if len(per_item) != len(maps):
            raise PaintError(f"{len(per_item)} borders for {len(maps)} label maps; give one each")
        if strange := sorted(set(per_item) - set(BORDERS)):
            raise PaintError(f"no borders '{strange[0]}'; there are: {', '.join(BORDERS)}")
        if "natural" not in per_item:
            return maps
        if not self.natural_borders:
            raise PaintError(
                f"model '{self._card.name}' paints borders as drawn; leave out borders"
            )
        return np.stack(
            [
                natural_borders(label_map, self._label_set, seed) if one == "natural" else label_map
                for label_map, one, seed in zip(maps, per_item, seeds, strict=True)
            ]
        )

    def _check_maps(self, label_maps: Integers | Sequence[Integers]) -> LabelMaps:
        sizes = {np.shape(label_map) for label_map in label_maps}
        if len(sizes) > 1:
            raise PaintError(f"label maps of one batch have one size, these are {sorted(sizes)}")
        maps = np.asarray(label_maps)
        if maps.ndim != 3 or maps.dtype.kind not in "iu":
            raise PaintError(f"label maps are integers [N, H, W], not {maps.dtype} {maps.shape}")
        self._check_size(maps.shape[1:])
        if maps.size and (maps.min() < 0 or maps.max() > 255):
            raise PaintError(f"label ids are 0 to 255, these are {maps.min()} to {maps.max()}")
        batch = maps.astype(np.uint8)
        check_label_ids(batch, self._label_set)
        return batch

    def _check_size(self, size: tuple[int, ...]) -> None:
        multiple, largest = self._card.architecture.stride, self._card.largest_size
        if any(side < multiple or side % multiple for side in size):
            raise PaintError(
                f"size {size[0]}x{size[1]} is not a multiple of {multiple}; resize the label map"
            )
        if size[0] > largest[0] or size[1] > largest[1]:
            raise PaintError(
                f"size {size[0]}x{size[1]} is above this model's {largest[0]}x{largest[1]} "
                "(height x width); use a smaller label map"
            )

    def _edges(self, batch: LabelMaps, instances: Integers | None) -> Tensor | None:
        if not self._card.architecture.instance_edges:
            return None
        marks = batch if instances is None else np.asarray(instances)
        if marks.shape != batch.shape:
            raise PaintError(f"instances are {marks.shape}, the label maps {batch.shape}")
        return torch.from_numpy(instance_edges(marks))

    def choose_looks(
        self,
        label_maps: Integers | Sequence[Integers],
        seeds: Sequence[int] | None,
        style: Style | Sequence[Style],
        look: Looks,
    ) -> list[str | None]:
        """Return the id of the look that each item is painted with, None where none is.

        Raises:
            PaintError: a size, seed, style, look or shape that the model does not take.
            LabelMapError: label ids that the model lacks.
        """
        return self._looks(self._check_maps(label_maps), seeds, style, look)

    def fitting_looks(self, label_map: Integers, count: int, preset: str | None) -> list[str]:
        """Return ids of up to `count` looks that suit a label map `[H, W]`, see `StyleBook`.

        Raises:
            PaintError: a size, preset or shape that the model does not take.
            LabelMapError: label ids that the model lacks.
        """
        try:
            return self._styles.fitting_looks(self._check_maps([label_map])[0], count, preset)
        except ValueError as error:
            raise PaintError(str(error)) from None

    def _looks(
        self,
        maps: LabelMaps,
        seeds: Sequence[int] | None,
        style: Style | Sequence[Style],
        look: Looks,
    ) -> list[str | None]:
        _check_seeds(len(maps), seeds)
        if not self._card.architecture.use_vae and not _is_prior(style):
            raise PaintError(f"model '{self._card.name}' has no style; leave out z and style")
        try:
            given = seeds or [DEFAULT_SEED] * len(maps)
            return self._styles.choose_looks(maps, given, style, look)
        except ValueError as error:
            raise PaintError(str(error)) from None

    def _vectors(
        self,
        maps: LabelMaps,
        z: npt.NDArray[np.float32] | None,
        seeds: Sequence[int] | None,
        style: Style | Sequence[Style],
        look: Looks,
    ) -> Tensor | None:
        if z is not None:
            return self._given(len(maps), z, not (seeds is None and style is None and look is None))
        looks = self._looks(maps, seeds, style, look)
        if not self._card.architecture.use_vae:
            return None
        try:
            return self._styles.vectors(len(maps), seeds, style, looks)
        except ValueError as error:
            raise PaintError(str(error)) from None

    def _given(self, count: int, z: npt.NDArray[np.float32], more: bool) -> Tensor:
        if not self._card.architecture.use_vae:
            raise PaintError(f"model '{self._card.name}' has no style; leave out z and style")
        if more:
            raise PaintError("give either z, or seeds and style or look")
        wanted = (count, self._card.architecture.z_dim)
        if np.shape(z) != wanted:
            raise PaintError(f"z is {np.shape(z)}, should be {wanted}")
        return torch.from_numpy(np.asarray(z, dtype=np.float32))


def _check_seeds(count: int, seeds: Sequence[int] | None) -> None:
    if seeds is not None and len(seeds) != count:
        raise PaintError(f"{len(seeds)} seeds for {count} label maps; give one each")
    for seed in seeds or ():
        if not 0 <= int(seed) <= MAX_SEED:
            raise PaintError(f"seed {seed} is outside 0 to {MAX_SEED}")


def _is_prior(style: Style | Sequence[Style]) -> bool:
    """Tell whether no item asks for a style; a batch may say so item by item."""
    return style is None or (isinstance(style, list | tuple) and all(one is None for one in style))
