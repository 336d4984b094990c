"""`python -m spade COMMAND`: paint, train, import and measure from the command line."""

import argparse
import ast
import importlib
import os
import sys
from pathlib import Path

from spade.extras import remedy_for

COMMANDS = Path(__file__).parent / "commands"


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Tells the default of each option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False or action.default in ("", []):
            return action.help
        return super()._get_help_string(action)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    as_program = arguments is None
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m spade", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((argument for argument in arguments if not argument.startswith("-")), None)
    modules = {}
    for path in sorted(COMMANDS.glob("[!_]*.py")):
        name = path.stem.rstrip("_")
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        subparser = subparsers.add_parser(
            name, help=text.partition("\n")[0], description=text, formatter_class=_Help
        )
        if name == chosen:
            # Only the chosen command is imported: the others may need packages that are not there.
            try:
                modules[name] = importlib.import_module(f"spade.commands.{path.stem}")
            except ModuleNotFoundError as error:
                return _refuse_missing(parser.prog, name, error)
            modules[name].add_arguments(subparser)
    args = parser.parse_args(arguments)
    if as_program:
        _restart_with(getattr(modules[args.command], "ENVIRONMENT", {}))
    try:
        return int(modules[args.command].run(args))
    except ModuleNotFoundError as error:
        return _refuse_missing(parser.prog, args.command, error)
    except (ValueError, OSError) as error:
        print(f"{parser.prog} {args.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _refuse_missing(program: str, command: str, error: ModuleNotFoundError) -> int:
    remedy = remedy_for(error)
    if remedy is None:
        raise error
    print(f"{program} {command}: {remedy}", file=sys.stderr)
    return 1


def _restart_with(environment: dict[str, str]) -> None:
    """Start again with variables that are read before Python runs, unless they are set."""
    missing = {name: value for name, value in environment.items() if name not in os.environ}
    if missing and sys.platform == "linux":
        command = [sys.executable, "-m", "spade", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **missing})


if __name__ == "__main__":
    sys.exit(main())
