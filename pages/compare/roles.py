"""Roles of the heads, and attention rollout."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.analysis import roles, rollout_trace
from core.config import KINDS
from core.records.trace import Trace
from pages.compare.numbers import by_model, show_corpus_source
from pages.compare.picture import show_head
from pages.compare.runs import Pair, Run, Traces
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.headmap import head_map
from pages.ui.pair import pair


def show_roles(runs: Pair, traces: Traces, corpus: bool) -> None:
    """Show the role of each head on both sides, in this sentence or over the dev set (`corpus`)."""
    st.markdown(t("compare.roles.text"))
    if corpus:
        show_corpus_source(runs)
        sides = {side: (model, card_roles(model)) for side, model in by_model(runs).items()}
    else:
        sides = {
            letter: (run.name, sentence_roles(run, trace))
            for letter, run, trace in zip("AB", runs, traces, strict=True)
        }
    for column, (side, (name, maps)) in zip(st.columns(len(sides), gap="large"), sides.items(), strict=True):
        if maps:
            column.markdown(f"**{side} · {plain(name)}**")
            with column:
                head_map(
                    maps,
                    key=f"roles_{side[0]}",
                    title=t("compare.roles.title", name=name),
                    action=t("compare.roles.action"),
                    on_choose=lambda *head, side=side: show_head(side, *head),
                )


def sentence_roles(run: Run, trace: Trace) -> dict[str, Any]:
    """Return the roles of the heads in this sentence, by kind of attention."""
    alignment = cache.alignment(run.request.model, trace)
    kinds = [kind for kind in KINDS if getattr(trace, kind).shape[0]]
    return {kind: roles(trace, kind, alignment if kind == "cross" else None) for kind in kinds}


def card_roles(model: str) -> dict[str, Any]:
    """Return the roles of the heads over the dev set, from the model's card, by kind of attention."""
    return {kind: numbers["roles"] for kind, numbers in cache.cards()[model].heads.get("kinds", {}).items()}


def show_rollouts(runs: Pair, traces: Traces) -> None:
    """Show attention rollout through both encoders."""
    st.markdown(t("compare.rollout.text"))
    st.latex(r"R_1 = A_1,\quad R_\ell = A_\ell R_{\ell-1},\quad A_\ell = \tfrac12 \bar W_\ell + \tfrac12 I")
    if not all(trace.encoder_self.shape[0] for trace in traces):
        st.info(t("compare.rollout.none"))
        return
    a, b = runs
    difference = st.session_state["difference"]
    pair(*map(rollout_trace, traces), key="rollout", names=(a.name, b.name), difference=difference, rollout=True)
