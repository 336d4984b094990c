"""What region-exact modulation and bfloat16 give in training, against the dense float32 network.

    python -m bench.training [--data DIR] [--ngf 20] [--size 128] [--batch 6] [--rounds 5]

Every variant trains the same networks on the same batches, in turn, in one process; medians.
Without --data the label maps are made by hand (few labels, flat regions).
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from spade.commands.train import ENVIRONMENT
from spade.data.layouts import find_pairs
from spade.data.pairs import PairDataset
from spade.maps.free_hand import free_hand_doodles
from spade.maps.labelmap import resize_nearest
from spade.maps.labels import load_label_set
from spade.model.pyramid import LabelPyramid
from spade.train.batches import Batch
from spade.train.config import TrainConfig
from spade.train.recipes import load_config
from spade.train.step import Trainer

VARIANTS = (
    ("dense float32", True, False),
    ("dense bf16", True, True),
    ("region float32", False, False),
    ("region bf16", False, True),
)


def main() -> int:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--ngf", type=int, default=20)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    base = load_config("landscape")
    phase = replace(base.phases[1], size=(args.size, args.size), batch_size=args.batch)
    config = replace(base, architecture=replace(base.architecture, ngf=args.ngf), phases=(phase,))
    photos, channels = _batch(args.data, config)
    steps, paints = {}, {}
    for name, dense, bf16 in VARIANTS:
        trainer = Trainer(replace(config, bf16=bf16), torch.device("cpu"))
        steps[name] = _whole_step(trainer, photos, channels, dense)
        paints[name] = _generator_only(trainer, photos, channels, dense)
    print(
        f"{torch.get_num_threads()} threads, {args.size}x{args.size}, batch {args.batch}, "
        f"ngf {args.ngf}, torch {torch.__version__}"
    )
    _table("generator, forward and backward", paints, args.rounds, args.batch)
    _table("whole training step", steps, args.rounds, args.batch)
    return 0


def _batch(data: Path | None, config: TrainConfig) -> tuple[torch.Tensor, torch.Tensor]:
    label_set = load_label_set(config.label_set)
    (phase,) = config.phases
    if data is not None:
        dataset = PairDataset(find_pairs(data, "train"), label_set, phase.size, phase.augmentation)
        items = [dataset[index] for index in range(phase.batch_size)]
        return torch.stack([i["photo"] for i in items]), torch.stack([i["channels"] for i in items])
    doodles = free_hand_doodles(label_set)
    maps = [resize_nearest(doodles[i % len(doodles)], phase.size) for i in range(phase.batch_size)]
    channels = [torch.from_numpy(label_set.channel_of_id[ids]).long() for ids in maps]
    generator = torch.Generator().manual_seed(1)
    photos = torch.rand(phase.batch_size, 3, *phase.size, generator=generator) * 2 - 1
    return photos, torch.stack(channels)


def _pyramid(trainer: Trainer, channels: torch.Tensor, dense: bool) -> LabelPyramid:
    return LabelPyramid(channels, trainer.config.architecture.label_channels, dense=dense)


def _whole_step(
    trainer: Trainer, photos: torch.Tensor, channels: torch.Tensor, dense: bool
) -> Callable[[], None]:
    def run() -> None:
        batch = Batch(
            photos.contiguous(memory_format=torch.channels_last),
            _pyramid(trainer, channels, dense),
        )
        trainer.step(batch)

    return run


def _generator_only(
    trainer: Trainer, photos: torch.Tensor, channels: torch.Tensor, dense: bool
) -> Callable[[], None]:
    generator = trainer.networks.generator
    z = torch.randn(len(photos), trainer.config.architecture.z_dim)

    def run() -> None:
        pyramid = _pyramid(trainer, channels, dense)
        with torch.autocast("cpu", torch.bfloat16, enabled=trainer.config.bf16):
            picture = generator(pyramid, trainer.config.phases[0].size, z)
        (picture.float() - photos).abs().mean().backward()
        generator.zero_grad(set_to_none=True)

    return run


def _table(title: str, variants: dict[str, Callable[[], None]], rounds: int, batch: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in variants}
    for round_ in range(rounds + 1):
        for name, run in variants.items():
            start = time.perf_counter()
            run()
            if round_:  # the first round warms up
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    reference = next(iter(medians.values()))
    print(f"\n| {title} | seconds | pictures/s | times the dense float32 rate |\n|---|---|---|---|")
    for name, median in medians.items():
        print(f"| {name} | {median:.3f} | {batch / median:.1f} | {reference / median:.2f} |")


if __name__ == "__main__":
    missing = {name: value for name, value in ENVIRONMENT.items() if name not in os.environ}
    if missing and sys.platform == "linux":
        command = [sys.executable, "-m", "bench.training", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **missing})
    sys.exit(main())
