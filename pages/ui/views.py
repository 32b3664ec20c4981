"""Views: pictures drawn in the browser from assets/views, each with all of its data, so that it answers by itself.

beams = View("beams")                       # once, at the top of a module
said = beams.show({...}, key="beams", on_act=...)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.export import view_sources, with_view
from pages.ui import text


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


class View:
    """One of the views in assets/views, by its name.

    Streamlit sends a component's sources along with its data, each time. So a view's own sources travel in a component
    of their own that never changes, which Streamlit sends a visitor once; what is sent for new data is the data.
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
        data: dict[str, Any] | bytes,
        key: str,
        on_act: Callable[[dict[str, Any]], None] | None = None,
        body: bytes | None = None,
        subject: str | None = None,
    ) -> dict[str, Any]:
        """Draw `data`. -> what the visitor has chosen in the view, {} so far.

        data: a plain object for JSON (the language is added, and an id that is the same for the same data only, unless it
        has one), or a packed Trace. key: names this view on the page. on_act: called before the run with what the view
        asks for. body: many numbers, as bytes, that travel behind the object. subject: what the visitor's choices are
        about, by default the data's id: choices about another subject are not this one's, nor are those of the last time
        that this one was shown.
        """
        if isinstance(data, dict):
            data = {**data, "language": text.language()}
            known = _json(data) + (body or b"")
            data.setdefault("id", hashlib.blake2s(known, digest_size=8).hexdigest())
            subject = subject or data["id"]
        shown = st.session_state.get(f"_{key}_shown", (None, 0))
        if shown[0] != subject:
            shown = (subject, shown[1] + 1)
            st.session_state[f"_{key}_shown"] = shown
        data = {**data, "shown": shown[1]} if isinstance(data, dict) else with_view(data, shown=shown[1])
        if body is not None:
            header = _json(data)
            data = len(header).to_bytes(4, "little") + header + body
        place = f"{key}_view"

        def acted() -> None:
            what = st.session_state[place].get("act")
            if on_act is not None and isinstance(what, dict):
                on_act(what)

        with st.container(gap=None):
            self._code(key=f"{key}_code")
            self._drawn(key=place, data=data, on_state_change=lambda: None, on_act_change=acted)
        return self.told(key)

    def follow(
        self,
        data: dict[str, Any] | bytes,
        key: str,
        subject: str,
        wanted: dict[str, Any],
        possible: Callable[[dict[str, Any]], dict[str, Any]],
        body: bytes | None = None,
    ) -> dict[str, Any]:
        """`show` with choices that the page knows of too, as the data's `state`. -> what is chosen now

        wanted: what the page holds. The visitor's own choice stays for as long as that is what was returned last and the
        subject is the same; otherwise (a link, another part of the page, another subject) `wanted` is shown anew.
        possible: what may be chosen here, complete, from what the browser has told.
        """
        place = f"_{key}_followed"
        held = st.session_state.get(place)
        if held is None or (held["subject"], held["chosen"]) != (subject, wanted):
            held = {"subject": subject, "first": wanted, "times": held["times"] + 1 if held else 0}
        # `first` does not change in between: what the browser has told must not go back to it as new data.
        first = held["first"]
        data = {**data, "state": first} if isinstance(data, dict) else with_view(data, state=first)
        told = self.show(data, key, body=body, subject=f"{subject} {held['times']}")
        chosen = possible(told) if told else wanted
        st.session_state[place] = {**held, "chosen": chosen}
        return chosen

    def follow_index(
        self, data: dict[str, Any], key: str, subject: str, name: str, index: int, count: int, body: bytes | None = None
    ) -> int:
        """`follow` with one choice, of one out of `count`. -> the chosen one's index"""

        def possible(told: dict[str, Any]) -> dict[str, Any]:
            chosen = told.get(name)
            return {name: chosen if type(chosen) is int and 0 <= chosen < count else index}

        return self.follow(data, key, subject, {name: index}, possible, body)[name]

    def told(self, key: str) -> dict[str, Any]:
        """What the visitor has chosen in the view since its subject is shown, as far as the browser has told; {} so far.

        Before `show` the subject is that of the run before: what is told just ahead of asking for another counts.
        """
        state = (st.session_state.get(f"{key}_view") or {}).get("state")
        _, shown = st.session_state.get(f"_{key}_shown", (None, 0))
        return state if isinstance(state, dict) and state.get("shown") == shown else {}
