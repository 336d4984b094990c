"""What was understood, told: as JSON for programs, and in a few lines for people."""

from collections.abc import Iterator
from typing import Any

from spade.words.records import NOTES, Thing, Wish

BIG, SMALL = 1.3, 0.8
# Relations as they are said.
SAID = {
    "before": "in front of", "beside": "next to", "leftof": "left of", "rightof": "right of",
    "sides": "on both sides", "front": "in the foreground", "back": "in the background",
    "middle": "in the middle", "top": "above",
}  # fmt: skip


def as_json(wish: Wish) -> dict[str, Any]:
    """Return a wish as plain JSON; things are told by their place in `things`."""
    return {
        "things": [
            {
                "material": thing.label,
                "words": thing.words,
                "size": _size(thing),
                "count": thing.count,
                "places": sorted(thing.places),
                "relations": [
                    {"kind": one.kind, "to": list(one.anchors)} for one in thing.relations
                ],
                "implied": thing.implied,
            }
            for thing in wish.things
        ],
        "excluded": sorted(wish.excluded),
        "style": wish.light,
        "language": wish.language,
        "unknown": [
            {"word": one.word, "suggestion": one.suggestion or None} for one in wish.unknown
        ],
        "notes": [
            {"code": one.code, "words": one.words, "message": NOTES[one.code].format(one.words)}
            for one in wish.notes
        ],
    }


def as_lines(wish: Wish) -> Iterator[str]:
    """Yield what was understood, one thing a line, then what was not."""
    for thing in wish.things:
        yield f"{thing.words}: {', '.join(_parts(thing, wish))}"
    if wish.excluded:
        yield f"without: {', '.join(sorted(wish.excluded))}"
    if wish.light:
        yield f"light: {wish.light}"
    for one in wish.unknown:
        hint = f"; is it '{one.suggestion}'?" if one.suggestion else ""
        yield f"not understood: {one.word}{hint}"
    for note in wish.notes:
        yield NOTES[note.code].format(note.words)


def _parts(thing: Thing, wish: Wish) -> Iterator[str]:
    yield thing.label
    if (size := _size(thing)) != "usual":
        yield size
    if thing.count and thing.count > 1:
        yield str(thing.count)
    for place in sorted(thing.places):
        yield SAID.get(place, place)
    for relation in thing.relations:
        anchors = " and ".join(wish.things[at].words for at in relation.anchors)
        yield f"{SAID.get(relation.kind, relation.kind)} {anchors}"


def _size(thing: Thing) -> str:
    if thing.size >= BIG:
        return "big"
    return "small" if thing.size <= SMALL else "usual"
