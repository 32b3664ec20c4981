"""The alignment of "The agreement on the European Economic Area was signed in August 1992." into French."""

from __future__ import annotations

import numpy as np
import streamlit as st

import core
from core.analysis import agreement
from core.analysis.view import view
from core.request import Request
from pages.figures.common import FRENCH, FRENCH_RECURRENT, available, page_part, show_source
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.pair import pair

SENTENCE = "The agreement on the European Economic Area was signed in August 1992."


def best_head(trace: core.Trace) -> tuple[int, int]:
    """Return layer and head of the cross-attention that agrees best with the aligner, the first without one."""
    aligned = cache.alignment(trace.model, trace)
    shares = agreement(trace, aligned) if aligned else np.zeros(trace.cross.shape[:2])
    layer, head = np.unravel_index(int(np.nan_to_num(shares).argmax()), shares.shape)
    return int(layer), int(head)


def reversed_run(peaks: np.ndarray) -> range:
    """Return the longest run of rows whose peaks go strictly backwards; empty if none has two rows."""
    longest, start = range(0), 0
    for end in range(1, len(peaks) + 1):
        if end == len(peaks) or peaks[end] >= peaks[end - 1]:
            if end - start > max(1, len(longest)):
                longest = range(start, end)
            start = end
    return longest


@page_part
def show_alignment() -> None:
    """Show the cross-attention of the recurrent model and of a head of the Transformer side by side."""
    names = available(FRENCH_RECURRENT, FRENCH)
    traces = [cache.trace(Request(SENTENCE, name)) for name in names]
    heads = [best_head(trace) for trace in traces]
    if len(names) == 2:
        (_, head_a), (layer, head_b) = heads  # the recurrent model has one layer and one head
        state = {"kind": "cross", "layer": layer, "head_a": head_a, "head_b": head_b}
        pair(*traces, key="figures-pair", names=(names[0], names[1]), state=state)
    show_source("alignment")
    for trace, (layer, head) in zip(traces, heads, strict=True):
        st.markdown(_finding(trace, layer, head))
    if len(names) == 2:
        query = {"compare": "models", "side_a": names[0], "side_b": names[1], "text": SENTENCE}
        st.page_link("pages/compare.py", label=f":primary[{t('figures.alignment.compare')} →]", query_params=query)


def _finding(trace: core.Trace, layer: int, head: int) -> str:
    """Return which words the model attends to in reverse order, by the weights of one head between words."""
    shown = view(trace, "cross", layer, head, merged=True)
    assert shown.predicts is not None, "rows of the decoder predict"
    peaks = shown.weights.argmax(1)
    run = reversed_run(peaks)
    told = [
        t("figures.attends", word=plain(shown.predicts[row]), to=plain(shown.keys[peaks[row]]),
          weight=f"{shown.weights[row, peaks[row]]:.2f}")
        for row in run
    ]  # fmt: skip
    recurrent = cache.cards()[trace.model].config.recurrent
    caption = t("figures.alignment.only") if recurrent else t("figures.head", layer=layer + 1, head=head + 1)
    names = {"model": plain(trace.model), "head": caption, "text": plain(trace.text)}
    if not told:
        return t("figures.alignment.forward", **names)
    return t("figures.alignment.found", **names, told=t("figures.and").join(told))
