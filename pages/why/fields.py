"""Fields of the page's address."""

from pages.ui.address import flag, head_or, indexed, one_of, register

PARTS = ("count", "sum", "length")
"""Parts of the page."""

FIELDS = register(
    "why",
    {
        "why_part": one_of(lambda: PARTS, "count"),
        "why_weights": one_of(lambda: ("learnt", "equal"), "learnt"),
        "why_same": flag(False),
        "why_layer": indexed(),
        "why_head": head_or("average", default="average"),
        "why_model": one_of(lambda: ("rnn", "rnn-additive", "transformer"), "rnn-additive"),
        "why_row": indexed(),
        "why_metric": one_of(lambda: ("chrf", "bleu"), "chrf"),
    },
)
