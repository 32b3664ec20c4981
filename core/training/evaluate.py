"""Evaluation of a model: perplexity, and BLEU and chrF by sacrebleu."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sacrebleu
import torch
from torch.nn import functional as F

from core.config import EOS, PAD
from core.decoding import beam, greedy
from core.model import Model, runner
from core.probes.loaded import EXTRA_LENGTH
from core.text import UNSPACED, Tokenizer
from core.training.corpus import Encoded, Pair, encode_pairs, make_batches, pad, tensors

if TYPE_CHECKING:
    from core.translator import Translator


Progress = Callable[[Iterable[Any]], Iterable[Any]]
"""A wrapper of a loop's items that shows its progress, such as tqdm."""


@torch.inference_mode()
def perplexity(model: Model, pairs: Sequence[Encoded], device: torch.device, tokens: int = 4000) -> float:
    """Return the exponential of the mean cross-entropy of target pieces, </s> included, without label smoothing.

    Args:
        model: The model; it is set to evaluation mode.
        pairs: The ids of the pairs.
        device: The device of the model.
        tokens: The largest number of padded pieces on the longer side of a batch.
    """
    model.eval()
    total, count = 0.0, 0
    for batch in make_batches(pairs, tokens):
        source, inputs, labels = (x.to(device) for x in tensors(pairs, batch))
        real = labels != PAD
        states = model(source, inputs)[real]
        # model.logits adds the bias of models that have one. The scores of all pieces at once would need much memory.
        for rows, row_labels in zip(states.split(256), labels[real].split(256), strict=True):
            total += float(F.cross_entropy(model.logits(rows), row_labels, reduction="sum"))
        count += int(real.sum())
    try:
        return math.exp(total / max(1, count))
    except OverflowError:  # over 709 nats a piece
        return math.inf


def translate_all(
    model: Model,
    sentences: Sequence[str],
    source: Tokenizer,
    target: Tokenizer,
    device: torch.device,
    beam_size: int = 1,
    alpha: float = 0.6,
    progress: Progress = iter,
) -> list[str]:
    """Translate cleaned sentences and return the translations in their order.

    Args:
        model: The model; it is set to evaluation mode.
        sentences: Sentences as `core.text.clean` returns them.
        source: The source tokenizer.
        target: The target tokenizer.
        device: The device of the model.
        beam_size: Number of hypotheses; 1 means greedy search, in batches of 50.
        alpha: The exponent of the length penalty.
        progress: Wraps the batches to show progress.
    """
    model.eval()
    limit = model.config.max_length
    rows = [[*source.encode(sentence)[: limit - 1], EOS] for sentence in sentences]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    outputs = [""] * len(rows)
    run = runner(model)
    for start in progress(range(0, len(order), 50 if beam_size == 1 else 1)):
        translations: Sequence[Sequence[int]]
        if beam_size == 1:
            chosen = order[start : start + 50]
            translations = greedy(
                model,
                pad([rows[i] for i in chosen]).to(device),
                min(limit, len(rows[chosen[-1]]) + EXTRA_LENGTH),
                run=run,
            )
        else:
            chosen = [order[start]]
            longest = min(limit, len(rows[chosen[0]]) + EXTRA_LENGTH)
            translations = [beam(model, pad([rows[chosen[0]]]).to(device), longest, beam_size, alpha, run=run)[0].ids]
        for i, ids in zip(chosen, translations, strict=True):
            outputs[i] = target.decode(ids)
    return outputs


def bleu_tokenizer(language: str) -> str:
    """Return the name of sacrebleu's tokenizer for a language, among those that need no further package."""
    return "zh" if language == "zh" else "char" if language in UNSPACED else "13a"


def scores(outputs: Sequence[str], references: Sequence[str], language: str) -> dict[str, float]:
    """Return sacrebleu's corpus scores of translations with one reference each: {"bleu": …, "chrf": …}."""
    tokenize = bleu_tokenizer(language)
    return {
        "bleu": round(sacrebleu.corpus_bleu(list(outputs), [list(references)], tokenize=tokenize).score, 2),
        "chrf": round(sacrebleu.corpus_chrf(list(outputs), [list(references)]).score, 2),
    }


def evaluate(
    model: Model,
    pairs: Sequence[Pair],
    encoded: Sequence[Encoded],
    source: Tokenizer,
    target: Tokenizer,
    device: torch.device,
    progress: Progress = iter,
) -> dict[str, Any]:
    """Measure a model on a dev set.

    Args:
        model: The model.
        pairs: The dev set.
        encoded: The ids of its pairs, for the perplexity.
        source: The source tokenizer.
        target: The target tokenizer.
        device: The device of the model.
        progress: Wraps batches to show progress; it is called once for each search.

    Returns:
        {"sentences": number, "perplexity": …, "greedy": scores of greedy search, "beam": scores of a beam of 4 with
        alpha 0.6}, with scores by `scores`.
    """
    sentences, references = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    results: dict[str, Any] = {"sentences": len(pairs), "perplexity": round(perplexity(model, encoded, device), 2)}
    for name, beam_size in (("greedy", 1), ("beam", 4)):
        outputs = translate_all(model, sentences, source, target, device, beam_size, progress=progress)
        results[name] = scores(outputs, references, target.language)
    return results


TYPICAL_WORDS = 20
"""The largest length of a set's example, as `sentence_length` measures it."""


def measure_sets(
    translator: Translator, sets: Mapping[str, Sequence[Pair]], progress: Progress = iter
) -> dict[str, Any]:
    """Measure a model on several sets, for its card.

    Returns:
        {name: {"sentences": number, "perplexity": …, "greedy": {"bleu": …, "chrf": …}, "example": {"source": …,
        "reference": …, "output": …}}}, without empty sets. The example is the sentence with the median chrF among those
        of at most TYPICAL_WORDS words, or among all if there are none.
    """
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    languages = translator.card.source_language, translator.card.target_language
    results = {}
    for name, pairs in sets.items():
        if not pairs:
            continue
        sentences, references = [source for source, _ in pairs], [target for _, target in pairs]
        outputs = translate_all(translator.model, sentences, *tokenizers, translator.device, progress=progress)
        encoded = encode_pairs(pairs, *tokenizers, translator.config.max_length)
        short = [i for i, source in enumerate(sentences) if sentence_length(source, languages[0]) <= TYPICAL_WORDS]
        ranked = sorted(short or range(len(pairs)), key=lambda i: (sentence_chrf(outputs[i], references[i]), i))
        typical = ranked[len(ranked) // 2]
        results[name] = {
            "sentences": len(pairs),
            "perplexity": round(perplexity(translator.model, encoded, translator.device), 2),
            "greedy": scores(outputs, references, languages[1]),
            "example": {"source": sentences[typical], "reference": references[typical], "output": outputs[typical]},
        }
    return results


def sentence_length(text: str, language: str) -> float:
    """Return the number of words of a sentence; in languages written without spaces, half the number of characters."""
    return len(text) / 2 if language in UNSPACED else len(text.split())


def sentence_chrf(output: str, reference: str) -> float:
    """Return sacrebleu's chrF of a sentence."""
    return sacrebleu.sentence_chrf(output, [reference]).score
