"""How probable an output is without each of the heads (Michel, Levy and Neubig 2019)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from core.config import KINDS
from core.model import Change, HeadChange, Transformer

LOGITS_AT_ONCE = 2**21
"""The most pre-softmax scores that are held at a time: 8 MiB."""


@torch.inference_mode()
def log_probabilities_without_heads(
    model: Transformer,
    source: Tensor,
    inputs: Tensor,
    output: Tensor,
    progress: Callable[[float], None] | None = None,
) -> tuple[Tensor, Tensor]:
    """Log-probability of one output by the whole model, and by the model without each one of its heads.

    Without a head means weights of 0, as by an Intervention's "zero". The heads of one attention are removed in one
    batch, a row each.

    Args:
        source: ids (1, S).
        inputs: ids (1, T) beginning with <s>.
        output: ids (T,); row t of the decoder predicts piece t.
        progress: called with what is done, from 0 to 1.

    Returns:
        (), and (3 kinds in the order of KINDS, N, h), nats.
    """
    config = model.config
    memory, _ = model.encode(source)
    rows = config.n_heads
    batch, every = source.expand(rows, -1), memory.expand(rows, -1, -1)
    zero = torch.eye(rows, dtype=torch.bool, device=source.device)[:, :, None, None]  # (row, h, 1, 1)

    def score(memory: Tensor, source: Tensor, change: Change | None = None) -> Tensor:
        given = inputs.expand(len(source), -1)
        states, *_ = model.decode(given, *model.start(memory, source, change), change=change)
        return _log_probabilities(model, states, output)

    places = [(kind, layer) for kind in KINDS for layer in range(config.n_layers)]
    found = []
    for done, (kind, layer) in enumerate(places, 1):
        change = Change(heads={(kind, layer): HeadChange(zero=zero)})
        read = model.encode(batch, change=change)[0] if kind == "encoder_self" else every
        found.append(score(read, batch, change))
        if progress is not None:
            progress(done / len(places))
    return score(memory, source)[0], torch.stack(found).view(len(KINDS), config.n_layers, rows)


def _log_probabilities(model: Transformer, states: Tensor, output: Tensor) -> Tensor:
    """Of an output (T,), by decoder states (B, T, d_model). -> (B,)"""
    rows_at_once = max(1, LOGITS_AT_ONCE // (len(output) * model.config.target_vocab))
    scores = []
    for part in states.split(rows_at_once):
        logits = model.logits(part)  # (rows, T, vocabulary)
        chosen = logits.gather(2, output.expand(len(part), -1)[..., None])[..., 0]
        scores.append((chosen - logits.logsumexp(-1)).sum(-1))
    return torch.cat(scores)
