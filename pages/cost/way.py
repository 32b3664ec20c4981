"""The way from position 1 to position n, counted on the connections of each kind of layer."""

from __future__ import annotations

import streamlit as st

from core.analysis.cost import LAYERS, WAYS, Sizes, arrivals, hops
from core.plots import hops_figure, times
from pages.cost.common import choose_sizes, page_part
from pages.ui.catalogue import t
from pages.ui.charts import show, theme

DRAWN = 32
"""Largest number of positions whose hops are drawn one by one."""


@page_part
def show_way() -> None:
    """Show over how many layers or steps the first position reaches the last."""
    st.markdown(t("cost.way.text"))
    sizes = choose_sizes("nkr")
    counts = {layer: hops(layer, sizes) for layer in LAYERS}
    told = {
        layer: t("cost.way.steps" if layer == "recurrent" else "cost.way.layers", n=count)
        for layer, count in counts.items()
    }
    names = [t(f"cost.layer.{layer}") for layer in LAYERS]
    show(
        times(names, [*counts.values()], [*told.values()], t("cost.way.axis"), theme()),
        "cost-way",
        t("cost.way.alt", told="; ".join(f"{name}: {text}" for name, text in zip(names, told.values(), strict=True))),
    )
    st.markdown(
        t(
            "cost.way.found",
            n=sizes.n,
            steps=counts["recurrent"],
            dilated=counts["convolutional"],
            restricted=counts["restricted"],
        )
    )
    drawn = Sizes(min(sizes.n, DRAWN), sizes.d, sizes.k, sizes.r)
    st.markdown(t("cost.hops.text"))
    figure = hops_figure(
        {t(f"cost.layer.{'dilated' if layer == 'convolutional' else layer}"): arrivals(layer, drawn) for layer in WAYS}, t("cost.hops.axis"),
        (t("cost.hops.play"), t("cost.hops.pause"), t("cost.hops.hop")), theme(),
    )  # fmt: skip
    show(figure, "cost-hops", t("cost.hops.alt", n=drawn.n))
    if drawn.n < sizes.n:
        st.caption(t("cost.hops.first", n=drawn.n))
