"""The visitor's state: kept in the session, read from the page's address and written to it.

The address holds the whole state, so that a link opens the same picture anywhere. pages/ui/address.py defines its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.examples import FIRST, in_language
from core.records.trace import Trace
from core.request import STRATEGIES
from pages.ui import cache
from pages.ui.address import APP, LONGEST_TEXT, PAGES, STAGE, fields, sentences
from pages.ui.catalogue import language
from pages.ui.stage_state import stage_state

ADDRESSES = 20
"""Number of the newest addresses that a session knows."""


def read() -> None:
    """Read the state from the address, when a visitor opens a link or goes back in the browser's history.

    The browser sends each act with the address that it has, which may be older than the newest one. So an address that
    this session knows counts only if the visitor went to it in the history. A link from page to page is none of these,
    because it leaves out the language. Invalid parts are left out and listed in the session's "broken".
    """
    query = st.query_params.to_dict()
    state = st.session_state
    state.setdefault("lang", language())
    state.setdefault("text", FIRST)
    state.setdefault("model", None)
    if state["model"] not in cache.cards():  # at first, and when a model that the visitor trained is forgotten
        state["model"] = next(iter(cache.usable()), None)
    state.setdefault("search", STRATEGIES[0])
    # The first example opens at the step that predicts 杰瑞, which attends to a single word.
    state.setdefault("stage", {} if "text" in query else {"step": 2})
    for name in PAGES.keys() - state.keys():
        state[name] = PAGES[name].default
    state.setdefault("broken", [])
    state.setdefault("linked", frozenset())
    state.setdefault("asked", {})
    context = get_script_run_ctx()
    if query in state.setdefault("addresses", []):
        state["opened"] = []  # from now on the same link is opened anew
        if not (context and context.is_history_navigation):
            return
    elif query in state.get("opened", ()):
        return
    reset = set()
    if query:  # a page opened by the menu has no query, and keeps its state
        page = (st.context.url or "").split("?")[0].rstrip("/").rpartition("/")[2]
        owned = {name for name, field in PAGES.items() if page in ("", field.page) and not field.lasting}
        reset = owned | {name for name, field in PAGES.items() if field.everywhere}
    apply(query, reset, source_language() if "opened" in state else None)
    state["opened"] = [query] if query else []


def apply(query: Mapping[str, str], reset: set[str], previous_language: str | None = None) -> None:
    """Set some fields to their defaults, then those of a query; examples follow a source language that is new."""
    state, stage = st.session_state, {}
    state["broken"] = []
    state.update({name: PAGES[name].default for name in reset})
    for name, field in fields().items():
        if name not in query:
            continue
        try:
            value = field.parse(query[name])
        except ValueError:
            state["broken"].append(name)
            continue
        if name not in STAGE:
            state[name] = value
        else:
            stage[name] = value
    typed = sentences() if source_language() != previous_language else reset.intersection(sentences())
    translate_examples(name for name in typed if name not in query)
    state["asked"] = stage
    state["linked"] = frozenset(PAGES.keys() & query.keys())
    if stage:
        state["stage"] = stage


def source_language() -> str:
    """Return the source language of the chosen model, "" without a model."""
    name = st.session_state["model"]
    return cache.cards()[name].source_language if name else ""


def translate_examples(names: Iterable[str] | None = None) -> None:
    """Replace example sentences by the same ones in the chosen model's source language; typed sentences stay.

    Args:
        names: Fields of the sentences, by default all.
    """
    for name in sentences() if names is None else names:
        st.session_state[name] = in_language(st.session_state[name], source_language())


def restore_widgets() -> None:
    """Assign the session's values again when the page changes, because Streamlit resets the widgets of each page.

    Model and language are drawn by app.py: the same widgets on every page, which keep their values.
    """
    context = get_script_run_ctx()
    page = context.page_script_hash if context else None
    if page != st.session_state.get("page"):
        names = {*APP, *PAGES} - {"lang", "model"}
        st.session_state.update({name: st.session_state[name] for name in names if name in st.session_state})
    st.session_state["page"] = page


def broken_parts(trace: Trace) -> list[str]:
    """Return the parts of the visitor's link that are invalid, in general or for this Trace."""
    requested = st.session_state["asked"]
    valid = stage_state(trace, requested)
    return [*st.session_state["broken"], *(name for name, value in requested.items() if valid[name] != value)]


def reset_field(name: str) -> None:
    """Set a field with an invalid value to its default, and list it as broken if a link requested the value."""
    if name in st.session_state["linked"]:
        st.session_state["broken"] = [*st.session_state["broken"], name]
    st.session_state[name] = PAGES[name].default


def forget_link() -> None:
    """Clear the fields that name pieces of the previous sentence, and the requests of the link."""
    for name, field in PAGES.items():
        if field.names_pieces:
            st.session_state[name] = field.default
    st.session_state["broken"], st.session_state["asked"] = [], {}


def write(names: Iterable[str]) -> None:
    """Write these fields to the address. A value that becomes invalid later is no longer reported as a broken link."""
    names = (*names, *(name for name, field in PAGES.items() if field.everywhere))
    query = address(names)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    st.session_state["addresses"] = [*st.session_state["addresses"][1 - ADDRESSES :], query]
    st.session_state["linked"] -= {*names}


def address(names: Iterable[str]) -> dict[str, str]:
    """Return the texts of these fields in an address."""
    state, all_fields = st.session_state, fields()
    texts = {}
    for name in names:
        field = all_fields[name]
        value = state["stage"].get(name) if name in STAGE else state.get(name)
        if value is None or (field.typed and len(value) > LONGEST_TEXT) or (field.page and value == field.default):
            continue
        texts[name] = field.write(value)
    return {name: text for name, text in texts.items() if text is not None}
