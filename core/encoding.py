"""Encoding: typed texts, given translations and forced pieces as ids of a model's two vocabularies."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.config import EOS, UNK
from core.errors import OptionError, TextTooLongError, UnknownLanguageError, UnknownTargetError
from core.intervention import Intervention
from core.spelling import WORD_START, is_byte, is_control, spell
from core.text import SPECIALS, Tokenizer, clean, surface

LANGUAGES = {"en": "English", "zh": "Chinese", "fr": "French"}


@dataclass(frozen=True)
class Encoding:
    """The two tokenizers of a model, and the most pieces that it reads or writes."""

    source: Tokenizer
    target: Tokenizer
    max_length: int

    @property
    def byte_fallback(self) -> tuple[bool, bool]:
        """Whether the source's, the target's vocabulary can spell in bytes what it has no piece for."""
        return self.source.byte_fallback, self.target.byte_fallback

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """A typed text as ids and pieces, both with </s> at the end.

        Raises `EmptyTextError`, `ControlCharacterError`, `TextTooLongError`, and `UnknownLanguageError` for a text of
        which no piece but punctuation is in the vocabulary. With byte fallback every text can be read: one is refused
        if it has letters, and all of them are spelled in bytes.
        """
        tokenizer = self.source
        cleaned = clean(text, tokenizer.language)
        ids, pieces = tokenizer.encode(cleaned), tokenizer.split(cleaned)
        if self._is_foreign(ids, pieces):  # first: to shorten such a text would be of no use
            raise UnknownLanguageError(language=LANGUAGES.get(tokenizer.language, tokenizer.language))
        limit = self.max_length - 1
        if len(ids) > limit:
            raise TextTooLongError(length=len(ids), limit=limit)
        return [*ids, EOS], [*pieces, SPECIALS[EOS]]

    def _is_foreign(self, ids: Sequence[int], pieces: Sequence[str]) -> bool:
        """Whether the source's vocabulary knows nothing of a text but punctuation."""
        if self.source.byte_fallback:
            spelling = spell(pieces)
            spelled = set(spelling.positions)
            whole = "".join(piece for i, piece in enumerate(pieces) if i not in spelled)
            return _has_letter("".join(c.text for c in spelling.characters)) and not _has_letter(whole)
        known = [piece for i, piece in zip(ids, pieces, strict=True) if i != UNK and surface(piece)]
        return UNK in ids and not any(any(c.isalnum() for c in piece) for piece in known)

    def encode_target(self, text: str | Sequence[str]) -> list[int]:
        """A given translation as ids: a text, which gets </s> at its end, or pieces, which are taken as they are.

        Raises also `UnknownTargetError`, and `OptionError` for what no output can be: no piece, or pieces after </s>.
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
        known = {piece: i for i, piece in enumerate(self.target.pieces)}
        unknown = [surface(piece) for piece in dict.fromkeys(pieces) if piece not in known]
        if unknown:
            raise UnknownTargetError(characters=" ".join(unknown).encode("utf-8", "replace").decode()[:200])
        if not pieces or SPECIALS[EOS] in pieces[:-1]:
            raise OptionError(name="target", value=len(pieces), reason="write at least one piece, and none after </s>")
        if len(pieces) > self.max_length:
            raise TextTooLongError(length=len(pieces), limit=self.max_length)
        return [known[piece] for piece in pieces]

    def forced(self, intervention: Intervention) -> dict[int, int]:
        """step -> id of what an Intervention forces. What is spelled in bytes takes as many steps as it has bytes.

        Raises `OptionError` also where these steps go beyond the longest output, or another piece is forced at one.
        """
        forced: dict[int, int] = {}
        for step, piece in intervention.forced.items():  # by rising step
            ids = self.target_ids(piece)
            if step in forced:
                reason = "it falls into a character before it that is spelled in several pieces"
                raise OptionError(name="forced", value=f"{step}: {piece}", reason=reason)
            if step + len(ids) > self.max_length:
                last = self.max_length - len(ids)
                reason = f"it is spelled in {len(ids)} pieces; choose a step from 0 to {last}"
                raise OptionError(name="forced", value=f"{step}: {piece}", reason=reason)
            forced |= dict(enumerate(ids, step))
        return forced

    def target_ids(self, piece: str) -> list[int]:
        """The id of a piece as `target_index` finds it; of what the vocabulary spells in bytes alone, those of its bytes.

        Raises `OptionError`.
        """
        tokenizer = self.target
        try:
            return [self.target_index(piece)]
        except OptionError:
            if not tokenizer.byte_fallback or any(map(is_control, piece)):
                raise
            text = unicodedata.normalize("NFC", piece).removeprefix(WORD_START)
            space = (
                [tokenizer.index(WORD_START)]
                if piece.startswith(WORD_START) and tokenizer.index(WORD_START) != UNK
                else []
            )
            ids = [i for i in tokenizer.encode(text) if tokenizer.pieces[i] != WORD_START]  # not the one put before it
            if not ids or not all(is_byte(tokenizer.pieces[i]) for i in ids):
                raise
            return [*space, *ids]

    def target_index(self, piece: str) -> int:
        """The id of a piece of the target's vocabulary, with or without ▁ before it. Raises `OptionError` for another."""
        tokenizer = self.target
        for name in (piece, piece.removeprefix(WORD_START), WORD_START + piece):
            if name == SPECIALS[UNK] or (name and tokenizer.index(name) != UNK):
                return tokenizer.index(name)
        raise OptionError(name="forced", value=piece, reason="the model's vocabulary has no such piece")


def _has_letter(text: str) -> bool:
    return any(unicodedata.category(character).startswith("L") for character in text)
