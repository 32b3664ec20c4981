"""What training minimises, and how fast it goes: label-smoothed cross-entropy and the learning-rate schedule."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

CHUNK = 2048
"""Rows of the vocabulary softmax that are held at once: 256 x 8,000 scores stay in a CPU's cache."""


class _SmoothedCrossEntropy(torch.autograd.Function):
    """Loss and gradient in one pass over chunks, so that the (tokens, vocabulary) scores never exist as a whole.

    The smoothing's part of loss and gradient is linear in the scores: it is taken from the mean of the weights' rows, not
    from the scores of each token.
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        kind = states.dtype
        w = weight.to(kind)
        vocabulary, count = weight.size(0), labels.size(0)
        mean = weight.mean(0)
        loss = -smoothing * (states.float() @ mean.float()).sum()
        grad_states = torch.empty_like(states)
        grad_weight = torch.zeros_like(weight)
        for start in range(0, count, CHUNK):
            part = slice(start, start + CHUNK)
            scores = states[part] @ w.T
            label = labels[part, None]
            log_probabilities = scores.log_softmax(-1, dtype=torch.float32)
            # -(1 - e) log p(label) - e/V sum log p = logsumexp - (1 - e) score(label) - e mean(scores),
            # where logsumexp = score(label) - log p(label)
            loss += (smoothing * scores.gather(1, label) - log_probabilities.gather(1, label)).sum()
            grad = log_probabilities.exp_()
            grad.scatter_add_(1, label, torch.full_like(label, smoothing - 1, dtype=grad.dtype))
            grad = grad.to(kind)
            grad_states[part] = grad @ w
            grad_weight += grad.T @ states[part]
        grad_states -= (smoothing * mean).to(kind)
        grad_weight -= smoothing / vocabulary * states.to(weight.dtype).sum(0)
        ctx.save_for_backward(grad_states, grad_weight)
        return loss

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None, None]:
        grad_states, grad_weight = ctx.saved_tensors
        return (grad_states * upstream).to(grad_states.dtype), grad_weight * upstream, None, None


def smoothed_cross_entropy(states: Tensor, weight: Tensor, labels: Tensor, smoothing: float = 0.1) -> Tensor:
    """Sum over tokens of the label-smoothed cross-entropy (section 5.4), in nats.

    states (tokens, d_model), weight (vocabulary, d_model), labels (tokens): the same as
    `F.cross_entropy(states @ weight.T, labels, label_smoothing=smoothing, reduction="sum")`, in less time and memory.
    States in half precision make half-precision scores; the weight and its gradient may stay in single precision.
    """
    apply: Any = _SmoothedCrossEntropy.apply  # torch has no types for it
    return apply(states, weight, labels, smoothing)


def divergence(states: Tensor, weight: Tensor, probabilities: Tensor) -> Tensor:
    """Sum over tokens of the Kullback-Leibler divergence from given probabilities to a model's, in nats.

    states (tokens, d_model), weight (vocabulary, d_model), probabilities (tokens, vocabulary): no gradient goes to these.
    """
    logarithms = (states @ weight.T).log_softmax(-1, dtype=torch.float32)
    return nn.functional.kl_div(logarithms, probabilities, reduction="sum")


def learning_rate(step: int, warmup: int, steps: int, peak: float) -> float:
    """Linear warm-up over `warmup` steps to `peak`, then a cosine down to a hundredth of it at `steps`."""
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = min(1.0, (step - warmup) / max(1, steps - warmup))
    return peak * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
