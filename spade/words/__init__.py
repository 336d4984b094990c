"""Words to doodles: a sentence in, a label map out. No language model, and no PyTorch."""

from spade.words.compose import Composition, compose
from spade.words.reading.grammar import understand
from spade.words.records import WordsError

__all__ = ["Composition", "WordsError", "compose", "understand"]
