"""Wishes that the page says anew are understood by the service as they were meant."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from spade.words import understand
from spade.words.telling import as_json

ROOT = Path(__file__).parents[2]
REQUIRED = os.environ.get("DOODLESCAPE_REQUIRE_BROWSER") == "1"

Wish = dict[str, Any]


@pytest.fixture(scope="module")
def wishes() -> list[Wish]:
    """What is understood of the sentences of the bench, in two languages."""
    with (ROOT / "bench" / "sentences.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [as_json(understand(row["sentence"])) for row in rows]


@pytest.fixture(scope="module")
def said(wishes: list[Wish]) -> list[dict[str, Any]]:
    """Sentences that the page makes of them: of all, and of all but one thing."""
    node = shutil.which("node")
    if node is None:
        if REQUIRED:
            pytest.fail("needs Node.js")
        pytest.skip("needs Node.js")
    run = subprocess.run(
        [node, str(ROOT / "frontend" / "tests" / "say.js")],
        input=json.dumps(wishes), capture_output=True, check=True, text=True,
    )  # fmt: skip
    sentences: list[dict[str, Any]] = json.loads(run.stdout)
    return sentences


def meaning(wish: Wish) -> tuple[Any, ...]:
    """Return what a wish asks for, whatever the words and their order."""
    things = wish["things"]
    return (
        sorted(
            (
                one["material"],
                one["size"],
                one["count"] or 0,
                one["places"],
                sorted(
                    (to["kind"], sorted(things[at]["material"] for at in to["to"]))
                    for to in one["relations"]
                ),
            )
            for one in things
        ),
        sorted(wish["excluded"]),
        wish["style"],
        [one["word"] for one in wish["unknown"]],
    )


def without(wish: Wish, left: int) -> Wish:
    """Return a wish with one thing less, whose material must not come back with a scene."""
    kept = [at for at in range(len(wish["things"])) if at != left]
    things = [
        {
            **wish["things"][at],
            "relations": [
                {"kind": to["kind"], "to": [kept.index(one) for one in to["to"] if one != left]}
                for to in wish["things"][at]["relations"]
                if set(to["to"]) != {left}
            ],
        }
        for at in kept
    ]
    gone = {wish["things"][left]["material"]} - {one["material"] for one in things}
    return {**wish, "things": things, "excluded": [*{*wish["excluded"], *gone}]}


def test_what_is_said_anew_is_understood_the_same(
    wishes: list[Wish], said: list[dict[str, Any]]
) -> None:
    """Things, sizes, numbers, places, relations, light and what is left out come through."""
    for wish, sentences in zip(wishes, said, strict=True):
        again = as_json(understand(sentences["all"]))
        assert again["language"] == wish["language"], sentences["all"]
        assert meaning(again) == meaning({**wish, "unknown": []}), sentences["all"]


def test_a_thing_that_is_taken_off_is_gone_and_the_rest_is_as_it_was(
    wishes: list[Wish], said: list[dict[str, Any]]
) -> None:
    """Whichever chip is taken off: its material does not come back, and nothing else changes."""
    for wish, sentences in zip(wishes, said, strict=True):
        for left, sentence in enumerate(sentences["less"]):
            if len(wish["things"]) == 1:
                continue
            wanted = without({**wish, "unknown": []}, left)
            assert meaning(as_json(understand(sentence))) == meaning(wanted), sentence
