"""The page's Request and Intervention, from the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

import core
from core.request import Request
from pages.ui import cache


def intervention(state: Mapping[str, Any]) -> core.Intervention:
    """Return the visitor's changes. Raises `OptionError` if a link has requested impossible ones."""
    return core.Intervention(
        ablate={row[:3]: row[3] for row in state["ablate"]},
        masked_source=state["masked"],
        forced=dict(state["forced"]),
        positions=state["positions"],
        causal=state["causal"],
        temperature=state["attention_temperature"],
        without=state["without"],
    )


def request(saved: Mapping[str, Any] | None = None) -> core.Request:
    """Return the Request of a state of the page, by default the session's. Raises `OptionError` as `intervention` does."""
    state: Any = st.session_state if saved is None else saved
    return core.Request(
        state["text"],
        state["model"],
        strategy=state["search"],
        temperature=state["temperature"],
        top_k=state["top_k"] or None,  # the control and the address have 0 for all pieces
        top_p=state["top_p"],
        seed=state["seed"],
        intervention=intervention(state),
    )


@cache.cached(16)
def steps(request: Request) -> tuple[core.Step, ...]:
    """Return the steps of a sampled translation. Raises `HeadlightError`."""
    iterator = cache.model(request.model).steps(
        request.text, request.intervention, strategy=request.strategy, **request.options
    )
    return tuple(iterator)
