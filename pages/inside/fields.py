"""Fields of the page's address: the head and the row of its query."""

from core.config import KINDS
from pages.ui.address import indexed, one_of, register

FIELDS = register(
    "inside",
    {
        "inside_kind": one_of(lambda: KINDS, "cross"),
        "inside_layer": indexed(),  # None: the last one
        "inside_head": indexed(),
        "inside_query": indexed(),
    },
)
