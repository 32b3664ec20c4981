"""Table 1 with numbers: operations, sequential operations and the longest path of each kind of layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

import core
from core.analysis.cost import LAYERS, POSITIONS, Sizes, left_out, operations, path, sequential
from core.plots import cost_curves
from pages.cost.common import choose_sizes, page_part
from pages.ui.catalogue import t
from pages.ui.charts import theme
from pages.ui.curves import curves
from pages.ui.matrices import matrices, matrix

FORMULAS = {
    "self_attention": ("n² · d", "1", "1"),
    "recurrent": ("n · d²", "n", "n"),
    "convolutional": ("k · n · d²", "1", "logₖ(n)"),
    "restricted": ("r · n · d", "1", "n / r"),
}
"""Table 1 of the paper, by kind of layer; all are orders of growth, without constants."""


def total(layer: str, sizes: Sizes, everything: bool) -> int:
    """Return the operations of a layer, with or without what Table 1 leaves out."""
    return operations(layer, sizes) + (left_out(layer, sizes) if everything else 0)


@page_part
def show_table(trace: core.Trace) -> None:
    """Show Table 1 for chosen sizes, and the operations by sentence length with the visitor's sentence."""
    sizes = choose_sizes()
    everything = st.toggle(t("cost.all"), key="cost_all", persist_state="session", help=t("cost.all.help"))
    rows = [(total(layer, sizes, everything), sequential(layer, sizes), path(layer, sizes)) for layer in LAYERS]
    numbers = np.array(rows, dtype=float)
    texts = [
        [f"{formula} = {number:,}" if not everything else f"{number:,}", f"{waits:,}", f"{way:,.1f}".removesuffix(".0")]
        for (number, waits, way), (formula, *_) in zip(rows, FORMULAS.values(), strict=True)
    ]
    framed = [
        (int(row), column)
        for column in range(3)
        for row in np.flatnonzero(numbers[:, column] == numbers[:, column].min())
    ]
    matrices(
        [
            matrix(
                t("cost.table"), numbers / numbers.max(0), scale="weights", limit=1, shape="", texts=texts, framed=framed,
                rows=[t(f"cost.layer.{layer}") for layer in LAYERS], row_group="layers",
                columns=[t(f"cost.{name}") for name in ("operations", "sequential", "path")],
            )
        ],
        key="cost-table",
        title=t("cost.table"),
    )  # fmt: skip
    cheapest = LAYERS[int(numbers[:, 0].argmin())]
    st.markdown(
        t("cost.table.found", layer=t(f"cost.layer.{cheapest}"), n=sizes.n, d=sizes.d,
          ratio=f"{operations('self_attention', sizes) / operations('recurrent', sizes):.2f}")
    )  # fmt: skip
    lengths = np.unique(np.geomspace(POSITIONS.low, POSITIONS.high, 60).astype(int))
    costs = {
        t(f"cost.layer.{layer}"): [total(layer, replace(sizes, n=int(n)), everything) for n in lengths]
        for layer in LAYERS
    }
    own = len(trace.source_pieces)
    points = [total(layer, replace(sizes, n=own), everything) for layer in LAYERS]
    figure = cost_curves(
        lengths, costs, t("cost.n"), t("cost.operations"), (own, points, t("cost.sentence", n=own)), sizes.d, theme()
    )
    curves(figure, "cost-curves", t("cost.curves", d=sizes.d, n=own))
