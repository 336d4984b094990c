"""What each part of the landscape recipe is worth: the same short run without it, measured alike.

    python -m bench.ablation --data DIR [--out runs/ablation] [--steps 400] [--only NAME ...]

Each variant trains from random weights, on the same crops in the same order, and is measured on
the val split (`spade.train.record.best`). Finished variants are kept in --out, not run again. Small
and short runs of one seed: large differences mean something, small ones do not.
"""

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from spade.train.config import LossWeights, TrainConfig
from spade.train.networks import Networks
from spade.train.recipes import load_config
from spade.train.record.best import SEGMENTER, Selection, load_best, read_best
from spade.train.run import train
from spade.train.state import STATE

SIDE = 64
# Thinner than what is shipped, so that a variant takes minutes.
NGF, NDF, NEF = 12, 16, 16
BATCH = 8
FIGURES = ("fid", "kid", "accuracy", "miou")


def main() -> int:
    """Train and measure every variant, then print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="variants instead of all")
    args = parser.parse_args()
    variants = _variants(args.steps)
    unknown = set(args.only or ()) - set(variants)
    if unknown:
        raise ValueError(f"no variants {sorted(unknown)}; known: {', '.join(variants)}")
    figures = {
        name: _measured(args.data, args.out, name, config)
        for name, config in variants.items()
        if not args.only or name in args.only
    }
    _table(figures, args.steps)
    return 0


def _variants(steps: int) -> dict[str, TrainConfig]:
    """Return the recipe, and the recipe without one part at a time."""
    base = load_config("landscape")
    images = steps * BATCH
    phase = replace(base.phases[1], images=images, size=(SIDE, SIDE), batch_size=BATCH)
    base = replace(
        base,
        architecture=replace(base.architecture, ngf=NGF),
        phases=(phase,),
        ndf=NDF,
        nef=NEF,
        workers=0,
        sample_every=images,
        save_every=images,
        measure_every=images,
    )
    losses = base.losses

    def cut(**changes: Any) -> TrainConfig:
        changed = replace(phase, augmentation=replace(phase.augmentation, **changes))
        return replace(base, phases=(changed,))

    return {
        "the recipe": base,
        "another seed": replace(base, seed=2),
        "no noise": replace(base, architecture=replace(base.architecture, noise=False)),
        "no judges on features": replace(base, losses=replace(losses, projected=0.0)),
        "no colour loss": replace(base, losses=replace(losses, colour=0.0)),
        "no perceptual loss": replace(base, losses=replace(losses, perceptual=0.0)),
        "the paper's weights": replace(base, losses=replace(LossWeights(), projected=1.0)),
        "judges that see colours changed": cut(policy="colour,translation"),
        "no differentiable augmentation": cut(policy=""),
        "no rare-label crops": cut(rare_labels=0.0),
        "no simplified maps": cut(simplify=0.0, fray=0.0),
        "no averaged weights": replace(base, half_life=1),
    }


def _measured(data: Path, out: Path, name: str, config: TrainConfig) -> dict[str, Any]:
    run = out / name.replace(" ", "-").replace("'", "")
    if read_best(run) is None:
        _share_segmenter(out, run)
        train(data, run, config, torch.device("cpu"))
        shared = out / SEGMENTER
        if not shared.is_file():
            shutil.copy(run / SEGMENTER, shared)
        (run / STATE).unlink()
    best = read_best(run)
    assert best is not None
    figures = {key: best[key] for key in FIGURES} | _doodle_figures(data, run, config)
    print(name, json.dumps(figures), file=sys.stderr)
    return figures


def _doodle_figures(data: Path, run: Path, config: TrainConfig) -> dict[str, float]:
    """Measure a run's best weights on doodles of the val maps, once."""
    kept = run / "doodles.json"
    if not kept.is_file():
        device = torch.device("cpu")
        networks = Networks(config, device)
        load_best(run, networks)
        figures = Selection(data, run, config).measure_doodles(networks, device)
        kept.write_text(json.dumps(figures.to_json()))
    figures = json.loads(kept.read_text())
    return {f"doodle_{key}": value for key, value in figures.items()}


def _share_segmenter(out: Path, run: Path) -> None:
    """Measure every variant with one segmenter."""
    run.mkdir(parents=True, exist_ok=True)
    if (out / SEGMENTER).is_file():
        shutil.copy(out / SEGMENTER, run)


def _table(figures: dict[str, dict[str, Any]], steps: int) -> None:
    print(f"{steps} steps of 8 crops of {SIDE} px, torch {torch.__version__}\n")
    print("| variant | FID | KID | pixel accuracy | mIoU | FID of doodles | accuracy of doodles |")
    print("|---|---|---|---|---|---|---|")
    for name, one in figures.items():
        print(
            f"| {name} | {one['fid']:.0f} | {one['kid']:.2f} | {one['accuracy']:.3f} "
            f"| {one['miou']:.3f} | {one['doodle_fid']:.0f} | {one['doodle_accuracy']:.3f} |"
        )


if __name__ == "__main__":
    sys.exit(main())
