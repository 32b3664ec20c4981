"""Fields of the page's address."""

from core.checks import Range
from core.records.contributions import METHODS
from core.request import TEMPERATURE
from pages.ui.address import flag, in_range, indexed, one_of, register

PARTS = ("choice", "targets", "layers", "earlier", "origin")
"""Parts of the page."""

SMOOTHING = Range(0.0, 0.5, 0.1)
"""The share of the probability that label smoothing spreads; by default that of section 5.4."""

FIELDS = register(
    "words",
    {
        "words_part": one_of(lambda: PARTS, "choice"),
        "words_step": indexed(),
        "words_temperature": in_range(TEMPERATURE),
        "words_smoothing": in_range(SMOOTHING),
        "words_layer": indexed(),
        "words_guess": flag(False),
        "words_method": one_of(lambda: METHODS, "alti"),
    },
)
