"""Code that several parts of the page share: the head, scores before and after the mask, the second sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

import core
from core.examples import example_language
from pages.masks.fields import FIELDS
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import choose_index
from pages.ui.formulas import formulas, letters
from pages.ui.matrices import Matrix, matrix

PRECISE, READABLE = 5, 6
"""Largest numbers of columns written with two decimals and with one; more columns are colours only."""

COMPANIONS = {"en": ("Tom chases Jerry.", "I love you"), "zh": ("汤姆追逐杰瑞。", "我爱你")}
"""Sentences of different lengths by language, so that one of them differs in length from the sentence that is shown."""

page_part = lecture.part(FIELDS)


def choose_head_and_mask(config: core.ModelConfig) -> tuple[int, int, bool]:
    """Show the choice of a head and the switch of its mask, and return layer, head and whether it is masked."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    masked = row.toggle(t("masks.on"), key="masks_on", persist_state="session")
    layer = choose_index("masks_layer", t("masks.layer"), config.n_layers, config.n_layers - 1, row)
    head = choose_index("masks_head", t("masks.head"), config.n_heads, 0, row)
    return layer, head, masked


def before_and_after(
    scaled: np.ndarray, masked: np.ndarray, weights: np.ndarray, rows: list[str], columns: list[str], tone: str
) -> list[Matrix | str]:
    """Return scores, scores with the mask, and weights, all (rows, columns), as items for `matrices`."""
    limit = matrix("", scaled)["limit"]
    width = scaled.shape[1]
    look: dict[str, Any] = {
        "columns": columns, "rows": rows, "row_tone": tone, "column_tone": tone, "row_group": "rows",
        "column_group": "columns", "shape": "", "narrow": True, "numbers": width <= READABLE,
    }  # fmt: skip
    digits = 2 if width <= PRECISE else 1
    return [
        matrix("S = QKᵀ / √dₖ", scaled, limit=limit, digits=digits, caption=t("masks.scores"), **look),
        "+ M =",
        matrix("S + M", masked, limit=limit, digits=digits, caption=t("masks.with"), follows=True, **look),
        "→",
        # A hidden weight is exactly 0: it is drawn as masked, not as a small number.
        matrix("A", np.where(np.isneginf(masked), np.nan, weights), scale="weights", caption=t("masks.weights"),
               masked_as="0", follows=True, **look),
    ]  # fmt: skip


def show_mask_formula(mask: str) -> None:
    """Show the formula of masked attention with the given definition of M."""
    paint = letters()
    formulas(
        rf"A = \mathrm{{softmax}}\!\left(\frac{{{paint['Q']}{paint['K']}^{{\mathsf T}}}}{{\sqrt{{d_k}}}} + M\right)",
        rf"M_{{ij}} = {mask}",
        rf"\mathrm{{Attention}} = A\,{paint['V']}",
    )


def companion(request: core.Request) -> str:
    """Return a sentence of another length than that of the Request, so that a batch of both needs padding."""
    encode, language = (
        cache.model(request.model).encode,
        example_language(cache.cards()[request.model].source_language),
    )
    length = len(encode(request.text)[0])
    return next(other for other in COMPANIONS[language] if len(encode(other)[0]) != length)
