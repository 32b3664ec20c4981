"""The training objective, label-smoothed cross-entropy."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

CHUNK = 2048
"""Number of rows of the vocabulary softmax that are computed at once, to bound the memory of the scores."""


class _SmoothedCrossEntropy(torch.autograd.Function):
    """Loss and gradients in one pass over chunks, so that the scores (tokens, vocabulary) never exist as a whole.

    The smoothing term is linear in the scores. Its loss and gradient are computed from the mean of the weight's rows,
    not from the scores of each token.
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        dtype = states.dtype
        cast_weight = weight.to(dtype)
        vocabulary, count = weight.size(0), labels.size(0)
        mean = weight.mean(0)
        loss = -smoothing * (states.float() @ mean.float()).sum()
        grad_states = torch.empty_like(states)
        grad_weight = torch.zeros_like(weight)
        for start in range(0, count, CHUNK):
            part = slice(start, start + CHUNK)
            scores = states[part] @ cast_weight.T
            label = labels[part, None]
            log_probabilities = scores.log_softmax(-1, dtype=torch.float32)
            # -(1 - e) log p(label) - e/V sum log p = logsumexp - (1 - e) score(label) - e mean(scores),
            # where logsumexp = score(label) - log p(label)
            loss += (smoothing * scores.gather(1, label) - log_probabilities.gather(1, label)).sum()
            grad = log_probabilities.exp_()
            grad.scatter_add_(1, label, torch.full_like(label, smoothing - 1, dtype=grad.dtype))
            grad = grad.to(dtype)
            grad_states[part] = grad @ cast_weight
            grad_weight += grad.T @ states[part]
        grad_states -= (smoothing * mean).to(dtype)
        grad_weight -= smoothing / vocabulary * states.to(weight.dtype).sum(0)
        ctx.save_for_backward(grad_states, grad_weight)
        return loss

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_states, grad_weight = ctx.saved_tensors
        return (grad_states * upstream).to(grad_states.dtype), grad_weight * upstream, None, None


def smoothed_cross_entropy(states: Tensor, weight: Tensor, labels: Tensor, smoothing: float = 0.1) -> Tensor:
    """Return the label-smoothed cross-entropy, summed over tokens, in nats.

    The result is that of `F.cross_entropy(states @ weight.T, labels, label_smoothing=smoothing, reduction="sum")`, in
    less time and memory.

    Args:
        states: The last hidden states, (tokens, d_model). The scores are computed in their precision.
        weight: The pre-softmax projection, (vocabulary, d_model). It may have a higher precision, and so has its
            gradient.
        labels: The correct ids, (tokens,).
        smoothing: The share of the probability that is spread over the vocabulary.

    Source:
        Section 5.4.
    """
    apply: Any = _SmoothedCrossEntropy.apply  # torch has no types for it
    return apply(states, weight, labels, smoothing)
