"""What the documents say is what the code does: settings, commands, files, links."""

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.settings import Settings
from supervise import lock, settings_table

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SETTINGS = {str(field.validation_alias) for field in Settings.model_fields.values()}
# What is looked at before anything is installed, or only while the tests run.
SETUP = {"PYTHON", "DOODLESCAPE_TORCH", "DOODLESCAPE_TORCH_INDEX", "NO_COLOR"}
FOR_TESTS = {"DOODLESCAPE_REQUIRE_BROWSER", "DOODLESCAPE_REQUIRE_NODE"}


def shell_lines(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command in the page's ```sh blocks."""
    for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


def documented_modules() -> Iterator[tuple[Path, list[str]]]:
    """Yield what follows `python -m` wherever a page says it, in a block or in a sentence."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for words in re.findall(r"python3? -m ([\w. -]+)", text):
            yield page, words.split()


def test_every_setting_is_documented_as_it_is() -> None:
    """The table in docs/operating.md is the one that jobs/settings.py gives, name by name."""
    page = settings_table.PAGE.read_text(encoding="utf-8")

    assert settings_table.with_table(page) == page, "run: python -m supervise.settings_table"


def test_setup_reads_only_documented_variables() -> None:
    """Each variable that `./start` and `./test` look at themselves is in docs/operating.md."""
    read = {
        node.value
        for file in (ROOT / "supervise").glob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call | ast.Subscript | ast.Compare)
        and "os.environ" in ast.unparse(call)
        for node in ast.walk(call)
        if isinstance(node, ast.Constant) and re.fullmatch(r"[A-Z][A-Z_]+", str(node.value))
    }
    page = settings_table.PAGE.read_text(encoding="utf-8")

    assert read <= SETTINGS | SETUP | FOR_TESTS
    assert [name for name in SETUP if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_set_only_settings_that_exist(page: Path) -> None:
    """A variable that a documented command sets before `./start` or `./test` is a real one."""
    known = SETTINGS | SETUP | FOR_TESTS
    unknown = [
        word
        for words in shell_lines(page)
        if {"./start", "./test"} & set(words)
        for word in words[: next(i for i, w in enumerate(words) if w in ("./start", "./test"))]
        if word.partition("=")[0] not in known
    ]

    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_scripts_lead_somewhere(page: Path) -> None:
    """Each relative link and each ./script that a page names exists."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    missing = [link for link in links if not (page.parent / link).exists()]
    scripts = {word for words in shell_lines(page) for word in words if word.startswith("./")}
    missing += [script for script in scripts if not (ROOT / script).exists()]

    assert missing == []


def commands_of(program: str) -> set[str]:
    """Return the commands that a program lists in its --help."""
    shown = subprocess.run(
        [sys.executable, "-m", *program.split(), "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(re.findall(r"^ {2,4}([a-z][a-z-]*)(?: {2,}|$)", shown, re.MULTILINE))


@pytest.mark.parametrize("program", ["spade", "jobs", "api keys"])
def test_the_commands_documented_are_the_commands_there_are(program: str) -> None:
    """Each command of a program is in a document, and no document names one that is not."""
    length = len(program.split())
    said = {
        words[length].strip(".")
        for _, words in documented_modules()
        if words[:length] == program.split() and len(words) > length
    }
    documented = {word for word in said if re.fullmatch(r"[a-z][a-z-]+", word)}

    assert documented == commands_of(program)


def test_documented_modules_exist() -> None:
    """Each `python -m ...` in the documents can be run."""
    wrong = [
        f"{page.name}: python -m {module}"
        for page, (module, *_) in documented_modules()
        if importlib.util.find_spec(module.rstrip(".")) is None
    ]

    assert wrong == []


def test_locks_are_made_from_the_present_pyproject() -> None:
    """requirements/*.txt belong to pyproject.toml as it is; both name the same PyTorch."""
    for name in lock.LISTS:
        head = (lock.FOLDER / name).read_text(encoding="utf-8")[:400]
        assert lock.source_hash() in head, "run: python -m supervise.lock"
