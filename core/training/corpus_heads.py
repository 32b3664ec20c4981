"""What every attention head does over a corpus, in one pass: the work behind `python -m core.analysis.corpus`."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from core.analysis.corpus import Sampler, activations, distances, key_pieces, peaks, query_pieces, small_weights
from core.analysis.heads import role_measures
from core.config import KINDS
from core.errors import HeadlightError, OptionError
from core.export import write_corpus_heads
from core.records import CorpusHead, CorpusHeads, CorpusText, HeadExample, PieceShare, Trace
from core.text import clean
from core.training.command import find_dev_files
from core.training.evaluate import Progress
from core.training.heads import HeadMeasures
from core.translator import Translator, load
from core.zoo import CORPUS_HEADS, find_folder

SENTENCES = 20_000
"""The largest number of sentences that are read, by default."""

EVERY = 32
"""Importance is measured on the first of this many sentences, and so on: it takes as long as 8 translations."""

PIECES = 10
"""The number of attended and of attending pieces that are kept of each head."""

RARE = 5
"""An attending piece occurs at least this often."""

DIGITS = 4
"""Numbers are rounded to this many decimals, so that the file is small."""


class _Pieces:
    """Sums over the pieces of a vocabulary for all heads of a kind, of bounded size: (layers, heads, vocabulary).

    Attributes:
        sums: Sum by head and piece.
        counts: Number of occurrences by piece.
    """

    def __init__(self, layers: int, heads: int, names: Sequence[str]) -> None:
        self.names = names
        self._ids = {name: i for i, name in enumerate(names)}
        self.sums = np.zeros((layers, heads, len(names)))
        self.counts = np.zeros(len(names), np.int64)

    def add(self, pieces: Sequence[str], values: np.ndarray) -> None:
        """Add a value for each piece, (layers, heads, pieces)."""
        for position, piece in enumerate(pieces):
            if piece in self._ids:
                self.sums[:, :, self._ids[piece]] += values[:, :, position]
                self.counts[self._ids[piece]] += 1

    def largest(self, values: np.ndarray) -> tuple[PieceShare, ...]:
        """Return the pieces of the largest values above 0, (vocabulary,); of equal ones the first in the vocabulary."""
        best = np.argsort(-values, kind="stable")[:PIECES]
        shares = ((i, round(float(values[i]), DIGITS)) for i in best.tolist())
        return tuple(PieceShare(self.names[i], value, int(self.counts[i])) for i, value in shares if value > 0)


class _Kind:
    """All heads of one kind of attention, over the sentences so far."""

    def __init__(self, translator: Translator, kind: str, rng: random.Random) -> None:
        source, target = translator.source_tokenizer.pieces, translator.target_tokenizer.pieces
        size = translator.config.attention_layers(kind), translator.config.n_heads
        self.kind = kind
        self.samplers = [[Sampler(rng) for _ in range(size[1])] for _ in range(size[0])]
        self.attended = _Pieces(*size, target if kind == "decoder_self" else source)
        self.attending = _Pieces(*size, source if kind == "encoder_self" else target)
        self.distances = np.zeros((3, *size))
        self.activation = np.zeros(size)
        self.counted = 0

    def add(self, index: int, trace: Trace) -> None:
        """Add the Trace of the sentence of this index."""
        found = peaks(trace, self.kind)
        self.distances += distances(trace, self.kind)
        self.attended.add(key_pieces(trace, self.kind), getattr(trace, self.kind).sum(-2, dtype=np.float64))
        if not len(found.rows) or not found.weights.size:
            return
        queries = query_pieces(trace, self.kind)
        self.attending.add([queries[row] for row in found.rows], found.weights)
        values, places = activations(found), found.weights.argmax(-1)
        self.activation += values
        self.counted += 1
        weights = getattr(trace, self.kind)
        for layer, samplers in enumerate(self.samplers):
            for head, sampler in enumerate(samplers):
                place = places[layer, head]
                sampler.add(
                    HeadExample(
                        index,
                        round(float(values[layer, head]), DIGITS),
                        int(found.rows[place]),
                        int(found.keys[layer, head, place]),
                        round(float(found.weights[layer, head, place]), DIGITS),
                        small_weights(weights[layer, head]),
                    )
                )

    def kept(self) -> set[int]:
        """Return the indices of the sentences that are examples of a head."""
        return {
            example.sentence
            for samplers in self.samplers
            for sampler in samplers
            for examples in (sampler.strongest, *sampler.samples)
            for example in examples
        }

    def heads(
        self, roles: Sequence[Sequence[str]], agreement: np.ndarray, importance: np.ndarray, places: dict[int, int]
    ) -> Iterator[CorpusHead]:
        """Yield the record of each head.

        Args:
            roles: The roles, [layer][head].
            agreement: (layers, heads), in part NaN.
            importance: (layers, heads), in part NaN.
            places: The place of each sentence in `CorpusHeads.texts`.
        """
        weight, distance, offset = self.distances
        all_weight = self.attended.sums.sum(-1, keepdims=True)
        shares = np.divide(self.attended.sums, all_weight, out=np.zeros_like(self.attended.sums), where=all_weight > 0)
        often = self.attending.counts >= RARE
        means = np.divide(
            self.attending.sums, self.attending.counts, out=np.zeros_like(self.attending.sums), where=often
        )

        def moved(example: HeadExample) -> HeadExample:
            return example._replace(sentence=places[example.sentence])

        for layer, samplers in enumerate(self.samplers):
            for head, sampler in enumerate(samplers):
                at = layer, head
                yield CorpusHead(
                    kind=self.kind,
                    layer=layer,
                    head=head,
                    role=roles[layer][head],
                    activation=_rounded(self.activation[at] / self.counted if self.counted else np.nan),
                    histogram=sampler.histogram,
                    distance=_rounded(distance[at] / weight[at] if weight[at] else np.nan),
                    offset=_rounded(offset[at] / weight[at] if weight[at] else np.nan),
                    importance=_rounded(importance[at]),
                    agreement=_rounded(agreement[at]),
                    attended=self.attended.largest(shares[at]),
                    attending=self.attending.largest(means[at]),
                    strongest=tuple(map(moved, sampler.strongest)),
                    samples=tuple(tuple(map(moved, examples)) for examples in sampler.samples),
                )


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)


def measure_heads(translator: Translator, sentences: Iterable[str], progress: Progress = iter) -> CorpusHeads:
    """Measure what every head does over a corpus, in one pass over it.

    Sentences are translated greedily; those that the model cannot translate are left out. What is kept grows with the
    number of heads and the vocabularies, not with the corpus. The same sentences give the same record: what is drawn at
    random is drawn with a fixed seed.

    Args:
        translator: The model.
        sentences: The sentences, which may be a generator.
        progress: Wraps the sentences to show progress.

    Raises:
        OptionError: If the model has no attention, or no sentence could be translated.
    """
    rng = random.Random(0)
    kinds = [_Kind(translator, kind, rng) for kind in KINDS if translator.config.attention_layers(kind)]
    if not kinds:
        raise OptionError(name="model", value=translator.card.name, cause="no_kind", model=translator.card.name)
    measures = HeadMeasures(role_measures)
    texts: dict[int, CorpusText] = {}
    importance: list[np.ndarray] = []
    for sentence in progress(sentences):
        try:
            trace = translator.translate(sentence)
        except HeadlightError:
            continue
        index = measures.sentences
        measures.add(trace, translator.align(trace))
        texts[index] = CorpusText(trace.source, trace.text, tuple(trace.source_labels), tuple(trace.output_labels))
        for kind in kinds:
            kind.add(index, trace)
        if index % EVERY == 0 and not translator.config.recurrent:
            importance.append(translator.head_importance(sentence).astype(np.float64))
        if index % 1000 == 999:
            texts = {i: texts[i] for i in _kept(kinds)}
    if not measures.sentences:
        raise OptionError(name="--data", value=0, reason="it holds no sentence that the model can translate")
    kept = _kept(kinds)
    places = {index: place for place, index in enumerate(kept)}
    heads: list[CorpusHead] = []
    for kind, summary in zip(kinds, measures.summaries().values(), strict=True):
        nothing = np.full(kind.activation.shape, np.nan)
        agreement = np.array(summary["measures"].get("agreement", nothing), np.float64)  # None becomes NaN
        lost = np.mean(importance, 0)[KINDS.index(kind.kind)] if importance else nothing
        heads += kind.heads(summary["roles"], agreement, lost, places)
    return CorpusHeads(measures.sentences, len(importance), tuple(texts[i] for i in kept), tuple(heads))


def _kept(kinds: Sequence[_Kind]) -> list[int]:
    """Return the indices of all sentences that are examples, ascending."""
    return sorted(set().union(*(kind.kept() for kind in kinds)))


def read_sentences(files: Sequence[Path], language: str, column: int = 1) -> Iterator[str]:
    """Yield the cleaned sentences of text files, one at a time, so that files may be of any size.

    A line is a sentence, or holds columns with tabs between them. Lines that cannot be read as a sentence are skipped.

    Args:
        files: The files, in UTF-8.
        language: The language of the sentences.
        column: The column that holds them, from 1, not counting columns of numbers.

    Raises:
        OptionError: If a file cannot be read.
    """
    for path in files:
        try:
            with path.open(encoding="utf-8-sig") as lines:
                for line in lines:
                    columns = [text for text in line.rstrip("\n").split("\t") if not text.strip().isdecimal()]
                    try:
                        yield clean(columns[column - 1], language)
                    except (HeadlightError, IndexError):
                        continue
        except (OSError, UnicodeDecodeError) as error:
            raise OptionError(name="--data", value=path, reason="it cannot be read as UTF-8 text") from error


def first_different(sentences: Iterable[str], count: int) -> Iterator[str]:
    """Yield the first `count` different sentences."""
    seen: set[int] = set()
    for sentence in sentences:
        if hash(sentence) not in seen:
            seen.add(hash(sentence))
            yield sentence
        if len(seen) == count:
            return


def write_heads_over(folder: Path, translator: Translator, sentences: Iterable[str]) -> None:
    """Measure every head over a corpus, write the result to the model's folder, and print the roles.

    Raises:
        OptionError: As `measure_heads` does.
    """
    found = measure_heads(translator, sentences, lambda items: tqdm(items, unit="sentence", disable=None))
    write_corpus_heads(folder / CORPUS_HEADS, found)
    print(f"{CORPUS_HEADS}: {found.sentences} sentences, importance on {found.importance_sentences}")
    for kind in dict.fromkeys(head.kind for head in found.heads):
        print(kind, *(f"{h.layer}.{h.head} {h.role}" for h in found.heads if h.kind == kind), sep="\n  ")


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m core.analysis.corpus",
        description="Measure what every attention head of a model does over a corpus, and write it to its folder.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--model", required=True, help="a model folder, or a shipped model's name")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="files, or folders with a dev.tsv")
    parser.add_argument("--column", type=int, default=1, help="the column of the files that holds the sentences")
    parser.add_argument("--sentences", type=int, default=SENTENCES, help="the largest number of sentences")
    parser.add_argument("--device", help="cuda, mps or cpu; by default the first of these that is there")
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads; another number may change a last digit of the file"
    )
    args = parser.parse_args(arguments)
    if min(args.column, args.sentences, args.threads) < 1:
        parser.error("--column, --sentences and --threads are at least 1")
    torch.set_num_threads(args.threads)
    try:
        folder = find_folder(args.model)
        translator = load(folder, args.device)
        sentences = read_sentences(find_dev_files(args.data), translator.card.source_language, args.column)
        write_heads_over(folder, translator, first_different(sentences, args.sentences))
    except HeadlightError as error:
        print(error)
        return 2
    return 0
