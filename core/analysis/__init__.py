"""Numbers from a Trace."""

from core.analysis.foreign import looks_foreign
from core.analysis.heads import (
    ROLES,
    agreement,
    diagonality,
    distinct_words,
    divergence,
    entropy,
    measures,
    offset_share,
    on_end,
    on_specials,
    roles,
    spread,
    top_word_share,
)
from core.analysis.rollout import rollout
from core.analysis.view import View, join, merge, view, words_read

__all__ = [
    "ROLES",
    "View",
    "agreement",
    "diagonality",
    "distinct_words",
    "divergence",
    "entropy",
    "join",
    "looks_foreign",
    "measures",
    "merge",
    "offset_share",
    "on_end",
    "on_specials",
    "roles",
    "rollout",
    "spread",
    "top_word_share",
    "view",
    "words_read",
]
