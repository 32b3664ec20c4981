"""Both runs in one picture, and notices about them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.text import surface
from pages.compare.runs import PAIR, Pair, Run, Traces
from pages.ui import session
from pages.ui.catalogue import plain, t
from pages.ui.controls import show_broken_link
from pages.ui.pair import pair, pair_state
from pages.ui.sentence_box import show_spelled


def show_picture(runs: Pair, traces: Traces) -> dict[str, Any]:
    """Show both sides in one picture, and return its state."""
    difference = st.session_state["difference"]
    requested = {name: st.session_state[own] for own, name in PAIR.items()}
    valid = pair_state(*traces, requested, difference)
    for own, name in PAIR.items():
        if requested[name] is not None and valid[name] != requested[name]:
            session.reset_field(own)

    def handle_act(action: dict[str, Any]) -> None:
        if isinstance(action.get("ablate"), list) and len(action["ablate"]) == 4:
            side, kind, layer, head = action["ablate"]
            compare_without_head(runs[bool(side)], str(kind), int(layer), int(head))

    a, b = runs
    state = pair(
        *traces, key="compare", names=(a.name, b.name), difference=difference, state=requested, on_act=handle_act
    )  # fmt: skip
    st.session_state.update({own: state[name] for own, name in PAIR.items()})
    return state


def compare_without_head(run: Run, kind: str, layer: int, head: int) -> None:
    """Compare the run of a side with the same run without one head."""
    st.session_state.update(
        compare="changes",
        difference=True,
        model=run.request.model,
        text=run.request.text,
        what_a="none",
        what_b="head",
        gone_b=(kind, layer, head),
        pair_kind=kind,
        pair_layer=layer,
        pair_head_a=head,
        pair_head_b=head,
    )


def show_head(side: str, kind: str, layer: int, head: int) -> None:
    """Show one head in the picture, on the sides whose letters `side` contains."""
    heads = {f"pair_head_{letter}": head for letter in "ab" if letter.upper() in side}
    st.session_state.update({"pair_kind": kind, "pair_layer": layer, **heads})


def show_notices(place: Any, traces: Traces) -> None:
    """Tell the visitor about an invalid link, unknown or spelled characters, and unfinished translations."""
    show_broken_link(place=place)
    for side, trace in zip("AB", traces, strict=True):
        if trace.unknown:
            pieces = dict.fromkeys(surface(trace.source_pieces[i]) for i in trace.unknown)
            place.info(t("compare.side", side=side, text=t("translate.unknown", pieces=plain(" ".join(pieces)))))
        show_spelled(trace, place, side)
        if not trace.finished:
            place.info(t("compare.side", side=side, text=t("translate.unfinished", limit=len(trace.output_pieces))))
