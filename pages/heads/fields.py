"""Fields of the page's address."""

from pages.ui.address import Field, flag, indexed, indices, one_of, register, sentence_choice, write_indices

PARTS = ("together", "combine", "cost")
"""Parts of the page."""

FIELDS = register(
    "heads",
    {
        "heads_sentence": sentence_choice(),
        "heads_part": one_of(lambda: PARTS, "together"),
        "heads_layer": indexed(),
        "heads_drawn": Field(indices, write_indices),  # None: all
        "heads_word": indexed(),
        "heads_wide": flag(False),
    },
)
