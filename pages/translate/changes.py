"""The visitor's changes of a run, and a button to undo each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

import core
from core.request import SAMPLE
from core.text import surface
from pages.translate.fields import FIELDS
from pages.ui.catalogue import plain, t


def handle_act(action: dict[str, Any]) -> None:
    """Handle an action in the attention view: force a candidate, or remove or restore heads."""
    if isinstance(action.get("force"), list):
        step, piece = action["force"]
        force(int(step), str(piece))
    if isinstance(action.get("ablate"), list):
        toggle_heads([tuple(head) for head in action["ablate"]])


def force(step: int, piece: str) -> None:
    """Force a piece at a step, and drop the pieces forced after it, which followed another prefix."""
    earlier = tuple(pair for pair in st.session_state["forced"] if pair[0] < step)
    st.session_state["forced"] = (*earlier, (step, piece))


def toggle_heads(heads: list[tuple[str, int, int]], mode: str = "zero") -> None:
    """Remove heads, or restore them if all of them are removed already."""
    removed = {row[:3]: row for row in st.session_state["ablate"]}
    if all(head in removed for head in heads):
        kept = [row for head, row in removed.items() if head not in heads]
    else:
        kept = [*(row for head, row in removed.items() if head not in heads), *((*head, mode) for head in heads)]
    st.session_state["ablate"] = tuple(sorted(kept))


def set_value(name: str, value: Any) -> None:
    """Set a value of the session, as a callback."""
    st.session_state[name] = value


def reset() -> None:
    """Undo all changes, and sampling."""
    st.session_state.update({name: field.default for name, field in FIELDS.items()})
    if st.session_state["search"] == SAMPLE:
        st.session_state["search"] = "greedy"


def show_changes(trace: core.Trace) -> None:
    """Show a button for each change, which undoes it."""
    state = st.session_state
    undo: list[tuple[str, Callable, tuple]] = []
    for row in state["ablate"]:
        kind, layer, head, mode = row
        label = t(f"whatif.chip.{mode}", kind=t(f"kind.{kind}"), layer=layer + 1, head=head + 1)
        undo.append((label, set_value, ("ablate", tuple(other for other in state["ablate"] if other != row))))
    for row in state["without"]:
        stack, layer, part = row
        label = t("whatif.chip.part", stack=t(f"block.{stack}"), layer=layer + 1, part=t(f"block.part.{part}"))
        undo.append((label, set_value, ("without", tuple(other for other in state["without"] if other != row))))
    for at in state["masked"]:
        piece = surface(trace.source_labels[at]) if at < len(trace.source_pieces) else str(at + 1)
        label = t("whatif.chip.masked", piece=plain(piece))
        undo.append((label, set_value, ("masked", tuple(other for other in state["masked"] if other != at))))
    for step, piece in state["forced"]:
        label = t("whatif.chip.forced", step=step + 1, piece=plain(surface(piece)))
        undo.append((label, set_value, ("forced", tuple(other for other in state["forced"] if other[0] != step))))
    for name in ("positions", "causal"):
        if not state[name]:
            undo.append((t(f"whatif.chip.{name}"), set_value, (name, True)))
    if state["attention_temperature"] != 1:
        label = t("whatif.chip.attention_temperature", value=f"{state['attention_temperature']:g}")
        undo.append((label, set_value, ("attention_temperature", 1.0)))
    if not undo:
        return
    with st.container(horizontal=True, key="whatif-chips", vertical_alignment="center", gap="small"):
        st.markdown(f"**{t('whatif.title')}**", width="content")
        for i, (label, action, arguments) in enumerate(undo):
            st.button(f"{label} ✕", key=f"chip-{i}", help=t("whatif.chip.remove"), on_click=action, args=arguments)
        if len(undo) > 1:
            st.button(t("whatif.reset"), key="whatif-reset", type="tertiary", on_click=reset)
