"""Programs that tests use where they are installed, and that CI installs."""

import os
import shutil

import pytest


def needed(name: str, package: str) -> str:
    """Give the program's path; without it skip the test, or fail where CI promises it."""
    found = shutil.which(name)
    if found:
        return found
    if os.environ.get("DOODLESCAPE_REQUIRE_PROGRAMS") == "1":
        pytest.fail(f"{name} is required here: apt-get install {package}")
    pytest.skip(f"{name} is not installed (Debian: {package})")
