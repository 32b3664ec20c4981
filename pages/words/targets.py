"""What training aims at: one-hot targets and smoothed ones, for six words."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.analysis.choice import cross_entropy, smoothed_targets
from pages.ui.catalogue import t
from pages.ui.formulas import formulas
from pages.ui.matrices import matrices, matrix
from pages.words.common import page_part
from pages.words.fields import SMOOTHING

WORDS = ("a", "am", "i", "thanks", "student", "<eos>")
"""A vocabulary of six words."""

SENTENCE = ("i", "am", "a", "student", "<eos>")


@page_part
def show_targets() -> None:
    """Show the targets of each step with and without label smoothing, and the least loss of each."""
    st.markdown(t("words.targets.text"))
    st.slider(
        t("words.smoothing"), SMOOTHING.low, SMOOTHING.high, step=0.01, key="words_smoothing", width=360,
        persist_state="session",
    )  # fmt: skip
    smoothing = st.session_state["words_smoothing"]
    labels = np.array([WORDS.index(word) for word in SENTENCE])
    plain, smooth = (smoothed_targets(labels, len(WORDS), share) for share in (0.0, smoothing))
    look: dict[str, Any] = {"rows": [f"{i}: {word}" for i, word in enumerate(SENTENCE, 1)], "columns": WORDS, "scale": "weights",
            "row_tone": "target", "column_tone": "target", "row_group": "steps", "column_group": "words", "shape": "",
            "narrow": True}  # fmt: skip
    matrices(
        [
            matrix(t("words.one_hot"), plain, digits=0, **look),
            "→",
            matrix(t("words.smoothed", share=f"{smoothing:g}"), smooth, digits=3, follows=True, **look),
        ],
        key="words-targets",
        title=t("words.targets.picture"),
    )
    least = float(cross_entropy(smooth, smooth).mean())
    correct = float(smooth[0, labels[0]])
    st.markdown(t("words.targets.found", least=f"{least:.3f}", correct=f"{correct:.3f}", other=f"{smooth[0, 0]:.3f}"))
    formulas(
        r"q_i = (1 - \varepsilon)\,[i = y] + \varepsilon / V",
        r"L = -\textstyle\sum_i q_i \log p_i",
    )
