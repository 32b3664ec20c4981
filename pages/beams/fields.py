"""Fields of the page's address: how it searches, and the hypothesis that is shown."""

from dataclasses import replace

from core.request import ALPHA, BEAM_SIZE
from pages.ui.address import Field, in_range, register

BEAM_SIZES = replace(BEAM_SIZE, high=8)
"""The tree of a wider beam is too large to be read."""


def _pieces(text: str) -> tuple[str, ...]:
    """Pieces parted by spaces, of which no piece has one."""
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
