"""Tokens of other programs as pieces of a Trace: which are specials, and how they join to words.

A Trace writes pieces as SentencePiece does, with ▁ where a word begins. Byte-level BPE (GPT-2), WordPiece (BERT) and
two other notations are translated to it, so that views, words and exports need to know one notation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from core.spelling import WORD_START, is_byte, is_control
from core.text import UNSPACED_SCRIPTS

JOINS = ("sentencepiece", "bpe", "wordpiece", "end", "continued", "none")
"""Notations of where words begin.

"sentencepiece": ▁ begins a word. "bpe": byte-level BPE, whose Ġ is a space and whose characters are bytes. "wordpiece":
## continues a word. "end": </w> ends a word. "continued": @@ at its end means that the word goes on. "none": each token
is a word.
"""

SPECIAL = re.compile(
    r"<\|?[^<>\s]{1,40}\|?>|\[[A-Z]{1,20}\d*\]|__[a-z_]{2,12}__|>>[^<>\s]{1,20}<<|[a-z]{2,3}_[A-Z]{2}|[a-z]{3}_[A-Z][a-z]{3}"
)
"""What looks like a special: </s>, <|endoftext|>, [SEP], __en__, >>fra<<, en_XX, eng_Latn."""

UNKNOWNS = ("<unk>", "[UNK]")


def looks_special(token: str) -> bool:
    """Return whether a token looks like a special; bytes such as <0xE4> and unknown pieces do not."""
    return SPECIAL.fullmatch(token) is not None and not is_byte(token) and token not in UNKNOWNS and token != "</w>"


def guess_join(tokens: Sequence[str]) -> str:
    """Return the one of JOINS whose sign most tokens have, "none" if no token has any: of a text or a vocabulary."""
    counts = {
        "sentencepiece": sum(token.startswith(WORD_START) for token in tokens),
        "bpe": sum(token.startswith(("Ġ", "Ċ")) for token in tokens),
        "wordpiece": sum(len(token) > 2 and token.startswith("##") for token in tokens),
        "end": sum(token.endswith("</w>") for token in tokens),
        "continued": sum(len(token) > 2 and token.endswith("@@") for token in tokens),
    }
    most = max(counts, key=lambda name: counts[name])
    return most if counts[most] else "none"


def is_unspaced(tokens: Sequence[str]) -> bool:
    """Return whether most letters of the tokens belong to scripts without spaces between words."""
    letters = [character for token in tokens if not token.isascii() for character in token if character.isalpha()]
    of_script = sum(unicodedata.name(letter, "").startswith(UNSPACED_SCRIPTS) for letter in letters)
    return 2 * of_script > sum(character.isalpha() for token in tokens for character in token)


@cache
def byte_values() -> dict[str, int]:
    """Return the byte that each character of byte-level BPE stands for.

    Source:
        Radford et al. 2019; `bytes_to_unicode` of GPT-2.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    values = {chr(code): code for code in printable}
    values.update({chr(0x100 + i): code for i, code in enumerate(sorted(set(range(0x100)) - set(printable)))})
    return values


def byte_level_piece(token: str) -> str:
    """Return a token of byte-level BPE as a piece of text.

    A single byte of a longer character becomes a byte piece such as <0xE4>. A token with several bytes of an incomplete
    character, or with a control character, stays as the vocabulary writes it.
    """
    values = byte_values()
    if not token or any(character not in values for character in token):
        return token  # an added token, which is text already
    raw = bytes(values[character] for character in token)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return f"<0x{raw[0]:02X}>" if len(raw) == 1 else token.replace("Ġ", WORD_START)
    if any(is_control(character) or character in "\n\r\t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029" for character in text):
        return token.replace("Ġ", WORD_START)
    return text.replace(" ", WORD_START)


def to_pieces(tokens: Sequence[str], specials: Sequence[int], join: str) -> tuple[str, ...]:
    """Return tokens in SentencePiece's notation; specials stay as they are.

    Args:
        tokens: The tokens of one side, in order.
        specials: Positions of specials.
        join: One of JOINS.
    """
    pieces = []
    begins = True
    for i, token in enumerate(tokens):
        if i in specials:
            pieces.append(token)
            begins = True
            continue
        if join == "sentencepiece":
            piece = token
        elif join == "bpe":
            piece = byte_level_piece(token)
        elif join == "wordpiece":
            is_continued = token.startswith("##") and len(token) > 2
            piece = token[2:] if is_continued else WORD_START + token
        elif join == "end":
            piece = (WORD_START if begins else "") + token.removesuffix("</w>")
            begins = token.endswith("</w>")
        elif join == "continued":
            is_cut = token.endswith("@@") and len(token) > 2
            piece = (WORD_START if begins else "") + (token[:-2] if is_cut else token)
            begins = not is_cut
        else:
            piece = WORD_START + token.removeprefix(WORD_START)
        pieces.append(piece)
    return tuple(pieces)


def candidate(token: str, join: str, begins: bool) -> str:
    """Return one possible next token in SentencePiece's notation.

    Args:
        token: The token.
        join: One of JOINS.
        begins: Whether a word begins here, for the notations that mark the end of words.
    """
    if looks_special(token):
        return token
    piece = to_pieces([token], (), join)[0]
    return piece.removeprefix(WORD_START) if join in ("end", "continued") and not begins else piece
