"""The same layers as measured on this machine, beside what Table 1 predicts."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.analysis.cost import Sizes, attention_bytes, operations
from core.plots import cost_curves
from core.probes.layers import FUSED, MEASURED, time_layer
from pages.cost.common import page_part
from pages.ui.catalogue import t
from pages.ui.charts import theme
from pages.ui.curves import curves

LENGTHS = (16, 32, 64, 128, 256, 512, 1024)
WIDTH = 256


@st.cache_data(show_spinner=False, max_entries=64)
def measured(layer: str, n: int, width: int) -> float:
    """Return the seconds of one layer for n positions, once for all visitors."""
    return time_layer(layer, Sizes(n=n, d=width))


@page_part
def show_measured() -> None:
    """Show the time of each kind of layer by length, and the prediction that goes through its longest measurement."""
    st.markdown(t("cost.measured.text", d=WIDTH))
    progress = st.progress(0.0, t("cost.measured.now"))
    seconds: dict[str, list[float]] = {layer: [] for layer in MEASURED}
    for done, (layer, n) in enumerate(((layer, n) for layer in MEASURED for n in LENGTHS), 1):
        seconds[layer].append(measured(layer, n, WIDTH))
        progress.progress(done / (len(MEASURED) * len(LENGTHS)), t("cost.measured.now"))
    progress.empty()
    times: dict[str, list[float]] = {}
    for layer in MEASURED:
        predicted = np.array([operations(layer, Sizes(n=n, d=WIDTH)) for n in LENGTHS], dtype=float)
        times[t("cost.measured.is", layer=t(f"cost.layer.{layer}"))] = [1000 * value for value in seconds[layer]]
        times[t("cost.measured.predicted", layer=t(f"cost.layer.{layer}"))] = [
            *(1000 * seconds[layer][-1] * predicted / predicted[-1])
        ]
    figure = cost_curves(np.array(LENGTHS), times, t("cost.n"), t("cost.measured.ms"), None, WIDTH, theme(), pairs=True)
    last = {layer: 1000 * seconds[layer][-1] for layer in MEASURED}
    curves(
        figure,
        "cost-measured",
        t("cost.measured.alt", n=LENGTHS[-1], **{layer: f"{value:.1f}" for layer, value in last.items()}),
    )
    growth = seconds["self_attention"][-1] / seconds["self_attention"][-2]
    st.markdown(t("cost.measured.found", n=LENGTHS[-1], half=LENGTHS[-2], growth=f"{growth:.1f}",
                  recurrent=f"{seconds['recurrent'][-1] / seconds['recurrent'][-2]:.1f}",
                  ratio=f"{last['recurrent'] / last['self_attention']:.1f}"))  # fmt: skip
    fused = 1000 * measured(FUSED, LENGTHS[-1], WIDTH)
    st.markdown(
        t("cost.measured.fused", n=LENGTHS[-1], explicit=f"{last['self_attention']:.1f}", fused=f"{fused:.1f}",
          ratio=f"{last['self_attention'] / fused:.1f}", bytes=f"{attention_bytes(LENGTHS[-1], LENGTHS[-1], 1, 1):,}")
    )  # fmt: skip
    st.page_link(
        "pages/masks.py", label=f":primary[{t('cost.measured.cache')} →]", query_params={"masks_part": "forcing"}
    )
