"""What each head mostly does, and attention rollout."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.analysis import roles
from core.config import KINDS
from core.records.trace import Trace
from pages.compare.numbers import by_model, say_corpus
from pages.compare.picture import show_head
from pages.compare.runs import Pair, Run, Traces
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.headmap import head_map
from pages.ui.pair import pair, rolled


def role_maps(runs: Pair, traces: Traces, corpus: bool) -> None:
    """What each head of each layer mostly does, on both sides."""
    st.markdown(t("compare.roles.text"))
    if corpus:
        say_corpus(runs)
        sides = {side: (model, card_roles(model)) for side, model in by_model(runs).items()}
    else:
        sides = {
            letter: (run.name, sentence_roles(run, trace))
            for letter, run, trace in zip("AB", runs, traces, strict=True)
        }
    for column, (side, (name, found)) in zip(st.columns(len(sides), gap="large"), sides.items(), strict=True):
        if found:
            column.markdown(f"**{side} · {plain(name)}**")
            with column:
                head_map(
                    found,
                    key=f"roles_{side[0]}",
                    title=t("compare.roles.title", name=name),
                    action=t("compare.roles.action"),
                    on_choose=lambda *head, side=side: show_head(side, *head),
                )


def sentence_roles(run: Run, trace: Trace) -> dict[str, Any]:
    """Roles in this sentence, by kind of attention."""
    alignment = cache.alignment(run.request.model, trace)
    there = [kind for kind in KINDS if getattr(trace, kind).shape[0]]
    return {kind: roles(trace, kind, alignment if kind == "cross" else None) for kind in there}


def card_roles(model: str) -> dict[str, Any]:
    """Roles over the dev set, by kind of attention, as they stand on the model's card."""
    return {kind: found["roles"] for kind, found in cache.cards()[model].heads.get("kinds", {}).items()}


def rollouts(runs: Pair, traces: Traces) -> None:
    """Attention rollout through both encoders."""
    st.markdown(t("compare.rollout.text"))
    st.latex(r"R_1 = A_1,\quad R_\ell = A_\ell R_{\ell-1},\quad A_\ell = \tfrac12 \bar W_\ell + \tfrac12 I")
    if not all(trace.encoder_self.shape[0] for trace in traces):
        st.info(t("compare.rollout.none"))
        return
    a, b = runs
    difference = st.session_state["difference"]
    pair(*map(rolled, traces), key="rollout", names=(a.name, b.name), difference=difference, rollout=True)
