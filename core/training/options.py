"""The options of a training run, and their ranges."""

from __future__ import annotations

from dataclasses import dataclass

from core.checks import Range
from core.errors import OptionError

PRECISIONS = ("auto", "fp32", "bf16")
RANGES = {
    "epochs": Range(1, 10_000, 12, whole=True),
    "batch_tokens": Range(1, 10_000_000, 1600, whole=True),
    "warmup": Range(0, 10_000_000, 1500, whole=True),
    "peak_rate": Range(1e-9, 10, 1.2e-3),
    "label_smoothing": Range(0, 0.99, 0.1),
    "clip": Range(1e-6, 1e6, 1.0),
    "average": Range(1, 1000, 3, whole=True),
    "patience": Range(0, 10_000, 4, whole=True),
    "seed": Range(0, 2**63 - 1, 1, whole=True),
}
"""The numbers that each option accepts, and its default."""


@dataclass(frozen=True)
class TrainingOptions:
    """The options of a training run.

    Attributes:
        epochs: Number of passes over the training pairs.
        batch_tokens: The largest number of padded pieces on the longer side of a batch.
        warmup: Number of steps in which the learning rate rises.
        peak_rate: The largest learning rate.
        label_smoothing: The share of the probability that is spread over the vocabulary (section 5.4).
        clip: The largest norm of the gradient.
        average: Number of last epochs whose weights are averaged (section 6.1).
        patience: Number of epochs without a better dev perplexity after which training stops; 0 for never.
        seed: The seed of all random choices.
        precision: "fp32", "bf16" to compute in bf16 with weights that are stored in fp32, or "auto" for bf16 on a CUDA
            GPU and fp32 elsewhere.

    Raises:
        OptionError: If a value is outside its range.
    """

    epochs: int = RANGES["epochs"].default
    batch_tokens: int = RANGES["batch_tokens"].default
    warmup: int = RANGES["warmup"].default
    peak_rate: float = RANGES["peak_rate"].default
    label_smoothing: float = RANGES["label_smoothing"].default
    clip: float = RANGES["clip"].default
    average: int = RANGES["average"].default
    patience: int = RANGES["patience"].default
    seed: int = RANGES["seed"].default
    precision: str = PRECISIONS[0]

    def __post_init__(self) -> None:
        for name, range_ in RANGES.items():
            range_.check(name, getattr(self, name))
        if self.precision not in PRECISIONS:
            raise OptionError(name="precision", value=self.precision, reason=f"choose one of {', '.join(PRECISIONS)}")
