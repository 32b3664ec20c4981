"""Fields of the page's address."""

from pages.ui.address import Field, flag, indexed, one_of, register, sentence_choice

PARTS = ("causal", "padding", "later", "forcing", "when")
"""Parts of the page."""

FIELDS = register(
    "masks",
    {
        "masks_sentence": sentence_choice(),
        "masks_part": one_of(lambda: PARTS, "causal"),
        "masks_layer": indexed(),
        "masks_head": indexed(),
        "masks_on": flag(True),
        "masks_step": indexed(),
        "masks_piece": Field(str),
    },
)
