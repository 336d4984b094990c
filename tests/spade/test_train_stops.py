"""Runs that are stopped or killed: what they saw is not lost."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import torch

from spade.train.run import train
from tests.spade.test_train import curve, seen
from tests.spade.training_data import BATCH, tiny_config, write_pairs
from tests.waiting import until

CPU = torch.device("cpu")
#: Runs what follows where Ctrl-C is heeded (SIG_DFL) or not (SIG_IGN), however this runs itself.
WITH_CTRL_C = (
    "import os, signal, sys; signal.signal(signal.SIGINT, getattr(signal, sys.argv[1])); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)


def test_a_killed_run_goes_on_from_its_last_save(tmp_path: Path) -> None:
    """kill -9 in mid-run loses at most the steps since the last save, never the run."""
    data = write_pairs(tmp_path / "data")
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(tiny_config(steps=400, save_every=BATCH).to_json()))
    command = [sys.executable, "-m", "spade", "train", "--data", str(data)]
    command += ["--out", str(tmp_path / "run"), "--config", str(file), "--device", "cpu"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        stderr = process.stderr
        assert stderr is not None
        for _ in iter(lambda: stderr.read(80), ""):
            if (seen(tmp_path / "run") or 0) >= 3 * BATCH:
                break
        os.kill(process.pid, signal.SIGKILL)
    saved = seen(tmp_path / "run")
    assert saved is not None

    longer = tiny_config(steps=saved // BATCH + 2)

    assert train(data, tmp_path / "run", longer, CPU) == saved + 2 * BATCH


def begin(tmp_path: Path, ctrl_c: str) -> "subprocess.Popen[bytes]":
    """Start a run of many steps that saves nothing in between, and wait until it has done two."""
    config = tiny_config(steps=100_000, save_every=0, workers=1)
    data, file, run = write_pairs(tmp_path / "data"), tmp_path / "tiny.json", tmp_path / "run"
    file.write_text(json.dumps(config.to_json()))
    command = [sys.executable, "-c", WITH_CTRL_C, ctrl_c, sys.executable, "-m", "spade", "train"]
    command += ["--data", str(data), "--out", str(run), "--config", str(file), "--device", "cpu"]
    process = subprocess.Popen(command, start_new_session=True)
    until(lambda: len(curve(run)) > 1, "two steps", passing=(ValueError, FileNotFoundError))
    return process


def test_ctrl_c_saves_first(tmp_path: Path) -> None:
    """It costs no picture seen, though a terminal sends it to the loaders too."""
    with begin(tmp_path, "SIG_DFL") as process:
        os.killpg(process.pid, signal.SIGINT)

    assert process.returncode == 130
    assert seen(tmp_path / "run") == curve(tmp_path / "run")[-1]["images"] > BATCH


def test_sigterm_saves_first(tmp_path: Path) -> None:
    """It costs no picture seen; a Ctrl-C that the run was started to ignore does not end it."""
    with begin(tmp_path, "SIG_IGN") as process:
        os.killpg(process.pid, signal.SIGINT)
        until(lambda: len(curve(tmp_path / "run")) > 9, "further steps", passing=ValueError)
        process.terminate()

    assert process.returncode == -signal.SIGTERM
    assert seen(tmp_path / "run") == curve(tmp_path / "run")[-1]["images"] > BATCH
