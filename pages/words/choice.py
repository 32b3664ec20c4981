"""Linear and softmax: the scores of a step, their probabilities at a temperature, and the piece that is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

import core
from core.analysis.choice import softmax
from core.request import TEMPERATURE, Request
from core.text import surface
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.controls import choose_index
from pages.ui.formulas import formulas
from pages.ui.matrices import matrices, matrix
from pages.words.common import page_part

SHOWN = 8
"""Number of pieces that are shown, the most probable ones."""


@cache.cached(8)  # 2 MB for the longest sentences
def logits(request: Request) -> np.ndarray:
    """Return the scores of all pieces at each step, float32 (T, vocabulary). Raises `HeadlightError`."""
    return cache.model(request.model).logits(cache.trace(request))


@page_part
def show_choice(request: core.Request, trace: core.Trace) -> None:
    """Show scores and probabilities of the most probable pieces of a step."""
    scores = logits(request)
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    step = choose_index("words_step", t("words.step"), len(scores), min(2, len(scores) - 1), row)
    row.slider(
        t("words.temperature"), TEMPERATURE.low, 2.0, step=0.05, key="words_temperature", width=320,
        persist_state="session",
    )  # fmt: skip
    row.toggle(t("words.guess"), key="words_guess", persist_state="session")
    reads = plain(surface(trace.input_labels[step]))
    if st.session_state["words_guess"] and st.session_state.get("words_revealed") != (request, step):
        st.markdown(t("words.guess.question", step=step + 1, reads=reads))
        st.button(
            t("words.guess.reveal"),
            key="words-reveal",
            on_click=lambda: st.session_state.update(words_revealed=(request, step)),
        )
        return
    temperature = st.session_state["words_temperature"]
    usual, now = softmax(scores[step]), softmax(scores[step], temperature)
    best = np.argsort(-scores[step], kind="stable")[:SHOWN]
    pieces = cache.model(request.model).target_tokenizer.pieces
    names = [surface(pieces[i]) for i in best]
    look: dict[str, Any] = {"rows": names, "row_tone": "target", "row_group": "pieces", "shape": "", "narrow": True}
    matrices(
        [
            matrix("z", scores[step][best][:, None], caption=t("words.logits.is"), scale="plain", **look),
            "→",
            matrix(
                "softmax(z)", usual[best][:, None], scale="weights", digits=3, caption="τ = 1", follows=True, **look
            ),
            "→",
            matrix(
                "softmax(z / τ)",
                now[best][:, None],
                scale="weights",
                digits=3,
                caption=f"τ = {temperature:g}",
                follows=True,
                **look,
            ),
        ],
        key="words-choice",
        title=t("words.choice.picture", step=step + 1),
    )
    st.markdown(
        t(
            "words.choice.found", step=step + 1, reads=reads, written=plain(surface(trace.output_labels[step])),
            p=f"{usual[best[0]]:.2f}", tempered=f"{now[best[0]]:.2f}", temperature=f"{temperature:g}",
            vocabulary=f"{scores.shape[1]:,}", rest=f"{1 - now[best].sum():.3f}",
        )
    )  # fmt: skip
    formulas(r"z = W_{\mathrm{vocab}}\, h_t + b", r"p_i = \frac{e^{z_i / \tau}}{\sum_k e^{z_k / \tau}}")
    query = {"model": request.model, "text": request.text}
    st.page_link("pages/beams.py", label=f":primary[{t('words.beams')} →]", query_params=query)
