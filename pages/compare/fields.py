"""Fields of the page's address: its two sides, and what it shows of them."""

from core.config import KINDS
from core.examples import SWAPPED
from pages.ui.address import APP, Field, flag, head, head_or, indexed, number_in, one_of, register, write_head

MODES = ("models", "sentences", "changes")
"""Kinds of comparison."""

CHANGES = ("none", "word", "head", "positions", "causal", "temperature")
"""Changes of a run; each side has one of them."""

SHARPNESS = (0.1, 0.25, 0.5, 2.0, 4.0, 10.0)
"""Attention temperatures to choose from."""

VIEWS = ("maps", "lines")
"""What the picture shows: the same names as in pages/ui/pair.py, which is too heavy to be imported for them."""

BELOW = ("numbers", "roles", "rollout")
"""Parts to choose from below the picture."""

FIELDS = register(
    "compare",
    {
        "compare": one_of(lambda: MODES, "models"),
        "side_a": Field(APP["model"].parse, default="en-zh-1head"),
        "side_b": Field(APP["model"].parse, default="en-zh"),
        "other_text": Field(str, default=SWAPPED, typed=True),
        "difference": flag(False),
        **{f"what_{side}": one_of(lambda: CHANGES, default) for side, default in (("a", "none"), ("b", "head"))},
        **{f"word_{side}": indexed(names_pieces=True) for side in "ab"},
        **{f"gone_{side}": Field(head, write_head) for side in "ab"},
        **{f"sharpness_{side}": Field(number_in(SHARPNESS), "{:g}".format, 0.5) for side in "ab"},
        "pair_kind": one_of(lambda: KINDS),
        "pair_layer": indexed(),
        **{f"pair_head_{side}": head_or("average", "all") for side in "ab"},
        "pair_step": indexed(),
        "pair_row": indexed(),
        "pair_view": one_of(lambda: VIEWS),
        "below": one_of(lambda: BELOW, "numbers"),
        "over": one_of(lambda: ("sentence", "corpus"), "sentence"),
    },
)
