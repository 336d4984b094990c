"""Runs that are stopped or killed: what they saw is not lost."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from spade.train.run import train
from tests.spade.test_train import curve, seen
from tests.spade.training_data import BATCH, tiny_config, write_pairs
from tests.waiting import until

CPU = torch.device("cpu")


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


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_a_run_that_is_told_to_stop_saves_first(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    """Ctrl-C, which a terminal sends to the loaders too, and SIGTERM cost no picture seen."""
    config = tiny_config(steps=100_000, save_every=0, workers=1)
    data, file, run = write_pairs(tmp_path / "data"), tmp_path / "tiny.json", tmp_path / "run"
    file.write_text(json.dumps(config.to_json()))
    command = [sys.executable, "-m", "spade", "train", "--data", str(data)]
    command += ["--out", str(run), "--config", str(file), "--device", "cpu"]
    with subprocess.Popen(command, start_new_session=True) as process:
        until(lambda: len(curve(run)) > 1, "two steps", passing=(ValueError, FileNotFoundError))
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)

    assert process.returncode == code
    assert seen(run) == curve(run)[-1]["images"] > BATCH
