"""One layer from its input to its output: project, attend, concatenate, W^O."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

import core
from core.analysis import multihead
from core.text import surface
from pages.heads.common import page_part, valid_state
from pages.ui import cache
from pages.ui.catalogue import small, t
from pages.ui.controls import choose_index
from pages.ui.formulas import formulas, paint
from pages.ui.views import View

_LANES = View("lanes")


@cache.cached(16)
def _combined(request: core.Request, layer: int, n_heads: int) -> multihead.Combined:
    """Combine the heads of a layer of the encoder, which the cache already holds. Raises `HeadlightError`."""
    return multihead.combine([cache.inside(request, "encoder_self", layer, head) for head in range(n_heads)])


def _shape(rows: int, columns: int) -> str:
    return rf"{rows} \times {columns}"


@page_part
def show_combine(request: core.Request, trace: core.Trace) -> None:
    """Show all heads of one layer from its input to its output, with the model's sizes and numbers."""
    state = valid_state(trace)
    st.session_state["heads_layer"] = state["layer"]
    layer = choose_index("heads_layer", t("heads.layer"), trace.n_layers, state["layer"], st.container())
    heads = [cache.inside(request, "encoder_self", layer, head) for head in range(trace.n_heads)]
    combined = _combined(request, layer, trace.n_heads)
    show_projections(heads, combined, [surface(piece) for piece in trace.source_labels], state["word"], "heads-lanes")
    pieces, d_model, d_k = len(trace.source_pieces), heads[0].x_query.shape[1], heads[0].d_k
    words = {"d_model": d_model, "pieces": pieces}
    if len(heads) > 1:
        st.markdown(t("heads.combine.text", **words, h=len(heads), d_k=d_k, difference=small(combined.difference)))
    else:
        st.markdown(t("heads.combine.one", **words))
    q, k, v = (paint(role, f"{role[0].upper()}_i") for role in ("query", "key", "value"))
    size, head = _shape(pieces, d_model), _shape(pieces, d_k)
    formulas(
        rf"\underset{{{head}}}{{{q}}} = \underset{{{size}}}{{X}}\;\underset{{{_shape(d_model, d_k)}}}{{W_i^Q}} + b_i^Q",
        rf"\underset{{{head}}}{{\mathrm{{head}}_i}} = \underset{{{_shape(pieces, pieces)}}}{{\mathrm{{softmax}}"
        rf"\!\left({q}{k}^{{\mathsf T}} / \sqrt{{{d_k}}}\right)}}\;\underset{{{head}}}{{{v}}}",
    )
    joined = "C" if len(heads) > 1 else r"\mathrm{head}_1"
    steps = [
        rf"\underset{{{size}}}{{C}} = \mathrm{{Concat}}(\mathrm{{head}}_1, \ldots, \mathrm{{head}}_{{{len(heads)}}})",
        rf"\underset{{{size}}}{{\mathrm{{MultiHead}}}} = {joined}\;\underset{{{_shape(d_model, d_model)}}}{{W^O}} + b^O",
    ]
    formulas(*steps[len(heads) == 1 :])  # a single head is not joined to any other


def show_projections(
    heads: Sequence[core.HeadInside], combined: multihead.Combined, pieces: list[str], word: int, key: str
) -> None:
    """Show all heads of a layer below one another, each matrix as an image, with the row `word` marked."""
    arrays = [heads[0].x_query]
    for head in heads:
        arrays += [head.q, head.k, head.v, head.weights, head.output]
    arrays += [combined.w_o, combined.output]
    body = b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)
    sizes = {"n_heads": len(heads), "d_k": heads[0].d_k, "d_model": combined.output.shape[1]}
    _LANES.show({"pieces": pieces, "word": word, **sizes}, key, body=body)
