"""Training in several processes: one run, of which each process sees and draws its own part."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from torch import nn

from spade.data.augmentation import Augmentation
from spade.model.generator import Generator
from spade.train.config import TrainConfig
from spade.train.norms import hold
from spade.train.run import train
from spade.train.state import load_run
from tests.ports import free_port
from tests.programs import begin_spade
from tests.spade.training_data import tiny_config, write_pairs

CPU = torch.device("cpu")
OF_THREE = 3
AS_THEY_ARE = Augmentation(
    min_scale=1.0, flip=False, colour=0.0, rare_labels=0.0, simplify=0.0, fray=0.0, policy=""
)


def torchrun(data: Path, run: Path, config: TrainConfig) -> None:
    """Train in two processes as people do it."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
    command += ["2", "-m", "spade", *command_of(data, run, config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def train_two(data: Path, run: Path, config: TrainConfig, *options: str) -> None:
    """Train in two processes with the environment that torchrun gives them."""
    group = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    said = [run.with_suffix(f".{rank}.log") for rank in range(2)]
    processes = [
        begin_spade([*command_of(data, run, config), *options], file, group | ranks(rank))
        for rank, file in enumerate(said)
    ]
    for process, file in zip(processes, said, strict=True):
        process.join()
        assert process.exitcode == 0, file.read_text(encoding="utf-8")


def ranks(rank: int) -> dict[str, str]:
    return {"RANK": str(rank), "LOCAL_RANK": str(rank)}


def command_of(data: Path, run: Path, config: TrainConfig) -> list[str]:
    """Return the command that trains, with the configuration in a file."""
    file = run.with_suffix(".json")
    file.write_text(json.dumps(config.to_json()))
    command = ["train", "--data", str(data), "--device", "cpu"]
    return [*command, "--out", str(run), "--config", str(file)]


def images(run: Path) -> list[int]:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["images"] for line in lines]


def test_a_run_of_two_processes_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    """Styles and statistics are those of both processes, so that nothing is lost with one of them.

    Cut after a step and resumed, every tensor of the state is that of the run nobody cut.
    """
    data = write_pairs(tmp_path / "data")
    # Two steps of both processes together, with a random style in each batch of three.
    config = tiny_config(images=4 * OF_THREE, batch_size=OF_THREE)
    torchrun(data, tmp_path / "whole", config)
    train_two(data, tmp_path / "parts", config, "--minutes", "0.0000001")
    assert images(tmp_path / "parts") == [2 * OF_THREE]
    train_two(data, tmp_path / "parts", config)

    assert images(tmp_path / "parts") == images(tmp_path / "whole") == [6, 12]
    whole, parts = (
        load_run(tmp_path / n, config, CPU).networks.state() for n in ("whole", "parts")
    )
    for network, tensors in whole.items():
        for name, value in tensors.items():
            assert torch.equal(parts[network][name], value), f"{network}.{name}"
    assert int(whole["bank"]["taken_in"]) == 4 * OF_THREE


def test_processes_draw_noise_and_styles_of_their_own(tmp_path: Path) -> None:
    """Two processes that see the same photo learn from other noise and styles than one alone."""
    data = write_pairs(tmp_path / "data", size=(96, 96))
    for index in range(1, 4):
        (data / "photos" / f"{index:03d}.png").unlink()
    shutil.copy(data / "photos/000.png", data / "photos/004.png")
    shutil.copy(data / "labels/000.png", data / "labels/004.png")
    (data / "manifest.csv").write_text("file,split\n000,train\n004,val\n")
    two, one = (tiny_config(steps=steps, augmentation=AS_THEY_ARE) for steps in (2, 1))

    train_two(data, tmp_path / "two", two)
    train(data, tmp_path / "one", one, CPU)

    alone = load_run(tmp_path / "one", one, CPU).networks.generator.state_dict()
    both = load_run(tmp_path / "two", two, CPU).networks.generator.state_dict()
    bias = "up_3.conv_1.bias"  # Adam's first step is the sign of the gradient, nearly
    assert not torch.equal(both[bias], alone[bias])
    mean = "up_3.norm_1.param_free_norm.running_mean"  # of both, not of the first alone
    assert not torch.equal(both[mean], alone[mean])


def test_statistics_that_gpus_share_are_held_too() -> None:
    """The layers that stand in for batch norm on several GPUs are held like it."""
    generator = Generator(tiny_config().architecture).train()
    nn.SyncBatchNorm.convert_sync_batchnorm(generator)  # type: ignore[no-untyped-call]

    hold(generator)

    norms = [module for module in generator.modules() if isinstance(module, nn.SyncBatchNorm)]
    assert norms
    assert not any(norm.training for norm in norms)
