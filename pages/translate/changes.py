"""What a visitor changes in a run, and a chip for each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

import core
from core.request import SAMPLE
from core.text import surface
from pages.translate.fields import FIELDS
from pages.ui.catalogue import plain, t


def on_stage(what: dict[str, Any]) -> None:
    """An act on the stage: another candidate, or heads taken away or put back."""
    if isinstance(what.get("force"), list):
        step, piece = what["force"]
        force(int(step), str(piece))
    if isinstance(what.get("ablate"), list):
        toggle_heads([tuple(head) for head in what["ablate"]])


def force(step: int, piece: str) -> None:
    """Write a piece at a step; what was forced after it belonged to another beginning."""
    before = tuple(pair for pair in st.session_state["forced"] if pair[0] < step)
    st.session_state["forced"] = (*before, (step, piece))
    # The stage stays at this step, where the choice was made.
    st.session_state["stage"] = {**st.session_state["stage"], "step": step, "pinned": []}
    st.session_state["stage_version"] = st.session_state.get("stage_version", 0) + 1


def toggle_heads(heads: list[tuple[str, int, int]], mode: str = "zero") -> None:
    """Take heads away; if all of them are gone already, put them back."""
    gone = {row[:3]: row for row in st.session_state["ablate"]}
    if all(head in gone for head in heads):
        kept = [row for head, row in gone.items() if head not in heads]
    else:
        kept = [*(row for head, row in gone.items() if head not in heads), *((*head, mode) for head in heads)]
    st.session_state["ablate"] = tuple(sorted(kept))


def set_value(name: str, value: Any) -> None:
    st.session_state[name] = value


def reset() -> None:
    """Back to the model as it is."""
    st.session_state.update({name: field.default for name, field in FIELDS.items()})
    if st.session_state["search"] == SAMPLE:
        st.session_state["search"] = "greedy"


def chips(trace: core.Trace) -> None:
    """All that is changed, each with a way to take it back."""
    held = st.session_state
    found: list[tuple[str, Callable, tuple]] = []
    for row in held["ablate"]:
        kind, layer, head, mode = row
        label = t(f"whatif.chip.{mode}", kind=t(f"kind.{kind}"), layer=layer + 1, head=head + 1)
        found.append((label, set_value, ("ablate", tuple(other for other in held["ablate"] if other != row))))
    for at in held["masked"]:
        piece = surface(trace.source_labels[at]) if at < len(trace.source_pieces) else str(at + 1)
        label = t("whatif.chip.masked", piece=plain(piece))
        found.append((label, set_value, ("masked", tuple(other for other in held["masked"] if other != at))))
    for step, piece in held["forced"]:
        label = t("whatif.chip.forced", step=step + 1, piece=plain(surface(piece)))
        found.append((label, set_value, ("forced", tuple(other for other in held["forced"] if other[0] != step))))
    for name in ("positions", "causal"):
        if not held[name]:
            found.append((t(f"whatif.chip.{name}"), set_value, (name, True)))
    if held["attention_temperature"] != 1:
        label = t("whatif.chip.attention_temperature", value=f"{held['attention_temperature']:g}")
        found.append((label, set_value, ("attention_temperature", 1.0)))
    if not found:
        return
    with st.container(horizontal=True, key="whatif-chips", vertical_alignment="center", gap="small"):
        st.markdown(f"**{t('whatif.title')}**", width="content")
        for i, (label, action, arguments) in enumerate(found):
            st.button(f"{label} ✕", key=f"chip-{i}", help=t("whatif.chip.remove"), on_click=action, args=arguments)
        if len(found) > 1:
            st.button(t("whatif.reset"), key="whatif-reset", type="tertiary", on_click=reset)
