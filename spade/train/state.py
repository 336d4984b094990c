"""The saved state of a run: one file, complete at any moment.

A state without Adam's averages and with the averaged networks alone, in half precision, is an
eighth of the size: enough to go on from on another machine, whose first steps are short ones.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spade.model.tensors import write_whole
from spade.train.config import TrainConfig
from spade.train.step import Trainer

STATE = "state.pt"
State = dict[str, Any]
# What a compact state leaves out, and what stands in for it.
STOOD_IN_FOR = {"generator": "averaged", "encoder": "averaged_encoder"}


def save_state(run: Path, trainer: Trainer) -> None:
    """Write everything that the run needs to go on from here.

    The new state is written beside the old one and then takes its place in one move, so that
    whatever happens there is a complete one.

    Raises:
        OSError: the disk is full or not writable; the former state is still the valid one.
    """
    write_whole(run / STATE, {"config": trainer.config.to_json(), **trainer.state()})


def save_compact(run: Path, out: Path) -> None:
    """Write a run's newest state into `out` without what another machine can do without.

    Raises:
        ValueError: the run has no saved state.
        OSError: it cannot be written.
    """
    state = read_state(run)
    if state is None:
        raise ValueError(f"{run} has no saved state; train first, or name another run")
    networks = {
        name: {key: _half(value) for key, value in tensors.items()}
        for name, tensors in state["networks"].items()
        if name not in STOOD_IN_FOR
    }
    kept = {name: state[name] for name in ("config", "phase", "progress")}
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / STATE, {**kept, "networks": networks})


def read_state(run: Path) -> State | None:
    """Return a run's newest state, or None where nothing has been saved.

    Tensors are read when they are used, so asking for the configuration alone costs little.

    Raises:
        ValueError: the file is no state of a run.
    """
    path = run / STATE
    if not path.is_file():
        return None
    try:
        state: State = torch.load(path, "cpu", weights_only=True, mmap=True)
        TrainConfig.from_json(state["config"])
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no state of a run: {error}") from None
    return state


def load_run(run: Path, config: TrainConfig, device: torch.device) -> Trainer:
    """Return the trainer of the newest saved state, or a new one for a new run.

    Raises:
        ValueError: the file is no state of a run, or of other networks.
    """
    return trainer_of(read_state(run), config, device)


def trainer_of(state: State | None, config: TrainConfig, device: torch.device) -> Trainer:
    """Return the trainer of a state, or a new one where there is none.

    Raises:
        ValueError: the state is of other networks.
    """
    if state is None:
        return Trainer(config, device)
    trainer = Trainer(config, device, min(state["phase"], config.count - 1))
    networks = {name: _floats(tensors) for name, tensors in state["networks"].items()}
    for name, other in STOOD_IN_FOR.items():
        if name not in networks and other in networks:
            networks[name] = networks[other]
    trainer.load_state({**state, "networks": networks})
    return trainer


def _half(value: Tensor) -> Tensor:
    """Halve what is large; statistics are not, and may be beyond what halves can hold."""
    return value.half() if value.is_floating_point() and value.ndim > 1 else value


def _floats(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k: v.float() if v.dtype == torch.float16 else v for k, v in tensors.items()}
