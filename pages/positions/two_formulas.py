"""The paper's formula of the encoding compared with that of its authors' code."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.analysis import positions as computed
from core.plots import (
    position_wavelengths,
)
from pages.positions.common import choose_d_model, choose_length, page_part, question_row
from pages.ui.catalogue import t
from pages.ui.charts import theme
from pages.ui.curves import curves
from pages.ui.formulas import formulas
from pages.ui.matrices import matrices, matrix


@page_part
def show_two_formulas() -> None:
    """Show the paper's encoding beside that of its authors' code."""
    row = question_row("recipes", 3, 3)
    d_model, length = choose_d_model(row[0]), choose_length(row[1])
    paper = computed.waves(np.arange(length), d_model)
    code = computed.sinusoid_tensor2tensor(length, d_model)
    names: dict[str, Any] = {
        "rows": [str(i) for i in range(length)],
        "columns": [str(i) for i in range(d_model)],
        "aspect": 2.0,
    }
    items = [
        matrix(t("positions.recipes.paper"), paper, limit=1, caption=t("positions.recipes.paper.caption"), **names),
        matrix("tensor2tensor", code, limit=1, caption=t("positions.recipes.code.caption"), **names),
        matrix(t("positions.recipes.apart"), computed.interleaved(code) - paper, limit=1,
               caption=t("positions.recipes.apart.caption"), **names),
    ]  # fmt: skip
    matrices(items, key="pos-recipes", title=t("positions.recipes.title"))
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    lengths = computed.wavelengths(d_model), computed.wavelengths_tensor2tensor(d_model)
    with left:
        figure = position_wavelengths(
            lengths, (t("positions.recipes.paper"), "tensor2tensor"), {t("positions.recipes.length", length=length): length},
            (t("positions.recipes.pair"), t("positions.recipes.wavelength")), theme(),
        )  # fmt: skip
        curves(figure, "pos-wavelengths", t("positions.recipes.wavelength"))
    difference = np.abs(computed.interleaved(code) - paper).max()
    right.markdown(t("positions.recipes.text", apart=f"{difference:.2f}", d_model=d_model, length=length,
                     paper=f"{lengths[0][-1]:,.0f}", code=f"{lengths[1][-1]:,.0f}"))  # fmt: skip
    with right:
        formulas(r"\omega_i^{paper} = 10000^{-2i/d_{model}}", r"\omega_i^{code} = 10000^{-i/(d_{model}/2 - 1)}")
