"""Sentence pairs: reading, cleaning, and batches of similar length."""

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
Encoded = tuple[list[int], list[int]]

FINAL_PUNCTUATION = ".!?"


def read_pairs(path: Path, source_language: str, target_language: str, max_length: int = 60) -> list[Pair]:
    """Clean pairs of one tab-separated file: source, target, and any further columns, which are not read.

    Tatoeba-based sites add a third column with the attribution. Left out are lines without two columns, blank or
    unreadable sentences, repeated pairs, sentences of more than max_length words (characters where words are not
    spaced), and pairs of which one side is more than four times as long as the other.
    """
    return list(dict.fromkeys(pair for _, pair in read_lines(path, source_language, target_language, max_length)))


def read_lines(path: Path, source_language: str, target_language: str, max_length: int = 60) -> list[tuple[str, Pair]]:
    """As `read_pairs`, each pair with its line's third column ("" where there is none), repeated pairs included."""
    try:
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8-sig").split("\n")]
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(name="--data", value=path, reason="it cannot be read as UTF-8 text") from error
    pairs: list[tuple[str, Pair]] = []
    for columns in without_ids(lines):
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


def without_ids(lines: Sequence[list[str]]) -> list[list[str]]:
    """The columns of a table without those that number its sentences, as Tatoeba's tables do: id, text, id, text.

    A column among the first four is one of numbers if it holds nothing else, and there are three columns or more.
    """
    full = [columns for columns in lines if len(columns) > 2]
    numbers = {i for i in range(4) if full and all(i < len(row) and row[i].strip().isdecimal() for row in full)}
    if not numbers:
        return list(lines)
    return [[text for i, text in enumerate(columns) if i not in numbers] for columns in full]


def find_files(data: Sequence[Path]) -> tuple[list[Path], Path | None]:
    """Training files and the dev file among some files and folders: a dev file is one called `dev.*`, `valid.*`."""
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


def variants(source: str, language: str, rng: random.Random) -> str:
    """A sentence as people type it in a hurry: one or more of lower case, no final mark, no apostrophes, and short forms
    written out or the other way round. In unspaced languages: without its final mark, or with an ASCII one."""
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


def informal(
    pairs: Sequence[Pair], share: float, language: str, seed: int, among: Iterable[int] | None = None
) -> list[tuple[int, Pair]]:
    """A share of the pairs (of those whose index is `among` some) once more, the source in another spelling.

    -> index of each pair that was chosen, and its variant
    """
    rng = random.Random(seed)
    found = []
    for i in range(len(pairs)) if among is None else among:
        if rng.random() >= share:
            continue
        source, target = pairs[i]
        variant = variants(source, language, rng)
        if variant and variant != source:
            found.append((i, (variant, target)))
    return found


def encode_pairs(pairs: Sequence[Pair], source: Tokenizer, target: Tokenizer, max_length: int) -> list[Encoded]:
    """Ids of each pair, </s> at the end of both. Pairs over max_length are left out, and so are those whose target
    holds a character outside the vocabulary: a model that never saw <unk> as an answer does not give it."""
    encoded = []
    for source_text, target_text in pairs:
        pair = [*source.encode(source_text), EOS], [*target.encode(target_text), EOS]
        if max(map(len, pair)) < max_length and UNK not in pair[1]:
            encoded.append(pair)
    return encoded


def make_batches(
    pairs: Sequence[Encoded], tokens: int, rng: random.Random | None = None, weights: Sequence[float] | None = None
) -> list[list[int]]:
    """Indices of pairs in batches of similar length, each of at most `tokens` padded pieces on its longer side.

    With `rng` both the order of equal lengths and of the batches is drawn; without, it is fixed. With `weights`, which
    need an `rng`, each pair is there as often as its weight says on average: 1.5 is once, and in half of all draws twice.
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
    """Rows of ids of differing length -> (B, longest), filled with <pad> on the right."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])


def tensors(pairs: Sequence[Encoded], batch: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Source (B, S), target inputs (B, T) that begin with <s>, labels (B, T) that end with </s>."""
    labels = [pairs[i][1] for i in batch]
    return pad([pairs[i][0] for i in batch]), pad([[BOS, *row[:-1]] for row in labels]), pad(labels)


def epoch_batches(
    pairs: Sequence[Encoded], tokens: int, seed: int, epoch: int, weights: Sequence[float] | None = None
) -> Iterator[list[int]]:
    """The batches of one epoch, the same ones whenever they are asked for: a resumed run goes on where it stopped."""
    yield from make_batches(pairs, tokens, random.Random(f"{seed}-{epoch}"), weights)
