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
"""Numbers of heads that are compared."""


@page_part
def show_cost(request: core.Request, trace: core.Trace) -> None:
    """Show parameters and multiply-adds for one head or many of the same total width, by formula and as counted."""
    config = cache.cards()[request.model].config
    pieces = len(trace.source_pieces)
    wide = st.toggle(t("heads.wide"), key="heads_wide", persist_state="session")
    counts = [h for h in sorted({*COUNTS, config.n_heads}) if wide or config.d_model % h == 0]
    widths = {h: config.d_model if wide else config.d_model // h for h in counts}
    costs = {h: multihead.cost(config.d_model, h, pieces, pieces, widths[h]) for h in counts}

    def row(h: int) -> dict[str, str]:
        numbers = {
            "dₖ": widths[h],
            t("heads.cost.parameters"): costs[h].parameters,
            t("heads.cost.multiply_adds"): costs[h].multiply_adds,
            t("heads.cost.softmax"): h * pieces * pieces,
        }
        is_model = h == config.n_heads and widths[h] == config.d_k
        return {name: f"**{value:,}**" if is_model else f"{value:,}" for name, value in numbers.items()}

    st.table(pd.DataFrame.from_dict({h: row(h) for h in counts}, orient="index").rename_axis("h"))
    own = multihead.cost(config.d_model, config.n_heads, pieces, pieces)
    sums = {"projections": f"{own.projections:,}", "attending": f"{own.attending:,}"}
    words = {"name": request.model, "h": config.n_heads, "d_model": config.d_model, "pieces": pieces}
    st.markdown(t("heads.cost.wide", **words) if wide else t("heads.cost.text", **words, **sums))
    cards = {name: card.config for name, card in cache.cards().items() if not card.problem}
    same_width = [name for name, other in cards.items() if not other.recurrent and other.d_model == config.d_model]
    counts_of_models = [
        t("heads.cost.one", name=name, h=cards[name].n_heads, n=f"{multihead.count_parameters(name):,}")
        for name in same_width
    ]
    st.markdown(t("heads.cost.counted", models=t("heads.cost.and").join(counts_of_models)))
    total = f"{costs[1].parameters:,}".replace(",", "{,}")
    total_formula = () if wide else (rf"= 4\,d_{{model}}^2 + 4\,d_{{model}} = {total}",)
    formulas(r"4\,d_{model}\,h\,d_k + 3\,h\,d_k + d_{model}", *total_formula)
