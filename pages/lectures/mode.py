"""Lecture mode: a lecture's states are opened one after the other, on whatever page each of them is.

app.py calls `open_requested` before any widget, because a state sets the widgets' values, and `show` once pages are known.
"""

from __future__ import annotations

import hashlib
from typing import Any

import streamlit as st

from core.examples import FIRST
from core.lecture import Lecture, State
from core.request import STRATEGIES
from pages.lectures.fields import SHIPPED, opened, shipped
from pages.lectures.hide import hide
from pages.ui import cache, session
from pages.ui.address import PAGES
from pages.ui.catalogue import language
from pages.ui.views import View

_BAR = View("slides")


def current() -> Lecture | None:
    """Return the lecture that is given; None outside of lecture mode."""
    text = st.session_state["lecture"]
    if text is None:
        return None
    return shipped(text, language()) if text in SHIPPED else opened(text)


def start(text: str) -> None:
    """Give a lecture from its first state: the name of a shipped one, or a packed one."""
    st.session_state.update(lecture=text, at=None)


def leave() -> None:
    """End lecture mode; the page stays as it is, with all of its parts."""
    st.session_state.update(lecture=None, at=None)
    _present(False)


def _present(fills: bool) -> None:
    """Let the attention view fill the window or not, from now on; the count makes each opening a new request."""
    count, _ = st.session_state.get("presentation", (0, False))
    st.session_state["presentation"] = (count + 1, fills)


def open_requested() -> None:
    """Set the state that a visitor goes to, or that of a lecture that begins."""
    lecture = current()
    if lecture is None:
        return
    state = st.session_state
    begins = state["at"] is None
    if begins and lecture.language:
        state["lang"] = lecture.language
    state["at"] = min(state["at"] or 0, len(lecture.states) - 1)
    shown = lecture.states[state["at"]]
    is_requested = state.pop("_go", False) or begins
    if is_requested:
        _open(shown)
    if is_requested or "presentation" not in state:
        _present(shown.presentation)


def _open(opened_state: State) -> None:
    """Set the session to a state, as its link does in a new session; language and lecture stay."""
    state, page = st.session_state, opened_state.page
    state.update(text=FIRST, model=next(iter(cache.usable()), None), search=STRATEGIES[0], stage={})
    session.apply(opened_state.query, {name for name, field in PAGES.items() if field.page == page})
    state["opened"] = [*state["opened"], {}]  # the page is opened without a query, and writes its own
    state["_page_to_open"] = page


def show(page: Any) -> None:
    """Go to the page of the state that was opened; on it, show where the lecture is and hide what the state hides.

    Args:
        page: The page that `st.navigation` returned.
    """
    to_open = st.session_state.get("_page_to_open")
    if to_open not in (None, page.url_path):  # again where a fast press has interrupted the way there
        st.switch_page(f"pages/{to_open}.py")
    st.session_state["_page_to_open"] = None
    lecture = current()
    if lecture is None:
        return
    at = st.session_state["at"]
    names = [state.name for state in lecture.states]
    identity = hashlib.blake2s(repr((lecture.title, names, language())).encode(), digest_size=8).hexdigest()
    with st.container(key="slides"):
        hide(_hidden(lecture.states[at], page.url_path))
        data = {"id": identity, "title": lecture.title, "names": names, "at": at, "app": True}
        _BAR.show(data, key="slides-bar", on_act=_handle_act)


def _hidden(state: State, page: str) -> tuple[str, ...]:
    """Return the parts to hide: none on a page that a visitor went to from the state's own."""
    return state.hidden if page == state.page else ()


def _handle_act(action: dict[str, Any]) -> None:
    """Handle an action in the line: go to a state, leave, or share what is on the screen."""
    lecture = current()
    if lecture is None:
        return
    to = action.get("go")
    if isinstance(to, int) and 0 <= to < len(lecture.states):
        st.session_state.update(at=to, _go=True)
    elif action.get("leave"):
        leave()
    elif action.get("share"):
        st.session_state["_share"] = True
