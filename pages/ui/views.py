"""Views: pictures that the code in assets/views draws in the browser.

A view gets all of its data at once, so that it responds without the server.

    beams = View("beams")  # once, at the top of a module
    selection = beams.show({...}, key="beams", on_act=...)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

from core.checks import is_index
from core.export import packed_id, with_view
from core.export.bundle import view_sources
from pages.ui import catalogue


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def presentation(is_main: bool) -> dict[str, Any]:
    """Return whether a lecture wants the main view of a page to fill the window (pages/lectures/mode.py), as its data."""
    shown = is_main and "presentation" in st.session_state
    return {"present": st.session_state["presentation"]} if shown else {}


class View:
    """One of the views in assets/views, by its name.

    Streamlit sends the sources of a component each time with its data. So the sources of a view have a component of
    their own that never changes, which Streamlit sends a visitor only once. New data then travels without sources.
    """

    def __init__(self, name: str):
        sources = view_sources(name)
        shared = f'globalThis[Symbol.for("headlight.{name}")]'
        digest = hashlib.blake2s(repr(sources).encode(), digest_size=4).hexdigest()
        self._code = st.components.v2.component(
            f"headlight_{name}_code_{digest}",
            html="<span></span>",
            js=f"""{sources["js"]}
const shared = ({shared} ??= {{}});
const assets = {sources["assets"]};
const opened = (component) => view(component, assets);
shared.open?.(opened);
shared.ready = Promise.resolve(opened);
""",
        )
        self._drawn = st.components.v2.component(
            f"headlight_{name}",
            html="<span></span>",
            js=f"""
export default async function (component) {{
  const shared = ({shared} ??= {{}});
  shared.ready ??= new Promise((resolve) => (shared.open = resolve));
  const open = await shared.ready;
  return open(component);
}}
""",
        )

    def show(
        self,
        data: dict[str, Any],
        key: str,
        on_act: Callable[[dict[str, Any]], None] | None = None,
        *,
        body: bytes | None = None,
        trace: bytes | None = None,
        subject: Hashable = None,
        reset: bool = False,
    ) -> dict[str, Any]:
        """Draw the view and return the visitor's selection in it, {} if there is none.

        Args:
            data: An object for JSON. Language and id are added where they are missing; equal data gets an equal id.
            key: Name of this view on the page.
            on_act: Called before the next run with an action that the visitor starts in the view.
            body: Numbers as bytes, sent after the object.
            trace: A packed Trace, whose header carries the object.
            subject: What the selection refers to, by default the id of the data or the Trace. A selection for another
                subject is discarded, also one from an earlier time that this subject was shown.
            reset: Whether the present selection is discarded too.
        """
        data = {"language": catalogue.language(), **data}
        if trace is None and "id" not in data:
            data["id"] = hashlib.blake2s(_json(data) + (body or b""), digest_size=8).hexdigest()
        subject = subject or (data["id"] if trace is None else packed_id(trace))
        previous, count = self._subject_and_count(key)
        if reset or previous != subject:
            count += 1
            st.session_state[f"_{key}_shown"] = subject, count
        data["shown"] = count
        sent: dict[str, Any] | bytes = data
        if trace is not None:
            sent = with_view(trace, **data)
        elif body is not None:
            header = _json(data)
            sent = len(header).to_bytes(4, "little") + header + body
        place = f"{key}_view"

        def handle_act() -> None:
            # Where a page change has just been interrupted, Streamlit calls this without the view's key in the session.
            action = (st.session_state.get(place) or {}).get("act")
            if on_act is not None and isinstance(action, dict):
                on_act(action)

        with st.container(gap=None):
            self._code(key=f"{key}_code")
            self._drawn(key=place, data=sent, on_state_change=lambda: None, on_act_change=handle_act)
        return self.selection(key)

    def show_with_selection(
        self,
        data: dict[str, Any],
        key: str,
        subject: Hashable,
        requested: dict[str, Any] | None,
        complete: Callable[[dict[str, Any]], dict[str, Any]],
        carry: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None,
        on_act: Callable[[dict[str, Any]], None] | None = None,
        *,
        body: bytes | None = None,
        trace: bytes | None = None,
    ) -> dict[str, Any]:
        """Draw the view with a selection that the page keeps too, as `state` of the data, and return the current one.

        The browser goes by its own selection until it gets another one: for a new subject, when the page requests it, or
        when the visitor comes back to the page.

        Args:
            data, key, subject, on_act, body, trace: As for `show`.
            requested: The selection that the page holds, None for none. It replaces the visitor's selection if it is not
                the one that was returned last (a link, another control).
            complete: Makes a complete selection of valid values from what a link or the browser requests.
            carry: Makes the selection for a new subject from the present one and the previous subject. Without it, a new
                subject begins with `requested`.
        """
        place = f"_{key}_followed"
        sent, returned = st.session_state.get(place, (None, None))
        previous, _ = self._subject_and_count(key)
        is_new = requested not in (None, returned)
        current = requested if is_new else returned
        if not is_new and (carry or previous == subject):
            current = self.selection(key) or returned
        if carry and current and not is_new and previous != subject:
            current = carry(current, previous)
        current = complete(current or {})
        reset = is_new or previous != subject or f"{key}_view" not in st.session_state
        if reset:  # only then: the browser's own report must not go back to it as new data
            sent = current
        self.show({**data, "state": sent}, key, on_act, subject=subject, reset=reset, body=body, trace=trace)
        st.session_state[place] = sent, current
        return current

    def show_with_index(
        self,
        data: dict[str, Any],
        key: str,
        subject: str,
        name: str,
        index: int,
        count: int,
        body: bytes | None = None,
    ) -> int:
        """Draw the view with one selected index below `count`, kept as `name`, and return the current one."""

        def complete(reported: dict[str, Any]) -> dict[str, Any]:
            value = reported.get(name)
            return {name: value if is_index(value, count) else index}

        return self.show_with_selection(data, key, subject, {name: index}, complete, body=body)[name]

    def selection(self, key: str) -> dict[str, Any]:
        """Return the visitor's selection for the present subject, as the browser last reported it; {} if there is none.

        Before `show` the subject is still that of the previous run, so that a selection sent just before an action
        counts.
        """
        state = (st.session_state.get(f"{key}_view") or {}).get("state")
        return state if isinstance(state, dict) and state.get("shown") == self._subject_and_count(key)[1] else {}

    def _subject_and_count(self, key: str) -> tuple[Hashable, int]:
        """Return the subject that is shown, and how many subjects were shown so far; a reset counts as one."""
        return st.session_state.get(f"_{key}_shown", (None, 0))
