"""The house's arrows, its limits on size, and what may not be written in it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imports import imported_names

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("api", "jobs", "worker", "spade", "supervise")
CLIENT = ROOT / "clients" / "python" / "doodlescape_client"

# What each package must never import, at any depth in the file.
FORBIDDEN = {
    "spade": {"api", "jobs", "worker", "supervise", "flask", "celery", "redis", "kombu"},
    "jobs": {"api", "worker", "spade", "supervise", "flask", "torch"},
    "worker": {"api", "supervise", "flask"},
    "api": {"worker", "supervise", "torch"},
    "supervise": {"api", "worker", "spade", "torch", "flask"},
}
LONGEST_MODULE_LINES = 400
# torchrun tells each process its place among the others by environment variables, and the program
# spade/__main__.py tunes the allocator, which only the environment of a new process can do.
READ_ENVIRONMENT = {"jobs/settings.py", "spade/train/parallel.py", "spade/__main__.py"}


def python_files(package: str) -> Iterator[Path]:
    """Yield the modules of a package."""
    yield from sorted((ROOT / package).rglob("*.py"))


def tracked_files() -> list[Path]:
    """Return the files that git tracks and that still exist."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [file for file in files if file.is_file()]


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_one_way_through_the_house(package: str) -> None:
    """A package imports none of the packages and libraries that its place in the house forbids."""
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in python_files(package)
        for name in imported_names(file)
        if name.split(".")[0] in FORBIDDEN[package]
    ]

    assert wrong == []


def test_the_api_takes_only_the_light_parts_of_spade() -> None:
    """The API imports of spade only `spade.maps`, which never loads torch."""
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in python_files("api")
        for name in imported_names(file)
        if name.split(".")[0] == "spade" and not name.startswith("spade.maps.")
    ]

    assert wrong == []


def test_the_client_stands_alone() -> None:
    """The Python client needs nothing of ours, and of others only urllib3."""
    allowed = {"doodlescape_client", "urllib3"} | sys.stdlib_module_names
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in sorted(CLIENT.rglob("*.py"))
        for name in imported_names(file)
        if name.split(".")[0] not in allowed
    ]

    assert wrong == []


LIGHT = ["api.app", "jobs.ledger", "spade", "spade.words"]
LIGHT += [f"spade.maps.{file.stem}" for file in python_files("spade/maps") if file.stem[0] != "_"]


@pytest.mark.parametrize("module", LIGHT)
def test_torch_stays_out_until_a_painter_is_loaded(module: str) -> None:
    """Importing the web application, the ledger or the library itself leaves torch unloaded."""
    program = f"import sys, {module}; sys.exit('torch' in sys.modules)"

    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE)

    assert finished.returncode == 0, finished.stderr.decode() or f"{module} loads torch"


@pytest.mark.parametrize("heavy", ["celery", "redis", "structlog", "numpy"])
def test_start_waits_for_no_import_of_its_parts(heavy: str) -> None:
    """The supervisor starts the API and the worker before it has imported what only they need."""
    program = f"import sys, supervise.start; sys.exit({heavy!r} in sys.modules)"

    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE)

    assert finished.returncode == 0, finished.stderr.decode() or f"supervise.start loads {heavy}"


@pytest.mark.parametrize("package", ["jobs", "spade"])
def test_settings_are_read_at_the_edge(package: str) -> None:
    """Of the library packages only the named edges know `os.environ`."""
    readers = [
        file.relative_to(ROOT).as_posix()
        for file in python_files(package)
        if re.search(r"os\.(environ|getenv)", file.read_text(encoding="utf-8"))
    ]

    assert set(readers) <= READ_ENVIRONMENT


def test_no_module_grows_past_the_cap() -> None:
    """A module stays short enough to be understood in one reading."""
    sources = [file for file in tracked_files() if file.suffix in {".py", ".js", ".css"}]
    lengths = {
        file.relative_to(ROOT).as_posix(): len(file.read_text(encoding="utf-8").splitlines())
        for file in sources
    }

    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE_LINES} == {}


def test_no_machine_is_named() -> None:
    """The repository runs anywhere: it names no folder of the machine it was written on."""
    folders = rb"work|opt/wheels|opt/pypi|root|home/(?!doodlescape)\w+"
    machine_path = re.compile(rb"(?<![\w.])/(?:" + folders + rb")/[\w.]")
    named = [
        f"{file.relative_to(ROOT)}: {match[0].decode()}"
        for file in tracked_files()
        if file.suffix not in {".safetensors", ".png", ".jpg", ".webp"}
        if (match := machine_path.search(file.read_bytes()))
    ]

    assert named == []


def test_no_third_party_code_is_committed() -> None:
    """Libraries come from package indexes: no vendored, minified or built file is tracked."""
    vendored = [
        file.relative_to(ROOT).as_posix()
        for file in tracked_files()
        if {"node_modules", "vendor", "third_party", "site-packages"} & set(file.parts)
        or file.name.endswith((".min.js", ".min.css", ".whl", ".so"))
    ]

    assert vendored == []
