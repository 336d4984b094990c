"""The library's face: a loaded model that paints pictures from label ids."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.card import Card
from spade.checkpoint import Checkpoint, build_generator, load_checkpoint
from spade.engine import DTYPES, ENGINES, DtypeName, EngineName, build_engine
from spade.engine.batch import Batch
from spade.instances import instance_edges
from spade.labelmap import check_label_ids
from spade.labels import LabelSet, load_label_set
from spade.segmenter import Segmenter, load_segmenter
from spade.style import DEFAULT_SEED, Style, StyleBook

Integers = npt.NDArray[np.integer]
MAX_SEED = 2**63 - 1


class PaintError(ValueError):
    """An argument that cannot be painted; the text names the value, the limit and the remedy."""


class Painter:
    """A model in memory. Safe to call from several threads; a picture is a function of
    (checkpoint, label map, instances, seed, style) and of nothing else in the batch; on a GPU the
    length of the batch may change its rounding.

    card: the checkpoint's description.
    label_set: the labels whose ids `generate` and `paint` take.
    native_size: (height, width) the model was trained for.
    size_multiple, max_size: which other sizes it paints.
    abilities: `seed`, `style`, `instances`: whether the argument changes the picture; `segment`:
        whether it can trace photos.
    styles: preset names that `style` takes.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        device: str = "cpu",
        engine: EngineName = "exact",
        dtype: DtypeName = "auto",
        segmenter: Segmenter | None = None,
    ) -> None:
        self.card: Card = checkpoint.card
        self.label_set: LabelSet = load_label_set(self.card.label_set)
        self.device = torch.device(device)
        self.engine_name = engine
        self._channels = self.label_set.channel_of_id.astype(np.uint8)
        self._styles = StyleBook(checkpoint, self.device)
        self._engine = build_engine(engine, build_generator(checkpoint), self.device, dtype)
        self._segmenter = segmenter

    @property
    def name(self) -> str:
        """Short name of the model."""
        return self.card.name

    @property
    def native_size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.card.architecture.native_size

    @property
    def size_multiple(self) -> int:
        """Height and width of a label map are multiples of this."""
        return self.card.architecture.stride

    @property
    def max_size(self) -> tuple[int, int]:
        """Largest (height, width)."""
        return self.card.largest_size

    @property
    def abilities(self) -> dict[str, bool]:
        """Which of `seed`, `style` and `instances` change the picture; `segment`."""
        return dict(self.card.abilities)

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the style presets."""
        return tuple(self._styles.presets)

    @property
    def weight_bytes(self) -> int:
        """Memory that the generator's weights take."""
        return self._engine.weight_bytes

    def warm_up(self) -> None:
        """Paint once at native size, so that the first real picture is not slower."""
        label_map = np.full((1, *self.native_size), self.label_set.labels[0].id, dtype=np.uint8)
        self.generate(label_map)

    def generate(
        self,
        label_maps: Integers | Sequence[Integers],
        instances: Integers | None = None,
        z: npt.NDArray[np.float32] | None = None,
        seeds: Sequence[int] | None = None,
        style: Style | Sequence[Style] = None,
    ) -> npt.NDArray[np.float32]:
        """Paint a batch.

        Args:
            label_maps: `[N, H, W]` label ids of `label_set`.
            instances: `[N, H, W]` instance ids; their borders are an input of models with
                instance edges. Left out, the borders between labels are taken.
            z: `[N, z_dim]` style vectors, instead of `seeds` and `style`.
            seeds: one integer in [0, 2**63) per item; the same seed and style give the same z, and
                the same noise where the model has it. Left out, all items have seed 0.
            style: a preset's name or an `[h, w, 3] uint8 RGB` picture whose style is taken; one
                for all items or one per item. None is the prior, N(0, I).

        Returns:
            `[N, 3, H, W] float32` RGB in [-1, 1].

        Raises:
            PaintError: a size, seed, style or shape that the model does not take.
            LabelMapError: label ids that the model lacks.
        """
        batch = self._batch(label_maps, instances, z, seeds, style)
        return self._engine.generate(batch).numpy()

    def paint(
        self,
        label_maps: Integers | Sequence[Integers],
        instances: Integers | None = None,
        z: npt.NDArray[np.float32] | None = None,
        seeds: Sequence[int] | None = None,
        style: Style | Sequence[Style] = None,
    ) -> npt.NDArray[np.uint8]:
        """Paint a batch as `[N, H, W, 3] uint8 RGB`; arguments and errors as `generate`."""
        return self._engine.paint(self._batch(label_maps, instances, z, seeds, style)).numpy()

    def segment(self, photo: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """Trace a photo `[H, W, 3] uint8 RGB`: `[h, w] uint8` label ids, (h, w) being `size`.

        Raises:
            PaintError: the model has no segmenter, or the photo is no such array.
        """
        if self._segmenter is None:
            raise PaintError(f"model '{self.name}' cannot trace photos; it has no segmenter")
        try:
            return self._segmenter.segment(photo, size)
        except ValueError as error:
            raise PaintError(str(error)) from None

    def _batch(
        self,
        label_maps: Integers | Sequence[Integers],
        instances: Integers | None,
        z: npt.NDArray[np.float32] | None,
        seeds: Sequence[int] | None,
        style: Style | Sequence[Style],
    ) -> Batch:
        maps = self._check_maps(label_maps)
        vectors = self._vectors(len(maps), z, seeds, style)
        noise_seeds = None
        if self.card.architecture.noise:
            given = [DEFAULT_SEED] * len(maps) if seeds is None else seeds
            noise_seeds = tuple(int(seed) for seed in given)
        channels = torch.from_numpy(self._channels[maps])
        return Batch(channels, self._edges(maps, instances), vectors, noise_seeds)

    def _check_maps(self, label_maps: Integers | Sequence[Integers]) -> npt.NDArray[np.uint8]:
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
        check_label_ids(batch, self.label_set)
        return batch

    def paints(self, size: tuple[int, int]) -> bool:
        """Tell whether label maps of this (height, width) can be painted as they are."""
        return all(
            side % self.size_multiple == 0 and 0 < side <= largest
            for side, largest in zip(size, self.max_size, strict=True)
        )

    def _check_size(self, size: tuple[int, ...]) -> None:
        multiple, largest = self.size_multiple, self.max_size
        if any(side < multiple or side % multiple for side in size):
            raise PaintError(
                f"size {size[0]}x{size[1]} is not a multiple of {multiple}; resize the label map"
            )
        if size[0] > largest[0] or size[1] > largest[1]:
            raise PaintError(
                f"size {size[0]}x{size[1]} is above this model's {largest[0]}x{largest[1]} "
                "(height x width); use a smaller label map"
            )

    def _edges(self, batch: npt.NDArray[np.uint8], instances: Integers | None) -> Tensor | None:
        if not self.card.architecture.instance_edges:
            return None
        marks = batch if instances is None else np.asarray(instances)
        if marks.shape != batch.shape:
            raise PaintError(f"instances are {marks.shape}, the label maps {batch.shape}")
        return torch.from_numpy(instance_edges(marks))

    def _vectors(
        self,
        count: int,
        z: npt.NDArray[np.float32] | None,
        seeds: Sequence[int] | None,
        style: Style | Sequence[Style],
    ) -> Tensor | None:
        if seeds is not None and len(seeds) != count:
            raise PaintError(f"{len(seeds)} seeds for {count} label maps; give one each")
        for seed in seeds or ():
            if not 0 <= int(seed) <= MAX_SEED:
                raise PaintError(f"seed {seed} is outside 0 to {MAX_SEED}")
        if not self.card.architecture.use_vae:
            if z is not None or not _is_prior(style):
                raise PaintError(f"model '{self.name}' has no style; leave out z and style")
            return None
        if z is not None:
            return self._given(count, z, seeds is not None or style is not None)
        try:
            return self._styles.vectors(count, seeds, style)
        except ValueError as error:
            raise PaintError(str(error)) from None

    def _given(self, count: int, z: npt.NDArray[np.float32], more: bool) -> Tensor:
        if more:
            raise PaintError("give either z, or seeds and style")
        wanted = (count, self.card.architecture.z_dim)
        if np.shape(z) != wanted:
            raise PaintError(f"z is {np.shape(z)}, should be {wanted}")
        return torch.from_numpy(np.asarray(z, dtype=np.float32))


def _is_prior(style: Style | Sequence[Style]) -> bool:
    """Tell whether no item asks for a style; a batch may say so item by item."""
    return style is None or (isinstance(style, list | tuple) and all(one is None for one in style))


def load_painter(
    path: str | Path,
    device: str = "cpu",
    engine: EngineName = "exact",
    *,
    dtype: DtypeName = "auto",
    verify: bool = True,
) -> Painter:
    """Load a checkpoint folder for painting.

    Args:
        path: folder with `model.json` and `model.safetensors`.
        device: `cpu`, `cuda` or `cuda:N`.
        engine: `exact` (within 1e-4 of dense), `fast` (within 1e-3) or `dense` (as published).
        dtype: what a GPU computes with: `float32`, as exact as on a CPU, or `float16` (auto) or
            `bfloat16`, many times faster, and no more than a few levels of 255 away.
        verify: compare the weights' SHA-256 with the card's.

    Raises:
        CheckpointError: missing, damaged or foreign files.
        ValueError: no such engine or dtype, or a dtype that the device has no engine for.
    """
    if engine not in ENGINES:
        raise ValueError(f"no engine '{engine}'; known: {', '.join(ENGINES)}")
    if dtype not in DTYPES:
        raise ValueError(f"no dtype '{dtype}'; known: {', '.join(DTYPES)}")
    checkpoint = load_checkpoint(path, verify=verify)
    segmenter = None
    if checkpoint.card.abilities.get("segment"):
        segmenter = load_segmenter(path, device, verify=verify)
    return Painter(checkpoint, device, engine, dtype, segmenter)
