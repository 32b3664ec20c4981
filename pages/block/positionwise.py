"""The feed-forward network at every position: the same for all of them, and what excites one of its hidden units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import core
from core.analysis.units import bands
from core.probes.block import activations, position_wise
from core.records.block import Activations, PositionWise
from core.request import Request
from core.text import surface
from pages.block.common import FEW_COLUMNS, choose_layer, corpus, first_word, page_part
from pages.ui import cache, session
from pages.ui.catalogue import plain, small, t
from pages.ui.formulas import formulas
from pages.ui.matrices import matrices, matrix

MOST_PIECES = 12
"""Pieces that are listed in a band."""

FEW_ROWS = 24
"""Largest number of positions whose numbers are written."""

ACTIVATIONS = {
    "relu": r"\mathrm{FFN}(x) = \max(0,\, x W_1 + b_1)\, W_2 + b_2",
    "swish": r"\mathrm{FFN}(x) = \mathrm{swish}(x W_1 + b_1)\, W_2 + b_2, \quad \mathrm{swish}(z) = z\,\sigma(z)",
    "gelu": r"\mathrm{FFN}(x) = \mathrm{GELU}(x W_1 + b_1)\, W_2 + b_2, \quad \mathrm{GELU}(z) = z\,\Phi(z)",
}


@cache.cached(16)  # 1 MB for the longest sentences
def run_in_order(request: Request, layer: int, order: tuple[int, ...]) -> PositionWise:
    """Return the feed-forward network over a sentence in two orders. Raises `HeadlightError`."""
    return cache.read_only(position_wise(cache.model(request.model), cache.trace(request), layer, order))


@cache.cached(6)  # 4 MB each
def activations_of(name: str, layer: int) -> Activations:
    """Return the hidden units over the sentences of `corpus`, once for all visitors."""
    return cache.read_only(activations(cache.model(name), corpus(name)[0], layer))


def _next_order() -> None:
    st.session_state["block_order"] = st.session_state["block_order"] % 999 + 1


@page_part
def show_positionwise(request: core.Request, trace: core.Trace) -> None:
    """Show outputs for two orders of the positions, and the pieces that excite one hidden unit."""
    config = cache.cards()[request.model].config
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    layer = choose_layer(config.n_layers, row)
    row.button(t("block.positionwise.shuffle"), on_click=_next_order, key="block-shuffle")
    size = len(trace.source_pieces)
    order = tuple(int(i) for i in np.random.default_rng(st.session_state["block_order"]).permutation(size))
    found = run_in_order(request, layer, order)
    names = [surface(piece) for piece in trace.source_labels]
    moved = [names[i] for i in order]
    apart = found.shuffled - found.outputs[list(order)]
    written = size <= FEW_ROWS
    few = np.s_[:, : FEW_COLUMNS if written else None]
    limit = matrix("", found.outputs[few])["limit"]
    common: dict[str, Any] = {
        "columns": [str(i) for i in range(1, apart[few].shape[1] + 1)], "row_tone": "source", "limit": limit,
        "shape": f"{size} × {config.d_model}", "narrow": True, "picture": not written, "aspect": 1.6,
    }  # fmt: skip
    matrices(
        [
            matrix("FFN(X)", found.outputs[few], rows=names, row_group="typed", **common),
            matrix("FFN(PX)", found.shuffled[few], rows=moved, row_group="moved", **common),
            matrix("FFN(PX) − P FFN(X)", apart[few], rows=moved, row_group="moved", **common),
        ],
        key="block-positionwise",
        title=t("block.positionwise.picture"),
    )
    st.markdown(
        t("block.positionwise.found", moved=small(found.moved), convolution=small(found.convolution), count=apart.size)
    )
    formulas(ACTIVATIONS[config.activation], r"\mathrm{FFN}(PX) = P\,\mathrm{FFN}(X)")
    if config.activation != "relu":
        st.caption(t("block.positionwise.activation", name=config.activation))
    _show_unit(request, names, found, layer)


def _show_unit(request: Request, names: list[str], found: PositionWise, layer: int) -> None:
    """Show one hidden unit: its activation at each piece of the sentence, and the pieces that excite it elsewhere."""
    st.subheader(t("block.unit.title"), anchor=False)
    units = found.hidden.shape[1]
    if (st.session_state["block_unit"] or 0) >= units:
        session.reset_field("block_unit")
    chosen = st.session_state["block_unit"]
    word = first_word(names)
    if chosen is None:  # the most active one at a word, as long as nobody has chosen another
        chosen = int(found.hidden[word].argmax())
    place, words = st.columns([1, 3], vertical_alignment="center", gap="medium")
    st.session_state["block_unit_number"] = chosen + 1
    place.number_input(
        t("block.unit.choose", count=units), 1, units, key="block_unit_number",
        on_change=lambda: st.session_state.update(block_unit=int(st.session_state["block_unit_number"]) - 1),
    )  # fmt: skip
    measured = activations_of(request.model, layer)
    texts, source = corpus(request.model)
    values = measured.values[:, chosen]
    found_bands = bands([surface(piece) for piece in measured.pieces], values)
    top = found_bands[0]
    words.markdown(
        t(
            "block.unit.found", unit=chosen + 1, layer=layer + 1, active=f"{(values > 0).mean():.0%}",
            pieces=" · ".join(plain(piece) for piece in top.pieces[:3]) or "–", top=f"{top.high:.2f}",
            sentences=len(texts), occurrences=len(values),
        )
    )  # fmt: skip
    limit = max(top.high, float(np.abs(found.hidden[:, chosen]).max()), 1e-6)
    matrices(
        [
            matrix(
                "h", found.hidden[:, chosen][None], rows=[str(chosen + 1)], columns=names, column_tone="source", shape="",
                caption=t("block.unit.here"), limit=limit, scale="signed" if found.hidden.min() < 0 else "weights",
            )
        ],
        key="block-unit",
        title=t("block.unit.here"),
    )  # fmt: skip
    rows = {
        t("block.unit.band"): [_band_name(band.low, band.high) for band in found_bands],
        t("block.unit.count"): [str(band.occurrences) for band in found_bands],
        t("block.unit.pieces"): [_listed(band.pieces) for band in found_bands],
    }
    st.table(pd.DataFrame(rows).set_index(t("block.unit.band")))
    st.caption(t("block.unit.corpus", corpus=t(source, sentences=len(texts)), piece=plain(names[word])))


def _band_name(low: float, high: float) -> str:
    return "≤ 0" if np.isneginf(low) else f"{low:.2f} – {high:.2f}"


def _listed(pieces: tuple[str, ...]) -> str:
    listed = " · ".join(plain(piece) for piece in pieces[:MOST_PIECES])
    return f"{listed} …" if len(pieces) > MOST_PIECES else listed or "–"
