"""The decoder's maps as they grow step by step, in the attention view and as files that move."""

from __future__ import annotations

import functools

import streamlit as st

import core
from core.export.animation import GROWING, growth_png, growth_svg
from pages.figures.common import page_part, show_source
from pages.ui.catalogue import t
from pages.ui.charts import theme
from pages.ui.controls import download_row
from pages.ui.stage import stage


@page_part
def show_growth(request: core.Request, trace: core.Trace) -> None:
    """Show the attention view on the decoder, and the downloads of its growing map."""
    kinds = [kind for kind in GROWING if getattr(trace, kind).shape[0]]
    if not kinds:
        st.info(t("figures.growth.none"))
        return
    if "figures_stage" not in st.session_state:
        st.session_state["figures_stage"] = {"kind": kinds[0]}
    state = stage(trace, key="figures_stage")
    show_source("growth")
    kind = state["kind"] if state["kind"] in kinds else kinds[0]
    heads = state["heads"]
    head = heads[0] if isinstance(heads, list | tuple) and len(heads) == 1 else None
    layer = min(state["layer"], getattr(trace, kind).shape[0] - 1)
    st.markdown(t("figures.growth.files", kind=t(f"kind.{kind}"), layer=layer + 1,
                  head=t("figures.growth.mean", n=trace.n_heads) if head is None else t("figures.head_n", n=head + 1)))  # fmt: skip
    options = {"kind": kind, "layer": layer, "head": head, "theme": theme()}
    download_row(
        "growth",
        "figures-growth",
        {
            "figures.growth.png": functools.partial(growth_png, trace, **options),
            "figures.growth.svg": functools.partial(growth_svg, trace, **options),
        },
    )
