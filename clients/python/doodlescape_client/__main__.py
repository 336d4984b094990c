"""Command line: `python -m doodlescape_client`, with paint, compose, trace, looks or models."""

import argparse
import os
import sys
from pathlib import Path

from doodlescape_client.client import Client
from doodlescape_client.errors import DoodlescapeError

URL = "http://localhost:8000"
FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status: 0, or 1 with one line on standard error."""
    asked = _parser().parse_args(arguments)
    try:
        with Client(asked.url, os.environ.get("DOODLESCAPE_API_KEY")) as client:
            asked.run(client, asked)
    except (DoodlescapeError, OSError) as error:
        print(f"doodlescape: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m doodlescape_client",
        description="Paint with a Doodlescape service. DOODLESCAPE_API_KEY may hold a key.",
    )
    url = os.environ.get("DOODLESCAPE_URL", URL)
    parser.add_argument(
        "--url", default=url, help="the service; default DOODLESCAPE_URL or %(default)s"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    paint = commands.add_parser("paint", help="send a picture or words, wait, save the photo")
    paint.set_defaults(run=_paint)
    sent = paint.add_mutually_exclusive_group(required=True)
    sent.add_argument(
        "picture", nargs="?", help="a label map (PNG of label ids), or a doodle with --palette"
    )
    sent.add_argument("--prompt", help="a scene in English or German instead of a picture")
    paint.add_argument(
        "-o", "--output", required=True, help="file of the photo: .png, .jpg or .webp"
    )
    paint.add_argument("--palette", help="whose colours the doodle has")
    paint.add_argument("--match", choices=("exact", "nearest"), help="for colours off the palette")
    paint.add_argument("--model")
    paint.add_argument("--seed", type=int)
    paint.add_argument("--count", type=int, help="variations, 1 to 8")
    paint.add_argument("--style", help="name of a preset")
    paint.add_argument("--look", help="id of a look, or fitting: as many as there are variations")
    paint.add_argument("--borders", choices=("drawn", "natural"), help="of the materials")
    _add_size(paint, "with --prompt")

    compose = commands.add_parser("compose", help="send words, wait, save their label map")
    compose.set_defaults(run=_compose)
    compose.add_argument("prompt", help="a scene in English or German")
    compose.add_argument("-o", "--output", required=True, help="file of the label map: .png")
    compose.add_argument("--model")
    compose.add_argument("--seed", type=int, help="which of many layouts")
    _add_size(compose, "pixels")

    trace = commands.add_parser("trace", help="send a photo, wait, save its label map")
    trace.set_defaults(run=_trace)
    trace.add_argument("photo")
    trace.add_argument("-o", "--output", required=True, help="file of the label map: .png")
    trace.add_argument("--model")

    looks = commands.add_parser("looks", help="list a model's looks, with credits")
    looks.set_defaults(run=_looks)
    looks.add_argument("model")
    looks.add_argument("--preset", help="only those that this preset chooses from")

    models = commands.add_parser("models", help="list the models")
    models.set_defaults(run=_models)
    return parser


def _add_size(command: argparse.ArgumentParser, note: str) -> None:
    for name in ("width", "height"):
        command.add_argument(f"--{name}", type=int, help=f"{note}; default the model's own")


def _paint(client: Client, asked: argparse.Namespace) -> None:
    names = ("prompt", "width", "height", "palette", "match", "model", "seed", "count", "style")
    kind = "doodle" if asked.palette else "label_map"
    options = {name: getattr(asked, name) for name in (*names, "look", "borders")}
    options[kind] = asked.picture
    options["format"] = FORMATS.get(Path(asked.output).suffix.lower())
    job = client.submit(**options)
    for path in client.save(client.wait(job), asked.output):
        print(path)


def _compose(client: Client, asked: argparse.Namespace) -> None:
    names = ("prompt", "model", "seed", "width", "height")
    options = {name: getattr(asked, name) for name in names}
    job = client.wait(client.submit(layout_only=True, **options))
    Path(asked.output).write_bytes(client.label_map(job))
    print(asked.output)
    if unknown := [one["word"] for one in client.understood(job)["unknown"]]:
        print(f"not understood: {', '.join(unknown)}", file=sys.stderr)


def _trace(client: Client, asked: argparse.Namespace) -> None:
    chosen = {"model": asked.model} if asked.model else {}
    job = client.wait(client.submit(photo=asked.photo, **chosen))
    Path(asked.output).write_bytes(client.label_map(job))
    print(asked.output)


def _looks(client: Client, asked: argparse.Namespace) -> None:
    for look in client.looks(asked.model, asked.preset):
        credit = " ".join(filter(None, look["credit"].values()))
        print(f"{look['id']}: {', '.join(look['presets'] or look['scenes'])}; {credit}")


def _models(client: Client, asked: argparse.Namespace) -> None:
    del asked
    for model in client.models():
        print(f"{model['name']}: {model['title']}; {model['sizes']}; {model['licence']['name']}")


if __name__ == "__main__":
    sys.exit(main())
