"""The training loop: resume, step, report, save, and stop cleanly whatever happens."""

import json
import logging
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch.utils.data import DataLoader
from tqdm import tqdm

from spade.data.layouts import Pair, find_pairs, find_train_pairs
from spade.data.pairs import Item, PairDataset
from spade.maps.doodles import free_hand_doodles
from spade.maps.labels import load_label_set
from spade.model.pyramid import LabelPyramid
from spade.train.config import TrainConfig
from spade.train.parallel import agree, join
from spade.train.report import Reporter, SampleGrid
from spade.train.select import Selection
from spade.train.start import start_from
from spade.train.state import load_state, read_pointer, save_state
from spade.train.statistics import measure
from spade.train.step import Batch, Trainer

LOG = logging.getLogger(__name__)
SAMPLED_PAIRS = 6


class TrainingDivergedError(RuntimeError):
    """A loss is no longer finite; the last good state is kept."""


def train(
    data: Path,
    run: Path,
    config: TrainConfig,
    device: torch.device,
    first_weights: Path | None = None,
    more_data: Sequence[Path] = (),
    limit_s: float | None = None,
) -> int:
    """Train until `config.steps`, from the run's last saved state on, and return the step.

    After `limit_s` seconds the state is saved and training ends where it is.

    A new run begins with the weights of the checkpoint or run in `first_weights`, or random ones.
    The train pairs of `more_data` are trained on too; figures and samples come from `data` alone.

    Raises:
        ValueError: the data folder has no usable pairs, or the run belongs to other options.
        TrainingDivergedError: a loss became infinite or not a number.
    """
    began_s = time.monotonic()
    rank, world = join()
    run.mkdir(parents=True, exist_ok=True)
    check_same_run(run, config)
    torch.backends.cudnn.benchmark = device.type == "cuda"
    pairs = find_train_pairs(data, more_data)
    trainer = Trainer(config, device)
    step = load_state(run, trainer)
    if step == 0 and first_weights is not None:
        start_from(trainer.networks, first_weights)
    if config.held_statistics and not (_holds_statistics(run) or _is_finished(first_weights)):
        _hold_statistics(trainer, pairs)
    reporter = Reporter(run, step) if rank == 0 else None
    grid = _grid(data, config) if rank == 0 else None
    selection = Selection(data, run, config) if rank == 0 and config.measure_every else None
    batches = _batches(_training_pairs(pairs, config), config, step, rank, world, device)
    progress = tqdm(total=config.steps, initial=step, unit="step", disable=rank != 0)
    try:
        while step < config.steps:
            batch = next(batches)
            metrics = trainer.step(batch, step)
            if not all(math.isfinite(value) for value in metrics.values()):
                raise TrainingDivergedError(
                    f"a loss is not finite at step {step}: {metrics}; the state of the last save "
                    f"in {run} is good: lower the learning rates and start again"
                )
            step += 1
            if reporter is not None and grid is not None:
                values = reporter.step(step, metrics, len(batch.photos) * world)
                progress.update()
                progress.set_postfix_str(f"{values['images_per_s']:.1f} images/s")
                _keep(run, trainer, grid, step)
            if _is_due(config, step):
                goes_on = selection is None or _improves(selection, reporter, trainer, step)
                if not agree(goes_on, device):
                    break
            if limit_s and not agree(time.monotonic() - began_s < limit_s, device):
                if grid is not None:
                    _keep(run, trainer, grid, step, last=True)
                break
    finally:
        progress.close()
        if reporter is not None:
            reporter.close()
    return step


def _is_finished(start: Path | None) -> bool:
    """Whether a run starts from a finished model, which has its statistics already."""
    return start is not None and read_pointer(start) is None


def _holds_statistics(run: Path) -> bool:
    pointer = read_pointer(run)
    return pointer is not None and bool(pointer["config"].get("held_statistics"))


def _hold_statistics(trainer: Trainer, pairs: list[Pair]) -> None:
    """Measure the statistics of the trained generator and give them to the averaged one."""
    config, networks = trainer.config, trainer.networks
    label_set = load_label_set(config.label_set)
    whole = PairDataset(pairs, label_set, config.size, None)
    measure(networks.generator, whole, trainer.styles_of, trainer.device)
    buffers = zip(networks.averaged.buffers(), networks.generator.buffers(), strict=True)
    for kept, measured in buffers:
        kept.copy_(measured)


def _training_pairs(pairs: list[Pair], config: TrainConfig) -> PairDataset:
    """Return the augmented training pairs, as many as the run will ask for."""
    return PairDataset(
        pairs,
        load_label_set(config.label_set),
        config.size,
        config.augmentation,
        seed=config.seed,
        length=2**40,
    )


def check_same_run(run: Path, config: TrainConfig) -> None:
    """Refuse to go on with a run whose networks differ from those of `config`.

    Raises:
        ValueError: names the options that differ.
    """
    pointer = read_pointer(run)
    if pointer is None:
        (run / "config.json").write_text(json.dumps(config.to_json(), indent=1))
        return
    saved = TrainConfig.from_json(pointer["config"])
    for name in ("architecture", "label_set", "ndf", "nef"):
        if getattr(saved, name) != getattr(config, name):
            raise ValueError(
                f"{run} was trained with {name} {getattr(saved, name)}, "
                f"not {getattr(config, name)}; choose another --out"
            )


def _batches(
    dataset: PairDataset,
    config: TrainConfig,
    step: int,
    rank: int,
    world: int,
    device: torch.device,
) -> Iterator[Batch]:
    # Indices follow from the step alone, so a resumed run sees what it would have seen.
    indices = (
        [(at * world + rank) * config.batch_size + i for i in range(config.batch_size)]
        for at in range(step, config.steps)
    )
    loader = DataLoader(
        dataset,
        batch_sampler=indices,
        num_workers=config.workers,
        pin_memory=device.type == "cuda",
        persistent_workers=config.workers > 0,
    )
    channels = config.architecture.label_channels
    for item in loader:
        yield to_batch(item, channels, device)


def to_batch(item: Item, label_channels: int, device: torch.device) -> Batch:
    """Move a collated item to the device."""
    photos = item["photo"].to(device, non_blocking=True)
    edges = item["edges"].to(device) if "edges" in item else None
    pyramid = LabelPyramid(item["channels"].to(device, non_blocking=True), label_channels, edges)
    return Batch(photos.contiguous(memory_format=torch.channels_last), pyramid)


def _grid(data: Path, config: TrainConfig) -> SampleGrid:
    label_set = load_label_set(config.label_set)
    pairs = find_pairs(data, "val")[:SAMPLED_PAIRS]
    dataset = PairDataset(pairs, label_set, config.native_size, None)
    return SampleGrid(dataset, free_hand_doodles(label_set), label_set)


def _is_due(config: TrainConfig, step: int) -> bool:
    every = config.measure_every
    return every > 0 and (step % every == 0 or step == config.steps)


def _improves(selection: Selection, reporter: Reporter | None, trainer: Trainer, step: int) -> bool:
    """Measure, and say whether going on is worth while."""
    try:
        figures = selection.measure(trainer.networks, step, trainer.device)
        if reporter is not None:
            reporter.record(step, figures)
    except OSError as error:
        LOG.error("cannot keep the best weights at step %d: %s; make room", step, error)
    if selection.exhausted:
        LOG.info("step %d: the val figures have stopped improving, so training ends", step)
    return not selection.exhausted


def _keep(run: Path, trainer: Trainer, grid: SampleGrid, step: int, *, last: bool = False) -> None:
    config = trainer.config
    last = last or step == config.steps
    try:
        if last or step % config.save_every == 0:
            save_state(run, trainer, step)
        if last or step % config.sample_every == 0:
            grid.draw(trainer.networks, run / f"samples-{step:07d}.jpg", trainer.device)
    except OSError as error:
        LOG.error("cannot save at step %d: %s; training goes on, make room", step, error)
