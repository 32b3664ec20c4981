"""Fields of the page's address."""

from core.training.schedule import D_MODEL, WARMUP
from core.training.tasks import LENGTH, TASKS
from pages.ui.address import LONGEST_TEXT, Field, flag, in_range, indexed, one_of, register

PARTS = ("live", "race", "recorded", "schedule")
"""Parts of the page."""

MEASURES = ("accuracy", "loss")
"""What the race is drawn by."""

VARIANTS = ("all", "warmup", "smoothing", "residual", "positions")
"""The runs of the race: with everything, and each with one part left out."""


def _pairs(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValueError(text)
    return text


FIELDS = register(
    "training",
    {
        "training_part": one_of(lambda: PARTS, "live"),
        "training_task": one_of(lambda: TASKS, TASKS[0]),
        "training_length": in_range(LENGTH),
        "training_pairs": Field(_pairs, lambda text: text if len(text) <= LONGEST_TEXT else None, ""),
        "training_warmup": flag(True),
        "training_smoothing": flag(True),
        "training_residual": flag(True),
        "training_positions": flag(True),
        "training_measure": one_of(lambda: MEASURES, MEASURES[0]),
        "training_moment": indexed(),
        "training_sentence": indexed(),
        "training_width": in_range(D_MODEL),
        "training_warmup_steps": in_range(WARMUP),
    },
)
