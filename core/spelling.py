"""Characters that a vocabulary has no piece for, spelled in bytes: which pieces make up which, and what people see of them.

A vocabulary with byte fallback (Kudo and Richardson 2018; `byte_fallback` of SentencePiece) has a piece for each byte,
`<0x00>` to `<0xFF>`, and writes a character that it has no other piece for as the bytes of its UTF-8. No other piece of
such a vocabulary has such a name: SentencePiece refuses one. In any other vocabulary "<0xE4>" is text, so that whoever
calls these functions says which it is.

Each byte keeps its own position, row and column. Its label is the character and which of its bytes it is: 𠮷₁ 𠮷₂ 𠮷₃ 𠮷₄.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

WORD_START = "▁"
"""SentencePiece's sign for a space: a piece that begins with it begins a word."""

INVISIBLE = {*"\u200b\u2060\ufeff", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
"""Zero-width spaces and direction overrides: nobody sees them, and they would break the pictures."""

REPLACEMENT = "\ufffd"
"""Stands for a byte that is part of no character, and for a character that would break what shows it."""

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_SUBSCRIPTS = "₁₂₃₄"
_ZERO_WIDTH_JOINER = "\u200d"


class Character(NamedTuple):
    """A character that is spelled by the pieces [start, end); one byte that belongs to none, with whole=False."""

    start: int
    end: int
    text: str
    whole: bool


class Spelling(NamedTuple):
    """Pieces as people see them.

    labels: each piece by itself; a byte by its character and its place in it, or by � where it belongs to none
    texts: what each piece adds to the text, "" for all but the last byte of a character. Joined, they are the text
    characters: those that are spelled
    """

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    characters: tuple[Character, ...]

    def word(self, start: int, end: int) -> str:
        """What some pieces say together, the signs of a space left standing. A character cut short stands by its bytes."""
        return "".join(self.texts[start:end]) or "".join(self.labels[start:end])

    @property
    def positions(self) -> tuple[int, ...]:
        """Which pieces are bytes."""
        return tuple(i for character in self.characters for i in range(character.start, character.end))


def is_byte(piece: str) -> bool:
    """Whether a piece of a vocabulary with byte fallback is a byte."""
    return _BYTE.fullmatch(piece) is not None


def is_control(character: str) -> bool:
    """Whether a character cannot be seen and may break what shows it."""
    unseen = unicodedata.category(character) in {"Cc", "Cs", "Co"} and not character.isspace()
    return unseen or character in INVISIBLE


def spell(pieces: Sequence[str], byte_fallback: bool = True) -> Spelling:
    """How pieces read, where the vocabulary has byte fallback or has not: then each piece stands for itself."""
    labels = list(pieces)
    texts = list(pieces)
    found = characters(pieces) if byte_fallback else ()
    for start, end, text, whole in found:
        texts[start:end] = [*[""] * (end - start - 1), text]
        shown = bytes(_value(piece) for piece in pieces[start:end]).decode() if whole else text
        labels[start:end] = [_label(shown, i) if whole else text for i in range(end - start)]
    return Spelling(tuple(labels), tuple(texts), found)


def characters(pieces: Sequence[str]) -> tuple[Character, ...]:
    """The characters that byte pieces spell, and bytes that belong to none, in order; by UTF-8's own rules.

    A character's bytes follow each other directly. Of a sequence that is cut short or illegal each byte stands alone.
    """
    found = []
    i = 0
    while i < len(pieces):
        if not is_byte(pieces[i]):
            i += 1
            continue
        text = _decoded(pieces[i : i + _length(_value(pieces[i]))])
        if text is None:
            found.append(Character(i, i + 1, REPLACEMENT, False))
            i += 1
        else:
            end = i + len(text.encode())
            found.append(Character(i, end, safe(text), True))
            i = end
    return tuple(found)


def pending(pieces: Sequence[str]) -> int:
    """How many of the last pieces begin a character that is not written to its end, and still can be."""
    run: list[int] = []
    for piece in reversed(pieces[-3:]):
        if not is_byte(piece):
            break
        run.insert(0, _value(piece))
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(bytes(run))
    return len(decoder.getstate()[0])


def so_far(pieces: Sequence[str]) -> str:
    """What pieces say while more of them may follow: a character that is partly written is held back."""
    return "".join(spell(pieces[: len(pieces) - pending(pieces)]).texts)


def next_label(before: Sequence[str], piece: str) -> str:
    """The label of a piece that may follow others: of a byte the character that it completes, else its own name."""
    if not is_byte(piece):
        return piece
    begun = list(before[len(before) - pending(before) :])
    last = characters([*begun, piece])[-1]
    return spell([*begun, piece]).labels[-1] if last.whole else piece


def continues(text: str, before: str, flags: int) -> bool:
    """Whether a character is part of what people count as one character with those before it.

    before: the character before. flags: how many regional indicators stand before it in a row; two make a flag.
    A part of Unicode's rules (UAX 29, extended grapheme clusters): marks, joined emoji, skin tones, tags and flags.
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


def spelled_texts(found: Sequence[Character]) -> list[str]:
    """What is spelled in bytes, as people count characters, in order; bytes that belong to none are left out."""
    texts: list[str] = []
    end, flags = -1, 0
    for character in found:
        flags = flags if character.start == end else 0
        if texts and character.start == end and continues(character.text, texts[-1], flags):
            texts[-1] += character.text
        elif character.whole:
            texts.append("␣" if character.text in (" ", WORD_START) else character.text)
        flags = flags + 1 if is_flag_half(character.text) else 0
        end = character.end if character.whole else -1
    return texts


def is_flag_half(text: str) -> bool:
    return len(text) == 1 and 0x1F1E6 <= ord(text) <= 0x1F1FF


def _value(piece: str) -> int:
    return int(piece[3:5], 16)


def _length(first: int) -> int:
    """How many bytes a character has that begins with this one."""
    return 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def _decoded(pieces: Sequence[str]) -> str | None:
    """The one character that these pieces spell; None where they do not."""
    if not all(map(is_byte, pieces)):
        return None
    try:
        text = bytes(map(_value, pieces)).decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) == 1 else None


def safe(character: str) -> str:
    """A character as it may be shown: U+FFFD in the place of one that controls what shows it."""
    breaks = unicodedata.category(character) in {"Cc", "Zl", "Zp"}  # line breaks too, which typed text may have
    return REPLACEMENT if breaks or is_control(character) else character


def _label(character: str, i: int) -> str:
    """A character and which of its bytes is meant; one that cannot be seen alone by its number or on a dotted circle."""
    category = unicodedata.category(character)
    code = ord(character)
    if character in (" ", WORD_START):
        shown = "␣"
    elif category[0] in "CZ" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        shown = f"U+{code:04X}"
    else:
        shown = f"◌{character}" if category[0] == "M" else character
    return shown + _SUBSCRIPTS[i]
