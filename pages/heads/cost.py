"""Parameters and multiply-adds of one head or many."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import core
from core.analysis import multihead
from pages.heads.common import page_part
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.formulas import formulas

COUNTS = (1, 2, 4, 8, 16)
"""So many heads are compared."""


@page_part
def cost(request: core.Request, trace: core.Trace) -> None:
    """One head or many of the same width altogether: parameters and multiply-adds, by formula and counted."""
    config = cache.cards()[request.model].config
    pieces = len(trace.source_pieces)
    wide = st.toggle(t("heads.wide"), key="heads_wide", persist_state="session")
    counts = [h for h in sorted({*COUNTS, config.n_heads}) if wide or config.d_model % h == 0]
    widths = {h: config.d_model if wide else config.d_model // h for h in counts}
    found = {h: multihead.cost(config.d_model, h, pieces, pieces, widths[h]) for h in counts}

    def row(h: int) -> dict[str, str]:
        numbers = {
            "dₖ": widths[h],
            t("heads.cost.parameters"): found[h].parameters,
            t("heads.cost.multiply_adds"): found[h].multiply_adds,
            t("heads.cost.softmax"): h * pieces * pieces,
        }
        here = h == config.n_heads and widths[h] == config.d_k
        return {name: f"**{value:,}**" if here else f"{value:,}" for name, value in numbers.items()}

    st.table(pd.DataFrame.from_dict({h: row(h) for h in counts}, orient="index").rename_axis("h"))
    here = multihead.cost(config.d_model, config.n_heads, pieces, pieces)
    sums = {"projections": f"{here.projections:,}", "attending": f"{here.attending:,}"}
    words = {"name": request.model, "h": config.n_heads, "d_model": config.d_model, "pieces": pieces}
    st.markdown(t("heads.cost.wide", **words) if wide else t("heads.cost.text", **words, **sums))
    cards = {name: card.config for name, card in cache.cards().items() if not card.problem}
    like = [name for name, other in cards.items() if not other.recurrent and other.d_model == config.d_model]
    real = [t("heads.cost.one", name=name, h=cards[name].n_heads, n=f"{multihead.counted(name):,}") for name in like]
    st.markdown(t("heads.cost.counted", models=t("heads.cost.and").join(real)))
    total = f"{found[1].parameters:,}".replace(",", "{,}")
    same = () if wide else (rf"= 4\,d_{{model}}^2 + 4\,d_{{model}} = {total}",)
    formulas(r"4\,d_{model}\,h\,d_k + 3\,h\,d_k + d_{model}", *same)
