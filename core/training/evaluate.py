"""How good a model is: perplexity, and BLEU and chrF by sacrebleu."""

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
"""What shows how far a loop is: it gives the loop's items back one by one."""


@torch.inference_mode()
def perplexity(model: Model, pairs: Sequence[Encoded], device: torch.device, tokens: int = 4000) -> float:
    """exp of the mean cross-entropy of a target piece, </s> included, without label smoothing."""
    model.eval()
    total, count = 0.0, 0
    for batch in make_batches(pairs, tokens):
        source, inputs, labels = (x.to(device) for x in tensors(pairs, batch))
        real = labels != PAD
        states = model(source, inputs)[real]
        # By the model's own scores, which may have a bias; some rows at a time, so that they are never all there.
        for some, wanted in zip(states.split(256), labels[real].split(256), strict=True):
            total += float(F.cross_entropy(model.logits(some), wanted, reduction="sum"))
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
    """Translations of cleaned sentences, in their order. beam_size 1 is greedy search, in batches."""
    model.eval()
    limit = model.config.max_length
    rows = [[*source.encode(sentence)[: limit - 1], EOS] for sentence in sentences]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    outputs = [""] * len(rows)
    run = runner(model)
    for start in progress(range(0, len(order), 50 if beam_size == 1 else 1)):
        found: Sequence[Sequence[int]]
        if beam_size == 1:
            chosen = order[start : start + 50]
            found = greedy(
                model,
                pad([rows[i] for i in chosen]).to(device),
                min(limit, len(rows[chosen[-1]]) + EXTRA_LENGTH),
                run=run,
            )
        else:
            chosen = [order[start]]
            longest = min(limit, len(rows[chosen[0]]) + EXTRA_LENGTH)
            found = [beam(model, pad([rows[chosen[0]]]).to(device), longest, beam_size, alpha, run=run)[0].ids]
        for i, ids in zip(chosen, found, strict=True):
            outputs[i] = target.decode(ids)
    return outputs


def bleu_tokenizer(language: str) -> str:
    """What sacrebleu's BLEU divides a language into words by: of those that need no further package."""
    return "zh" if language == "zh" else "char" if language in UNSPACED else "13a"


def scores(outputs: Sequence[str], references: Sequence[str], language: str) -> dict[str, float]:
    """{"bleu": …, "chrf": …} of translations against one reference each, by sacrebleu."""
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
    """Perplexity, and BLEU and chrF with greedy search and with a beam of 4 (alpha 0.6), on a dev set."""
    sentences, references = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found: dict[str, Any] = {"sentences": len(pairs), "perplexity": round(perplexity(model, encoded, device), 2)}
    for name, beam_size in (("greedy", 1), ("beam", 4)):
        outputs = translate_all(model, sentences, source, target, device, beam_size, progress=progress)
        found[name] = scores(outputs, references, target.language)
    return found


TYPICAL_WORDS = 20
"""The longest source that a set's example may have, in words; in characters / 2 where words are not spaced."""


def measure_sets(
    translator: Translator, sets: Mapping[str, Sequence[Pair]], progress: Progress = iter
) -> dict[str, Any]:
    """Scores on several sets, as they stand on a model's card.

    -> {name: {"sentences": n, "perplexity": p, "greedy": {"bleu": ..., "chrf": ...}, "example": {"source": ...,
    "reference": ..., "output": ...}}}

    The example is the short sentence whose chrF is the median of the short ones: half of them come out better.
    """
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    languages = translator.card.source_language, translator.card.target_language
    found = {}
    for name, pairs in sets.items():
        if not pairs:
            continue
        sentences, references = [source for source, _ in pairs], [target for _, target in pairs]
        outputs = translate_all(translator.model, sentences, *tokenizers, translator.device, progress=progress)
        encoded = encode_pairs(pairs, *tokenizers, translator.config.max_length)
        short = [i for i, source in enumerate(sentences) if words(source, languages[0]) <= TYPICAL_WORDS]
        ranked = sorted(short or range(len(pairs)), key=lambda i: (sentence_chrf(outputs[i], references[i]), i))
        typical = ranked[len(ranked) // 2]
        found[name] = {
            "sentences": len(pairs),
            "perplexity": round(perplexity(translator.model, encoded, translator.device), 2),
            "greedy": scores(outputs, references, languages[1]),
            "example": {"source": sentences[typical], "reference": references[typical], "output": outputs[typical]},
        }
    return found


def words(text: str, language: str) -> float:
    """How long a sentence is, in words; where words are not spaced, two characters count as one."""
    return len(text) / 2 if language in UNSPACED else len(text.split())


def sentence_chrf(output: str, reference: str) -> float:
    """chrF of one sentence, by sacrebleu."""
    return sacrebleu.sentence_chrf(output, [reference]).score
