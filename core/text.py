"""Text processing: cleaning, SentencePiece tokenizers, pieces and words."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import sentencepiece

from core.checks import quoted
from core.config import BOS, EOS, PAD, UNK
from core.errors import ControlCharacterError, EmptyTextError, OptionError
from core.spelling import WORD_START, characters, continues, find_invisible, is_flag_half, safe, spell

SPECIALS = ("<pad>", "<unk>", "<s>", "</s>")
QUOTES = str.maketrans("‘’‛“”‟", "'''\"\"\"")
UNSPACED = {"zh", "ja", "th", "km", "lo", "my"}
"""Languages without spaces between words: each piece counts as a word."""

UNSPACED_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
"""How Unicode's names of the letters of such languages begin."""

SHORT_CODES = {
    "ara": "ar", "ben": "bn", "bul": "bg", "cat": "ca", "ces": "cs", "chi": "zh", "cmn": "zh", "cze": "cs", "dan": "da",
    "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "est": "et", "fas": "fa", "fin": "fi", "fra": "fr", "fre": "fr",
    "ger": "de", "gre": "el", "heb": "he", "hin": "hi", "hun": "hu", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja",
    "khm": "km", "kor": "ko", "lao": "lo", "lat": "la", "lav": "lv", "lit": "lt", "mya": "my", "nld": "nl", "nob": "nb",
    "nor": "no", "per": "fa", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk", "slv": "sl",
    "spa": "es", "srp": "sr", "swa": "sw", "swe": "sv", "tam": "ta", "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur",
    "vie": "vi", "zho": "zh",
}  # fmt: skip
"""Two-letter codes (ISO 639-1) of languages that have a code of three letters as well (ISO 639-2, ISO 639-3)."""


def language_code(tag: str) -> str:
    """Return the shortest ISO 639 code of a language tag (BCP 47): "zh" for "zh-CN", "cmn" and "zh_Hant".

    Raises:
        OptionError: If the tag does not begin with a code of two or three letters.
    """
    match = re.fullmatch(r"([A-Za-z]{2,3})([-_][A-Za-z0-9]{1,8})*", tag)
    if match is None:
        raise OptionError(name="language", value=quoted(tag), cause="language")
    code = match[1].lower()
    return SHORT_CODES.get(code, code)


def text_length(text: str, language: str) -> int:
    """Return the length of a text in words; in characters where words have no spaces between them.

    The text itself counts more than its language, which may be given wrongly: most of its letters decide.
    """
    if language in UNSPACED:
        return len(text)
    letters = [] if text.isascii() else [character for character in text if character.isalpha()]
    unspaced = sum(unicodedata.name(letter, "").startswith(UNSPACED_SCRIPTS) for letter in letters)
    return len(text) if 2 * unspaced > len(letters) else len(text.split())


def clean(text: str, language: str) -> str:
    """Normalize a typed text: Unicode's composed form (NFC), single spaces, and in spaced languages straight quotes.

    Case and full-width punctuation stay as they are.

    Raises:
        EmptyTextError: If the text is blank.
        ControlCharacterError: If the text has an invisible character that it does not need.
    """
    if (i := find_invisible(text)) is not None:
        raise ControlCharacterError(code=f"U+{ord(text[i]):04X}", position=i + 1)
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not text.strip(f"{WORD_START} "):  # SentencePiece reads its own sign as a space
        raise EmptyTextError()
    return text if language in UNSPACED else text.translate(QUOTES)


@dataclass(frozen=True)
class Tokenizer:
    """The SentencePiece model of one side. Threads can share it, because encoding changes nothing in it."""

    processor: sentencepiece.SentencePieceProcessor
    language: str

    @classmethod
    def load(cls, path: Path, language: str) -> Tokenizer:
        """Read a `.model` file.

        Raises:
            OSError: If the file is missing.
            RuntimeError: If the file is damaged, or does not begin with SPECIALS.
        """
        tokenizer = cls(sentencepiece.SentencePieceProcessor(model_file=str(path)), language)
        try:
            specials = tokenizer.pieces[: len(SPECIALS)]
        except UnicodeDecodeError as error:
            raise RuntimeError(f"{path.name} has pieces that are no text") from error
        if specials != SPECIALS:
            raise RuntimeError(f"{path.name} does not begin with the pieces {' '.join(SPECIALS)}")
        return tokenizer

    @classmethod
    def train(
        cls, sentences: Iterable[str], language: str, vocab_size: int, byte_fallback: bool = True
    ) -> tuple[Tokenizer, bytes]:
        """Train a byte-pair-encoding model. Decoding what it encodes gives the same text.

        In Chinese, pieces do not cross the word boundaries that a segmenter finds: a piece is a word or a part of one,
        never the end of one word and the start of the next.

        Args:
            sentences: The training sentences.
            language: ISO 639 code.
            vocab_size: Number of pieces, including the specials.
            byte_fallback: Whether 256 of the pieces are bytes, which spell characters that have no other piece.

        Returns:
            The tokenizer and the content of its file.
        """
        sentences = list(sentences)
        options: dict[str, Any] = {}
        if language in UNSPACED:
            options["add_dummy_prefix"] = False
        if language == "zh":
            import jieba  # only training needs it

            jieba.setLogLevel("ERROR")
            # SentencePiece learns no piece across this delimiter, which occurs in training only.
            options["pretokenization_delimiter"] = "\x1f"
            sentences = ["\x1f".join(jieba.cut(sentence)) for sentence in sentences]
        file = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=file,
            model_type="bpe",
            vocab_size=vocab_size,
            character_coverage=0.9995 if language in UNSPACED else 0.9999 if byte_fallback else 1.0,
            byte_fallback=byte_fallback,
            split_digits=True,  # so that any number can be copied, digit by digit
            normalization_rule_name="identity",  # the default would turn ？ into ? and ， into ,
            pad_id=PAD, unk_id=UNK, bos_id=BOS, eos_id=EOS,
            pad_piece=SPECIALS[PAD], unk_piece=SPECIALS[UNK], bos_piece=SPECIALS[BOS], eos_piece=SPECIALS[EOS],
            num_threads=1,
            minloglevel=2,
            **options,
        )  # fmt: skip
        processor = sentencepiece.SentencePieceProcessor(model_proto=file.getvalue())
        return cls(processor, language), file.getvalue()

    def __len__(self) -> int:
        return self.processor.get_piece_size()

    def encode(self, text: str) -> list[int]:
        """Return the ids of the pieces of a cleaned text, without specials; a typed "</s>" is text, not the special."""
        ids: list[int] = self.processor.encode(text, out_type=int)
        if UNK not in ids:
            return ids
        # A joint vocabulary has pieces of the other side, which this side's model does not segment text into.
        looked_up = [self.index(piece) if i == UNK else i for i, piece in zip(ids, self.split(text), strict=True)]
        return [i if i >= len(SPECIALS) else UNK for i in looked_up]

    def split(self, text: str) -> list[str]:
        """Return the pieces of a cleaned text as strings.

        Characters that the vocabulary has no piece for are bytes such as `<0xE4>`; without byte fallback they stay as
        they were typed.
        """
        pieces: list[str] = self.processor.encode(text, out_type=str)
        return pieces

    @cached_property
    def byte_fallback(self) -> bool:
        """Whether the vocabulary has a piece for each byte, so that it can spell any character."""
        return self.processor.is_byte(self.index("<0x00>"))

    def labels(self, pieces: Sequence[str]) -> tuple[str, ...]:
        """Return the labels of pieces as `core.spelling.spell` defines them."""
        return spell(pieces, self.byte_fallback).labels

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The vocabulary: all pieces in the order of their ids."""
        return tuple(self.processor.id_to_piece(i) for i in range(len(self)))

    def index(self, piece: str) -> int:
        """Return the id of a piece, or UNK if it is not in the vocabulary."""
        return self.processor.piece_to_id(piece)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of pieces without specials.

        Bytes that belong to no character, and control characters spelled in bytes, become U+FFFD.
        """
        if not self.byte_fallback:
            return self.processor.decode([i for i in ids if i not in (PAD, BOS, EOS)])
        # Specials stay in, so that bytes before and after one are not joined to a character.
        text = self.processor.decode(list(ids)).replace(WORD_START, " ")  # a ▁ that was spelled in bytes
        return "".join(map(safe, text))


def word_spans(
    pieces: Sequence[str], language: str, specials: Iterable[int] = (), byte_fallback: bool = False
) -> tuple[tuple[int, int], ...]:
    """Return the pieces of each word, as half-open ranges that cover all pieces in order.

    A word begins at a piece that begins with ▁. Punctuation directly after a word, and every special, is a word of its
    own. In languages without spaces each piece is a word. The bytes of a character count as one piece, and a grapheme
    cluster (such as a joined emoji, or a letter with its marks) is never divided.

    Args:
        pieces: The pieces.
        language: ISO 639 code.
        specials: Positions of specials.
        byte_fallback: Whether pieces such as `<0xE4>` are bytes.
    """
    spelled = {character.start: character for character in (characters(pieces) if byte_fallback else ())}
    specials = set(specials)
    starts, after_mark = [], False
    i, before, before_spelled, flags = 0, "", False, 0
    while i < len(pieces):
        piece = spelled[i].text if i in spelled else pieces[i]
        alone = i in specials or i - 1 in specials or i == 0
        same_cluster = not alone and (i in spelled or before_spelled) and continues(piece, before, flags)
        if not same_cluster:
            punctuation = not any(character.isalnum() for character in piece.strip(WORD_START))
            glued = piece.startswith(("'", "’", "-")) or before.endswith(("'", "’", "-"))
            mark = punctuation and not glued and piece != WORD_START
            begins = language in UNSPACED or piece.startswith((WORD_START, " ")) or mark or after_mark
            lone_space = i in spelled and before == WORD_START and language not in UNSPACED
            if alone or (begins and not lone_space):
                starts.append(i)
            after_mark = mark
        flags = flags + 1 if is_flag_half(piece) else 0
        before, before_spelled = piece, i in spelled
        i = spelled[i].end if i in spelled else i + 1
    return tuple(zip(starts, [*starts[1:], len(pieces)], strict=True))


def surface(piece: str) -> str:
    """Return a piece as it appears in running text, without ▁ at its start."""
    return piece.removeprefix(WORD_START)
