"""The masks of each kind of attention, in training and in use."""

from __future__ import annotations

import dataclasses

import pandas as pd
import streamlit as st

import core
from core.analysis import masks
from pages.masks.common import companion, page_part
from pages.ui import cache
from pages.ui.catalogue import plain, t


@page_part
def show_when(request: core.Request, trace: core.Trace) -> None:
    """Show a table of the masks of each kind of attention, with the cells that they hide for two sentences."""
    texts = (request.text, companion(request))
    traces = (trace, cache.trace(dataclasses.replace(request, text=texts[1])))
    sizes = [[len(run.source_pieces) for run in traces], [len(run.input_pieces) for run in traces]]
    hidden = masks.hidden_cells(*sizes)
    names = {kind: t(f"masks.when.{kind}") for kind in core.KINDS}
    rows = {
        f"**{names[kind]}**": {
            t("masks.when.training"): t(f"masks.when.training.{kind}"),
            t("masks.when.cells"): t("masks.when.of", hidden=hidden[kind][0], cells=hidden[kind][1]),
            t("masks.when.use"): t(f"masks.when.use.{kind}"),
        }
        for kind in core.KINDS
    }
    st.table(pd.DataFrame.from_dict(rows, orient="index"))
    batch = {"a": plain(texts[0]), "b": plain(texts[1]), "s": max(sizes[0]), "t": max(sizes[1])}
    st.markdown(t("masks.when.text", **batch))
