"""The decoder reads an earlier encoder layer: the translations that come of it, each with its attention."""

from __future__ import annotations

import streamlit as st

import core
from core.request import Request
from pages.ui import cache, session
from pages.ui.catalogue import plain, signed, t
from pages.ui.controls import choose_one
from pages.ui.stage import stage
from pages.words.common import page_part


def earlier(request: Request, layer: int) -> Request:
    """Return the request whose decoder reads the output of this encoder layer, 0 for its input."""
    return Request(request.text, request.model, intervention=core.Intervention(encoder_layer=layer))


@page_part
def show_earlier(request: core.Request, trace: core.Trace) -> None:
    """List the translation from each encoder layer, and show the attention of one."""
    st.markdown(t("words.earlier.text"))
    layers = cache.cards()[request.model].config.n_layers
    runs = [cache.trace(earlier(request, layer)) for layer in range(layers)] + [trace]
    lines = [
        t("words.earlier.line", name=layer_name(layer), text=plain(run.text) or "…", p=signed(run.log_probability, 1))
        for layer, run in enumerate(runs)
    ]
    st.markdown("\n".join(f"- {line}" for line in lines))
    if (st.session_state["words_layer"] or 0) > layers:
        session.reset_field("words_layer")
    if st.session_state["words_layer"] is None:
        st.session_state["words_layer"] = layers
    chosen = choose_one(t("words.earlier.shown"), range(layers + 1), "words_layer", layer_name)
    stage(runs[chosen], key="words_stage")


def layer_name(layer: int) -> str:
    """Return the name of an encoder layer whose output is read, 0 for the encoder's input."""
    return t("words.earlier.layer", layer=layer) if layer else t("words.earlier.input")
