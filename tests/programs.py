"""Programs that tests run: those that CI installs, and this project's own command lines."""

import importlib
import multiprocessing
import os
import runpy
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Makes processes that have loaded what takes long to load, and nothing else.
LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(["jobs", "spade.painter", "api.app"])


@cache
def help_of(*program: str) -> str:
    """Run `python -m PROGRAM --help`; an unknown command ends it with an error."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as said:
        process = LOADED.Process(target=_write_help, args=(program, said.name))
        process.start()
        process.join()
        assert process.exitcode == 0, f"python -m {' '.join(program)} --help: {said.read()}"
        return said.read()


def _write_help(program: tuple[str, ...], file: str) -> None:
    module, *command = program
    sys.argv = [module, *command, "--help"]
    _speak_into(Path(file))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def begin_spade(
    arguments: Sequence[str], said: Path, environment: Mapping[str, str], absent: str = ""
) -> ForkServerProcess:
    """Begin a command of `spade` where what takes long is loaded; its words go to a file.

    `absent` is a package that cannot be imported there: none of those that are loaded.
    """
    process = LOADED.Process(target=_run_spade, args=(arguments, said, environment, absent))
    process.start()
    return process


def _run_spade(
    arguments: Sequence[str], said: Path, environment: Mapping[str, str], absent: str
) -> None:
    os.environ.update(environment)
    if absent:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("spade", absent)]:
            del sys.modules[name]
        vars(sys)["modules"][absent] = None
    _speak_into(said)
    sys.exit(importlib.import_module("spade.__main__").main([*arguments]))


def _speak_into(file: Path) -> None:
    """Let this process, and a program that starts itself anew in it, write to a file."""
    with file.open("wb") as said:
        for descriptor in (1, 2):
            os.dup2(said.fileno(), descriptor)


def needed(name: str, package: str) -> str:
    """Return the program's path; without it skip the test, or fail where CI promises it."""
    found = shutil.which(name)
    if found:
        return found
    if os.environ.get("DOODLESCAPE_REQUIRE_PROGRAMS") == "1":
        pytest.fail(f"{name} is required here: apt-get install {package}")
    pytest.skip(f"{name} is not installed (Debian: {package})")
