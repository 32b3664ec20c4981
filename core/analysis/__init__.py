"""Measurements of Traces, and formulas in NumPy. Importing this package does not import torch."""

from core.analysis import masks, positions, scaling, similarity
from core.analysis.alignment import Aligner, align, read_aligner
from core.analysis.foreign import looks_foreign
from core.analysis.heads import (
    ROLES,
    agreement,
    behind,
    chances,
    diagonality,
    distinct_words,
    divergence,
    entropy,
    measures,
    name_roles,
    offset_share,
    on_end,
    on_specials,
    peak_shares,
    roles,
    spread,
    top_word_share,
)
from core.analysis.reach import Reach, reach
from core.analysis.rollout import rollout, rollout_trace
from core.analysis.view import View, join, merge, view, word, words_read

__all__ = [
    "ROLES",
    "Aligner",
    "Reach",
    "View",
    "agreement",
    "align",
    "behind",
    "chances",
    "diagonality",
    "distinct_words",
    "divergence",
    "entropy",
    "join",
    "looks_foreign",
    "masks",
    "measures",
    "merge",
    "name_roles",
    "offset_share",
    "on_end",
    "on_specials",
    "peak_shares",
    "positions",
    "reach",
    "read_aligner",
    "roles",
    "rollout",
    "rollout_trace",
    "scaling",
    "similarity",
    "spread",
    "top_word_share",
    "view",
    "word",
    "words_read",
]
