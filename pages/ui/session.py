"""State and address: what a visitor has chosen, kept in the session and written into the page's address.

The address holds all of it, so that a link opens the same picture anywhere. Which parts there are: pages/ui/address.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.examples import FIRST, in_language
from core.records.trace import Trace
from core.request import STRATEGIES
from pages.ui import cache
from pages.ui.address import APP, LONGEST_TEXT, PAGES, STAGE, VIEWS_OF_PAGES, fields, sentences
from pages.ui.catalogue import language
from pages.ui.stage_state import stage_state


def read() -> None:
    """Take over what the address holds, when a visitor comes in by it or goes back in the browser's history.

    What cannot be used is left out and named in the session's "broken".
    """
    query = st.query_params.to_dict()
    state = st.session_state
    state.setdefault("lang", language())
    state.setdefault("text", FIRST)
    state.setdefault("model", next(iter(cache.usable()), None))
    state.setdefault("search", STRATEGIES[0])
    # The first example opens where 杰瑞 is written: one word that is read from one word.
    state.setdefault("stage", {} if "text" in query else {"step": 2})
    for name, field in PAGES.items():
        state.setdefault(name, field.default)
    state.setdefault("broken", [])
    state.setdefault("linked", frozenset())
    state.setdefault("asked", {})
    if query == state.get("written"):
        return  # it is what this session itself wrote there
    if "written" in state and any(state["choices"].get(name, choice) != choice for name, choice in _choices().items()):
        return  # the visitor chose something before the browser had heard of the newest address
    state["broken"] = []
    before, reset = source_language() if "written" in state else None, set()
    if query:  # coming by the menu there is none, and all stays as it was on this page
        page = (st.context.url or "").split("?")[0].rstrip("/").rpartition("/")[2]
        reset = {name for name, field in PAGES.items() if page in ("", field.page)}
        state.update({name: PAGES[name].default for name in reset})
    stage = {}
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
    typed = sentences() if source_language() != before else reset.intersection(sentences())
    translate_examples(name for name in typed if name not in query)
    state["asked"] = stage
    state["linked"] = frozenset(PAGES.keys() & query.keys())
    if stage:
        state["stage"] = stage
        state["stage_version"] = state.get("stage_version", 0) + 1
    state["written"] = query


def source_language() -> str:
    """What the chosen model reads; "" without a model."""
    name = st.session_state["model"]
    return cache.cards()[name].source_language if name else ""


def translate_examples(names: Iterable[str] | None = None) -> None:
    """Put sentences that are examples still into the language that the chosen model reads. What somebody typed stays.

    names: of their fields; by default all.
    """
    for name in sentences() if names is None else names:
        st.session_state[name] = in_language(st.session_state[name], source_language())


def arrive() -> None:
    """Assign the session's values again on a page that is entered: Streamlit begins a page's widgets at their defaults.

    What stands in the sidebar is the same widget on every page, and keeps its value.
    """
    context = get_script_run_ctx()
    page = context.page_script_hash if context else None
    if page != st.session_state.get("page"):
        names = {*APP, *PAGES} - {"lang", "model"}
        st.session_state.update({name: st.session_state[name] for name in names if name in st.session_state})
    st.session_state["page"] = page


def broken(trace: Trace) -> list[str]:
    """The parts of the link by which the visitor came that cannot be used, here or with this Trace."""
    shown = stage_state(trace, st.session_state["asked"])
    return [*st.session_state["broken"], *(k for k, v in st.session_state["asked"].items() if shown[k] != v)]


def leave_out(name: str) -> None:
    """Set a field that its page cannot use back to its default; where a link asked for it, name it there as broken."""
    if name in st.session_state["linked"]:
        st.session_state["broken"] = [*st.session_state["broken"], name]
    st.session_state[name] = PAGES[name].default


def forget_link() -> None:
    """The sentence changes: clear the fields that name pieces of the old one, and what the link asked for."""
    for name, field in PAGES.items():
        if field.names_pieces:
            st.session_state[name] = field.default
    st.session_state["broken"], st.session_state["asked"] = [], {}


def write(names: Iterable[str]) -> None:
    """Put those fields into the address. They are the page's own then: a value that does not fit later is not reported
    as a broken link."""
    names = tuple(names)
    query = address(names)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    st.session_state["written"] = query
    st.session_state["linked"] -= {*names}
    st.session_state["choices"] = _choices()


def _choices() -> dict[str, str]:
    """What the visitor's own acts change, to compare between two runs: views only where both runs have them."""
    names = (*APP, *PAGES, *(f"{view}_view" for view in VIEWS_OF_PAGES))
    return {name: repr(st.session_state[name]) for name in names if name in st.session_state}


def address(names: Iterable[str]) -> dict[str, str]:
    """Those fields as they stand in an address."""
    state, known = st.session_state, fields()
    held = {**{name: state[name] for name in (*APP, *PAGES) if name in state}, **state["stage"]}
    for name in sentences():
        if len(held[name]) > LONGEST_TEXT:
            del held[name]
    found = {}
    for name in names:
        value, field = held.get(name), known[name]
        if value is not None and not (field.page and value == field.default):
            found[name] = field.write(value)
    return found


def link(page: str, names: Iterable[str]) -> str:
    """The whole address of a page as it stands; by the page's name, also where it is the one at the root."""
    root = (st.context.url or "").split("?")[0].rstrip("/").removesuffix(f"/{page}")
    return f"{root}/{page}?{urlencode(address(names))}"
