"""The moments of a training: what the model was like from its random weights on, measured after the training.

The training keeps the weights at some steps (`core.training.checkpoints.Moments`), which takes no time that counts.
Then `record_moments` measures them and translates a few fixed sentences with each.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from core.analysis import agreement, align, entropy, merge
from core.analysis.view import join
from core.export import write_moments
from core.model import build
from core.records import Moment, Trace
from core.training.checkpoints import moment_files
from core.training.corpus import Pair, encode_pairs
from core.training.evaluate import Progress, perplexity
from core.translator import Translator
from core.zoo import MOMENTS

TRACED = 100
"""The number of dev pairs whose attention is measured at each moment."""


def on_words(trace: Trace) -> np.ndarray:
    """Compute the share of cross-attention weight on source words, without </s> and punctuation: (layers, heads)."""
    spans = trace.source_words
    weights = merge(trace.cross, [(t, t + 1) for t in range(len(trace.output_pieces))], spans)
    words = [
        start not in trace.source_specials and any(map(str.isalnum, join(trace.source_pieces[start:end])))
        for start, end in spans
    ]
    return weights[..., words].sum(-1).mean(-1)


def measure_moment(step: int, translator: Translator, pairs: Sequence[Pair], sentences: Sequence[str]) -> Moment:
    """Measure a model at one step of its training.

    Args:
        step: The step.
        translator: The model at this step.
        pairs: Pairs of its dev set. The loss is measured on all, the attention on the first TRACED.
        sentences: The sentences to translate.
    """
    encoded = encode_pairs(
        pairs, translator.source_tokenizer, translator.target_tokenizer, translator.config.max_length
    )
    loss = math.log(perplexity(translator.model, encoded, translator.device))
    traces = [translator.translate(source, target=target) for source, target in pairs[:TRACED]]
    shape = traces[0].cross.shape[:2]
    aligned = [] if translator.aligner is None else [agreement(t, align(t, translator.aligner)) for t in traces]
    return Moment(
        step=step,
        loss=loss,
        entropy=_mean([entropy(trace, "cross") for trace in traces], shape),
        on_words=_mean([on_words(trace) for trace in traces], shape),
        agreement=_mean(aligned, shape),
        traces=tuple(translator.translate(sentence) for sentence in sentences),
    )


def _mean(values: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Return the mean of values that are not NaN, float32 of this shape; NaN where there are none."""
    known = [value for value in values if not np.isnan(value).any()]
    return np.stack(known).mean(0, dtype=np.float32) if known else np.full(shape, np.nan, np.float32)


def kept_translators(folder: Path, translator: Translator) -> Iterator[tuple[int, Translator]]:
    """Yield the model with the weights of each moment that was kept beside its checkpoints, and then the finished one.

    Args:
        folder: The model's folder.
        translator: The finished model.
    """
    steps = int(translator.card.training["steps"])
    for step, path in moment_files(folder / "checkpoints").items():
        if step < steps:
            model = build(translator.config)
            weights = torch.load(path, map_location="cpu", weights_only=True)
            model.load_state_dict({name: value.float() for name, value in weights.items()}, strict=False)
            yield step, dataclasses.replace(translator, model=model.to(translator.device).eval().requires_grad_(False))
    yield steps, translator


def record_moments(
    folder: Path, translator: Translator, pairs: Sequence[Pair], sentences: Sequence[str], progress: Progress = iter
) -> None:
    """Measure a finished model and the moments of its training that were kept, and write them to its folder."""
    moments = [
        measure_moment(step, model, pairs, sentences) for step, model in progress(kept_translators(folder, translator))
    ]
    write_moments(folder / MOMENTS, moments)
