"""Fields of the page's address."""

from core.analysis.cost import KERNEL, NEIGHBOURS, POSITIONS, WIDTH
from core.checks import Range
from core.training.at_once import EXAMPLES
from pages.ui.address import flag, in_range, one_of, register

PARTS = ("table", "way", "memory", "measured", "at_once")
"""Parts of the page."""

SEQUENCE = Range(1, EXAMPLES, 1, whole=True)
"""Number of a recorded sequence, from 1."""

FIELDS = register(
    "cost",
    {
        "cost_part": one_of(lambda: PARTS, "table"),
        "cost_n": in_range(POSITIONS),
        "cost_d": in_range(WIDTH),
        "cost_k": in_range(KERNEL),
        "cost_r": in_range(NEIGHBOURS),
        "cost_all": flag(False),
        "cost_sequence": in_range(SEQUENCE),
    },
)
