"""One thing has one name: the words of docs/architecture.md, and none beside them."""

import re
import sys
from pathlib import Path

import pytest

from tests.test_layering import ROOT, tracked_files

# What each would be called here. Jobs at rest keep a few old names, all in jobs/lua/scripts.py.
INSTEAD = {
    "pace": "speed",
    "shelf": "model cache",
    "carrier": "ticks",
    "leftovers": "orphaned blobs",
    "yardstick": "dense reference",
    "baton": "the worker to tick",
    "bell": "tick",
    "rung": "ticked",
    "easel": "editor",
}
AT_REST = {"jobs/lua/scripts.py", "tests/jobs/test_upgrade.py", "tests/jobs/test_names_at_rest.py"}
# A command is named after what it does, and so is the module beside it.
OUR_TERMS = {"trace"}


def texts(*suffixes: str) -> list[tuple[str, str]]:
    """Return the name and the text of our sources, without those that may hold old names."""
    skipped = AT_REST | {"CHANGELOG.md", "tests/test_words.py"}
    return [
        (name, file.read_text(encoding="utf-8"))
        for file in tracked_files()
        if file.suffix in suffixes
        if (name := file.relative_to(ROOT).as_posix()) not in skipped
    ]


@pytest.mark.parametrize("word", INSTEAD)
def test_a_thing_with_a_name_gets_no_second_one(word: str) -> None:
    """Words that once stood for something with a name of its own do not come back."""
    pattern = re.compile(rf"(?<![\w-]){word}(?![\w-])", re.IGNORECASE)
    found = [
        f"{name}:{number}: say {INSTEAD[word]}"
        for name, text in texts(".py", ".lua", ".js", ".html")
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


def test_tracing_is_about_photos() -> None:
    """What OpenTelemetry collects is called spans: `jobs` and `worker` know no other tracing."""
    found = [
        name
        for name, text in texts(".py", ".lua")
        if name.startswith(("jobs/", "worker/")) and re.search(r"\btracing\b|_tracing\b", text)
    ]

    assert found == []


def test_lua_says_batch_of_claims_only() -> None:
    """In the scripts a batch is what one claim gives; no lane and no field is called so."""
    assert [name for name, text in texts(".lua") if re.search(r"""['"]batch['"]""", text)] == []


def test_no_module_hides_one_of_the_standard_library() -> None:
    """A module is not called as one of Python's own, so that an import can be read by itself."""
    packages = ("api", "jobs", "worker", "spade", "supervise", "bench")
    hidden = [
        file.relative_to(ROOT).as_posix()
        for package in packages
        for file in sorted((ROOT / package).rglob("*.py"))
        if file.stem in sys.stdlib_module_names - OUR_TERMS and not file.stem.startswith("__")
    ]

    assert hidden == []


def test_the_pages_modules_have_names_of_their_own() -> None:
    """No two modules of the page share a name; a folder's index is the folder's."""
    page = ROOT / "frontend" / "static" / "js"
    names = [file.name for file in page.rglob("*.js") if file.name != "index.js"]

    assert sorted(names) == sorted(set(names))


def test_the_glossary_is_short_and_says_each_word_once() -> None:
    """docs/architecture.md explains a few words, none twice, none that is barred."""
    text = Path(ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Words")[2].partition("\n## ")[0]
    terms = [
        term.strip()
        for row in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)[1:]
        for term in row.split(",")
    ]

    assert 12 <= len(terms) <= 40
    assert len(terms) == len(set(terms))
    assert not set(terms) & set(INSTEAD)
