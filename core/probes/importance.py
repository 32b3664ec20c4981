"""Head importance: the probability of an output with each of the heads removed (Michel, Levy and Neubig 2019)."""

from __future__ import annotations

from collections.abc import Callable

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


def output_log_probabilities(model: Transformer, states: Tensor, output: Tensor) -> Tensor:
    """Return the log-probabilities, (B,), of an output (T,), given decoder states (B, T, d_model)."""
    rows_at_once = max(1, LOGITS_AT_ONCE // (len(output) * model.config.target_vocab))
    scores = []
    for part in states.split(rows_at_once):
        logits = model.logits(part)  # (rows, T, vocabulary)
        chosen = logits.gather(2, output.expand(len(part), -1)[..., None])[..., 0]
        scores.append((chosen - logits.logsumexp(-1)).sum(-1))
    return torch.cat(scores)
