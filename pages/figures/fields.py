"""Fields of the page's address."""

from pages.ui.address import Field, indexed, indices, one_of, register, write_indices

PARTS = ("alignment", "pronoun", "distance", "anaphora", "growth")
"""Parts of the page."""

ADJECTIVES = ("tired", "wide")
"""What ends the sentence with "it": the first is said of the animal, the second of the street."""

FIELDS = register(
    "figures",
    {
        "figures_part": one_of(lambda: PARTS, "alignment"),
        "figures_adjective": one_of(lambda: ADJECTIVES, "tired"),
        "figures_layer": indexed(),
        "figures_drawn": Field(indices, write_indices),  # None: all
        "figures_word": indexed(),
    },
)
