"""Tasks that a small Transformer learns while somebody watches: reversing sequences of symbols, and a few pairs.

This module knows no torch: a page checks with it what a visitor typed before a process is started.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from core.checks import Range, is_index, quoted
from core.config import EOS, ModelConfig
from core.errors import OptionError, PairsError
from core.spelling import WORD_START
from core.text import SPECIALS, Tokenizer, clean

Pair = tuple[str, str]
"""A source and a target; their words have spaces between them."""

Ids = tuple[list[int], list[int]]
"""The ids of a source and of a target, both with </s> at the end."""

TASKS = ("reverse", "pairs")
"""Reversing sequences of symbols; translating a few pairs."""

SYMBOLS = tuple("ABCDEFGHIJ")

GIVEN = (("merci", "thanks"), ("je suis étudiant", "i am a student"))
"""The pairs that are always learnt."""

MOST_PAIRS, MOST_WORDS, MOST_LETTERS = 10, 8, 24
"""Limits of a visitor's own pairs: how many, words a side, characters a word."""

LENGTH = Range(3, 8, 8, whole=True)
"""The largest number of symbols of a sequence."""

PARTS = ("warmup", "smoothing", "residual", "positions")
"""What a training can leave out: warm-up, label smoothing, residual connections, the positional encoding."""

UNSEEN = 100
"""Number of sequences that are kept apart to measure on."""

LANGUAGE = "und"
"""The ISO 639 code of both sides: undetermined."""


def parse_pairs(text: str) -> tuple[Pair, ...]:
    """Return the pairs of a typed text: one a line, source and target with "=" between them.

    Blank lines are skipped.

    Raises:
        PairsError: If a line has no "=" or more than one, a side is empty or too long, a source occurs twice, or there
            are too many pairs.
        ControlCharacterError: If a line has an invisible control character.
    """
    lines = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > MOST_PAIRS:
        raise PairsError(cause="many", count=len(lines), limit=MOST_PAIRS)
    pairs = []
    for at, line in lines:
        sides = line.split("=")
        if len(sides) != 2:
            raise PairsError(cause="columns", line=at)
        pairs.append((_side(sides[0], at), _side(sides[1], at)))
    sources = [source for source, _ in (*GIVEN, *pairs)]
    for (at, _), (source, _) in zip(lines, pairs, strict=True):
        if sources.count(source) > 1:
            raise PairsError(cause="twice", line=at, text=quoted(source))
    return tuple(pairs)


def _side(text: str, line: int) -> str:
    """Return one side of a typed line, cleaned."""
    text = text.replace(WORD_START, " ")
    if not text.strip():
        raise PairsError(cause="side", line=line)
    cleaned = clean(text, LANGUAGE)
    words = cleaned.split()
    if len(words) > MOST_WORDS:
        raise PairsError(cause="words", line=line, count=len(words), limit=MOST_WORDS)
    longest = max(words, key=len)
    if len(longest) > MOST_LETTERS:
        raise PairsError(cause="letters", line=line, count=len(longest), limit=MOST_LETTERS, text=longest[:12] + "…")
    return cleaned


@dataclass(frozen=True)
class Experiment:
    """A task, and what its training leaves out.

    Attributes:
        task: One of TASKS.
        length: The largest number of symbols of a sequence to reverse.
        pairs: The visitor's own pairs, beside GIVEN.
        without: The parts that the training leaves out, of PARTS.
        seed: The seed of weights and batches.

    Raises:
        OptionError: If a value is not possible.
        PairsError: As `parse_pairs` does.
    """

    task: str = TASKS[0]
    length: int = LENGTH.default
    pairs: tuple[Pair, ...] = ()
    without: tuple[str, ...] = ()
    seed: int = 1

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise OptionError(name="task", value=quoted(self.task), cause="choices", choices=", ".join(TASKS))
        LENGTH.check("length", self.length)
        for part in self.without:
            if part not in PARTS:
                raise OptionError(name="without", value=quoted(part), cause="choices", choices=", ".join(PARTS))
        if not is_index(self.seed, 2**31):
            raise OptionError(name="seed", value=quoted(self.seed), cause="whole", low=0, high=f"{2**31 - 1:,}")
        if self.pairs:
            parse_pairs("\n".join(f"{source}={target}" for source, target in self.pairs))

    @property
    def all_pairs(self) -> tuple[Pair, ...]:
        """The pairs to learn, if the task is to translate pairs."""
        return (*GIVEN, *self.pairs)

    @property
    def words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words of source and target, each once, in their order."""
        if self.task == "reverse":
            return SYMBOLS, SYMBOLS
        source, target = zip(*self.all_pairs, strict=True)
        return tuple(dict.fromkeys(" ".join(source).split())), tuple(dict.fromkeys(" ".join(target).split()))

    @property
    def config(self) -> ModelConfig:
        """The sizes of the model that learns the task."""
        source, target = self.words
        longest = max(LENGTH.high, MOST_WORDS) + 2
        return ModelConfig(
            len(SPECIALS) + len(source), len(SPECIALS) + len(target),
            d_model=64, n_heads=4, n_layers=2, d_ff=256, dropout=0.0, max_length=int(longest),
        )  # fmt: skip

    @property
    def steps(self) -> int:
        """The number of steps of the training."""
        return 1200 if self.task == "reverse" else 300

    @property
    def example(self) -> Pair:
        """The pair whose attention is shown: an unseen sequence, or the first of the visitor's own pairs."""
        if self.task == "pairs":
            return self.pairs[0] if self.pairs else GIVEN[-1]
        symbols = SYMBOLS[: self.length]
        return " ".join(symbols), " ".join(reversed(symbols))

    def unseen(self) -> list[Ids]:
        """Return the ids of sequences of the largest length that are not learnt, the example first."""
        size = len(SYMBOLS)
        draw = random.Random(0)
        rows: dict[tuple[int, ...], None] = {tuple(range(self.length)): None}
        while len(rows) < UNSEEN:
            rows[tuple(draw.randrange(size) for _ in range(self.length))] = None
        return [self.reversal(row) for row in rows]

    @staticmethod
    def reversal(row: Sequence[int]) -> Ids:
        """Return the ids of a sequence of symbols, given by their indices, and of the same reversed."""
        ids = [len(SPECIALS) + symbol for symbol in row]
        return [*ids, EOS], [*ids[::-1], EOS]

    def encode(self, pair: Pair) -> Ids:
        """Return the ids of a pair whose words are all known."""
        source, target = (
            [len(SPECIALS) + words.index(word) for word in text.split()]
            for words, text in zip(self.words, pair, strict=True)
        )
        return [*source, EOS], [*target, EOS]

    def unknown(self, text: str) -> list[str]:
        """Return the words of a text that the source side does not know, each once.

        Raises:
            EmptyTextError: If the text is blank.
            ControlCharacterError: If it has an invisible control character.
        """
        known = set(self.words[0])
        return [word for word in dict.fromkeys(clean(text, LANGUAGE).split()) if word not in known]


def labels(words: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all ids of a side: the specials and its words."""
    return (*SPECIALS, *words)


def word_vocabulary(words: Sequence[str]) -> bytes:
    """Return the sentencepiece file of a tokenizer whose pieces are these words, in their order after the specials."""
    from sentencepiece.sentencepiece_model_pb2 import ModelProto

    proto: ModelProto = ModelProto()
    kinds = proto.SentencePiece
    for i, piece in enumerate(SPECIALS):
        proto.pieces.add(piece=piece, score=0.0, type=kinds.UNKNOWN if i == 1 else kinds.CONTROL)
    for word in words:
        proto.pieces.add(piece=WORD_START + word, score=0.0, type=kinds.NORMAL)
    spec = proto.trainer_spec
    spec.model_type = spec.WORD
    spec.vocab_size = len(proto.pieces)
    spec.pad_id, spec.unk_id, spec.bos_id, spec.eos_id = range(len(SPECIALS))
    spec.pad_piece, spec.unk_piece, spec.bos_piece, spec.eos_piece = SPECIALS
    proto.normalizer_spec.name = "identity"
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


def word_tokenizer(words: Sequence[str]) -> Tokenizer:
    """Return the tokenizer of `word_vocabulary`."""
    import sentencepiece

    return Tokenizer(sentencepiece.SentencePieceProcessor(model_proto=word_vocabulary(words)), LANGUAGE)
