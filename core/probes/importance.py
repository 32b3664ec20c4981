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

    Without a head means weights of 0, as by an Intervention's "zero". The heads of a layer of the encoder, or of the decoder, are
    removed in one batch, a row each.

    Args:
        source: ids (1, S).
        inputs: ids (1, T) beginning with <s>.
        output: ids (T,); row t of the decoder predicts piece t.
        progress: called with what is done, from 0 to 1.

    Returns:
        (), and (3 kinds in the order of KINDS, N, h), nats.
    """
    config = model.config
    heads, layers = config.n_heads, config.n_layers
    memory, _ = model.encode(source)

    def score(rows: int, change: Change | None = None, read: Tensor = memory) -> Tensor:
        """(rows,) of the model under a Change, whose encoder wrote `read`."""
        batch = source.expand(rows, -1)
        keys, seen = model.start(read.expand(rows, -1, -1), batch, change)
        states, *_ = model.decode(inputs.expand(rows, -1), keys, seen, change=change)
        return _log_probabilities(model, states, output)

    done = 0

    def without(layer: int, kinds: tuple[str, ...]) -> Tensor:
        """Each head of some attentions of a layer removed, a row each. -> (kinds, h)"""
        nonlocal done
        rows = len(kinds) * heads
        alone = torch.eye(rows, dtype=torch.bool, device=source.device)[:, :, None, None]  # (row, kind and head, 1, 1)
        parts = zip(kinds, alone.split(heads, 1), strict=True)
        change = Change(heads={(kind, layer): HeadChange(zero=part) for kind, part in parts})
        read = model.encode(source.expand(rows, -1), change=change)[0] if kinds == KINDS[:1] else memory
        found = score(rows, change, read).view(len(kinds), heads)
        done += 1
        if progress is not None:
            progress(done / (2 * layers))
        return found

    encoder = [without(layer, KINDS[:1]) for layer in range(layers)]
    decoder = [without(layer, KINDS[1:]) for layer in range(layers)]
    return score(1)[0], torch.cat([torch.stack(encoder, 1), torch.stack(decoder, 1)])


def _log_probabilities(model: Transformer, states: Tensor, output: Tensor) -> Tensor:
    """Of an output (T,), by decoder states (B, T, d_model). -> (B,)"""
    rows_at_once = max(1, LOGITS_AT_ONCE // (len(output) * model.config.target_vocab))
    scores = []
    for part in states.split(rows_at_once):
        logits = model.logits(part)  # (rows, T, vocabulary)
        chosen = logits.gather(2, output.expand(len(part), -1)[..., None])[..., 0]
        scores.append((chosen - logits.logsumexp(-1)).sum(-1))
    return torch.cat(scores)
