"""Command line: `python -m doodlescape_client paint DOODLE -o PHOTO`, `trace`, and `models`."""

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

    paint = commands.add_parser("paint", help="send a picture, wait, save the photo")
    paint.set_defaults(run=_paint)
    paint.add_argument("picture", help="a label map (PNG of label ids), or a doodle with --palette")
    paint.add_argument(
        "-o", "--output", required=True, help="file of the photo: .png, .jpg or .webp"
    )
    paint.add_argument("--palette", help="whose colours the doodle has")
    paint.add_argument("--match", choices=("exact", "nearest"), help="for colours off the palette")
    paint.add_argument("--model")
    paint.add_argument("--seed", type=int)
    paint.add_argument("--count", type=int, help="variations, 1 to 4")
    paint.add_argument("--style", help="name of a preset")
    paint.add_argument("--borders", choices=("drawn", "natural"), help="of the materials")

    trace = commands.add_parser("trace", help="send a photo, wait, save its label map")
    trace.set_defaults(run=_trace)
    trace.add_argument("photo")
    trace.add_argument("-o", "--output", required=True, help="file of the label map: .png")
    trace.add_argument("--model")

    models = commands.add_parser("models", help="list the models")
    models.set_defaults(run=_models)
    return parser


def _paint(client: Client, asked: argparse.Namespace) -> None:
    names = ("palette", "match", "model", "seed", "count", "style", "borders")
    kind = "doodle" if asked.palette else "label_map"
    options = {name: getattr(asked, name) for name in names} | {kind: asked.picture}
    options["format"] = FORMATS.get(Path(asked.output).suffix.lower())
    job = client.submit(**options)
    for path in client.save(client.wait(job), asked.output):
        print(path)


def _trace(client: Client, asked: argparse.Namespace) -> None:
    chosen = {"model": asked.model} if asked.model else {}
    job = client.wait(client.submit(photo=asked.photo, **chosen))
    Path(asked.output).write_bytes(client.label_map(job))
    print(asked.output)


def _models(client: Client, asked: argparse.Namespace) -> None:
    del asked
    for model in client.models():
        print(f"{model['name']}: {model['title']}; {model['sizes']}; {model['licence']['name']}")


if __name__ == "__main__":
    sys.exit(main())
