"""Every room can be taken in at a glance: no circles of imports, few and short modules in each."""

from pathlib import Path

import pytest

from tests.imports import Graph, circles, folder_circles, page_imports, python_imports

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "frontend" / "static" / "js"
PACKAGES = ("api", "jobs", "worker", "spade", "supervise", "bench")
MOST_MODULES = 16
SOURCES = {".py", ".js", ".lua", ".css"}


def house() -> Graph:
    """Return the imports of all Python packages together."""
    return python_imports(ROOT, PACKAGES)


def test_no_files_import_each_other_in_a_circle() -> None:
    """Each Python file can be understood from those it imports, without coming back to itself."""
    assert circles(house()) == []


def test_no_folders_import_each_other_in_a_circle() -> None:
    """At every level, files and folders side by side have an order, lower to higher."""
    assert folder_circles(house()) == []


def test_the_page_has_no_circles() -> None:
    """The page's modules and folders have an order too."""
    page = page_imports(PAGE)

    assert len(page) > 40
    assert circles(page) == []
    assert folder_circles(page) == []


@pytest.mark.parametrize("room", [*PACKAGES, "frontend/static/js", "frontend/static/css"])
def test_no_folder_is_crowded(room: str) -> None:
    """No folder holds more modules than can be read as one list."""
    folders = [ROOT / room, *(ROOT / room).rglob("*")]
    counts = {
        folder.relative_to(ROOT).as_posix(): sum(
            file.suffix in SOURCES and file.name != "__init__.py" for file in folder.iterdir()
        )
        for folder in folders
        if folder.is_dir() and folder.name != "__pycache__"
    }

    assert {name: count for name, count in counts.items() if count > MOST_MODULES} == {}


def test_circles_are_seen(tmp_path: Path) -> None:
    """A circle is found through an import inside a function, for types, and by a package's name."""
    written = {
        "a/__init__.py": "",
        "a/one.py": "def f():\n    from a.two import g\n",
        "a/two.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import b.three\n",
        "b/three.py": "from a import one\n",
        "b/alone.py": "import a.one\n",
    }
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    graph = python_imports(tmp_path, ("a", "b"))

    assert circles(graph) == [["a/one.py", "a/two.py", "b/three.py"]]
    assert folder_circles(graph)[0] == ["a", "b"]


def test_circles_of_folders_are_seen(tmp_path: Path) -> None:
    """Two folders that import each other are a circle though no two of their files are."""
    for name, text in {
        "x/one.js": 'import { a } from "../y/two.js";\n',
        "x/last.js": "export const a = 1;\n",
        "y/two.js": '/** @typedef {import("../x/last.js").A} A */\n',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    graph = page_imports(tmp_path)

    assert circles(graph) == []
    assert folder_circles(graph) == [["x", "y"]]
