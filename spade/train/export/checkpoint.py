"""Turn a run's averaged networks into a checkpoint that paints at the native size."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from spade.data.layouts import Pair, find_train_pairs
from spade.data.pairs import PairDataset
from spade.engine import build_engine
from spade.engine.batch import batch_of
from spade.looks.presets import TITLES, preset_styles
from spade.maps.free_hand import free_hand_doodles
from spade.maps.labelmap import resize_nearest
from spade.maps.labels import load_label_set
from spade.model.card import Card, Licence
from spade.model.checkpoint import save_checkpoint
from spade.model.encoder import StyleEncoder
from spade.model.generator import Generator, PaintingNetwork
from spade.train.batches import Batch
from spade.train.config import TrainConfig
from spade.train.export.blend import blend
from spade.train.export.prior import absorb_prior, fit_prior
from spade.train.grow import grow
from spade.train.networks import folded
from spade.train.norms import measure
from spade.train.record.best import load_best, read_best
from spade.train.state import load_run, read_state
from spade.train.step import Trainer

# What styles are judged by: sea, lake and meadow, each with sky.
PRESET_DOODLES = 3
PRESET_SIDE = 128
# Styles of that many photos are tried; more would take many minutes on a CPU.
PRESET_PHOTOS = 240


def export(
    run: Path,
    data: Path,
    out: Path,
    *,
    title: str,
    licence: Licence,
    best: bool = False,
    more_data: Sequence[Path] = (),
    blend_with: Path | None = None,
) -> Card:
    """Write the run's newest averaged generator, or its `best`, and return the checkpoint's card.

    `blend_with` is the checkpoint that the run started from, to export what lies halfway.
    `data` and `more_data` are what it was trained on. Batch statistics are measured anew on these
    pairs at the native size, unless the run held them, because those kept while training belong to
    crops and to weights that have moved on.

    Raises:
        ValueError: the run has no saved state, or no measured one where the best is asked for, or
            other networks than `blend_with`.
    """
    state = read_state(run)
    if state is None:
        raise ValueError(f"{run} has no saved state; train first, or name another run")
    config = TrainConfig.from_json(state["config"])
    trainer = load_run(run, config, torch.device("cpu"))
    images = trainer.progress.images
    if best:
        measured = read_best(run)
        trainer = Trainer(config, trainer.device, measured["phase"] if measured else 0)
        images = load_best(run, trainer.networks)
    generator = folded(trainer.networks.averaged)
    encoder = trainer.networks.averaged_encoder
    encoder = None if encoder is None else folded(encoder)
    architecture = grow(generator, config.native_size)
    if blend_with is not None:
        blend(generator, encoder, blend_with)
    # Each photo once, however often it was drawn.
    pairs = list(dict.fromkeys(find_train_pairs(data, more_data)))
    dataset = _dataset(pairs, config)
    posterior, kept = {}, None
    if encoder is not None:
        trained = _styles_of(encoder, dataset)
        assert isinstance(generator, Generator)
        assert isinstance(generator.fc, nn.Linear)
        absorb_prior(generator.fc, encoder, fit_prior(*trained))
        kept = _styles_of(encoder, dataset)
        posterior = {"as trained": _spread(*trained), "as kept": _spread(*kept)}
    if not trainer.holds_statistics:
        _measure_statistics(generator, encoder, dataset, config)
    styles = {} if kept is None else _presets(generator, kept, dataset)
    card = Card(
        name=out.name,
        title=title,
        label_set=config.label_set,
        architecture=architecture,
        licence=licence,
        styles={name: TITLES[name] for name in styles},
        training={
            "images_seen": images,
            "photos": len(dataset),
            "config": config.to_json(),
            "posterior": posterior,
        },
    )
    return save_checkpoint(
        out,
        card,
        generator.state_dict(),
        encoder=None if encoder is None else encoder.state_dict(),
        styles=styles,
        dtype=torch.float16,
    )


def _measure_statistics(
    generator: PaintingNetwork,
    encoder: StyleEncoder | None,
    dataset: PairDataset,
    config: TrainConfig,
) -> None:
    random = torch.Generator().manual_seed(config.seed)

    def styles(batch: Batch) -> Tensor | None:
        """As many random styles as photos' own, since both will be painted with."""
        if encoder is None:
            return None
        own: Tensor = encoder(batch.photos)[0]
        drawn = torch.randn(own.shape, generator=random)
        half = len(own) // 2
        return torch.cat([own[:half], drawn[half:]])

    measure(generator, dataset, styles, torch.device("cpu"))
    generator.eval()


def _dataset(pairs: list[Pair], config: TrainConfig) -> PairDataset:
    return PairDataset(pairs, load_label_set(config.label_set), config.native_size, None)


@torch.no_grad()
def _styles_of(encoder: StyleEncoder, dataset: PairDataset) -> tuple[Tensor, Tensor]:
    pairs = [encoder(dataset[i]["photo"][None]) for i in range(len(dataset))]
    return torch.cat([mean for mean, _ in pairs]), torch.cat([spread for _, spread in pairs])


def _presets(
    generator: PaintingNetwork, styles: tuple[Tensor, Tensor], dataset: PairDataset
) -> dict[str, Tensor]:
    engine = build_engine("exact", generator, torch.device("cpu"))
    size = (PRESET_SIDE, PRESET_SIDE)
    doodles = free_hand_doodles(dataset.label_set)[:PRESET_DOODLES]
    ids = np.stack([resize_nearest(doodle, size) for doodle in doodles])
    seeds = [0] * len(ids)

    def paint(z: Tensor) -> npt.NDArray[np.uint8]:
        styled = z.expand(len(ids), -1)
        batch = batch_of(generator.architecture, dataset.label_set, ids, styled, seeds)
        return engine.paint(batch).numpy()

    every = -(-len(styles[0]) // PRESET_PHOTOS)
    means, log_variances = (part[::every] for part in styles)
    return preset_styles(means, log_variances, paint)


def _spread(means: Tensor, log_variances: Tensor) -> dict[str, float]:
    """Say how well the styles of photos fill N(0, I), from which seeds are drawn."""
    return {
        "mean_abs": round(float(means.mean(dim=0).abs().mean()), 3),
        "std_of_means": round(float(means.std(dim=0).mean()), 3),
        "mean_std": round(float((0.5 * log_variances).exp().mean()), 3),
    }
