"""The lexicon: words of English and German, and what each stands for.

It is a table, `lexicon.tsv`, that needs no programming to extend: put a word into the row that
means the same, or write a new row. `docs/words.md` says what the kinds of rows are.
"""

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("lexicon.tsv")
LANGUAGES = ("en", "de")
# Breaks between clauses are tokens too.
TOKEN = re.compile(r"\w+|[,;.:!?]")
PUNCTUATION = frozenset(",;.:!?")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "'": None, "’": None})
ENDINGS = {"en": ("s", "es", "ed", "y"), "de": ("en", "em", "er", "es", "e", "n", "s")}
LINKS = ("", "s", "n", "en", "es")  # between the parts of a German compound
SHORTEST_PART, SHORTEST_HEAD, SHORTEST_STEM = 3, 4, 3
# What a word of the other language may stand for; its small words are left to the language spoken.
FOREIGN = frozenset({"thing", "scene", "mood", "light", "cover"})
MOST_SKIPPED = 2


@dataclass(frozen=True)
class Entry:
    """A row of the table: its kind, and what it means."""

    kind: str
    means: str


BREAK = Entry("break", "")
Words = tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """Entries for a piece of a sentence, none where it is unknown; a compound has several."""

    entries: tuple[Entry, ...]
    words: str


class Lexicon:
    """The table, ready to look words up."""

    def __init__(self, phrases: dict[str, dict[Words, Entry]]) -> None:
        """`phrases` holds by language what each phrase, as plain words, stands for."""
        self._phrases = phrases

    def read(self, sentence: str) -> list[Match]:
        """Cut a sentence into words and phrases, each with what it stands for."""
        tokens = [(token, plain(token)) for token in TOKEN.findall(_printable(sentence))]
        words = [word for _, word in tokens]
        language = self.language_of(words)
        return list(self._matches([token for token, _ in tokens], words, language))

    def language(self, sentence: str) -> str:
        """Return the language of a sentence."""
        return self.language_of([plain(token) for token in TOKEN.findall(_printable(sentence))])

    def language_of(self, words: Sequence[str]) -> str:
        """Return the language that knows most of these plain words, English where it is even."""
        known = {name: sum(bool(self._single(word, name)) for word in words) for name in LANGUAGES}
        return max(LANGUAGES, key=lambda name: known[name])

    @cached_property
    def labels(self) -> frozenset[str]:
        """Names of all materials that a word stands for."""
        return frozenset(
            entry.means.split()[0]
            for table in self._phrases.values()
            for entry in table.values()
            if entry.kind == "thing"
        )

    def suggest(self, word: str) -> str:
        """Return a known word that looks like this one, or nothing."""
        return next(iter(difflib.get_close_matches(plain(word), self._nameable, 1, 0.8)), "")

    def _matches(self, said: list[str], words: list[str], language: str) -> Iterator[Match]:
        at = 0
        while at < len(words):
            if words[at] in PUNCTUATION:
                yield Match((BREAK,), words[at])
                at += 1
                continue
            found, length = self._phrase(words, at, language)
            entries = (found,) if found else self._word(words[at], language)
            yield Match(entries, " ".join(said[at : at + length]))
            at += length

    def _phrase(self, words: list[str], at: int, language: str) -> tuple[Entry | None, int]:
        """Return the longest phrase of several words that begins here, and how many it takes."""
        best: tuple[Entry | None, int] = (None, 1)
        for phrase in self._longer[language].get(words[at], ()):
            length = self._length(phrase, words, at, language)
            if length > best[1]:
                best = (self._phrases[language][phrase], length)
        return best

    def _length(self, phrase: Words, words: list[str], at: int, language: str) -> int:
        """Return how many words from `at` on are this phrase; small words may stand between."""
        here, skipped = at + 1, 0
        for wanted in phrase[1:]:
            while here < len(words) and words[here] != wanted:
                single = self._single(words[here], language)
                skipped += 1
                if single is None or single.kind != "skip" or skipped > MOST_SKIPPED:
                    return 0
                here += 1
            if here == len(words):
                return 0
            here += 1
        return here - at

    def _word(self, word: str, language: str) -> tuple[Entry, ...]:
        if single := self._single(word, language):
            return (single,)
        other = next(name for name in LANGUAGES if name != language)
        if (single := self._phrases[other].get((word,))) and single.kind in FOREIGN:
            return (single,)
        return self._compound(word, language)

    def _single(self, word: str, language: str) -> Entry | None:
        """Look a word up as it is, then without an ending."""
        known = self._phrases[language]
        if (word,) in known:
            return known[(word,)]
        stems = [word.removesuffix(end) for end in ENDINGS[language] if word.endswith(end)]
        if language == "en" and word.endswith("ies"):
            stems.append(word[:-3] + "y")
        tries = [(stem,) for stem in stems if len(stem) >= SHORTEST_STEM]
        return next((known[stem] for stem in tries if stem in known), None)

    def _compound(self, word: str, language: str) -> tuple[Entry, ...]:
        """Cut a word in two that are known; the second says what it is, so it may stand alone."""
        heads: list[Entry] = []
        for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            head = self._single(word[cut:], language)
            if head is None or head.kind not in FOREIGN:
                continue
            if first := self._first_part(word[:cut], language):
                return (first, head)
            if language == "de" and len(word) - cut >= SHORTEST_HEAD:
                heads.append(head)
        return tuple(heads[:1])

    def _first_part(self, word: str, language: str) -> Entry | None:
        links = LINKS if language == "de" else ("",)
        parts = [word.removesuffix(link) for link in links if word.endswith(link)]
        if language == "de":
            parts.append(word + "e")  # Kirschbaum, Kirsche
        known = [self._phrases[language].get((part,)) for part in parts]
        return next((one for one in known if one and one.kind in FOREIGN), None)

    @cached_property
    def _longer(self) -> dict[str, dict[str, list[Words]]]:
        """Phrases of several words, by language and first word."""
        table: dict[str, dict[str, list[Words]]] = {name: {} for name in LANGUAGES}
        for name in LANGUAGES:
            for phrase in self._phrases[name]:
                if len(phrase) > 1:
                    table[name].setdefault(phrase[0], []).append(phrase)
        return table

    @cached_property
    def _nameable(self) -> list[str]:
        return sorted(
            phrase[0]
            for name in LANGUAGES
            for phrase, entry in self._phrases[name].items()
            if len(phrase) == 1 and entry.kind in FOREIGN
        )


@lru_cache
def load_lexicon(path: Path = TABLE) -> Lexicon:
    """Read a table with the columns kind, means, en and de; a word's first row counts."""
    phrases: dict[str, dict[Words, Entry]] = {name: {} for name in LANGUAGES}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            for name in LANGUAGES:
                for phrase in row[name].split(","):
                    words = tuple(plain(word) for word in TOKEN.findall(phrase))
                    if words:
                        phrases[name].setdefault(words, Entry(row["kind"], row["means"]))
    return Lexicon(phrases)


def plain(word: str) -> str:
    """Return a word in small letters without accents; umlauts as two letters, as some type them."""
    folded = unicodedata.normalize("NFKC", word).casefold().translate(UMLAUTS)
    letters = unicodedata.normalize("NFD", folded)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _printable(sentence: str) -> str:
    kept = unicodedata.normalize("NFKC", sentence).translate(str.maketrans("", "", "'’"))
    return "".join(letter if letter.isprintable() else " " for letter in kept)
