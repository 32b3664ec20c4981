"""The state of the head lines, which several parts of the page share."""

from __future__ import annotations

from typing import Any

import streamlit as st

import core
from core.text import surface
from pages.heads.fields import FIELDS
from pages.ui import lecture, session
from pages.ui.head_lines import complete_state

PRONOUNS = ("it", "它")
"""The pronoun of the example in either language; its lines are drawn at first."""

NAMES = {"layer": "heads_layer", "heads": "heads_drawn", "word": "heads_word"}
"""Names of the view's state in the session."""


page_part = lecture.part(FIELDS)


def defaults(trace: core.Trace) -> dict[str, Any]:
    """Return the default state: the middle layer, all heads, and the pronoun or else the middle word."""
    pieces = [surface(piece) for piece in trace.source_labels]
    word = next((pieces.index(word) for word in PRONOUNS if word in pieces), (len(pieces) - 1) // 2)
    return {"layer": (trace.n_layers - 1) // 2, "heads": list(range(trace.n_heads)), "word": word}


def valid_state(trace: core.Trace) -> dict[str, Any]:
    """Return the session's state, complete for a Trace, and reset the fields that are invalid for it."""
    requested = {name: st.session_state[field] for name, field in NAMES.items()}
    state = complete_state(trace, defaults(trace), requested)
    for name, value in requested.items():
        if value is not None and (sorted(set(value)) if name == "heads" else value) != state[name]:
            session.reset_field(NAMES[name])
    return state
