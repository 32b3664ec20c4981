"""Importance: the probability of an output with each head removed (Michel et al. 2019), or each source word masked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from core.config import KINDS
from core.model import Change, HeadChange, Transformer

LOGITS_AT_ONCE = 2**21
"""The largest number of pre-softmax scores in memory at a time: 8 MiB."""


@torch.inference_mode()
def log_probabilities_without_heads(
    model: Transformer,
    source: Tensor,
    inputs: Tensor,
    output: Tensor,
    progress: Callable[[float], None] | None = None,
) -> tuple[Tensor, Tensor]:
    """Compute the log-probability of one output by the whole model, and with each of its heads removed.

    A removed head has weights of 0, as with "zero" in an Intervention. The heads of a layer are removed in one batch, a
    row for each; those of the decoder's self-attention and cross-attention together. What is computed before that layer
    is the same in all rows, and is computed once.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        output: Ids (T,); row t of the decoder predicts piece t.
        progress: Called with the finished share, 0 to 1.

    Returns:
        The log-probability of the whole model, (), and without each head, (3 kinds in the order of KINDS, N, h), both
        in nats.
    """
    config = model.config
    heads, layers = config.n_heads, config.n_layers
    memory, _ = model.encode(source)

    def score(change: Change | None = None, encoded: Tensor = memory) -> Tensor:
        """Return the log-probability of the output in each row, (rows,), under a Change, given the encoder's output."""
        cross, mask = model.start(encoded, source, change)
        states, *_ = model.decode(inputs, cross, mask, change=change)
        return output_log_probabilities(model, states, output)

    done = 0

    def without(layer: int, kinds: tuple[str, ...]) -> Tensor:
        """Return the log-probability with each head of these attentions of a layer removed, (kinds, h)."""
        nonlocal done
        rows = len(kinds) * heads
        # Row i removes the i-th head of these kinds: (row, kind and head, 1, 1).
        removed = torch.eye(rows, dtype=torch.bool, device=source.device)[:, :, None, None]
        parts = zip(kinds, removed.split(heads, 1), strict=True)
        change = Change(heads={(kind, layer): HeadChange(zero=part) for kind, part in parts})
        encoded = model.encode(source, change=change)[0] if kinds == KINDS[:1] else memory
        log_probabilities = score(change, encoded).view(len(kinds), heads)
        done += 1
        if progress is not None:
            progress(done / (2 * layers))
        return log_probabilities

    encoder = [without(layer, KINDS[:1]) for layer in range(layers)]
    decoder = [without(layer, KINDS[1:]) for layer in range(layers)]
    return score()[0], torch.cat([torch.stack(encoder, 1), torch.stack(decoder, 1)])


@torch.inference_mode()
def log_probabilities_without_words(
    model: Transformer, source: Tensor, inputs: Tensor, output: Tensor, words: Sequence[tuple[int, int]]
) -> tuple[Tensor, Tensor]:
    """Compute the log-probability of each piece of one output by the whole model, and with each source word masked.

    A masked word is one that no query of the encoder or of cross-attention attends to, as with `masked_source` of an
    Intervention. The words are masked in one batch, a row for each.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        output: Ids (T,); row t of the decoder predicts piece t.
        words: The range of pieces of each word, start and end.

    Returns:
        The log-probabilities by the whole model, (T,), and without each word, (words, T), both in nats.
    """
    # Row 0 masks nothing.
    visible = torch.ones(len(words) + 1, 1, 1, source.size(1), dtype=torch.bool, device=source.device)
    for row, (start, end) in enumerate(words, 1):
        visible[row, ..., start:end] = False
    parts = []
    for mask in visible.split(max(1, LOGITS_AT_ONCE // (len(output) * model.config.target_vocab))):
        change, sources = Change(visible=mask), source.expand(len(mask), -1)
        memory, _ = model.encode(sources, change=change)
        states, *_ = model.decode(inputs.expand(len(mask), -1), *model.start(memory, sources, change), change=change)
        parts.append(_piece_log_probabilities(model, states, output))
    scores = torch.cat(parts)
    return scores[0], scores[1:]


def output_log_probabilities(model: Transformer, states: Tensor, output: Tensor) -> Tensor:
    """Return the log-probabilities, (B,), of an output (T,), given decoder states (B, T, d_model)."""
    rows_at_once = max(1, LOGITS_AT_ONCE // (len(output) * model.config.target_vocab))
    scores = []
    for part in states.split(rows_at_once):
        scores.append(_piece_log_probabilities(model, part, output).sum(-1))
    return torch.cat(scores)


def _piece_log_probabilities(model: Transformer, states: Tensor, output: Tensor) -> Tensor:
    """Return the log-probability of each piece, (B, T), of an output (T,), given decoder states (B, T, d_model)."""
    logits = model.logits(states)  # (B, T, vocabulary)
    return logits.gather(2, output.expand(len(states), -1)[..., None])[..., 0] - logits.logsumexp(-1)
