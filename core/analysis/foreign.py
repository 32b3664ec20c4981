"""Does a text look like the language that the model has learnt?"""

from core.spelling import WORD_START
from core.trace import Trace

LETTERS_PER_PIECE = {"en-zh": 2.1, "en-zh-1head": 2.1}
"""By model: below this mean, words fall into fragments. Measured with its tokenizer on 1,000 sentences each: 1 in 100
English sentences falls below it, and 8 in 10 French ones."""


def letters_per_piece(trace: Trace) -> float:
    """Mean number of letters in the source pieces that hold any. A letter that is spelled in bytes counts once for all
    of them."""
    spelling = trace.source_spelling
    bytes_of = {character.end - 1: character.end - character.start for character in spelling.characters}
    counts = [(bytes_of.get(i, 1), text.strip(WORD_START)) for i, text in enumerate(spelling.texts[:-1])]
    counts = [(pieces, text) for pieces, text in counts if any(character.isalpha() for character in text)]
    pieces = sum(pieces for pieces, _ in counts)
    return sum(len(text) for _, text in counts) / pieces if pieces else float("inf")


def looks_foreign(trace: Trace) -> bool:
    """Whether most words fall into fragments, as in a language the model has not learnt. False where nobody measured."""
    return letters_per_piece(trace) < LETTERS_PER_PIECE.get(trace.model, 0.0)
