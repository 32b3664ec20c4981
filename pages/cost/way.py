"""The way from position 1 to position n, counted on the connections of each kind of layer."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.analysis.cost import LAYERS, WAYS, Sizes, arrivals, hops
from pages.cost.common import choose_sizes, page_part
from pages.ui.catalogue import t
from pages.ui.matrices import matrices, matrix
from pages.ui.views import View

_HOPS = View("hops")

DRAWN = 32
"""Largest number of positions whose hops are drawn one by one."""


@page_part
def show_way() -> None:
    """Show over how many layers or steps the first position reaches the last."""
    st.markdown(t("cost.way.text"))
    sizes = choose_sizes("nkr")
    drawn = Sizes(min(sizes.n, DRAWN), sizes.d, sizes.k, sizes.r)
    names = {layer: t(f"cost.layer.{'dilated' if layer == 'convolutional' else layer}") for layer in WAYS}
    rows = [{"name": names[layer], "hops": arrivals(layer, drawn)} for layer in WAYS]
    _HOPS.show({"title": t("cost.hops.alt", n=drawn.n), "rows": rows}, "cost-hops")
    if drawn.n < sizes.n:
        st.caption(t("cost.hops.first", n=drawn.n))
    st.markdown(t("cost.hops.text"))
    counts = {layer: hops(layer, sizes) for layer in LAYERS}
    told = {
        layer: t("cost.way.steps" if layer == "recurrent" else "cost.way.layers", n=count)
        for layer, count in counts.items()
    }
    numbers = np.array([[float(count)] for count in counts.values()])
    matrices(
        [
            matrix(
                t("cost.way.axis"), numbers / numbers.max(), scale="weights", limit=1, shape="",
                texts=[[text] for text in told.values()], rows=[t(f"cost.layer.{layer}") for layer in LAYERS],
                columns=[t("cost.path")], row_group="layers",
            )
        ],
        key="cost-way",
        title=t("cost.way.alt", told="; ".join(f"{t(f'cost.layer.{layer}')}: {text}" for layer, text in told.items())),
    )  # fmt: skip
    st.markdown(
        t(
            "cost.way.found",
            n=sizes.n,
            steps=counts["recurrent"],
            dilated=counts["convolutional"],
            restricted=counts["restricted"],
        )
    )
