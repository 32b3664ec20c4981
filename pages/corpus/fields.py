"""Fields of the page's address: the head, the axes, what the finder lists, and the second head."""

from core.analysis import ROLES
from core.config import KINDS
from pages.ui import cache
from pages.ui.address import Field, head, one_of, register, write_head

NUMBERS = ("activation", "importance", "distance", "offset", "agreement", "entropy", "layer")
"""Numbers of a head that stand on an axis and in the table."""

ALL = "all"
"""Every role, or every kind of attention."""

FIELDS = register(
    "corpus",
    {
        "corpus_head": Field(head, write_head),  # None: the first in the finder's order
        "corpus_x": one_of(lambda: NUMBERS, "activation"),
        "corpus_y": one_of(lambda: NUMBERS, "importance"),
        "corpus_role": one_of(lambda: (ALL, *ROLES), ALL),
        "corpus_kind": one_of(lambda: (ALL, *KINDS), ALL),
        "corpus_sort": one_of(lambda: NUMBERS, "importance"),
        "corpus_model": one_of(cache.usable),  # None: the same as the first head's
        "corpus_other": Field(head, write_head),  # None: no second head
    },
)
