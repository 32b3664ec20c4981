"""Measurement of how well contributions agree with what happens when a source word is masked, for a model's card.

Usage: `python -m core.training.contributions --model FOLDER --data FILE`
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from core.analysis.contributions import rank_correlation
from core.errors import HeadlightError, OptionError
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


def correlations(
    translator: Translator, trace: Trace, methods: Sequence[str] = METHODS
) -> Iterator[dict[str, float] | None]:
    """Compare the contributions of the source words to each output word with the loss when they are masked.

    For an output word, a source word's contribution is the sum over its pieces, averaged over the pieces of the output
    word; its loss is the log-probability that the pieces of the output word lose together when the source word is
    masked and the output stays the same. Both are ranked over the source words; specials are neither.

    Yields:
        For each output word Spearman's rank correlation by method; None if it is not defined for one of them, as where
        all losses are equal.
    """
    source_words = [span for span in trace.source_words if span[0] not in trace.source_specials]
    output_words = [span for span in trace.output_words if span[0] not in trace.output_specials]
    losses = translator.word_importance(trace)  # (T, source words)
    shares = {name: _by_word(translator.contributions(trace, name).source, source_words) for name in methods}
    for start, end in output_words:
        loss = losses[start:end].sum(0)
        found = {name: rank_correlation(share[start:end].mean(0), loss) for name, share in shares.items()}
        yield None if np.isnan(list(found.values())).any() else found


def _by_word(shares: np.ndarray, words: Sequence[Span]) -> np.ndarray:
    """Return the shares summed over the pieces of each source word, (T, source words)."""
    return np.stack([shares[:, start:end].sum(-1) for start, end in words], -1)


def corpus_contributions(translator: Translator, sentences: Sequence[str], progress: Progress = iter) -> dict[str, Any]:
    """Return how well each method agrees with the masking of source words, for a model's card.

    The output is greedy. The correlation of a sentence is the mean over its output words (`correlations`), and that of
    the corpus the mean over sentences. Sentences of fewer than FEWEST source words, and those that the model cannot
    translate, do not count.

    Returns:
        {"sentences": number that counts, "words": output words, "output": "greedy", "masked": "source word", "methods":
        {method: {"correlation": mean of Spearman's rank correlation, "error": half the 95 % interval of the mean over
        sentences}}}.

    Raises:
        OptionError: If the model is recurrent, or no sentence counts.
    """
    translator.word_importance(translator.translate("."))  # raises for a recurrent model
    means: dict[str, list[float]] = {name: [] for name in METHODS}
    words = 0
    for sentence in progress(sentences):
        try:
            trace = translator.translate(sentence)
        except HeadlightError:
            continue
        if len(trace.source_words) - len(trace.source_specials) < FEWEST:
            continue
        found = [values for values in correlations(translator, trace) if values is not None]
        words += len(found)
        for name in METHODS if found else ():
            means[name].append(float(np.mean([values[name] for values in found])))
    if not words:
        raise OptionError(name="sentences", value=len(sentences), reason="no sentence has enough words")
    counted = len(means[METHODS[0]])
    return {
        "sentences": counted,
        "words": words,
        "output": "greedy",
        "masked": "source word",
        "methods": {
            name: {
                "correlation": round(float(np.mean(values)), 4),
                "error": round(1.96 * float(np.std(values)) / counted**0.5, 4),
            }
            for name, values in means.items()
        },
    }


def write_contributions(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure some sentences of the dev set, write the numbers to the model's card, and print them."""
    sources = list(dict.fromkeys(source for source, _ in pairs))
    chosen = random.Random(0).sample(sources, min(SENTENCES, len(sources)))
    try:
        found = corpus_contributions(translator, chosen, lambda items: tqdm(items, unit="sentence", disable=None))
    except OptionError as error:
        raise SystemExit(str(error)) from error
    update_card(folder, contributions=found)
    print(f"{found['sentences']} sentences, {found['words']} output words")
    for name, values in found["methods"].items():
        print(f"{name}: {values['correlation']} ± {values['error']}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    return measure("contributions", __doc__, write_contributions, arguments, find_dev_files)


if __name__ == "__main__":
    raise SystemExit(main())
