"""The saved state of a run: complete, atomic, and in pieces small enough to carry anywhere."""

import io
import json
import os
from pathlib import Path
from typing import Any

import torch

from spade.train.step import Trainer

PIECE_BYTES = 15 * 2**20
POINTER = "state.json"


def save_state(run: Path, trainer: Trainer, step: int) -> None:
    """Write everything that the run needs to go on after `step` steps.

    The pieces are written beside the old ones; the pointer file is replaced last, in one move, so
    that whatever happens the pointer names a complete state.

    Raises:
        OSError: the disk is full or not writable; the former state is still the valid one.
    """
    buffer = io.BytesIO()
    torch.save(
        {
            "networks": trainer.networks.state(),
            "painter_adam": trainer.painter_adam.state_dict(),
            "judge_adam": trainer.judge_adam.state_dict(),
        },
        buffer,
    )
    data = buffer.getbuffer()
    starts = range(0, len(data), PIECE_BYTES)
    names = [f"state-{step:08d}.{index:02d}" for index in range(len(starts))]
    try:
        for name, start in zip(names, starts, strict=True):
            _write(run / name, data[start : start + PIECE_BYTES])
        pointer = {"step": step, "pieces": names, "config": trainer.config.to_json()}
        _write(run / f"{POINTER}.new", json.dumps(pointer, indent=1).encode())
        os.replace(run / f"{POINTER}.new", run / POINTER)
    except OSError:
        for name in [*names, f"{POINTER}.new"]:
            (run / name).unlink(missing_ok=True)
        raise
    for old in run.glob("state-*.*"):
        if old.name not in names:
            old.unlink()


def read_pointer(run: Path) -> dict[str, Any] | None:
    """Return the pointer file of a run, or None where nothing has been saved."""
    path = run / POINTER
    return json.loads(path.read_text()) if path.is_file() else None


def load_state(run: Path, trainer: Trainer) -> int:
    """Restore the newest saved state and return how many steps it has seen; 0 for a new run.

    Raises:
        ValueError: a piece is missing.
    """
    pointer = read_pointer(run)
    if pointer is None:
        return 0
    state = read_state(run, pointer["pieces"], trainer.device)
    trainer.networks.load_state(state["networks"])
    trainer.painter_adam.load_state_dict(state["painter_adam"])
    trainer.judge_adam.load_state_dict(state["judge_adam"])
    return int(pointer["step"])


def read_state(run: Path, pieces: list[str], device: torch.device) -> dict[str, Any]:
    """Return a saved state put together from its pieces.

    Raises:
        ValueError: a piece is missing.
    """
    missing = [name for name in pieces if not (run / name).is_file()]
    if missing:
        raise ValueError(f"{run} lacks {', '.join(missing)}; copy all pieces of the state")
    data = b"".join((run / name).read_bytes() for name in pieces)
    state: dict[str, Any] = torch.load(io.BytesIO(data), map_location=device, weights_only=True)
    return state


def _write(path: Path, data: Any) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
