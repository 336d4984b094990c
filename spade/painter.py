"""The library's face: a loaded model that paints pictures from label ids."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from spade.arguments import Arguments, Integers, Looks, PaintError
from spade.engine import DTYPES, ENGINES, DtypeName, EngineName, build_engine
from spade.maps.labels import Borders, LabelSet, load_label_set
from spade.maps.looks import Look
from spade.model.card import Card
from spade.model.checkpoint import Checkpoint, load_checkpoint, load_network
from spade.segmenter.network import Segmenter, load_segmenter
from spade.style import Style, StyleBook

__all__ = ["PaintError", "Painter", "load_painter"]


class Painter:
    """A model in memory. Safe to call from several threads; a picture is a function of
    (checkpoint, label map, instances, seed, style, look, borders) and of nothing else in the batch;
    on a GPU the length of the batch may change its rounding.

    card: the checkpoint's description.
    label_set: the labels whose ids `generate` and `paint` take.
    native_size: (height, width) the model was trained for.
    size_multiple, max_size: which other sizes it paints.
    abilities: `seed`, `style`, `instances`: whether the argument changes the picture;
        `natural_borders`: whether it takes borders other than as drawn; `segment`: whether it can
        trace photos.
    styles: preset names that `style` takes.
    looks: styles of photos that `look` takes by id, and that seeds and presets choose from; a model
        without them draws styles from a normal distribution.
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
        self._styles = StyleBook(checkpoint, self.device)
        self._arguments = Arguments(self.card, self.label_set, self._styles)
        self._engine = build_engine(engine, load_network(checkpoint), self.device, dtype)
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
        """Which of `seed`, `style` and `instances` change the picture; what else it can do."""
        natural = self._arguments.natural_borders
        return dict(self.card.abilities) | {"natural_borders": natural}

    @property
    def styles(self) -> tuple[str, ...]:
        """Names of the style presets."""
        return tuple(self._styles.presets)

    @property
    def looks(self) -> tuple[Look, ...]:
        """The looks that the model has: ids, credits, and what they are good for."""
        return () if self._styles.bank is None else self._styles.bank.looks

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights of the generator and the segmenter take."""
        segmenter = 0 if self._segmenter is None else self._segmenter.weight_bytes
        return self._engine.weight_bytes + segmenter

    def warm_up(self) -> None:
        """Paint once at native size, so that the first real picture is not slower."""
        label_map = np.full((1, *self.native_size), self.label_set.labels[0].id, dtype=np.uint8)
        borders: Borders = "natural" if self.abilities["natural_borders"] else "drawn"
        self.generate(label_map, borders=borders)

    def generate(
        self,
        label_maps: Integers | Sequence[Integers],
        instances: Integers | None = None,
        z: npt.NDArray[np.float32] | None = None,
        seeds: Sequence[int] | None = None,
        style: Style | Sequence[Style] = None,
        borders: Borders | Sequence[Borders] = "drawn",
        look: Looks = None,
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
                for all items or one per item. A preset narrows the looks to choose from.
            borders: `drawn` takes the label map as it is, `natural` roughens it, differently for
                each seed, as `spade.borders` says; one for all items or one per item.
            look: id of one of `looks`, whatever is painted; one for all items or one per item.
                `FIRST+SECOND:WEIGHT` blends two of them, the weight of the second in [0, 1]; with 0
                it is the first to the bit. None leaves the choice to seed, style and label map, see
                `choose_looks`.

        Returns:
            `[N, 3, H, W] float32` RGB in [-1, 1].

        Raises:
            PaintError: a size, seed, style, borders, look or shape that the model does not take.
            LabelMapError: label ids that the model lacks.
        """
        batch = self._arguments.batch(label_maps, instances, z, seeds, style, borders, look)
        return self._engine.generate(batch).numpy()

    def paint(
        self,
        label_maps: Integers | Sequence[Integers],
        instances: Integers | None = None,
        z: npt.NDArray[np.float32] | None = None,
        seeds: Sequence[int] | None = None,
        style: Style | Sequence[Style] = None,
        borders: Borders | Sequence[Borders] = "drawn",
        look: Looks = None,
    ) -> npt.NDArray[np.uint8]:
        """Paint a batch as `[N, H, W, 3] uint8 RGB`; arguments and errors as `generate`."""
        return self._engine.paint(
            self._arguments.batch(label_maps, instances, z, seeds, style, borders, look)
        ).numpy()

    def choose_looks(
        self,
        label_maps: Integers | Sequence[Integers],
        seeds: Sequence[int] | None = None,
        style: Style | Sequence[Style] = None,
        look: Looks = None,
    ) -> list[str | None]:
        """Tell which look `paint` takes for each item; arguments and errors are those of `paint`.

        The same label map, seed and style give the same look, and one that is painted on keeps it
        until it becomes another kind of scene. Handed to `paint` as `look`, the ids change nothing.

        Returns:
            One id per item; None where the style is a picture's, or where the model has no looks.
        """
        return self._arguments.choose_looks(label_maps, seeds, style, look)

    def fitting_looks(
        self, label_map: Integers, count: int, style: str | None = None
    ) -> tuple[Look, ...]:
        """Return up to `count` looks that suit a label map `[H, W]`, as unlike as they can be.

        They come from the photos of the most similar scenes; a preset as `style` narrows them.

        Raises:
            PaintError: a size, style or shape that the model does not take.
            LabelMapError: label ids that the model lacks.
        """
        ids = self._arguments.fitting_looks(label_map, count, style)
        by_id = {look.id: look for look in self.looks}
        return tuple(by_id[one] for one in ids)

    def trace(self, photo: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """Trace a photo `[H, W, 3] uint8 RGB`: `[h, w] uint8` label ids, (h, w) being `size`.

        Raises:
            PaintError: the model has no segmenter, or the photo is no such array.
        """
        if self._segmenter is None:
            raise PaintError(f"model '{self.name}' cannot trace photos; it has no segmenter")
        try:
            return self._segmenter.trace(photo, size)
        except ValueError as error:
            raise PaintError(str(error)) from None

    def paints(self, size: tuple[int, int]) -> bool:
        """Tell whether label maps of this (height, width) can be painted as they are."""
        return all(
            side % self.size_multiple == 0 and 0 < side <= largest
            for side, largest in zip(size, self.max_size, strict=True)
        )


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
