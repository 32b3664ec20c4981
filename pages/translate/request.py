"""What the page asks for: a Request and an Intervention from the session."""

from __future__ import annotations

import streamlit as st

import core
from core.request import Request
from pages.ui import cache


def intervention() -> core.Intervention:
    """What is changed, from the session. Raises `OptionError` where a link asks for what cannot be."""
    held = st.session_state
    return core.Intervention(
        ablate={row[:3]: row[3] for row in held["ablate"]},
        masked_source=held["masked"],
        forced=dict(held["forced"]),
        positions=held["positions"],
        causal=held["causal"],
        temperature=held["attention_temperature"],
    )


def request() -> core.Request:
    """What the page shows. Raises `OptionError` as `intervention` does."""
    held = st.session_state
    return core.Request(
        held["text"],
        held["model"],
        strategy=held["search"],
        temperature=held["temperature"],
        top_k=held["top_k"] or None,  # the control and the address write 0 for all pieces
        top_p=held["top_p"],
        seed=held["seed"],
        intervention=intervention(),
    )


@cache.cached(16)
def steps(request: Request) -> tuple[core.Step, ...]:
    """The steps of a translation whose pieces are sampled. Raises `HeadlightError`."""
    found = cache.model(request.model).steps(
        request.text, request.intervention, strategy=request.strategy, **request.options
    )
    return tuple(found)
