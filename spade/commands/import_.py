"""Import a generator saved by NVIDIA's SPADE code (latest_net_G.pth) as a checkpoint."""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from spade.commands._options import add_out
from spade.model.architecture import NETS, UPSAMPLINGS, Architecture

TITLES = {"spade": "SPADE", "pix2pixhd": "pix2pixHD"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("file", type=Path, help="latest_net_G.pth")
    parser.add_argument(
        "--arch",
        required=True,
        choices=["coco", "ade20k", "cityscapes", "landscape", "custom"],
        help="what it was trained as; the options below change single values",
    )
    parser.add_argument(
        "--netG", dest="net", choices=NETS, help="which network it is, spade if left out"
    )
    add_out(parser, "checkpoint folder; checkpoints/NAME if left out")
    parser.add_argument("--name", help="of the model; the folder's if left out")
    parser.add_argument("--title", help="what people read")
    parser.add_argument(
        "--encoder", type=Path, metavar="FILE", help="latest_net_E.pth, for style pictures"
    )
    parser.add_argument("--label-set", help="name of its labels, see spade/tables")
    parser.add_argument("--label-nc", type=int, metavar="N", help="labels, don't-care not counted")
    parser.add_argument("--ngf", type=int, metavar="N", help="width of the last block")
    parser.add_argument("--resnet-n-downsample", type=int, metavar="N", help="halvings (pix2pixhd)")
    parser.add_argument("--resnet-n-blocks", type=int, metavar="N", help="of pix2pixhd")
    parser.add_argument("--crop-size", type=int, metavar="N", help="native width in pixels")
    parser.add_argument("--aspect-ratio", type=float, metavar="R", help="native width / height")
    parser.add_argument(
        "--use-vae", action=argparse.BooleanOptionalAction, help="it takes a style vector"
    )
    parser.add_argument("--z-dim", type=int, metavar="N", help="length of the style vector")
    parser.add_argument(
        "--num-upsampling-layers", choices=list(UPSAMPLINGS), help="5, 6 or 7 doublings"
    )
    parser.add_argument(
        "--contain-dontcare", action=argparse.BooleanOptionalAction,
        help="one more input for unlabelled pixels",
    )  # fmt: skip
    parser.add_argument(
        "--instance-edges", action=argparse.BooleanOptionalAction,
        help="one more input for the borders between instances",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Import."""
    from spade.imports.nvidia import import_nvidia
    from spade.imports.presets import PRESETS, label_set_for
    from spade.model.card import Card, read_architecture

    preset = PRESETS[args.arch]
    architecture = read_architecture(_changed(preset.architecture, args).to_json())
    out = args.out or Path("checkpoints") / (args.name or args.arch)
    same_labels = (architecture.label_nc, architecture.contain_dontcare) == (
        preset.architecture.label_nc,
        preset.architecture.contain_dontcare,
    )
    known = preset.label_set if same_labels else None
    card = Card(
        name=args.name or out.resolve().name,
        title=args.title or preset.title.replace("SPADE", TITLES[architecture.net]),
        label_set=args.label_set or known or label_set_for(architecture),
        architecture=architecture,
        licence=preset.licence,
    )
    card = import_nvidia(args.file, out, card, args.encoder)
    print(f"{out}: {card.title}, {card.architecture.native_size}, labels '{card.label_set}'")
    print(f"Licence: {card.licence.name}. {card.licence.text}")
    return 0


def _changed(architecture: Architecture, args: argparse.Namespace) -> Architecture:
    given = {name: getattr(args, name) for name in asdict(architecture) if hasattr(args, name)}
    return replace(architecture, **{k: v for k, v in given.items() if v is not None})
