"""What is chosen in the lines of heads, which all parts of the page share."""

from __future__ import annotations

from typing import Any

import streamlit as st

import core
from core.checks import is_index
from core.text import surface
from pages.heads.fields import FIELDS
from pages.ui import lecture, session

PRONOUNS = ("it", "它")
"""The word of the example whose lines are drawn at first, by the language that it is in."""

NAMES = {"layer": "heads_layer", "heads": "heads_drawn", "word": "heads_word"}
"""What the view calls it, and the session."""


page_part = lecture.part(FIELDS)


def defaults(trace: core.Trace) -> dict[str, Any]:
    """What is shown where nobody has chosen: the middle layer, all heads, the pronoun or else the middle word."""
    pieces = [surface(piece) for piece in trace.source_labels]
    word = next((pieces.index(word) for word in PRONOUNS if word in pieces), (len(pieces) - 1) // 2)
    return {"layer": (trace.n_layers - 1) // 2, "heads": list(range(trace.n_heads)), "word": word}


def complete(trace: core.Trace, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the view shows, complete and possible for this Trace, from what a link or a browser asked for."""
    found, limits = defaults(trace), {"layer": trace.n_layers, "word": len(trace.source_pieces)}

    found |= {name: wanted[name] for name, limit in limits.items() if is_index(wanted.get(name), limit)}
    heads = wanted.get("heads")
    if isinstance(heads, list | tuple) and heads and all(is_index(head, trace.n_heads) for head in heads):
        found["heads"] = sorted(set(heads))
    return found


def requested(trace: core.Trace) -> dict[str, Any]:
    """What the session holds, made possible; what came by a link and is not there is named."""
    held = {name: st.session_state[field] for name, field in NAMES.items()}
    found = complete(trace, held)
    for name, value in held.items():
        if value is not None and (sorted(set(value)) if name == "heads" else value) != found[name]:
            session.leave_out(NAMES[name])
    return found
