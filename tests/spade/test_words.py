"""Words to doodles: what is understood of a sentence, and what the label map then holds."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spade.__main__ import main
from spade.maps.labelmap import read_label_map
from spade.maps.labels import LabelSet, load_label_set
from spade.words import WordsError, compose, understand
from spade.words.layout import bank as banks
from spade.words.layout.places import holds_place, holds_relation
from spade.words.reading.lexicon import TABLE, load_lexicon
from spade.words.telling import as_json, as_lines

LANDSCAPE = load_label_set("landscape")
IDS = {label.name: label.id for label in LANDSCAPE.labels}


def masks(
    sentence: str, seed: int = 0, size: tuple[int, int] = (256, 256)
) -> dict[str, np.ndarray]:
    """Return where each material is in what comes of a sentence."""
    label_map = compose(sentence, LANDSCAPE, size, seed).label_map
    return {name: label_map == label for name, label in IDS.items()}


def materials(sentence: str) -> set[str]:
    return {thing.label for thing in understand(sentence).things}


@pytest.mark.parametrize("size", [(512, 512), (256, 512), (320, 192)])
def test_same_words_seed_and_size_give_the_same_map(size: tuple[int, int]) -> None:
    """A layout is a function of words, seed and size; another seed gives another one."""
    one, again, other = (
        compose("a lake between mountains", LANDSCAPE, size, seed).label_map for seed in (7, 7, 8)
    )

    assert one.shape == size
    assert one.dtype == np.uint8
    assert (one == again).all()
    assert (one != other).any()


@pytest.mark.parametrize(
    "sentence",
    ["a forest by a lake", "woods at the lake", "Wald am See", "ein Wäldchen neben Seen"],
)
def test_synonyms_plurals_and_both_languages_mean_the_same(sentence: str) -> None:
    """Other words for a thing, in either language, ask for the same materials."""
    assert materials(sentence) == {"tree", "water-other"}


@pytest.mark.parametrize(
    ("sentence", "there"),
    [
        ("a house on a hill beside a river", {"building-other", "hill", "river"}),
        ("Bergsee im Winter", {"mountain", "water-other", "snow"}),
        ("three rocks in the sea", {"rock", "sea"}),
        ("eine Straße durch ein Blumenfeld", {"road", "flower"}),
        ("fog over a desert with a tower", {"fog", "sand", "building-other"}),
        ("a bush, a tree, a castle, clouds and dirt", {"bush", "tree", "clouds", "dirt"}),
    ],
)
def test_what_is_asked_for_is_there(sentence: str, there: set[str]) -> None:
    """Each material that is named has at least 2 % of the pixels, whether real or drawn."""
    found = masks(sentence)

    assert {name for name in there if found[name].mean() < 0.02} == set()


@pytest.mark.parametrize("seed", range(3))
def test_things_are_where_they_were_asked_for(seed: int) -> None:
    """Left is left, right is right, what is behind lies higher in the picture."""
    found = masks("a big tree on the left, a house on the right, mountains behind the house", seed)

    assert holds_place("left", found["tree"])
    assert holds_place("right", found["building-other"])
    assert holds_relation("behind", found["mountain"], found["building-other"])


@pytest.mark.parametrize(
    "sentence", ["a lake, no trees, no clouds", "ein See ohne Bäume, keine Wolken"]
)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_ruled_out_is_not_there(sentence: str, seed: int) -> None:
    """No pixel has a material that the sentence rules out."""
    found = masks(sentence, seed)

    assert not found["tree"].any()
    assert not found["clouds"].any()


def test_only_leaves_out_everything_else() -> None:
    """ "Only" rules out all that is not named, but for the sky."""
    found = masks("only sea and sky")

    assert {name for name, mask in found.items() if mask.any()} <= {
        "sea",
        "sky-other",
        "clouds",
        "fog",
    }


@pytest.mark.parametrize(
    ("sentence", "light"),
    [
        ("a lake at sunset", "golden-hour"),
        ("foggy hills", "mist"),
        ("Wald im Winter", "winter"),
        ("stürmische See", "dusk"),
        ("a meadow", None),
    ],
)
def test_light_and_weather_give_a_preset(sentence: str, light: str | None) -> None:
    """The light that is named is one of the models' style presets."""
    assert understand(sentence).light == light


def test_an_unknown_word_is_told_and_does_no_harm() -> None:
    """What is not in the lexicon is named, with a word like it where there is one."""
    wish = understand("a unicorn in a forrest at a lake")

    assert [(one.word, one.suggestion) for one in wish.unknown] == [
        ("unicorn", ""),
        ("forrest", "forest"),
    ]
    assert {thing.label for thing in wish.things} == {"water-other"}


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("the and of", "empty"),
        ("xyzzy plugh", "nothing-understood"),
        ("湖と山", "nothing-understood"),
        ("lake " * 2000, "too-long"),
    ],
)
def test_sentences_without_a_scene_are_refused_with_an_example(sentence: str, code: str) -> None:
    """Nothing to draw is an error with a code and an example, not an arbitrary layout."""
    with pytest.raises(WordsError, match="a lake between mountains") as caught:
        compose(sentence, LANDSCAPE)

    assert caught.value.code == code


@settings(max_examples=150)
@given(st.text(max_size=120) | st.text("lake no,und <b>&\x00\u202e'", max_size=60))
def test_no_sentence_breaks_out(sentence: str) -> None:
    """Any text is understood or refused; what is told of it holds no control characters."""
    try:
        wish = understand(sentence)
    except WordsError:
        return
    assert json.loads(json.dumps(as_json(wish)))["things"]
    assert all(line.isprintable() for line in as_lines(wish))


@pytest.mark.parametrize(
    "sentence",
    [
        "<script>lake</script>\x00\x1b[31m",
        "lake; DROP TABLE, in a lake in the lake",
        "no no no lake",
    ],
)
def test_strange_sentences_still_give_maps_of_the_label_set(sentence: str) -> None:
    """Markup, control characters and contradictions give a map of known ids."""
    made = compose(sentence, LANDSCAPE, (64, 96)) if "no no" not in sentence else None

    if made is None:
        with pytest.raises(WordsError):
            compose(sentence, LANDSCAPE)
    else:
        assert set(np.unique(made.label_map)) <= set(LANDSCAPE.ids)


@pytest.mark.parametrize("seed", range(3))
def test_without_clouds_there_is_sky(seed: int) -> None:
    """Clouds that are ruled out become sky, also where all around them is mountains and snow."""
    made = compose("a big lake between snowy mountains, no clouds", LANDSCAPE, (128, 128), seed)

    assert (made.label_map == IDS["sky-other"]).mean() > 0.1
    assert not (made.label_map == IDS["clouds"]).any()


def test_the_language_is_told() -> None:
    """What is understood says in which language, so that a wish can be said anew in it."""
    assert as_json(understand("ein See zwischen Bergen"))["language"] == "de"
    assert as_json(understand("a lake between mountains"))["language"] == "en"


def test_wishes_that_exclude_each_other_are_resolved_and_said() -> None:
    """Of two kinds of light the first stays, and what is asked for wins over what is ruled out."""
    wish = understand("a forest at sunset, no trees, by night")

    assert wish.light == "golden-hour"
    assert {thing.label for thing in wish.things} == {"tree"}
    assert {note.code for note in wish.notes} == {"one-light", "asked-and-excluded"}


def test_a_table_row_is_all_that_a_new_word_takes(tmp_path: Path) -> None:
    """Someone who adds a word to the table need not touch a program."""
    table = tmp_path / "lexicon.tsv"
    text = TABLE.read_text(encoding="utf-8").replace("\tlake, ", "\tlake, llyn, ")
    table.write_text(text + "scene\ta castle on a rock\tfairy tale\tMärchen\n", encoding="utf-8")
    lexicon = load_lexicon(table)

    assert understand("a llyn", lexicon).things[0].label == "water-other"
    things = understand("a fairy tale", lexicon).things
    assert {thing.label for thing in things} == {"building-other", "rock"}


def test_the_table_is_in_order() -> None:
    """Each row has a kind that is known, means something that is known, and has both languages."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))

    for row in rows:
        assert row["en"], row
        assert row["de"], row
        if row["kind"] in ("thing", "cover"):
            assert row["means"].split()[0] in IDS, row
        if row["kind"] in ("scene", "mood"):
            wish = understand(row["means"]) if row["means"] != "no clouds" else None
            assert wish is None or not wish.unknown, row


def test_other_materials_are_refused() -> None:
    """A label set without the materials of layouts is told so."""
    other: LabelSet = load_label_set("cityscapes")

    with pytest.raises(WordsError, match="cityscapes"):
        compose("a lake", other)


def test_the_bank_is_small_and_every_layout_is_credited() -> None:
    """The shipped layouts are label maps of licensed photos, within 3 MiB."""
    bank = banks.load_bank()
    size = sum(
        (banks.FOLDER / name).stat().st_size for name in (banks.MAPS_FILE, banks.CREDITS_FILE)
    )

    assert size < 3 * 2**20
    assert len(bank.maps) > 300
    assert set(np.unique(bank.maps)) <= set(LANDSCAPE.ids) - {LANDSCAPE.unlabelled_id}
    assert all(credit.licence and credit.source for credit in bank.credits)


def test_the_bank_is_built_from_licensed_photos_with_sky(tmp_path: Path) -> None:
    """Photos without a licence and maps that are no scenes lend no layout."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "labels").mkdir()
    scene = np.full((64, 96), IDS["grass"], dtype=np.uint8)
    scene[:30] = IDS["sky-other"]
    scene[40:44, 40:44] = 182
    from_above = np.full((64, 96), IDS["sea"], dtype=np.uint8)
    for name, label_map in {"a": scene, "b": from_above, "c": scene}.items():
        Image.fromarray(label_map).save(tmp_path / "labels" / f"{name}.png")
        Image.fromarray(np.zeros((64, 96, 3), np.uint8)).save(tmp_path / "photos" / f"{name}.png")
    (tmp_path / "manifest.csv").write_text(
        "file,split,author,licence,source_repo,source_path\n"
        "a,train,Ann,CC0,r,p\nb,train,Ben,CC0,r,p\nc,train,,not stated,r,p\n"
    )
    from spade.words.layout.harvest import build_layouts

    assert build_layouts(tmp_path, [tmp_path]) == 1
    bank = banks.load_bank(tmp_path)

    assert [(one.author, one.licence, one.aspect) for one in bank.credits] == [("Ann", "CC0", 1.5)]
    assert set(np.unique(bank.maps)) == {IDS["grass"], IDS["sky-other"]}


def test_the_command_writes_a_label_map_and_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`spade compose` writes what `spade paint` reads, and says what was understood."""
    out = tmp_path / "doodle.png"

    words = "a lake behind a unicorn at sunset"
    assert main(["compose", words, "-o", str(out), "--size", "64x96", "--seed", "3"]) == 0
    told = capsys.readouterr().out

    label_map = read_label_map(out.read_bytes(), LANDSCAPE)
    assert label_map.shape == (64, 96)
    assert (label_map == IDS["water-other"]).mean() >= 0.02
    assert "not understood: unicorn" in told
    assert "--style golden-hour" in told


@pytest.mark.parametrize(
    "arguments", [["lake", "--size", "12"], ["lake", "--seed", "-1"], ["xyzzy"]]
)
def test_the_command_refuses_what_cannot_be(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad sizes, seeds and words end with status 1 and a sentence."""
    assert main(["compose", *arguments, "-o", str(tmp_path / "x.png")]) == 1

    assert capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()
