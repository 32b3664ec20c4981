"""Encoding of texts, given translations and forced pieces as ids of a model's two vocabularies."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.config import EOS, UNK
from core.errors import OptionError, TextTooLongError, UnknownLanguageError, UnknownTargetError
from core.intervention import Intervention
from core.spelling import WORD_START, find_invisible, is_byte, spell
from core.text import SPECIALS, Tokenizer, clean, surface

LANGUAGES = {"en": "English", "zh": "Chinese", "fr": "French"}


@dataclass(frozen=True)
class Encoding:
    """The two tokenizers of a model, and the largest number of pieces on either side."""

    source: Tokenizer
    target: Tokenizer
    max_length: int

    @property
    def byte_fallback(self) -> tuple[bool, bool]:
        """Whether the source's and the target's vocabulary have byte fallback."""
        return self.source.byte_fallback, self.target.byte_fallback

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """Return the ids and the pieces of a typed text, both with </s> at the end.

        Raises:
            EmptyTextError: If the text is blank.
            ControlCharacterError: If the text has characters that cannot be seen.
            UnknownLanguageError: If the vocabulary has no piece of the text but punctuation. A vocabulary with byte
                fallback can read any text; it refuses one whose letters are all spelled in bytes.
            TextTooLongError: If the text has more pieces than the model reads.
        """
        tokenizer = self.source
        cleaned = clean(text, tokenizer.language)
        ids, pieces = tokenizer.encode(cleaned), tokenizer.split(cleaned)
        if self._is_foreign(ids, pieces):  # before the length: it would not help to shorten such a text
            raise UnknownLanguageError(language=LANGUAGES.get(tokenizer.language, tokenizer.language))
        limit = self.max_length - 1
        if len(ids) > limit:
            raise TextTooLongError(length=len(ids), limit=limit)
        return [*ids, EOS], [*pieces, SPECIALS[EOS]]

    def _is_foreign(self, ids: Sequence[int], pieces: Sequence[str]) -> bool:
        """Return whether the source's vocabulary knows nothing of a text but punctuation."""
        if self.source.byte_fallback:
            spelling = spell(pieces)
            spelled = set(spelling.positions)
            whole = "".join(piece for i, piece in enumerate(pieces) if i not in spelled)
            return _has_letter("".join(c.text for c in spelling.characters)) and not _has_letter(whole)
        known_pieces = [piece for i, piece in zip(ids, pieces, strict=True) if i != UNK and surface(piece)]
        return UNK in ids and not any(any(c.isalnum() for c in piece) for piece in known_pieces)

    def encode_target(self, text: str | Sequence[str]) -> list[int]:
        """Return the ids of a given translation.

        Args:
            text: A text, which gets </s> at its end, or pieces, which are taken as they are.

        Raises:
            EmptyTextError: If the text is blank.
            ControlCharacterError: If the text has characters that cannot be seen.
            UnknownTargetError: If the vocabulary lacks a character of the text, or a piece.
            TextTooLongError: If there are more pieces than the model writes.
            OptionError: If there is no piece, or a piece after </s>.
        """
        tokenizer = self.target
        if not isinstance(text, str):
            return self._target_pieces(text)
        cleaned = clean(text, tokenizer.language)
        ids, pieces = tokenizer.encode(cleaned), tokenizer.split(cleaned)
        if UNK in ids:
            unknown = [surface(piece) for i, piece in zip(ids, pieces, strict=True) if i == UNK]
            raise UnknownTargetError(characters=" ".join(dict.fromkeys(unknown)))
        if len(ids) > self.max_length - 1:
            raise TextTooLongError(length=len(ids), limit=self.max_length - 1)
        return [*ids, EOS]

    def _target_pieces(self, pieces: Sequence[str]) -> list[int]:
        id_of = {piece: i for i, piece in enumerate(self.target.pieces)}
        unknown = [surface(piece) for piece in dict.fromkeys(pieces) if piece not in id_of]
        if unknown:
            raise UnknownTargetError(characters=" ".join(unknown).encode("utf-8", "replace").decode()[:200])
        if not pieces or SPECIALS[EOS] in pieces[:-1]:
            raise OptionError(name="target", value=len(pieces), cause="pieces")
        if len(pieces) > self.max_length:
            raise TextTooLongError(length=len(pieces), limit=self.max_length)
        return [id_of[piece] for piece in pieces]

    def forced(self, intervention: Intervention) -> dict[int, int]:
        """Return, by step, the id of each piece that an Intervention forces.

        A piece that is spelled in bytes takes as many steps as it has bytes.

        Raises:
            OptionError: If the vocabulary lacks a piece, if the bytes of a piece reach beyond the longest output, or if
                another piece is forced at one of their steps.
        """
        forced: dict[int, int] = {}
        for step, piece in intervention.forced.items():  # in order of steps
            ids = self.target_ids(piece)
            if step in forced:
                raise OptionError(name="forced", value=f"{step}: {piece}", cause="within_character")
            if step + len(ids) > self.max_length:
                last = self.max_length - len(ids)
                raise OptionError(name="forced", value=f"{step}: {piece}", cause="spelled", count=len(ids), last=last)
            forced |= dict(enumerate(ids, step))
        return forced

    def target_ids(self, piece: str) -> list[int]:
        """Return the id of a piece as `target_index` finds it, or the ids of its bytes if only these are known.

        Raises:
            OptionError: If the vocabulary neither has the piece nor spells it in bytes.
        """
        tokenizer = self.target
        try:
            return [self.target_index(piece)]
        except OptionError:
            if not tokenizer.byte_fallback or find_invisible(piece) is not None:
                raise
            text = unicodedata.normalize("NFC", piece).removeprefix(WORD_START)
            space = (
                [tokenizer.index(WORD_START)]
                if piece.startswith(WORD_START) and tokenizer.index(WORD_START) != UNK
                else []
            )
            # The tokenizer adds a WORD_START before the text.
            ids = [i for i in tokenizer.encode(text) if tokenizer.pieces[i] != WORD_START]
            if not ids or not all(is_byte(tokenizer.pieces[i]) for i in ids):
                raise
            return [*space, *ids]

    def target_index(self, piece: str) -> int:
        """Return the id of a piece of the target's vocabulary; ▁ at its start may be added or left out.

        Raises:
            OptionError: If the vocabulary has no such piece.
        """
        tokenizer = self.target
        for name in (piece, piece.removeprefix(WORD_START), WORD_START + piece):
            if name == SPECIALS[UNK] or (name and tokenizer.index(name) != UNK):
                return tokenizer.index(name)
        raise OptionError(name="forced", value=piece, cause="no_piece")


def _has_letter(text: str) -> bool:
    return any(unicodedata.category(character).startswith("L") for character in text)
