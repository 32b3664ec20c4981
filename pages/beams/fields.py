"""Fields of the page's address: the options of the search, and the selected hypothesis."""

from dataclasses import replace

from core.request import ALPHA, BEAM_SIZE
from pages.ui.address import Field, in_range, register

BEAM_SIZES = replace(BEAM_SIZE, high=8)
"""Beam sizes to choose from; the tree of a wider beam would be too large to read."""


def _pieces(text: str) -> tuple[str, ...]:
    """Parse pieces that are separated by spaces; no piece contains a space."""
    pieces = tuple(text.split(" "))
    if not all(pieces) or len(pieces) > 500:
        raise ValueError(text)
    return pieces


FIELDS = register(
    "beams",
    {
        "beam_size": in_range(BEAM_SIZES),
        "alpha": in_range(ALPHA),
        "hypothesis": Field(_pieces, " ".join, names_pieces=True),  # None: the winner
    },
)
