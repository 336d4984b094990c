"""Each command line in the documents can be typed: module, command and flags exist."""

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.programs import help_of
from tests.test_docs import PAGES, ROOT

#: Programs whose first word is a command of its own, and how many words that takes.
COMMANDS = {"spade": 1, "jobs": 1, "api": 2, "doodlescape_client": 1}
FOREIGN = ("pytest", "pip", "venv", "celery", "gunicorn")


def documented() -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Yield page, program with its command, and flags of every `python -m` in the documents."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for said in re.findall(r"python3? -m ([^`|#)\n]+)", text):
            module, *words = shlex.split(said, comments=True)
            module = module.rstrip(".,:")
            if module in FOREIGN:
                continue
            command = [word for word in words if not word.startswith("-")][
                : COMMANDS.get(module, 0)
            ]
            flags = sorted(word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word))
            if flags:
                yield page.name, (module, *command), tuple(flags)


@pytest.mark.parametrize(
    ("page", "program", "flags"), sorted(set(documented())), ids=lambda value: str(value)[:60]
)
def test_flags_in_the_documents_exist(
    page: str, program: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    """Every flag that a page gives to one of our programs is one that the program lists."""
    known = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", help_of(*program)))

    assert [flag for flag in flags if flag not in known] == [], f"{page}: {' '.join(program)}"


def test_flags_of_start_and_test_exist() -> None:
    """Every flag that a page gives to ./start or ./test is in the code that reads it."""
    read = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "supervise").glob("*.py"))
    said = {
        flag
        for page in PAGES
        for words in re.findall(r"\./(?:start|test)((?: --?[a-z-]+)+)", page.read_text("utf-8"))
        for flag in words.split()
    }

    assert said
    assert [flag for flag in said if f'"{flag}"' not in read] == []
