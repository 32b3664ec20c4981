"""Sentence pairs: reading, cleaning, spelling variants, and batches of similar length."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from core.config import BOS, EOS, PAD, UNK
from core.errors import HeadlightError, OptionError
from core.text import UNSPACED, Tokenizer, clean, text_length

Pair = tuple[str, str]
"""A source sentence and a target sentence."""

Encoded = tuple[list[int], list[int]]
"""The ids of a source sentence and of a target sentence."""

FINAL_PUNCTUATION = ".!?"


def read_pairs(path: Path, source_language: str, target_language: str, max_length: int = 60) -> list[Pair]:
    """Return the cleaned pairs of a tab-separated file, each once.

    The columns are source, target, and any others, which are ignored: sites based on Tatoeba add the attribution. Lines
    with fewer columns and pairs with a blank or unreadable sentence are skipped, and so are pairs with one side longer
    than four times the other plus 8.

    Args:
        path: The file, in UTF-8.
        source_language: ISO 639 code.
        target_language: ISO 639 code.
        max_length: The largest length of a sentence, in words, or in characters for languages written without spaces.

    Raises:
        OptionError: If the file cannot be read.
    """
    return list(dict.fromkeys(pair for _, pair in read_lines(path, source_language, target_language, max_length)))


def read_lines(path: Path, source_language: str, target_language: str, max_length: int = 60) -> list[tuple[str, Pair]]:
    """Return the third column, "" if there is none, and the pair of each line that `read_pairs` does not skip.

    Pairs that occur several times are returned several times. The arguments and errors are those of `read_pairs`.
    """
    try:
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8-sig").split("\n")]
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(name="--data", value=path, reason="it cannot be read as UTF-8 text") from error
    pairs: list[tuple[str, Pair]] = []
    for columns in drop_id_columns(lines):
        if len(columns) < 2:
            continue
        try:
            pair = clean(columns[0], source_language), clean(columns[1], target_language)
        except HeadlightError:
            continue
        sizes = [
            text_length(text, language) for text, language in zip(pair, (source_language, target_language), strict=True)
        ]
        if max(sizes) <= max_length and max(sizes) <= 4 * min(sizes) + 8:
            pairs.append((columns[2].strip() if len(columns) > 2 else "", pair))
    return pairs


def drop_id_columns(lines: Sequence[list[str]]) -> list[list[str]]:
    """Return the columns of a table without those of sentence ids, as in Tatoeba's tables: id, text, id, text.

    A column among the first four holds ids if it holds nothing but numbers in all rows of three columns or more. If
    there is one, shorter rows are dropped.
    """
    full = [columns for columns in lines if len(columns) > 2]
    ids = {i for i in range(4) if full and all(i < len(row) and row[i].strip().isdecimal() for row in full)}
    if not ids:
        return list(lines)
    return [[text for i, text in enumerate(columns) if i not in ids] for columns in full]


def find_files(data: Sequence[Path]) -> tuple[list[Path], Path | None]:
    """Return the training files, and the dev file or None, among .tsv and .txt files and folders of them.

    A dev file is called `dev`, `valid` or `validation`. Files called `test` are skipped.

    Raises:
        OptionError: If there is no training file.
    """
    files = [file for path in data for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    files = [
        file for file in files if file.suffix in {".tsv", ".txt"} and not file.name.startswith((".", "_", "README"))
    ]
    dev = [file for file in files if file.stem in {"dev", "valid", "validation"}]
    train = [file for file in files if file not in dev and file.stem != "test"]
    if not train:
        raise OptionError(name="--data", value=", ".join(map(str, data)), reason="no .tsv or .txt file was found there")
    return train, dev[0] if dev else None


CONTRACTIONS = (
    ("I'm", "I am"), ("you're", "you are"), ("we're", "we are"), ("they're", "they are"), ("it's", "it is"),
    ("don't", "do not"), ("doesn't", "does not"), ("didn't", "did not"), ("isn't", "is not"), ("can't", "cannot"),
    ("won't", "will not"), ("I'll", "I will"), ("I've", "I have"), ("what's", "what is"), ("that's", "that is"),
)  # fmt: skip


def vary_spelling(source: str, language: str, rng: random.Random) -> str:
    """Return a sentence in a random careless spelling, which may be the original one.

    The changes are lower or upper case, no final mark, no apostrophes, and contractions written out or the reverse. In
    languages written without spaces, the final mark is dropped or replaced by an ASCII one.
    """
    if language in UNSPACED:
        bare = source.rstrip("。！？")
        ascii_mark = {"。": ".", "？": "?", "！": "!"}.get(source[-1:], "")
        return bare if rng.random() < 0.7 else bare + ascii_mark
    if rng.random() < 0.4:
        for short, long in CONTRACTIONS:
            for a, b in ((short, long), (short.capitalize(), long[:1].upper() + long[1:])):
                source = source.replace(a, b) if a in source else source.replace(f"{b} ", f"{a} ")
    if rng.random() < 0.4:
        source = source.replace("'", "")
    if rng.random() < 0.65:
        source = source.rstrip(FINAL_PUNCTUATION)
    draw = rng.random()
    return source.lower() if draw < 0.7 else source.upper() if draw < 0.73 else source


def informal_pairs(
    pairs: Sequence[Pair], share: float, language: str, seed: int, among: Iterable[int] | None = None
) -> list[tuple[int, Pair]]:
    """Return a random share of the pairs with the source in a careless spelling.

    Args:
        pairs: The pairs to choose from.
        share: The share to choose; fewer are returned, as pairs whose spelling does not change are left out.
        language: The source language.
        seed: The seed of all random choices.
        among: The indices to choose from; None for all.

    Returns:
        The index of each chosen pair, and its variant.
    """
    rng = random.Random(seed)
    variants = []
    for i in range(len(pairs)) if among is None else among:
        if rng.random() >= share:
            continue
        source, target = pairs[i]
        variant = vary_spelling(source, language, rng)
        if variant and variant != source:
            variants.append((i, (variant, target)))
    return variants


def encode_pairs(pairs: Sequence[Pair], source: Tokenizer, target: Tokenizer, max_length: int) -> list[Encoded]:
    """Return the ids of the pairs, with </s> at the end of both sides.

    Pairs with max_length ids or more on a side are left out. Pairs with <unk> in the target are left out too: a model
    that was never trained to write <unk> does not write it.
    """
    encoded = []
    for source_text, target_text in pairs:
        pair = [*source.encode(source_text), EOS], [*target.encode(target_text), EOS]
        if max(map(len, pair)) < max_length and UNK not in pair[1]:
            encoded.append(pair)
    return encoded


def make_batches(
    pairs: Sequence[Encoded], tokens: int, rng: random.Random | None = None, weights: Sequence[float] | None = None
) -> list[list[int]]:
    """Return the indices of pairs in batches of similar length.

    Args:
        pairs: The ids of the pairs.
        tokens: The largest number of padded pieces on the longer side of a batch; a longer pair is a batch by itself.
        rng: Shuffles the batches and pairs of equal length; None for a fixed order.
        weights: How often each pair occurs on average: 1.5 means once or twice, each half of the time. Needs `rng`.
    """
    order = list(range(len(pairs)))
    if weights is not None:
        assert rng is not None, "weights need an rng"
        order = [i for i, weight in enumerate(weights) for _ in range(int(weight + rng.random()))]
    if rng:
        rng.shuffle(order)
    order.sort(key=lambda i: (len(pairs[i][1]), len(pairs[i][0])))
    batches: list[list[int]] = []
    batch: list[int] = []
    longest = 0
    for i in order:
        length = max(map(len, pairs[i]))
        if batch and max(longest, length) * (len(batch) + 1) > tokens:
            batches.append(batch)
            batch, longest = [], 0
        batch.append(i)
        longest = max(longest, length)
    if batch:
        batches.append(batch)
    if rng:
        rng.shuffle(batches)
    return batches


def pad(rows: Sequence[Sequence[int]]) -> Tensor:
    """Return rows of ids as a tensor (B, longest row), filled with <pad> on the right."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])


def tensors(pairs: Sequence[Encoded], batch: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Return a batch as tensors.

    Returns:
        The source (B, S), the target inputs (B, T), which begin with <s>, and the labels (B, T), which end with </s>.
    """
    labels = [pairs[i][1] for i in batch]
    return pad([pairs[i][0] for i in batch]), pad([[BOS, *row[:-1]] for row in labels]), pad(labels)


def epoch_batches(
    pairs: Sequence[Encoded], tokens: int, seed: int, epoch: int, weights: Sequence[float] | None = None
) -> Iterator[list[int]]:
    """Yield the batches of an epoch.

    They depend on the arguments alone, so that a resumed run can continue in the middle of an epoch.
    """
    yield from make_batches(pairs, tokens, random.Random(f"{seed}-{epoch}"), weights)
