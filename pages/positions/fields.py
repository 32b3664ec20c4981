"""Fields of the page's address. Positions and dimensions count from 0 there too, as in the paper."""

from pages.ui.address import Field, flag, indexed, indices, number_between, number_in, one_of, register, write_indices

PARTS = ("waves", "turn", "distance", "shuffle", "terms", "sum", "recipes")
"""Parts of the page."""

BASES = (1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0)
"""Bases to choose from; the paper's is 10000."""


def _dimensions(text: str) -> list[int]:
    """Parse up to eight different dimensions."""
    numbers = [number_between(0, 511)(part) for part in text.split(",")] if text else []
    if len({*numbers}) < len(numbers) or len(numbers) > 8:
        raise ValueError(text)
    return numbers


def _order(text: str) -> tuple[int, ...]:
    """Parse an order of words, each exactly once."""
    numbers = indices(text)
    if sorted(numbers) != list(range(len(numbers))):
        raise ValueError(text)
    return numbers


FIELDS = register(
    "positions",
    {
        "pos_part": one_of(lambda: PARTS, "waves"),
        "pos_d_model": Field(number_between(4, 512, 2), default=256),
        "pos_length": Field(number_between(2, 200), default=60),
        "pos_base": Field(number_in(BASES), "{:g}".format, 10000.0),
        "pos_dims": Field(_dimensions, lambda numbers: ",".join(map(str, numbers)), [0, 1, 24, 25, 48, 49]),
        "pos_at": Field(number_between(0, 199), default=10),
        "pos_shift": Field(number_between(0, 20), default=3),
        "pos_order": Field(_order, write_indices, names_pieces=True),
        "pos_with": flag(False),
        "pos_without": flag(False),
        "pos_head": indexed(),
        "pos_piece": indexed(names_pieces=True),
    },
)
