"""Reads a sentence word by word.

There is no grammar of English or German here, only a few habits that both share: what says how big
or how many stands before a thing, what says where stands before it or after it, a relation stands
between its two things or before both, and commas and "with" part what belongs together.
"""

from dataclasses import dataclass, replace

from spade.words.reading.drafts import Drafts, Said
from spade.words.reading.lexicon import Entry, Lexicon, Match
from spade.words.records import Note, Unknown, Wish

MOST_UNKNOWN, LONGEST_UNKNOWN = 12, 40
# What snow, grass or trees can lie on so that both are seen.
COVERED = frozenset({"mountain", "hill"})


@dataclass
class _Link:
    """A relation that waits for one of its things, or for both."""

    kind: str
    subject: int | None = None
    anchor: int | None = None
    doubtful: bool = False  # an unknown word may be what it waits for


class Reader:
    """Reads one sentence from left to right."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._drafts = Drafts()
        self._said = Said()
        self._link: _Link | None = None
        self._clause: list[int] = []
        self._mentioned: list[int] = []
        self._topic: int | None = None
        self._light: tuple[str, bool] | None = None  # and whether it was said itself
        self._unknown: dict[str, Unknown] = {}
        self._negated = self._joined = self._only = self._place_first = False

    def read(self, sentence: str) -> Wish:
        """Return the wish, which may be without things."""
        for match in self._lexicon.read(sentence):
            self._take(match)
        self._end_clause(last=True)
        wish = self._drafts.wish(self._lexicon.labels, only=self._only)
        light = self._light[0] if self._light else None
        unknown = tuple(self._unknown.values())[:MOST_UNKNOWN]
        language = self._lexicon.language(sentence)
        return replace(wish, light=light, unknown=unknown, language=language)

    def _take(self, match: Match) -> None:
        if not match.entries:
            self._take_unknown(match.words)
        *first_parts, head = match.entries or (None,)
        for entry in first_parts:
            self._take_first_part(entry, match.words)
        if head:
            getattr(self, f"_take_{head.kind}")(head, match.words)

    def _take_first_part(self, entry: Entry, words: str) -> None:
        """Take what the first part of a compound brings into the picture."""
        if self._negated:
            return
        if entry.kind == "thing":
            label, form = entry.means.split()
            self._drafts.add(label, form, words)
        elif entry.kind == "scene":
            self._take_mood(entry, words)
        else:
            getattr(self, f"_take_{entry.kind}")(entry, words)

    def _take_unknown(self, words: str) -> None:
        word = words[:LONGEST_UNKNOWN]
        self._unknown.setdefault(word, Unknown(word, self._lexicon.suggest(word)))
        if self._link:
            self._link.doubtful = True

    def _take_skip(self, _entry: Entry, _words: str) -> None:
        """Take a word that says nothing of what is seen."""

    def _take_thing(self, entry: Entry, words: str) -> None:
        label, form = entry.means.split()
        if self._negated:
            self._exclude(label, words)
            return
        anchor = self._link is not None and self._link.subject is not None
        at = self._drafts.add(label, form, words, self._said, anchor=anchor)
        for cover in self._said.covers:
            self._cover(at, label, cover, words)
        self._mention(at)

    def _take_scene(self, entry: Entry, words: str) -> None:
        """Take a place that has a name; its first thing is what relations are about."""
        at = self._bring(entry, words, self._said)
        if at is not None:
            self._mention(at)

    def _take_mood(self, entry: Entry, words: str) -> None:
        """Take a weather or a season, which relations are not about."""
        self._bring(entry, words, None)
        self._link = None

    def _bring(self, entry: Entry, words: str, said: Said | None) -> int | None:
        """Bring what a row means into the picture, or rule out what is most of it."""
        wish = Reader(self._lexicon).read(entry.means)
        if self._negated:
            for thing in wish.things if said is None else wish.things[:1]:
                self._exclude(thing.label, words)
            return None
        if wish.light and not self._light:
            self._light = (wish.light, False)
        return self._drafts.bring(wish, words, said)

    def _take_light(self, entry: Entry, words: str) -> None:
        self._link = None
        if self._negated:
            self._drafts.notes.append(Note("light-stays", words))
        elif self._light and self._light[1] and self._light[0] != entry.means:
            self._drafts.notes.append(Note("one-light", words))
        else:
            self._light = (entry.means, True)

    def _take_group(self, entry: Entry, words: str) -> None:
        labels = entry.means.split()
        if self._negated:
            for label in labels:
                self._exclude(label, words)

    def _take_cover(self, entry: Entry, _words: str) -> None:
        label, form = entry.means.split()
        if not self._negated:
            self._said.covers.append((label, form))

    def _take_size(self, entry: Entry, _words: str) -> None:
        self._said.size = float(entry.means)

    def _take_number(self, entry: Entry, _words: str) -> None:
        self._said.count = int(entry.means)

    def _take_article(self, _entry: Entry, _words: str) -> None:
        self._said.count = self._said.count or 1
        if self._joined:
            self._negated = False

    def _take_place(self, entry: Entry, _words: str) -> None:
        waiting = self._link is not None and self._link.subject is not None
        if self._clause and not self._place_first and not waiting:
            self._drafts.place(self._clause[-1], entry.means)
            return
        if self._clause and not waiting:
            self._end_clause()
        self._said.places.add(entry.means)
        self._place_first = not waiting

    def _take_relation(self, entry: Entry, _words: str) -> None:
        if self._negated:
            return
        if self._link and self._link.subject is not None:
            self._link.kind = entry.means
        else:
            self._link = _Link(entry.means, self._clause[-1] if self._clause else None)

    def _take_pointer(self, entry: Entry, _words: str) -> None:
        if not self._clause:
            self._link = _Link(entry.means, anchor=self._topic)
        elif (anchor := self._before(self._clause[-1])) is not None:
            self._drafts.relate(self._clause[-1], entry.means, anchor)

    def _take_no(self, _entry: Entry, _words: str) -> None:
        self._end_clause()
        self._negated = True

    def _take_only(self, _entry: Entry, _words: str) -> None:
        self._only = True

    def _take_join(self, _entry: Entry, _words: str) -> None:
        negated, link = self._negated, self._between()
        self._end_clause()
        self._negated, self._joined, self._link = negated, True, link or self._link

    def _take_break(self, _entry: Entry, _words: str) -> None:
        self._end_clause()

    def _mention(self, at: int) -> None:
        """Connect a thing that was just named with what was said before it."""
        link, self._link = self._link, None
        if link and link.subject is not None:
            self._drafts.relate(link.subject, link.kind, at)
        elif link and link.anchor is not None:
            self._drafts.relate(at, link.kind, link.anchor)
        elif link:
            self._link = _Link(link.kind, anchor=at)
        self._clause.append(at)
        self._mentioned.append(at)
        self._said = Said()
        self._joined = False

    def _between(self) -> _Link | None:
        """Return the link by which what is said after "and" is an anchor too."""
        if len(self._clause) < 2 or self._link:
            return None
        subject, anchor = self._clause[-2:]
        return _Link("between", subject) if self._drafts.is_between(subject, anchor) else None

    def _end_clause(self, *, last: bool = False) -> None:
        """Begin a new clause; what waits for a thing goes on waiting while none was named."""
        link = self._link
        if link and link.subject is not None:
            anchor = self._before(link.subject)
            if anchor is not None and not link.doubtful:
                self._drafts.relate(link.subject, link.kind, anchor)
            self._link = None
        elif link and link.anchor is not None and last and not link.doubtful:
            subject = self._before(link.anchor)
            if subject is not None:
                self._drafts.relate(subject, link.kind, link.anchor)
        if self._clause or last:
            self._end_covers()
        if self._clause:
            self._topic = self._clause[0]
            self._clause = []
            self._place_first = False
            self._said = Said()
        self._negated = self._joined = False

    def _end_covers(self) -> None:
        for cover in self._said.covers:
            if self._clause:
                at = self._clause[-1]
                self._cover(at, self._drafts.label(at), cover, cover[0])
            else:
                self._drafts.add(*cover, cover[0])
        self._said.covers = []

    def _cover(self, at: int, label: str, cover: tuple[str, str], words: str) -> None:
        over = self._drafts.add(*cover, words)
        if label in COVERED:
            self._drafts.relate(over, "on", at)

    def _before(self, at: int) -> int | None:
        """Return what was mentioned last before this thing."""
        earlier = [one for one in self._mentioned if one != at]
        return earlier[-1] if earlier else None

    def _exclude(self, label: str, words: str) -> None:
        self._drafts.exclude(label, words)
        self._said = Said()
        self._joined = False
