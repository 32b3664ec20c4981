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

from core.export import packed_id, with_view
from core.export.bundle import view_sources
from pages.ui import catalogue


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
        data: dict[str, Any],
        key: str,
        on_act: Callable[[dict[str, Any]], None] | None = None,
        *,
        body: bytes | None = None,
        trace: bytes | None = None,
        subject: str | None = None,
        anew: bool = False,
    ) -> dict[str, Any]:
        """Draw `data`. -> what the visitor has chosen in the view since its subject is shown, {} so far.

        data: a plain object for JSON; what it lacks of language and id is added, the id being the same for the same data
        only. key: names this view on the page. on_act: called before the run with what the view asks for. body: many
        numbers, as bytes, that travel behind the object. trace: a packed Trace, in whose header the object travels.
        subject: what the visitor's choices are about, by default the id of data or Trace. Choices about another subject
        are not this one's, nor are those of the last time that this one was shown; with `anew`, none so far.
        """
        data = {"language": catalogue.language(), **data}
        if trace is None and "id" not in data:
            data["id"] = hashlib.blake2s(_json(data) + (body or b""), digest_size=8).hexdigest()
        subject = subject or (data["id"] if trace is None else packed_id(trace))
        before, count = self._shown(key)
        if anew or before != subject:
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

        def acted() -> None:
            what = st.session_state[place].get("act")
            if on_act is not None and isinstance(what, dict):
                on_act(what)

        with st.container(gap=None):
            self._code(key=f"{key}_code")
            self._drawn(key=place, data=sent, on_state_change=lambda: None, on_act_change=acted)
        return self.told(key)

    def follow(
        self,
        data: dict[str, Any],
        key: str,
        subject: str,
        wanted: dict[str, Any],
        possible: Callable[[dict[str, Any]], dict[str, Any]],
        *,
        body: bytes | None = None,
        trace: bytes | None = None,
    ) -> dict[str, Any]:
        """`show` with choices that the page knows of too, as the data's `state`. -> what is chosen now

        wanted: what the page holds. The visitor's own choice stays for as long as that is what was returned last and the
        subject is the same; otherwise (a link, another part of the page, another subject) `wanted` is shown anew.
        possible: what may be chosen here, complete, from what the browser has told. more: `body` or `trace`.
        """
        place = f"_{key}_followed"
        first, chosen = st.session_state.get(place, (None, None))
        anew = chosen != wanted or self._shown(key)[0] != subject
        if anew:  # and not in between: what the browser has told must not go back to it as new data
            first = wanted
        told = self.show({**data, "state": first}, key, subject=subject, anew=anew, body=body, trace=trace)
        chosen = possible(told) if told else wanted
        st.session_state[place] = first, chosen
        return chosen

    def follow_index(
        self,
        data: dict[str, Any],
        key: str,
        subject: str,
        name: str,
        index: int,
        count: int,
        body: bytes | None = None,
    ) -> int:
        """`follow` with one choice, of one out of `count`. -> the chosen one's index"""

        def possible(told: dict[str, Any]) -> dict[str, Any]:
            chosen = told.get(name)
            return {name: chosen if type(chosen) is int and 0 <= chosen < count else index}

        return self.follow(data, key, subject, {name: index}, possible, body=body)[name]

    def told(self, key: str) -> dict[str, Any]:
        """What the visitor has chosen in the view since its subject is shown, as far as the browser has told; {} so far.

        Before `show` the subject is that of the run before: what is told just ahead of asking for another counts.
        """
        state = (st.session_state.get(f"{key}_view") or {}).get("state")
        return state if isinstance(state, dict) and state.get("shown") == self._shown(key)[1] else {}

    def _shown(self, key: str) -> tuple[str | None, int]:
        """The subject that is shown, and how many were by then: each time anew counts."""
        return st.session_state.get(f"_{key}_shown", (None, 0))
