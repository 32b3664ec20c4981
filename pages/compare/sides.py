"""The row of controls below the sentence, for each kind of comparison."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from pages.compare.fields import CHANGES, SHARPNESS
from pages.compare.runs import (
    PARTS,
    Pair,
    Run,
    change_name,
    comparable_models,
    default_models,
    head_name,
    intervention,
    maskable_words,
    removable_heads,
)
from pages.ui import session
from pages.ui.catalogue import t
from pages.ui.sentence_box import request


def replace_invalid(name: str, options: list, default: Any) -> None:
    """Replace a field's value that is not among the options by the default, and report it if a link requested it."""
    if st.session_state[name] not in options:
        session.reset_field(name)
        st.session_state[name] = default


def choose(place: Any, name: str, label: str, options: list, default: Any, show: Any = str) -> None:
    """Show one menu of the row; the label of a side stands before the chosen option."""
    replace_invalid(name, options, default)
    place.selectbox(
        label,
        options,
        format_func=lambda option: f"{label} · {show(option)}" if label in ("A", "B") else show(option),
        key=name,
        label_visibility="collapsed",
        persist_state="session",
    )


def choose_models() -> Pair:
    """Show the choice of two models for one sentence, and return their runs."""
    columns = st.columns([3, 3, 2], vertical_alignment="center")
    for column, side, name in zip(columns, "ab", default_models(), strict=False):
        choose(column, f"side_{side}", side.upper(), comparable_models(), name)
    choose_difference(columns[-1])
    if len(comparable_models()) == 1:
        st.caption(t("compare.only_one"))
    models = [st.session_state[f"side_{side}"] for side in "ab"]
    a, b = (Run(model, dataclasses.replace(request(), model=model)) for model in models)
    return a, b


def choose_sentences() -> Pair:
    """Show the box for the second sentence, and return the runs of both sentences with one model."""
    box, model = st.columns([3, 2], vertical_alignment="center")
    box.text_input(
        t("compare.other_text"),
        key="other_text",
        placeholder=t("compare.other_text"),
        on_change=session.forget_link,
        label_visibility="collapsed",
        persist_state="session",
    )
    model.caption(t("compare.model", name=st.session_state["model"]))
    other = dataclasses.replace(request(), text=st.session_state["other_text"])
    return Run(t("compare.first"), request()), Run(t("compare.second"), other)


def choose_changes() -> Pair:
    """Show the choice of a change for each side, and return the two runs of one sentence with one model."""
    state, model = st.session_state, st.session_state["model"]
    spans, words = list(maskable_words()), list(maskable_words().values())
    widths = [width for side in "ab" for width in ((2.5, 2.5) if state[f"what_{side}"] in PARTS else (2.5,))]
    columns = iter(st.columns([*widths, 2], gap="xsmall", vertical_alignment="center"))
    runs = []
    for side in "ab":
        what, word, gone, sharpness = (f"{name}_{side}" for name in ("what", *PARTS.values()))
        choose(next(columns), what, side.upper(), list(CHANGES), "none", lambda name: t(f"compare.what.{name}"))
        value: Any = None
        if state[what] == "word":
            choose(next(columns), word, t("compare.word"), list(range(len(words))) or [None], 0 if words else None,
                   lambda i: words[i] if i is not None else "–")  # fmt: skip
            value = state[word]
        elif state[what] == "head":
            options = removable_heads(model)
            choose(next(columns), gone, t("compare.removed_head"), options, options[-1], head_name)
            value = state[gone]
        elif state[what] == "temperature":
            choose(next(columns), sharpness, t("compare.temperature"), list(SHARPNESS), 0.5, "{:g}".format)
            value = state[sharpness]
        change = intervention(state[what], spans[value] if state[what] == "word" and spans else value)
        named = change_name(state[what], value, words)
        runs.append(Run(named, dataclasses.replace(request(), intervention=change)))
    choose_difference(next(columns))
    a, b = runs
    return a, b


def choose_difference(place: Any) -> None:
    """Show the switch for the third map, the difference."""
    place.toggle(t("compare.difference"), key="difference", persist_state="session")
