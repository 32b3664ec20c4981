"""Measurement of how well contributions agree with what happens when a source word is masked, for a model's card.

Usage: `python -m core.training.contributions --model FOLDER --data FILE`
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from core.analysis.contributions import rank_correlation
from core.errors import HeadlightError
from core.records import METHODS, Trace
from core.records.trace import Span
from core.training.command import find_dev_files, measure
from core.training.corpus import Pair
from core.training.evaluate import Progress
from core.translator import Translator
from core.zoo import update_card

SENTENCES = 200
"""The number of dev sentences that are measured, drawn with a fixed seed."""

FEWEST = 3
"""The smallest number of source words of a sentence that counts: two words have only two orders."""


def correlations(translator: Translator, trace: Trace) -> tuple[list[dict[str, float]], dict[str, float]]:
    """Compare the contributions of a Trace's source words with the loss of log-probability when they are masked.

    The contribution of a source word to an output word is summed over the pieces of the source word and averaged over
    those of the output word. The loss is summed over the pieces of the output word; the output stays the same. Both are
    ranked over the source words, once for each output word, and once summed over all output words. Specials are neither
    source nor output words.

    Returns:
        Spearman's rank correlation by method: for each output word, without those for which one of the correlations is
        not defined, as where all losses are equal; and of the sums, which may be NaN.
    """
    source_words = [span for span in trace.source_words if span[0] not in trace.source_specials]
    output_words = [span for span in trace.output_words if span[0] not in trace.output_specials]
    pieces = translator.word_importance(trace)  # (T, source words)
    losses = np.array([pieces[start:end].sum(0) for start, end in output_words])
    single: list[dict[str, float]] = [{} for _ in output_words]
    summed = {}
    for name in METHODS:
        shares = _by_word(translator.contributions(trace, name).source, source_words)
        shares = np.array([shares[start:end].mean(0) for start, end in output_words])
        for found, share, loss in zip(single, shares, losses, strict=True):
            found[name] = rank_correlation(share, loss)
        summed[name] = rank_correlation(shares.sum(0), losses.sum(0)) if output_words else np.nan
    return [found for found in single if not np.isnan(list(found.values())).any()], summed


def _by_word(shares: np.ndarray, words: Sequence[Span]) -> np.ndarray:
    """Return the shares summed over the pieces of each source word, (T, source words)."""
    return np.stack([shares[:, start:end].sum(-1) for start, end in words], -1)


def corpus_contributions(translator: Translator, sentences: Sequence[str], progress: Progress = iter) -> dict[str, Any]:
    """Return how well each method agrees with the masking of source words, for a model's card.

    The output is greedy. Correlations are those of `correlations`, averaged over the output words of a sentence, and
    then over sentences. Sentences of fewer than FEWEST source words, those for which a correlation is not defined, and
    those that the model cannot translate do not count.

    Returns:
        {"sentences": number that counts, "words": output words, "output": "greedy", "masked": "source word", "methods":
        {method: {"correlation": of single output words, "error": …, "summed": of the sums over output words,
        "summed_error": …}}}. An error is half the 95 % interval of the mean over sentences. If no sentence counts,
        "methods" is empty.

    Raises:
        OptionError: If the model is recurrent.
    """
    translator.word_importance(translator.translate("."))  # raises for a recurrent model
    single: list[list[float]] = []
    summed: list[list[float]] = []
    words = 0
    for sentence in progress(sentences):
        try:
            trace = translator.translate(sentence)
        except HeadlightError:
            continue
        if len(trace.source_words) - len(trace.source_specials) < FEWEST:
            continue
        of_words, of_sums = correlations(translator, trace)
        if of_words and not np.isnan(list(of_sums.values())).any():
            words += len(of_words)
            single.append([float(np.mean([found[name] for found in of_words])) for name in METHODS])
            summed.append([of_sums[name] for name in METHODS])
    names = ("correlation", "error", "summed", "summed_error")
    columns = (np.mean(single, 0), _error(single), np.mean(summed, 0), _error(summed)) if words else ()
    return {
        "sentences": len(single),
        "words": words,
        "output": "greedy",
        "masked": "source word",
        "methods": {
            method: {name: round(float(column[i]), 4) for name, column in zip(names, columns, strict=True)}
            for i, method in enumerate(METHODS if words else ())
        },
    }


def _error(values: Sequence[Sequence[float]]) -> np.ndarray:
    """Return half the 95 % interval of the mean over rows."""
    return 1.96 * np.std(values, 0) / len(values) ** 0.5


def write_contributions(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure some sentences of the dev set, write the numbers to the model's card, and print them.

    Raises:
        OptionError: As `corpus_contributions` does.
    """
    sources = list(dict.fromkeys(source for source, _ in pairs))
    chosen = random.Random(0).sample(sources, min(SENTENCES, len(sources)))
    found = corpus_contributions(translator, chosen, lambda items: tqdm(items, unit="sentence", disable=None))
    update_card(folder, contributions=found)
    print(f"{found['sentences']} sentences, {found['words']} output words")
    for name, values in found["methods"].items():
        print(name, *(f"{key} {value}" for key, value in values.items()), sep=", ")


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    return measure("contributions", __doc__, write_contributions, arguments, find_dev_files)


if __name__ == "__main__":
    raise SystemExit(main())
