"""The things of a wish while its sentence is still being read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from spade.words.records import Note, Relation, Thing, Wish

# Materials that lie everywhere: said twice, they are the same.
SPREAD = frozenset({"sky-other", "clouds", "fog", "sand", "dirt", "snow", "sea", "grass", "flower"})
WATER = frozenset({"sea", "river", "water-other"})
SKY = frozenset({"sky-other", "clouds", "fog"})
# Said the other way round than they are kept: who is told of first is the anchor.
TURNED = {"astride": "between", "carrying": "on"}
# A place that says the opposite of one that was said before takes over, but for left and right.
OPPOSITE = {"front": "back", "back": "front", "top": "front"}


@dataclass
class Said:
    """What has been said of a thing that is still to come."""

    size: float = 1.0
    count: int | None = None
    places: set[str] = field(default_factory=set)
    covers: list[tuple[str, str]] = field(default_factory=list)


class Drafts:
    """Things by the order in which they were mentioned, and what must not be there."""

    def __init__(self) -> None:
        self._things: list[Thing] = []
        self._excluded: dict[str, str] = {}
        self.notes: list[Note] = []

    def __len__(self) -> int:
        return len(self._things)

    def add(
        self, label: str, form: str, words: str, said: Said | None = None, *,
        implied: bool = False, anchor: bool = False,
    ) -> int:  # fmt: skip
        """Add a thing, or say more of the same one, and return its place.

        An anchor is more likely to be something that was said before.
        """
        said = said or Said()
        at = self._same(label, form, implied or anchor)
        if at is None:
            self._things.append(Thing(label, form, words, implied=implied))
            at = len(self._things) - 1
        old = self._things[at]
        if old.implied and not implied:
            form = old.form if form == "water" else form
            old = replace(old, form=form, words=words, implied=False)
        places = {OPPOSITE.get(place) for place in said.places}
        self._things[at] = replace(
            old,
            size=old.size if said.size == 1 else said.size,
            count=old.count if said.count is None else said.count,
            places=frozenset((old.places - places) | said.places),
        )
        return at

    def place(self, at: int, place: str) -> None:
        """Say where a thing is."""
        old = self._things[at]
        self._things[at] = replace(old, places=(old.places - {OPPOSITE.get(place)}) | {place})

    def relate(self, subject: int, kind: str, anchor: int) -> None:
        """Say how a thing lies to another one."""
        if kind in TURNED:
            subject, kind, anchor = anchor, TURNED[kind], subject
        if subject == anchor:
            return
        thing = self._things[subject]
        same = [one for one in thing.relations if one.kind == kind == "between"]
        others = tuple(one for one in thing.relations if one not in same)
        anchors = (*(a for one in same for a in one.anchors), anchor)
        relation = Relation(kind, tuple(dict.fromkeys(anchors)))
        if relation not in others:
            self._things[subject] = replace(thing, relations=(*others, relation))

    def label(self, at: int) -> str:
        """Return the material of a thing."""
        return self._things[at].label

    def is_between(self, subject: int, anchor: int) -> bool:
        """Tell whether a thing is said to lie between others, of which this is one."""
        relations = self._things[subject].relations
        return any(one.kind == "between" and anchor in one.anchors for one in relations)

    def bring(self, wish: Wish, words: str, said: Said | None) -> int | None:
        """Add the things of a scene, and return the place of its first.

        With `said` the first was named and is what that was said of; without it all are implied.
        """
        places = [
            self.add(
                thing.label,
                thing.form,
                words,
                _joined(said, thing) if said and not at else _joined(Said(), thing),
                implied=bool(at) or said is None,
            )
            for at, thing in enumerate(wish.things)
        ]
        for at, thing in zip(places, wish.things, strict=True):
            for relation in thing.relations:
                for anchor in relation.anchors:
                    self.relate(at, relation.kind, places[anchor])
        for label in wish.excluded:
            self.exclude(label, "")
        return places[0] if places else None

    def exclude(self, label: str, words: str) -> None:
        """Say that a material must not be there; without words, that a scene has none."""
        self._excluded[label] = self._excluded.get(label) or words

    def wish(self, labels: Iterable[str], *, only: bool) -> Wish:
        """Return the finished wish; `labels` are all there are, `only` leaves out what is not said.

        What was said wins over what a scene brings, and a wish for something over one against it.
        """
        said = {thing.label for thing in self._things if not thing.implied}
        for label in sorted(said & self._excluded.keys()):
            if words := self._excluded.pop(label):
                self.notes.append(Note("asked-and-excluded", words))
        kept = [
            at for at, one in enumerate(self._things)
            if one.label not in self._excluded and not (only and one.implied)
        ]  # fmt: skip
        excluded = set(self._excluded)
        if only:
            excluded |= set(labels) - said - SKY
        new = {old: at for at, old in enumerate(kept)}
        return Wish(
            tuple(_moved(self._things[old], new) for old in kept),
            frozenset(excluded),
            notes=tuple(self.notes),
        )

    def _same(self, label: str, form: str, loosely: bool) -> int | None:
        """Return the place of the thing that is meant when this is mentioned, if there is one."""
        for at, thing in enumerate(self._things):
            alike = thing.form == form or label in SPREAD or thing.implied or loosely
            if thing.label == label and alike:
                return at
            if form == "water" and thing.label in WATER:
                return at
        return None


def _joined(said: Said, thing: Thing) -> Said:
    """Return what was said of a scene together with what its first thing is by itself."""
    size = thing.size if said.size == 1 else said.size
    return Said(size, said.count or thing.count, said.places | thing.places)


def _moved(thing: Thing, new: dict[int, int]) -> Thing:
    relations = [
        Relation(one.kind, tuple(new[anchor] for anchor in one.anchors if anchor in new))
        for one in thing.relations
    ]
    places = thing.places
    if {"left", "right"} <= places:
        places = (places - {"left", "right"}) | {"sides"}
    return replace(thing, places=places, relations=tuple(one for one in relations if one.anchors))
