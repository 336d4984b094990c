"""From a sentence to a wish."""

from spade.words.reading.lexicon import Lexicon, load_lexicon
from spade.words.reading.reader import Reader
from spade.words.records import Wish, WordsError

MOST_LETTERS = 500
EXAMPLES = "'a lake between mountains at sunset' or 'links ein Baum, rechts ein Haus'"


def understand(sentence: str, lexicon: Lexicon | None = None) -> Wish:
    """Return what a sentence in English or German asks for.

    Unknown words are told in the wish and do no harm.

    Raises:
        WordsError: the sentence is empty, too long, or has no word that names anything to see.
    """
    if len(sentence) > MOST_LETTERS:
        raise WordsError(
            "too-long",
            f"a scene is described in at most {MOST_LETTERS} letters, this has {len(sentence)}; "
            f"say it shorter, for example {EXAMPLES}",
        )
    wish = Reader(lexicon or load_lexicon()).read(sentence)
    if wish.things:
        return wish
    if not wish.unknown:
        raise WordsError("empty", f"these words name nothing to draw; try {EXAMPLES}")
    words = ", ".join(f"'{one.word}'" for one in wish.unknown)
    raise WordsError(
        "nothing-understood", f"no word for a thing is known of {words}; try {EXAMPLES}"
    )
