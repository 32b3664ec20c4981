"""The data of a training run: tokenizers that are trained on the pairs, and the pairs as ids."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import OptionError
from core.text import Tokenizer
from core.training.corpus import Encoded, Pair, encode_pairs


@dataclass
class Data:
    """The data of a training run.

    Attributes:
        train: The ids of the training pairs.
        dev_pairs: The pairs that the finished model is scored on.
        dev: The ids of the pairs that perplexity is measured on.
        source: The source tokenizer.
        target: The target tokenizer.
        files: The content of the tokenizers' files by name.
        weights: How often each training pair occurs in an epoch on average; None for once.
    """

    train: list[Encoded]
    dev_pairs: list[Pair]
    dev: list[Encoded]
    source: Tokenizer
    target: Tokenizer
    files: dict[str, bytes]
    weights: list[float] | None = None


def prepare(
    train_pairs: list[Pair], dev_pairs: list[Pair], languages: tuple[str, str], vocab_size: int, max_length: int
) -> Data:
    """Train a tokenizer for each side on the training pairs, and encode all pairs.

    Args:
        train_pairs: The training pairs.
        dev_pairs: The dev set.
        languages: The source and the target language.
        vocab_size: The number of pieces of each tokenizer.
        max_length: The number of ids that no side of an encoded pair reaches, see `encode_pairs`.

    Raises:
        OptionError: If there is no training pair, or the pairs do not have `vocab_size` pieces.
    """
    if not train_pairs:
        raise OptionError(name="--data", value="these files", reason="no sentence pair to train on was found in them")
    try:
        source, source_file = Tokenizer.train((pair[0] for pair in train_pairs), languages[0], vocab_size)
        target, target_file = Tokenizer.train((pair[1] for pair in train_pairs), languages[1], vocab_size)
    except RuntimeError as error:  # SentencePiece says how many pieces there could be
        reason = str(error).rpartition("] ")[2].rstrip(". ")
        raise OptionError(name="--vocab", value=vocab_size, reason=reason) from error
    return Data(
        train=encode_pairs(train_pairs, source, target, max_length),
        dev_pairs=dev_pairs,
        dev=encode_pairs(dev_pairs, source, target, max_length),
        source=source,
        target=target,
        files={"source.model": source_file, "target.model": target_file},
    )
