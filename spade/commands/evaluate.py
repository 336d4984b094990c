"""Measure a model against real photos and label-mean colours, and write the figures on its card."""

import argparse
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spade.commands._options import add_engine, add_model
from spade.model.features import MEASURING_FEATURES

if TYPE_CHECKING:
    from spade.evaluate.measure import Evaluation
    from spade.painter import Painter

STRONG, WEAK = 0.45, 0.15
# A photo's short side stands for a picture's if it has at least this share of its pixels.
LARGE = 0.9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_model(parser)
    parser.add_argument(
        "--data", type=Path, metavar="DIR", required=True, help="photos and labels with a split"
    )
    parser.add_argument(
        "--features", default=MEASURING_FEATURES, help="what FID and KID compare, or vgg19:FILE"
    )
    parser.add_argument(
        "--segmenter", type=Path, metavar="FILE",
        help="what the labels of pictures are measured with, runs/segmenter-FEATURES.pt if left "
        "out; trained where there is none",
    )  # fmt: skip
    parser.add_argument("--segmenter-steps", type=int, metavar="N", help="fewer for a quick look")
    parser.add_argument(
        "--beside", type=Path, nargs="+", default=[], metavar="DIR",
        help="models of the same labels to measure on the same maps, for comparison",
    )  # fmt: skip
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[], metavar="N",
        help="sides of larger pictures to measure, too, on photos that are about so large",
    )  # fmt: skip
    add_engine(parser, "exact")
    parser.add_argument("--grid", type=Path, metavar="FILE", help="save a sheet of pictures there")
    parser.add_argument("--write", action="store_true", help="write the figures on the card")


def run(args: argparse.Namespace) -> int:
    """Measure."""
    from spade.data.layouts import find_pairs, large_enough
    from spade.evaluate.colours import measure_light
    from spade.evaluate.grid import draw_grid
    from spade.evaluate.measure import Evaluation, painter_of
    from spade.evaluate.segmenter import STEPS, describe_segmenter, load_or_train_segmenter
    from spade.model.features import load_features
    from spade.painter import load_painter

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    painter = load_painter(args.model, engine=args.engine)
    train_pairs, val_pairs = find_pairs(args.data, "train"), find_pairs(args.data, "val")
    kept = args.segmenter or Path("runs") / f"segmenter-{args.features.partition(':')[0]}.pt"
    segmenter = load_or_train_segmenter(
        kept,
        train_pairs,
        painter.label_set,
        args.features,
        args.segmenter_steps or STEPS,
    )
    network = load_features(args.features)
    evaluation = Evaluation(
        train_pairs,
        val_pairs,
        painter.label_set,
        painter.native_size,
        network,
        segmenter,
    )
    paint = painter_of(painter)
    figures, iou = evaluation.painted(paint)
    ceiling, iou_of_photos = evaluation.real_photos()
    others = {
        f"beside: {one.name}": evaluation.painted(painter_of(one)) for one in _others(args, painter)
    }
    larger: dict[str, Any] = {}
    for side in args.sizes:
        at_size = Evaluation(
            large_enough(train_pairs, int(side * LARGE)),
            large_enough(val_pairs, int(side * LARGE)),
            painter.label_set,
            (side, side),
            network,
            segmenter,
            painter.native_size,
        )
        larger[f"model at {side} pixels"] = at_size.painted(paint)[0].to_json()
        larger[f"real val photos at {side} pixels"] = at_size.real_photos()[0].to_json()
    table = {
        "model": figures.to_json(),
        **_doodles(evaluation, painter),
        **{name: found.to_json() for name, (found, _) in others.items()},
        "real val photos": ceiling.to_json(),
        "label-mean colours": evaluation.mean_colours().to_json(),
        **larger,
    }
    light = measure_light(painter, train_pairs + val_pairs)
    result = {
        "features": args.features.partition(":")[0],
        "segmenter": describe_segmenter(kept),
        "val_photos": len(val_pairs),
        "table": table,
        "diversity": round(evaluation.diversity(paint), 4) if painter.abilities["seed"] else 0.0,
        "light": None if light is None else light.to_json(),
        "iou_by_label": iou,
        "iou_by_label_of_photos": iou_of_photos,
    }
    print_table(result)
    if args.grid is not None:
        draw_grid(painter, val_pairs, args.grid)
    if args.write:
        _write(args.model, result, painter.label_set)
    return 0


def _doodles(evaluation: "Evaluation", painter: "Painter") -> dict[str, dict[str, float]]:
    from spade.evaluate.measure import painter_of

    drawn = evaluation.painted_doodles(painter_of(painter))
    rows = {"doodles of the val maps": drawn.to_json()}
    if painter.abilities["natural_borders"]:
        natural = evaluation.painted_doodles(painter_of(painter, "natural"))
        rows["the same, natural borders"] = natural.to_json()
    return rows


def _others(args: argparse.Namespace, painter: "Painter") -> Iterator["Painter"]:
    from spade.painter import load_painter

    for folder in args.beside:
        other = load_painter(folder, engine=args.engine)
        if other.label_set != painter.label_set:
            raise ValueError(
                f"{folder} paints the labels '{other.label_set.name}', {args.model} "
                f"'{painter.label_set.name}'; models beside each other have the same"
            )
        yield other


def print_table(result: dict[str, Any]) -> None:
    """Print the figures as a Markdown table."""
    print(f"features: {result['features']}; segmenter: {result['segmenter']}")
    print(f"| pictures | FID ({result['features']}) | KID | pixel accuracy | mIoU |")
    print("|---|---|---|---|---|")
    for name, row in result["table"].items():
        print(
            f"| {name} | {row['fid']:.1f} | {row['kid']:.3f} "
            f"| {row['accuracy']:.3f} | {row['miou']:.3f} |"
        )
    print(f"diversity over seeds: {result['diversity']:.3f}")
    if light := result["light"]:
        print(
            f"doodles darker than 98 % of photos: {light['dark']:.1%}, hotter: {light['hot']:.1%}"
        )
        if light["presets"] is not None:
            print(f"presets told by their colours: {light['presets']:.1%}")
    print("IoU by label, of the model and of the real val photos:")
    for name, value in result["iou_by_label"].items():
        print(f"  {name}: {value:.3f} ({result['iou_by_label_of_photos'][name]:.3f})")


def _write(model: Path, result: dict[str, Any], label_set: Any) -> None:
    from spade.model.card import update_card

    iou = result["iou_by_label"]
    by_name = {label.name: label.id for label in label_set.labels}
    update_card(
        model,
        metrics=result,
        labels_strong=tuple(by_name[name] for name, value in iou.items() if value >= STRONG),
        labels_weak=tuple(by_name[name] for name, value in iou.items() if value < WEAK),
    )
