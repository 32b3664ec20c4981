"""Fields of the page's address."""

from core.checks import Range
from core.intervention import PARTS as LAYER_PARTS
from core.intervention import STACKS
from pages.ui.address import Field, in_range, indexed, one_of, register

PARTS = ("river", "remove", "norms", "positionwise", "position", "parameters")
"""Parts of the page."""

BATCHES = ("3", "2", "1", "vector")
"""What a batch holds: so many sentences, or the first position of one sentence alone."""

PADDING = Range(0, 8, 0, whole=True)
"""Positions that a batch is padded by beyond its longest sentence."""

ORDERS = Range(1, 999, 1, whole=True)
"""Seeds of the random order of positions."""

FIELDS = register(
    "block",
    {
        "block_part": one_of(lambda: PARTS, "river"),
        "block_stack": one_of(lambda: STACKS, "encoder"),
        "block_piece": indexed(names_pieces=True),
        "block_layer": indexed(),
        "block_removed": one_of(lambda: LAYER_PARTS, "residual"),
        "block_norm": one_of(lambda: ("layer", "batch"), "layer"),
        "block_batch": one_of(lambda: BATCHES, "3"),
        "block_padding": in_range(PADDING),
        "block_second": Field(str, default="", typed=True),
        "block_third": Field(str, default="", typed=True),
        "block_order": in_range(ORDERS),
        "block_unit": indexed(),
    },
)
