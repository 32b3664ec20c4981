"""Fields of the page's address."""

from pages.ui.address import Field, flag, indexed, one_of, register, which_sentence

PARTS = ("causal", "padding", "later", "forcing", "when")
"""What the page is divided into."""

FIELDS = register(
    "masks",
    {
        "masks_sentence": which_sentence(),
        "masks_part": one_of(lambda: PARTS, "causal"),
        "masks_layer": indexed(),
        "masks_head": indexed(),
        "masks_on": flag(True),
        "masks_step": indexed(),
        "masks_piece": Field(str),
    },
)
