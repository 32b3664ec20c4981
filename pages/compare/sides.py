"""The row of controls below the sentence, for each of the three ways to compare."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from pages.compare.fields import CHANGES, SHARPNESS
from pages.compare.runs import PARTS, Pair, Run, change_name, head_name, heads, intervention, readers, usual, words
from pages.ui import session
from pages.ui.catalogue import t
from pages.ui.sentence_box import request


def allow(name: str, options: list, usual: Any) -> None:
    """What a link asks for and does not exist here is named, and replaced by what is usual."""
    if st.session_state[name] not in options:
        session.leave_out(name)
        st.session_state[name] = usual


def choose(place: Any, name: str, label: str, options: list, usual: Any, show: Any = str) -> None:
    """One menu of the row below the sentence, its name before what is chosen."""
    allow(name, options, usual)
    place.selectbox(
        label,
        options,
        format_func=lambda option: f"{label} · {show(option)}" if label in ("A", "B") else show(option),
        key=name,
        label_visibility="collapsed",
        persist_state="session",
    )


def choose_models() -> Pair:
    """Two models on one sentence."""
    columns = st.columns([3, 3, 2], vertical_alignment="center")
    for column, side, name in zip(columns, "ab", usual(), strict=False):
        choose(column, f"side_{side}", side.upper(), readers(), name)
    choose_difference(columns[-1])
    if len(readers()) == 1:
        st.caption(t("compare.only_one"))
    models = [st.session_state[f"side_{side}"] for side in "ab"]
    a, b = (Run(model, dataclasses.replace(request(), model=model)) for model in models)
    return a, b


def choose_sentences() -> Pair:
    """One model on two sentences."""
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
    """One model on one sentence, changed on either side."""
    held, model = st.session_state, st.session_state["model"]
    spans, possible = list(words()), list(words().values())
    widths = [width for side in "ab" for width in ((2.5, 2.5) if held[f"what_{side}"] in PARTS else (2.5,))]
    columns = iter(st.columns([*widths, 2], vertical_alignment="center"))
    runs = []
    for side in "ab":
        what, word, gone, sharpness = (f"{name}_{side}" for name in ("what", *PARTS.values()))
        choose(next(columns), what, side.upper(), list(CHANGES), "none", lambda name: t(f"compare.what.{name}"))
        value: Any = None
        if held[what] == "word":
            choose(next(columns), word, t("compare.word"), list(range(len(possible))) or [None], 0 if possible else None,
                   lambda i: possible[i] if i is not None else "–")  # fmt: skip
            value = held[word]
        elif held[what] == "head":
            options = heads(model)
            choose(next(columns), gone, t("compare.without"), options, options[-1], head_name)
            value = held[gone]
        elif held[what] == "temperature":
            choose(next(columns), sharpness, t("compare.temperature"), list(SHARPNESS), 0.5, "{:g}".format)
            value = held[sharpness]
        change = intervention(held[what], spans[value] if held[what] == "word" and spans else value)
        named = change_name(held[what], value, possible)
        runs.append(Run(named, dataclasses.replace(request(), intervention=change)))
    choose_difference(next(columns))
    a, b = runs
    return a, b


def choose_difference(place: Any) -> None:
    place.toggle(t("compare.difference"), key="difference", persist_state="session")
