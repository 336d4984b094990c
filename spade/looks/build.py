"""Build a checkpoint's bank of looks from photos and their label maps."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from spade.data.label_colours import fit_usual_colours, label_colours, mean_luma
from spade.looks.judge import DARK_SHARE, Verdict, judge, judge_doodles
from spade.looks.photos import Photo, find_photos
from spade.maps.labels import LabelSet
from spade.maps.looks import ROWS_FILE, Look
from spade.maps.signature import signature
from spade.model.card import LOOKS_FILE, Card, read_card, update_card
from spade.model.checkpoint import load_checkpoint
from spade.model.looks import LookBank, save_bank
from spade.model.tensors import file_facts
from spade.painter import Painter
from spade.style import StyleBook, look_style

LOG = logging.getLogger(__name__)
# How far from a photo's mean style its look is drawn, in deviations of the style.
DRAWN = 0.7
# What is judged is as small as this, averaged, since only colours count.
SEEN = 64
SPARE_MAPS = 2
REPORT_EVERY = 100

Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Draft:
    """What is kept of a photo while a bank is built."""

    look: Look
    style: Tensor
    log_variance: Tensor
    signature: npt.NDArray[np.float32]
    colours: npt.NDArray[np.float64]
    luma: float


def build_looks(folder: Path, data: Sequence[Path]) -> Card:
    """Build the bank of the checkpoint in `folder`, replace the one it has, and return its card.

    `data` are folders of photos and label maps; only train photos lend a look, and only those with
    a licence where the weights may be used for money.

    Raises:
        ValueError: no encoder, or no photo to take a look from.
        CheckpointError: the checkpoint cannot be used.
    """
    checkpoint = load_checkpoint(folder)
    card = checkpoint.card
    if not checkpoint.encoder:
        raise ValueError(f"model '{card.name}' has no encoder, so photos can lend it no look")
    painter = Painter(replace(checkpoint, looks=None), engine="fast")
    book = StyleBook(checkpoint, torch.device("cpu"))
    drafts: list[Draft] = []
    spare: list[npt.NDArray[np.uint8]] = []
    for photo in find_photos(
        data, painter.label_set, painter.native_size, licensed=card.licence.commercial
    ):
        drafts.append(_draft(photo, book, painter.label_set))
        if len(spare) < SPARE_MAPS:
            spare.append(photo.label_map)
    if not drafts:
        raise ValueError(f"no photo in {', '.join(map(str, data))} can lend a look")
    LOG.info("%d photos; painting with the look of each", len(drafts))
    return put_bank(folder, _bank(drafts, _judged(drafts, painter, spare)))


def put_bank(folder: Path, bank: LookBank) -> Card:
    """Put a bank into a checkpoint's folder, and return the card, which says what it holds."""
    save_bank(folder, bank)
    names = dict.fromkeys(name for look in bank.looks for name in look.presets)
    facts = {
        "count": len(bank.looks),
        "chosen_by_seeds": sum(bool(look.scenes) for look in bank.looks),
        "by_preset": {n: sum(n in look.presets for look in bank.looks) for n in sorted(names)},
    }
    files = {name: file_facts(folder / name) for name in (LOOKS_FILE, ROWS_FILE)}
    return update_card(folder, looks=facts, files=read_card(folder).files | files)


def _draft(photo: Photo, book: StyleBook, label_set: LabelSet) -> Draft:
    mean, log_variance = book.encode(photo.pixels)
    noise = torch.randn(len(mean), generator=torch.Generator().manual_seed(int(photo.id, 16)))
    return Draft(
        Look(photo.id, (), (), 0.0, 0.0, 0.0, photo.author, photo.licence, photo.source),
        mean + DRAWN * noise * torch.exp(0.5 * log_variance),
        log_variance,
        signature(photo.label_map, label_set),
        label_colours(photo.pixels, photo.label_map, label_set),
        mean_luma(photo.pixels),
    )


def _judged(
    drafts: Sequence[Draft], painter: Painter, spare: Sequence[npt.NDArray[np.uint8]]
) -> list[Verdict]:
    doodles = judge_doodles(painter.label_set, painter.size_multiple, spare)
    maps = np.stack([label_map for _, label_map in doodles])
    pictures = np.empty((len(drafts), len(maps), SEEN, SEEN, 3), dtype=np.uint8)
    for at, draft in enumerate(drafts):
        styles = [look_style(draft.style, draft.log_variance, seed) for seed in range(len(maps))]
        for place, one in enumerate(painter.paint(maps, z=torch.stack(styles).numpy())):
            small = Image.fromarray(one).resize((SEEN, SEEN), Image.Resampling.BOX)
            pictures[at, place] = np.asarray(small)
        if at % REPORT_EVERY == REPORT_EVERY - 1:
            LOG.info("%d of %d", at + 1, len(drafts))
    usual = fit_usual_colours(np.stack([draft.colours for draft in drafts]))
    darkest = float(np.quantile([draft.luma for draft in drafts], DARK_SHARE))
    return judge(pictures, doodles, painter.label_set, usual, darkest)


def _bank(drafts: Sequence[Draft], verdicts: Sequence[Verdict]) -> LookBank:
    looks = [
        replace(
            draft.look,
            scenes=verdict.scenes,
            presets=verdict.presets,
            brightness=round(verdict.colours.brightness, 3),
            warmth=round(verdict.colours.warmth, 3),
            saturation=round(verdict.colours.saturation, 3),
        )
        for draft, verdict in zip(drafts, verdicts, strict=True)
    ]
    return LookBank(
        tuple(looks),
        torch.stack([draft.style for draft in drafts]),
        torch.stack([draft.log_variance for draft in drafts]),
        torch.from_numpy(np.stack([draft.signature for draft in drafts])),
    )
