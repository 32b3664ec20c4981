"""Byte fallback: which byte pieces spell which character, and how pieces are displayed.

A vocabulary with byte fallback (Kudo and Richardson 2018; `byte_fallback` of SentencePiece) has a piece for each byte,
`<0x00>` to `<0xFF>`, and spells a character that it has no other piece for as the bytes of its UTF-8 encoding. No other
piece of such a vocabulary can have such a name: SentencePiece refuses it. In a vocabulary without byte fallback
"<0xE4>" is text, so that callers of these functions must say which vocabulary it is.

Each byte has its own position, row and column. Its label is the character and the number of the byte: 𠮷₁ 𠮷₂ 𠮷₃ 𠮷₄.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

WORD_START = "▁"
"""SentencePiece's sign for a space: a piece that begins with it begins a word."""


def _all(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


INVISIBLE = _all(
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180E, 0x180E),
    (0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164),
    (0xFDD0, 0xFDEF), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0000, 0xE001F), (0xE0080, 0xE00FF), (0xE01F0, 0xE0FFF),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
)  # fmt: skip
"""Invisible characters: Unicode's Default_Ignorable_Code_Point but for those of `IN_CONTEXT`, fillers, and
noncharacters. A model would read them, and they would leave empty labels or break the layout."""

VARIATION_SELECTORS = _all((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
MONGOLIAN_SELECTORS = _all((0x180B, 0x180D), (0x180F, 0x180F))
JOINERS = frozenset("\u200c\u200d")
TAGS = _all((0xE0020, 0xE007F))
IN_CONTEXT = VARIATION_SELECTORS | MONGOLIAN_SELECTORS | JOINERS | TAGS
"""Invisible characters that some scripts, emoji and flags need, after the characters that they belong to."""

JOINING_SCRIPTS = (
    "ARABIC", "BALINESE", "BENGALI", "DEVANAGARI", "GUJARATI", "GURMUKHI", "KANNADA", "KHMER", "MALAYALAM", "MONGOLIAN",
    "MYANMAR", "NKO", "ORIYA", "SINHALA", "SYRIAC", "TAMIL", "TELUGU", "TIBETAN",
)  # fmt: skip
"""Scripts whose letters change their shape beside a joiner, by how Unicode's names of their letters begin."""

REPLACEMENT = "\ufffd"
"""U+FFFD, displayed for a byte that is part of no character, and for a character that would break the layout."""

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_SUBSCRIPTS = "₁₂₃₄"
_ZERO_WIDTH_JOINER = "\u200d"


class Character(NamedTuple):
    """A character that byte pieces spell, or a single byte that belongs to no character.

    Attributes:
        start: Index of its first piece.
        end: Index after its last piece.
        text: The character; REPLACEMENT for a single byte.
        whole: False for a single byte that belongs to no character.
    """

    start: int
    end: int
    text: str
    whole: bool


class Spelling(NamedTuple):
    """Pieces as they are displayed.

    Attributes:
        labels: The label of each piece: for a byte, its character and the number of the byte, or � if it belongs to no
            character.
        texts: The text that each piece adds, "" for all but the last byte of a character. Joined, they are the text.
        characters: The characters that are spelled in bytes.
    """

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    characters: tuple[Character, ...]

    def word(self, start: int, end: int) -> str:
        """Return the text of the pieces [start, end), with ▁; for bytes of an incomplete character their labels."""
        return "".join(self.texts[start:end]) or "".join(self.labels[start:end])

    @property
    def positions(self) -> tuple[int, ...]:
        """The indices of the pieces that are bytes."""
        return tuple(i for character in self.characters for i in range(character.start, character.end))


def is_byte(piece: str) -> bool:
    """Return whether a piece of a vocabulary with byte fallback is a byte."""
    return _BYTE.fullmatch(piece) is not None


def is_control(character: str) -> bool:
    """Return whether a character is invisible and may break the layout, wherever it stands."""
    unseen = unicodedata.category(character) in {"Cc", "Cs", "Co"} and not character.isspace()
    return unseen or character in INVISIBLE


def find_invisible(text: str) -> int | None:
    """Return the index of the first invisible character that the text does not need; None if there is none.

    Needed are joiners in scripts whose letters they shape and within emoji, variation selectors after a symbol or a
    Chinese character, and the tags of a flag.
    """
    for i, character in enumerate(text):
        if is_control(character) or (character in IN_CONTEXT and not _is_needed(text, i)):
            return i
    return None


def _is_needed(text: str, i: int) -> bool:
    character, before, after = text[i], text[i - 1 : i], text[i + 1 : i + 2]
    if not before:
        return False
    name = unicodedata.name(before, "")
    if character in VARIATION_SELECTORS:
        return name.startswith("CJK") or unicodedata.category(before)[0] in "SNP"
    if character in MONGOLIAN_SELECTORS:
        return name.startswith("MONGOLIAN")
    if character in TAGS:
        return before == "\U0001f3f4" or before in TAGS  # a black flag, whose tags say which
    joins = name.startswith(JOINING_SCRIPTS) and unicodedata.category(before)[0] in "LM"
    emoji = unicodedata.category(before) in {"So", "Sk"} or before in VARIATION_SELECTORS | TAGS
    return joins or (character == _ZERO_WIDTH_JOINER and emoji and unicodedata.category(after or " ") == "So")


def spell(pieces: Sequence[str], byte_fallback: bool = True) -> Spelling:
    """Return the labels and texts of pieces; without byte fallback each piece is its own label and text."""
    labels = list(pieces)
    texts = list(pieces)
    spelled = characters(pieces) if byte_fallback else ()
    for start, end, text, whole in spelled:
        texts[start:end] = [*[""] * (end - start - 1), text]
        character = bytes(_byte_value(piece) for piece in pieces[start:end]).decode() if whole else text
        labels[start:end] = [_label(character, i) if whole else text for i in range(end - start)]
    return Spelling(tuple(labels), tuple(texts), spelled)


def characters(pieces: Sequence[str]) -> tuple[Character, ...]:
    """Return the characters that byte pieces spell, in order, and the bytes that belong to none, by the rules of UTF-8.

    The bytes of a character follow each other directly. Each byte of an incomplete or invalid sequence stands alone.
    """
    spelled = []
    i = 0
    while i < len(pieces):
        if not is_byte(pieces[i]):
            i += 1
            continue
        text = _decode(pieces[i : i + _sequence_length(_byte_value(pieces[i]))])
        if text is None:
            spelled.append(Character(i, i + 1, REPLACEMENT, False))
            i += 1
        else:
            end = i + len(text.encode())
            spelled.append(Character(i, end, safe(text), True))
            i = end
    return tuple(spelled)


def pending(pieces: Sequence[str]) -> int:
    """Return how many pieces at the end begin a character that further bytes can complete."""
    run: list[int] = []
    for piece in reversed(pieces[-3:]):
        if not is_byte(piece):
            break
        run.insert(0, _byte_value(piece))
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(bytes(run))
    return len(decoder.getstate()[0])


def text_so_far(pieces: Sequence[str]) -> str:
    """Return the text of the pieces of an unfinished output, without an incomplete character at its end."""
    return "".join(spell(pieces[: len(pieces) - pending(pieces)]).texts)


def next_label(before: Sequence[str], piece: str) -> str:
    """Return the label of a piece that may follow others: for a byte that completes a character, that character's."""
    if not is_byte(piece):
        return piece
    incomplete = list(before[len(before) - pending(before) :])
    last = characters([*incomplete, piece])[-1]
    return spell([*incomplete, piece]).labels[-1] if last.whole else piece


def continues(text: str, before: str, flags: int) -> bool:
    """Return whether a character belongs to the same grapheme cluster (user-perceived character) as those before it.

    Only these rules are implemented: marks, joined emoji, skin tones, tags and flags.

    Args:
        text: The character.
        before: The character before it.
        flags: Number of consecutive regional indicators before it; two of them make a flag.

    Source:
        Unicode Standard Annex 29, extended grapheme clusters.
    """
    if not text:
        return False
    code = ord(text[0])
    return (
        before.endswith(_ZERO_WIDTH_JOINER)
        or text[0] == _ZERO_WIDTH_JOINER
        or unicodedata.category(text[0]).startswith("M")
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or (is_flag_half(text) and flags % 2 == 1)
    )


def spelled_texts(spelled: Sequence[Character]) -> list[str]:
    """Return the grapheme clusters that are spelled in bytes, in order; bytes that belong to none are left out."""
    texts: list[str] = []
    end, flags = -1, 0
    for character in spelled:
        flags = flags if character.start == end else 0
        if texts and character.start == end and continues(character.text, texts[-1], flags):
            texts[-1] += character.text
        elif character.whole:
            texts.append("␣" if character.text in (" ", WORD_START) else character.text)
        flags = flags + 1 if is_flag_half(character.text) else 0
        end = character.end if character.whole else -1
    return texts


def is_flag_half(text: str) -> bool:
    """Return whether a text is one regional indicator; two of them make a flag."""
    return len(text) == 1 and 0x1F1E6 <= ord(text) <= 0x1F1FF


def _byte_value(piece: str) -> int:
    return int(piece[3:5], 16)


def _sequence_length(first: int) -> int:
    """Return how many bytes a character has whose first byte is this one."""
    return 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def _decode(pieces: Sequence[str]) -> str | None:
    """Return the single character that these pieces spell, or None if they spell none."""
    if not all(map(is_byte, pieces)):
        return None
    try:
        text = bytes(map(_byte_value, pieces)).decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) == 1 else None


def safe(character: str) -> str:
    """Return a character as it can be displayed: U+FFFD in place of a control character or a line break."""
    breaks = unicodedata.category(character) in {"Cc", "Zl", "Zp"}  # line breaks too, which typed text may have
    return REPLACEMENT if breaks or is_control(character) else character


def _label(character: str, i: int) -> str:
    """Return the label of byte i of a character; marks get a dotted circle, invisible characters their code point."""
    category = unicodedata.category(character)
    code = ord(character)
    if character in (" ", WORD_START):
        glyph = "␣"
    elif category[0] in "CZ" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        glyph = f"U+{code:04X}"
    else:
        glyph = f"◌{character}" if category[0] == "M" else character
    return glyph + _SUBSCRIPTS[i]
