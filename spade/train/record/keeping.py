"""What a run keeps while it goes: losses, states, pictures, and its best weights."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Never, Protocol, Self

from tqdm import tqdm

from spade.data.layouts import find_pairs
from spade.data.pairs import PairDataset
from spade.maps.free_hand import free_hand_doodles
from spade.maps.labels import load_label_set
from spade.train.config import TrainConfig
from spade.train.parallel import Place
from spade.train.record.best import Selection
from spade.train.record.report import Reporter, SampleGrid
from spade.train.state import save_state
from spade.train.step import Metrics, Trainer

LOG = logging.getLogger(__name__)
SAMPLED_PAIRS = 6


class Keeper(Protocol):
    """Told of every step; a context that is left when the run ends."""

    def keep(self, trainer: Trainer, metrics: Metrics, /) -> bool:
        """Record a step, keep what is due, and say whether going on is worth while."""

    def leave(self, trainer: Trainer, /) -> None:
        """Keep where a run stands that ends before its time."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_error: object) -> None: ...


def keeper_of(place: Place, data: Path, run: Path, config: TrainConfig, seen: int) -> Keeper:
    """Return what keeps this process's run: of several the first one does."""
    return RunKeeper(data, run, config, seen) if place.rank == 0 else NoKeeper()


class NoKeeper:
    """Keeps nothing."""

    def keep(self, _trainer: Trainer, _metrics: Metrics) -> bool:
        """See `Keeper`."""
        return True

    def leave(self, _trainer: Trainer) -> None:
        """See `Keeper`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return


class RunKeeper:
    """Keeps a run in its folder. Steps are counted from `seen` pictures on."""

    def __init__(self, data: Path, run: Path, config: TrainConfig, seen: int) -> None:
        self._run = run
        self._config = config
        self._seen = seen
        self._grid = _grid(data, config) if config.sample_every else None
        self._selection = Selection(data, run, config) if config.measure_every else None
        self._reporter = Reporter(run, seen)
        self._saved = seen
        self._unsaved: OSError | None = None
        self._told = ""
        self._bar: tqdm[Never] = tqdm(total=config.images, initial=seen, unit="image")

    def keep(self, trainer: Trainer, metrics: Metrics) -> bool:
        """See `Keeper`."""
        before, self._seen = self._seen, trainer.progress.images
        steps, new = trainer.progress.steps, self._seen - before
        self._try(lambda: self._reporter.step(steps, self._seen, metrics, new))
        self._bar.update(self._seen - before)
        config = self._config
        if self._due(config.save_every, before):
            self._save(trainer)
        if self._due(config.sample_every, before):
            self._try(lambda: self._draw(trainer))
        improves = True
        if self._selection is not None and self._due(config.measure_every, before):
            improves = self._improves(self._selection, trainer)
        if self._seen >= config.images:
            self._insist()
        return improves

    def leave(self, trainer: Trainer) -> None:
        """See `Keeper`."""
        self._save(trainer)
        self._try(lambda: self._draw(trainer))
        self._insist()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.close()
        self._try(self._reporter.close)

    def _due(self, every: int, before: int) -> bool:
        ended = self._seen >= self._config.images
        return every > 0 and (ended or self._seen // every > before // every)

    def _save(self, trainer: Trainer) -> None:
        self._unsaved = self._try(lambda: save_state(self._run, trainer))
        if self._unsaved is None:
            self._saved = self._seen

    def _insist(self) -> None:
        """Refuse to end as if all were well where the last state is not on disk."""
        if self._unsaved is not None:
            kept = f"the state after {self._saved} is kept" if self._saved else "nothing is kept"
            raise OSError(
                f"the run stands at {self._seen} pictures, but {self._unsaved}; {kept}. Make room "
                "and give the same command again"
            )

    def _try(self, write: Callable[[], None]) -> OSError | None:
        """Write, or tell what is missing and return it; training goes on."""
        try:
            write()
        except OSError as error:
            if str(error) != self._told:  # once, not at each step
                LOG.error("after %d pictures: %s; training goes on, make room", self._seen, error)
            self._told = str(error)
            return error
        return None

    def _draw(self, trainer: Trainer) -> None:
        if self._grid is not None:
            path = self._run / f"samples-{self._seen:07d}.jpg"
            self._grid.draw(trainer.networks, path, trainer.device)

    def _improves(self, selection: Selection, trainer: Trainer) -> bool:
        """Measure, keep what is best, and say whether going on is worth while."""

        def measure() -> None:
            figures = selection.measure(trainer.networks, self._seen, trainer.phase, trainer.device)
            self._reporter.record(trainer.progress.steps, {"images": self._seen, **figures})

        self._try(measure)
        if selection.exhausted:
            LOG.info("%d pictures: the val figures have stopped improving, so training ends",
                     self._seen)  # fmt: skip
        return not selection.exhausted


def _grid(data: Path, config: TrainConfig) -> SampleGrid:
    label_set = load_label_set(config.label_set)
    pairs = find_pairs(data, "val")[:SAMPLED_PAIRS]
    dataset = PairDataset(pairs, label_set, config.native_size, None)
    return SampleGrid(dataset, free_hand_doodles(label_set), label_set)
