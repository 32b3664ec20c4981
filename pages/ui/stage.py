"""The attention view (assets/views/stage): one linked picture of a whole Trace, drawn in the browser.

    state = stage(trace)

The browser gets the Trace once and handles every hover, step and selection by itself. It reports its state half a
second after the last change, for the address, links and downloads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.export import pack, packed_id
from core.records.trace import Trace
from pages.ui import catalogue
from pages.ui.stage_state import stage_state
from pages.ui.views import View

_STAGE = View("stage")


def stage(
    trace: Trace,
    packed: bytes | None = None,
    *,
    key: str = "stage",
    state: dict[str, Any] | None = None,
    version: int | str | None = None,
    language: str | None = None,
    theme: str = "auto",
    on_act: Callable[[dict[str, Any]], None] | None = None,
    acts: Sequence[str] = ("force", "ablate"),
) -> dict[str, Any]:
    """Show a Trace in the attention view and return the view's state, which the session keeps under `key`.

    The state holds kind, layer, heads, step, pinned, merged, hidden, threshold and view; see `pages.ui.stage_state`.

    Args:
        trace: The run to show.
        packed: The Trace packed, if the caller has it already.
        key: Name of this view, the same in each run.
        state: What to show at first, by default what the session holds under `key`. Later runs keep the visitor's
            state. Another Trace begins at its last word with nothing pinned and keeps the rest.
        version: A new one shows `state` again; by default `<key>_version` of the session.
        language: "en" or "zh", by default the app's.
        theme: "light", "dark", or "auto" for the app's.
        on_act: Called before the next run with an action that a visitor starts in the view: {"force": [step, piece]}
            or {"ablate": [[kind, layer, head], …]}.
        acts: The actions that the view offers; none without `on_act`.
    """
    session = st.session_state
    packed = packed or pack(trace)
    name = packed_id(packed)
    version = session.get(f"{key}_version", 0) if version is None else version
    known = session.get(f"_{key}_known")
    if known is None or known["version"] != version:
        requested = session.get(key) if state is None else state
        known = {"version": version, "id": name, "state": stage_state(trace, requested)}
        known["first"] = known["state"]
    else:
        current = _STAGE.selection(key) or known["state"]
        if known["id"] != name:  # the browser does the same, and sends no message about it
            current = {**current, "step": None, "pinned": []}
            known = {**known, "id": name, "first": stage_state(trace, current)}
        known = {**known, "state": stage_state(trace, current)}
    # `first` stays the same while one Trace is shown: what the browser reports must not go back to it as new data.
    data = {
        "state": known["first"],
        "state_version": version,
        "place": key,
        "language": language or catalogue.language(),
        "theme": theme,
        "acts": list(acts) if on_act else [],
    }
    _STAGE.show(data, key, on_act, trace=packed, subject=f"{name} {version}")
    session[f"_{key}_known"] = known
    session[key] = known["state"]
    return known["state"]
