"""How a run is trained, and what the options may be."""

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
"""What training options may be."""


@dataclass(frozen=True)
class TrainingOptions:
    """How a run is trained; section 5 of the paper unless said otherwise."""

    epochs: int = RANGES["epochs"].default
    batch_tokens: int = RANGES["batch_tokens"].default  # padded pieces on a batch's longer side
    warmup: int = RANGES["warmup"].default  # steps
    peak_rate: float = RANGES["peak_rate"].default
    label_smoothing: float = RANGES["label_smoothing"].default
    clip: float = RANGES["clip"].default  # largest norm of the gradient
    average: int = RANGES["average"].default  # checkpoints of the last epochs that are averaged (section 6.1)
    patience: int = RANGES[
        "patience"
    ].default  # epochs without a better dev perplexity after which training stops early; 0: never
    seed: int = RANGES["seed"].default
    precision: str = "auto"  # "fp32", "bf16" (weights are kept in fp32, computed with in bf16), "auto": bf16 on a GPU

    def __post_init__(self) -> None:
        """Raises `OptionError` for a value that no run can use."""
        for name, range_ in RANGES.items():
            range_.check(name, getattr(self, name))
        if self.precision not in PRECISIONS:
            raise OptionError(name="precision", value=self.precision, reason=f"choose one of {', '.join(PRECISIONS)}")
