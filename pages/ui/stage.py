"""The stage in the app: one linked picture of a whole Trace, drawn in the browser.

    state = stage(trace)

The browser gets the Trace once and answers every hover, step and choice by itself. What was chosen comes back as
`state` half a second after the last change, so that the address, links and downloads know of it.
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
    """Show a Trace on the stage. What is chosen there (kind, layer, heads, step, pinned, merged, hidden, threshold, view;
    see `pages.ui.stage_state`) is returned, and kept in the session under `key`.

    packed: the Trace packed, where the caller has it at hand.
    key: names this stage, the same in each run.
    state: what to show at first; what the session holds under `key` if left out. Later runs do not reset the stage:
    neither an identical one nor one with another Trace, which begins at its last word with nothing pinned and keeps the
    rest. A new `version` (the session's `<key>_version` if left out) does: then `state` is shown.
    language: "en" or "zh", the app's if left out. theme: "auto" follows the app's theme, else "light" or "dark".
    on_act: called before the next run with what a visitor asks for on the stage: {"force": [step, piece]}, or
    {"ablate": [[kind, layer, head], …]}. acts: which of the two can be asked for; without on_act, none.
    """
    session = st.session_state
    packed = packed or pack(trace)
    name = packed_id(packed)
    version = session.get(f"{key}_version", 0) if version is None else version
    known = session.get(f"_{key}_known")
    if known is None or known["version"] != version:
        asked = session.get(key) if state is None else state
        known = {"version": version, "id": name, "state": stage_state(trace, asked)}
        known["first"] = known["state"]
    else:
        chosen = _STAGE.told(key) or known["state"]
        if known["id"] != name:  # the browser does the same, and sends no message about it
            chosen = {**chosen, "step": None, "pinned": []}
            known = {**known, "id": name, "first": stage_state(trace, chosen)}
        known = {**known, "state": stage_state(trace, chosen)}
    # `first` does not change while the same Trace is shown: what the browser reports must not go back to it as new data.
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
