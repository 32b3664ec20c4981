"""The way from position 1 to position n, counted on the connections of each kind of layer."""

from __future__ import annotations

import streamlit as st

from core.analysis.cost import LAYERS, hops
from core.plots import times
from pages.cost.common import choose_sizes, page_part
from pages.ui.catalogue import t
from pages.ui.charts import show, theme


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
