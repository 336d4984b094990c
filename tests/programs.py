"""Programs that tests run: those that CI installs, and this project's own command lines."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@cache
def help_of(*program: str) -> str:
    """Run `python -m PROGRAM --help`; an unknown command ends it with an error."""
    return subprocess.run(
        [sys.executable, "-m", *program, "--help"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "clients" / "python")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def needed(name: str, package: str) -> str:
    """Return the program's path; without it skip the test, or fail where CI promises it."""
    found = shutil.which(name)
    if found:
        return found
    if os.environ.get("DOODLESCAPE_REQUIRE_PROGRAMS") == "1":
        pytest.fail(f"{name} is required here: apt-get install {package}")
    pytest.skip(f"{name} is not installed (Debian: {package})")
