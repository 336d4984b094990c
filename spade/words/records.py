"""What a sentence asks for, as plain records: no arrays and no words of any language."""

from dataclasses import dataclass

#: Where in the picture: `sides` is left and right, `front` near the viewer, `back` far away.
PLACES = ("left", "right", "middle", "front", "back", "top", "sides")
#: How one thing lies to others; see `spade.words.places` for what each means in a label map.
RELATIONS = (
    "before", "behind", "above", "below", "between", "in", "on", "beside", "leftof", "rightof",
)  # fmt: skip


class WordsError(ValueError):
    """A sentence from which no layout can be made; says the limit and the remedy.

    code: `empty`, `too-long`, `nothing-understood` or `no-materials`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Relation:
    """A thing lies so, by one of `RELATIONS`, to the things with these places in the wish."""

    kind: str
    anchors: tuple[int, ...]


@dataclass(frozen=True)
class Thing:
    """Something that is to be in the picture.

    label: name of a material of the label set. form: which rule draws it, see
    `spade.words.draw`. words: as said. size: 1 is usual, 2 big, 0.5 small. count: how many, None
    where nothing was said. implied: comes with a scene or a weather and was not said itself.
    """

    label: str
    form: str
    words: str
    size: float = 1.0
    count: int | None = None
    places: frozenset[str] = frozenset()
    relations: tuple[Relation, ...] = ()
    implied: bool = False


@dataclass(frozen=True)
class Unknown:
    """A word that is not in the lexicon, and one that is and looks like it, or nothing."""

    word: str
    suggestion: str = ""


@dataclass(frozen=True)
class Note:
    """Something that was decided for the user; `code` is one of `NOTES`, `words` what it is of."""

    code: str
    words: str


NOTES = {
    "one-light": "only one kind of light at a time; left out: {}",
    "asked-and-excluded": "asked for and ruled out at once, so it stays: {}",
    "not-placed": "there, but not where it was asked for: {}",
    "no-room": "no room was found for: {}",
    "light-stays": "light cannot be left out: {}",
}


@dataclass(frozen=True)
class Wish:
    """What was understood of a sentence.

    excluded: names of materials that must not be there. light: a style preset, or None.
    language: that the sentence was read in, one of those of the lexicon.
    """

    things: tuple[Thing, ...]
    excluded: frozenset[str] = frozenset()
    light: str | None = None
    unknown: tuple[Unknown, ...] = ()
    notes: tuple[Note, ...] = ()
    language: str = "en"
