"""Both runs in one picture, and what is to be said of them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.text import surface
from pages.compare.runs import PAIR, Pair, Run, Traces
from pages.ui import session
from pages.ui.catalogue import plain, t
from pages.ui.controls import broken_link
from pages.ui.pair import pair, pair_state
from pages.ui.sentence_box import spelled


def picture(runs: Pair, traces: Traces) -> dict[str, Any]:
    """Both sides in one picture. -> what is chosen there"""
    difference = st.session_state["difference"]
    wanted = {name: st.session_state[own] for own, name in PAIR.items()}
    possible = pair_state(*traces, wanted, difference)
    for own, name in PAIR.items():
        if wanted[name] is not None and possible[name] != wanted[name]:
            session.leave_out(own)

    def act(what: dict[str, Any]) -> None:
        if isinstance(what.get("ablate"), list) and len(what["ablate"]) == 4:
            side, kind, layer, head = what["ablate"]
            without(runs[bool(side)], str(kind), int(layer), int(head))

    a, b = runs
    chosen = pair(
        *traces, key="compare", names=(a.name, b.name), difference=difference, state=wanted, on_act=act
    )  # fmt: skip
    st.session_state.update({own: chosen[name] for own, name in PAIR.items()})
    return chosen


def without(run: Run, kind: str, layer: int, head: int) -> None:
    """Compare a side with the same run without one head."""
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
    """Show one head in the picture above, on the sides that are named."""
    heads = {f"pair_head_{letter}": head for letter in "ab" if letter.upper() in side}
    st.session_state.update({"pair_kind": kind, "pair_layer": layer, **heads})


def notices(place: Any, traces: Traces) -> None:
    """What a visitor should know about these runs."""
    broken_link(place=place)
    for side, trace in zip("AB", traces, strict=True):
        if trace.unknown:
            pieces = dict.fromkeys(surface(trace.source_pieces[i]) for i in trace.unknown)
            place.info(t("compare.side", side=side, text=t("translate.unknown", pieces=plain(" ".join(pieces)))))
        spelled(trace, place, side)
        if not trace.finished:
            place.info(t("compare.side", side=side, text=t("translate.unfinished", limit=len(trace.output_pieces))))
