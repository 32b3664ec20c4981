"""Fields of the page's address. Positions and dimensions count from 0 there too, as in the paper."""

from pages.ui.address import Field, among, flag, indexed, indices, number_between, one_of, register, write_indices

PARTS = ("waves", "turn", "distance", "shuffle", "terms", "sum", "recipes")
"""What the page is divided into."""

BASES = (1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0)
"""The paper's 10000, and what can be tried in its place."""


def _dimensions(text: str) -> list[int]:
    found = [number_between(0, 511)(part) for part in text.split(",")] if text else []
    if len({*found}) < len(found) or len(found) > 8:
        raise ValueError(text)
    return found


def _order(text: str) -> tuple[int, ...]:
    found = indices(text)
    if sorted(found) != list(range(len(found))):
        raise ValueError(text)
    return found


FIELDS = register(
    "positions",
    {
        "pos_part": one_of(lambda: PARTS, "waves"),
        "pos_d_model": Field(number_between(4, 512, 2), default=256),
        "pos_length": Field(number_between(2, 200), default=60),
        "pos_base": Field(among(BASES), "{:g}".format, 10000.0),
        "pos_dims": Field(_dimensions, lambda found: ",".join(map(str, found)), [0, 1, 24, 25, 48, 49]),
        "pos_at": Field(number_between(0, 199), default=10),
        "pos_shift": Field(number_between(0, 20), default=3),
        "pos_order": Field(_order, write_indices, names_pieces=True),
        "pos_with": flag(False),
        "pos_without": flag(False),
        "pos_head": indexed(),
        "pos_piece": indexed(names_pieces=True),
    },
)
