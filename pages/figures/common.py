"""Code that several parts of the page share: its models, its sentences, and words of a Trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

import core
from core.analysis import join, merge, word
from core.checks import is_index
from core.request import Request
from pages.figures.fields import FIELDS
from pages.ui import cache, lecture, session
from pages.ui.catalogue import plain, t
from pages.ui.head_lines import head_lines

page_part = lecture.part(FIELDS)

FRENCH, FRENCH_RECURRENT = "en-fr", "en-fr-rnn-attention"
"""The models that the figures with French are made with."""

STATE = {"layer": "figures_layer", "heads": "figures_drawn", "word": "figures_word"}
"""Names of the state of the head lines in the session."""


def available(*names: str) -> list[str]:
    """Return those of these models that can be loaded, and name the others on the page."""
    usable = cache.usable()
    if missing := [name for name in names if name not in usable]:
        st.info(t("figures.missing", names=plain(", ".join(missing))))
    return [name for name in names if name in usable]


def words(trace: core.Trace) -> list[str]:
    """Return the words of the source."""
    return [word(trace.source_spelling, span) for span in trace.source_words]


def source_span(trace: core.Trace, name: str) -> tuple[int, int]:
    """Return the pieces of the first source word that is written like this."""
    return trace.source_words[words(trace).index(name)]


def weights_from(trace: core.Trace, name: str) -> np.ndarray:
    """Return the weights of encoder self-attention from a word to all words, (layers, heads, words).

    They are summed over the keys of a word, and averaged over the queries of the word `name`.
    """
    return merge(trace.encoder_self, [source_span(trace, name)], trace.source_words)[:, :, 0]


def show_source(key: str, trace: core.Trace | None = None) -> None:
    """Show where a figure comes from and what it showed, and the translation that the model writes here."""
    st.markdown(t(f"figures.{key}.source"))
    if trace is not None:
        st.markdown(
            t("figures.translation", model=plain(trace.model), source=plain(trace.source), text=plain(trace.text))
        )


def show_lines(request: Request, trace: core.Trace, name: str, layer: int) -> dict[str, Any]:
    """Show what one word attends to in the encoder, by head; a layer and a word that nobody chose are these."""
    if st.session_state.get("_figures_word", name) != name:  # another part, whose state is not that of this one
        st.session_state.update(dict.fromkeys(STATE.values()))
    st.session_state["_figures_word"] = name
    default = {"layer": layer, "heads": list(range(trace.n_heads)), "word": source_span(trace, name)[0]}
    requested = {field: st.session_state[own] for field, own in STATE.items()}
    limits = {"layer": trace.n_layers, "word": len(trace.source_pieces)}
    for field, limit in limits.items():
        if requested[field] is not None and not is_index(requested[field], limit):
            session.reset_field(STATE[field])
    heads = requested["heads"]
    if heads is not None and not all(is_index(head, trace.n_heads) for head in heads):
        session.reset_field(STATE["heads"])
    key = f"figures-{name}"
    state = head_lines(trace, key, default, requested, cache.packed(request))
    st.session_state.update({STATE[field]: value for field, value in state.items()})
    return state


def piece_text(trace: core.Trace, step: int) -> str:
    """Return the output word that the piece at a step belongs to."""
    span = next((span for span in trace.output_words if span[0] <= step < span[1]), (step, step + 1))
    return join([trace.output_spelling.word(*span)])
