"""The encoding as curves of single dimensions and as a heatmap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

import core
from core.analysis import positions as computed
from core.plots import (
    position_curves,
)
from core.text import surface
from pages.positions.common import choose_base, choose_d_model, choose_length, page_part, question_row
from pages.positions.fields import FIELDS
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.charts import theme
from pages.ui.curves import curves
from pages.ui.formulas import formulas
from pages.ui.matrices import FEW, matrices, matrix


def _use_example(d_model: int, length: int, dimensions: Sequence[int]) -> None:
    st.session_state.update(pos_d_model=d_model, pos_length=length, pos_dims=[*dimensions], pos_base=computed.BASE)


@page_part
def show_waves(request: core.Request, trace: core.Trace) -> None:
    """Show curves of single dimensions, and all dimensions as a heatmap."""
    row = question_row("waves", 3, 3, 3)
    d_model, length, base = choose_d_model(row[0]), choose_length(row[1]), choose_base(row[2])
    kept = [dimension for dimension in st.session_state["pos_dims"] if dimension < d_model]
    if kept != st.session_state["pos_dims"]:
        st.session_state["pos_dims"] = kept or list(range(4))
    table = computed.waves(np.arange(length), d_model, base)
    left, right = st.columns(2, gap="medium")
    with left:
        above = st.container()
        # Closed, the list of all dimensions costs nothing; open on the page, it took a quarter of the page's time to appear.
        dimensions = st.popover(t("positions.dimensions")).multiselect(
            t("positions.dimensions"), range(d_model), key="pos_dims", max_selections=8, persist_state="session",
            label_visibility="collapsed", placeholder=t("positions.dimensions"),
        )  # fmt: skip
        steps = max(1, min(8, 400 // (length - 1)))
        at = np.arange((length - 1) * steps + 1) / steps
        values = computed.waves(at, d_model, base)[:, dimensions]
        figure = position_curves(at, values, dimensions, t("positions.position"), theme())
        with above:
            curves(figure, "pos-curves", t("positions.curves"))
    with right:
        written = table.size <= FEW
        words = [*map(surface, trace.source_labels)] + [""] * length
        heatmap = matrix(
            "PE",
            table,
            rows=[f"{word} ({i})" if written and word else str(i) for i, word in enumerate(words[:length])],
            columns=[f"{i} {'cos' if i % 2 else 'sin'}" if written else str(i) for i in range(d_model)],
            limit=1,
            caption=t("positions.heatmap"),
            row_tone="source" if written else "",
            aspect=1.8,
        )
        matrices([heatmap], key="pos-heatmap", title=t("positions.heatmap.title"))
        models = cache.cards()[request.model].config
        usual = FIELDS["pos_dims"].default
        with st.container(horizontal=True, gap="small"):
            for name, size in (("four", (4, 10, range(4))), ("own", (models.d_model, 60, usual)),
                               ("paper", (512, 100, (0, 1, 64, 65, 128, 129)))):  # fmt: skip
                st.button(t(f"positions.example.{name}"), on_click=_use_example, args=size, key=f"pos-{name}")
    wavelengths = computed.wavelengths(d_model, base)
    st.markdown(t("positions.waves.text", round=int((wavelengths <= length).sum()), pairs=len(wavelengths), length=length,
                  shortest=f"{wavelengths[0]:.2f}",
                  longest=f"{wavelengths[-1]:,.0f}" if wavelengths[-1] >= 100 else f"{wavelengths[-1]:.2f}"))  # fmt: skip
    formulas(
        rf"PE_{{(pos,\,2i)}} = \sin\!\big(pos \,/\, {base:.0f}^{{\,2i/d_{{model}}}}\big)",
        rf"PE_{{(pos,\,2i+1)}} = \cos\!\big(pos \,/\, {base:.0f}^{{\,2i/d_{{model}}}}\big)",
    )
