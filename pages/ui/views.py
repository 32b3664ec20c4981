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

from core.export import view_sources
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
    ) -> dict[str, Any]:
        """Draw `data`. -> what the visitor has chosen in the view, {} so far.

        data: a plain object for JSON (the language is added, and an id that is the same for the same data only, unless it
        has one), or bytes as they are. key: names this view on the page. on_act: called before the run with what the view
        asks for. body: many numbers, as bytes, that travel behind the object.
        """
        if isinstance(data, dict):
            data = {**data, "language": text.language()}
            known = _json(data) + (body or b"")
            data.setdefault("id", hashlib.blake2s(known, digest_size=8).hexdigest())
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

    def told(self, key: str) -> dict[str, Any]:
        """What the visitor has chosen in the view as far as the browser has told, {} so far. Before `show` it may be about
        data that were drawn before these: told just ahead of asking for these."""
        state = (st.session_state.get(f"{key}_view") or {}).get("state")
        return state if isinstance(state, dict) else {}
