"""Schedules of the learning rate: that of the paper and that of this package."""

from __future__ import annotations

import math

from core.checks import Range

D_MODEL = Range(16, 2048, 512, whole=True)
"""The width d_model in the paper's schedule; by default that of its base model (section 5.3 and table 3)."""

WARMUP = Range(1, 20_000, 4000, whole=True)
"""The number of warm-up steps; by default the paper's (section 5.3)."""


def paper_rate(step: int, d_model: int, warmup: int) -> float:
    """Return the paper's learning rate at a step, counted from 1.

    It rises linearly over `warmup` steps, then falls with the inverse square root of the step.

    Args:
        step: The step, from 1.
        d_model: Width of the model.
        warmup: Number of warm-up steps.

    Source:
        Equation 3.
    """
    return d_model**-0.5 * min(step**-0.5, step * warmup**-1.5)


def learning_rate(step: int, warmup: int, steps: int, peak: float) -> float:
    """Return the learning rate at a step, counted from 0.

    It rises linearly to `peak` over `warmup` steps, then falls along a cosine to a hundredth of `peak` at `steps`.
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = min(1.0, (step - warmup) / max(1, steps - warmup))
    return peak * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
