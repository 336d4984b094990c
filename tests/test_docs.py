"""What the documents say is what the code does: settings, commands, files, links."""

import ast
import importlib.util
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import create_app
from api.hooks import metrics
from jobs import Ledger
from jobs.settings import Settings
from jobs.telemetry.metrics import read_metrics
from supervise import lock, settings_table
from tests.programs import help_of

ROOT = Path(__file__).resolve().parent.parent
CODE = re.compile(r"`([^`\n]+)`")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("clients/*/*.md")])
SETTINGS = {str(field.validation_alias) for field in Settings.model_fields.values()}
# What is looked at before anything is installed, or only while the tests run.
SETUP = {"PYTHON", "DOODLESCAPE_TORCH", "DOODLESCAPE_TORCH_INDEX", "NO_COLOR"}
FOR_TESTS = {f"DOODLESCAPE_REQUIRE_{what}" for what in ("BROWSER", "NODE", "PROGRAMS")} | {
    "PYTHONDONTWRITEBYTECODE"
}
# Of the Python client, of the containers' builds, of OpenMP, and of protobuf.
OF_OTHERS = {
    *("DOODLESCAPE_URL", "DOODLESCAPE_API_KEY", "TORCH_INDEX"),
    *("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"),
}
TOP = "|".join(
    sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != ".")
)


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
        for file in (ROOT / "supervise").rglob("*.py")
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
def test_settings_that_are_named_exist(page: Path) -> None:
    """Each A_NAME or NAME=value in code type is a setting, or a variable known to be read."""
    known = SETTINGS | SETUP | FOR_TESTS | OF_OTHERS
    text = page.read_text(encoding="utf-8")
    named = {
        name
        for code in CODE.findall(text)
        for name in re.findall(r"^(?!AWS_)(?:[A-Z]+_[A-Z_]+\b|[A-Z]{3,}(?==))", code)
    }

    assert named - known == set()


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code forges make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_scripts_lead_somewhere(page: Path) -> None:
    """Each relative link, anchor and ./script that a page names exists."""
    text = page.read_text(encoding="utf-8")
    wrong = []
    for file, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)", text):
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(f"{file}#{anchor}")
    typed = [[word for word in words if "=" not in word] for words in shell_lines(page)]
    scripts = {words[0] for words in typed if words and "/" in words[0]}
    wrong += [
        script
        for script in scripts
        if not script.startswith(".venv/") and not os.access(ROOT / script, os.X_OK)
    ]

    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    """Each path in code type that begins with a folder of the house leads somewhere."""
    made = {"checkpoints/coco", "checkpoints/mine", "runs/mine"}  # by the commands beside them
    named = {
        path.rstrip("/.")
        for code in CODE.findall(page.read_text(encoding="utf-8"))
        for path in re.findall(rf"^(?:{TOP})/[\w./*{{}},-]*", code)
        if not re.search(r"/[A-Z]+\.", path)  # NAME.tsv
    }
    missing = [
        path
        for path in named - made
        for each in re.sub(r"\{(.*?)\}", lambda few: few[1].partition(",")[0], path).split()
        if not [*ROOT.glob(each)]
    ]

    assert missing == []


def test_metrics_that_are_named_exist(ledger: Ledger) -> None:
    """Each doodlescape_... in the documents is a metric that /metrics shows."""
    own = (metrics.REQUESTS, metrics.SECONDS, metrics.REFUSALS)
    shown = {family.name for each in own for family in each.collect()}
    shown |= {family.name for family in read_metrics(ledger)}
    said = {
        name
        for page in PAGES
        for name in re.findall(r"`(doodlescape_[a-z_]+)", page.read_text(encoding="utf-8"))
    } - {"doodlescape_client"}

    assert said
    assert [
        name for name in said if re.sub("_(total|bucket|sum|count)$", "", name) not in shown
    ] == []


@pytest.fixture
def routes(settings: Settings) -> set[tuple[str, str]]:
    """Give method and path of every route, with {} for what varies."""
    app = create_app(settings)
    app.extensions["doodlescape"].close()
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", "{}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "PUT", "POST", "DELETE"}
    }


def test_the_routes_documented_are_the_routes_there_are(routes: set[tuple[str, str]]) -> None:
    """docs/http-api.md lists each call of the API, and none that is not there."""
    page = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    listed = {
        (method, re.sub(r"{\w+}", "{}", path))
        for method, paths in re.findall(r"^(GET|PUT|POST|DELETE)((?: +/\S+)+)", page, re.MULTILINE)
        for path in paths.split()
    }
    of_people = {
        path for _, path in routes if not re.match(r"/(api/v1/|livez|readyz|metrics)", path)
    }

    assert listed == {(method, path) for method, path in routes if path not in of_people}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_calls_that_are_named_exist(page: Path, routes: set[tuple[str, str]]) -> None:
    """Each `GET /path` in a sentence is a route; ID, TOKEN and numbers stand for anything."""
    known = [(method, path.replace("{}", "[^/]+")) for method, path in routes]
    text = page.read_text(encoding="utf-8")
    said = re.findall(r"`(?:curl )?(GET|PUT|POST|DELETE) (/[^`?\s]*)", text)
    wrong = [
        (method, path)
        for method, path in said
        if not any(method == each and re.fullmatch(rule, path) for each, rule in known)
    ]

    assert wrong == []


def commands_of(program: str) -> set[str]:
    """Return the commands that a program lists in its --help."""
    shown = help_of(*program.split())
    return set(re.findall(r"^ {2,4}([a-z][a-z-]*)(?: {2,}|$)", shown, re.MULTILINE))


@pytest.mark.parametrize("program", ["spade", "jobs", "api keys", "doodlescape_client"])
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
