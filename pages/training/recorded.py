"""The recorded training of a shipped model: its attention and its translation from random weights to the finished model."""

from __future__ import annotations

import functools
from itertools import pairwise

import streamlit as st

import core
from core.analysis.moments import Phases, best_agreement, mean_entropy, mean_on_words, phases
from core.plots import moments_chart
from pages.training.common import page_part
from pages.ui import cache, session
from pages.ui.catalogue import plain, t
from pages.ui.charts import theme
from pages.ui.curves import curves
from pages.ui.stage import stage

FIRST = "en-fr"
"""The model that is shown where the chosen one has no recorded training."""

HEIGHT = 176
"""Of the chart of each measure, pixels."""


@st.cache_resource(show_spinner=False)
def moments(name: str) -> tuple[core.Moment, ...]:
    """Return the recorded moments of a model, () if there are none. Raises `HeadlightError`."""
    return core.read_moments(name)


chart = functools.lru_cache(maxsize=64)(moments_chart)
"""A chart that is made once: which moment is chosen does not change it."""


def recorded_model() -> str | None:
    """Return the chosen model, else FIRST, else another one with recorded moments; None if there is none."""
    usable = cache.usable()
    wanted = [name for name in (st.session_state["model"], FIRST) if name in usable]
    return next((name for name in dict.fromkeys([*wanted, *usable]) if moments(name)), None)


def choose_moment(count: int, steps: list[int]) -> int:
    """Show the slider of moments, and return the chosen one."""
    if (st.session_state["training_moment"] or 0) >= count:
        session.reset_field("training_moment")
    if st.session_state["training_moment"] is None:
        st.session_state["training_moment"] = count - 1
    st.select_slider(
        t("training.recorded.moment"), range(count), format_func=lambda at: f"{steps[at]:,}", key="training_moment",
        persist_state="session",
    )  # fmt: skip
    return st.session_state["training_moment"]


def choose_sentence(first: core.Moment) -> int:
    """Show the buttons of the fixed sentences, and return the chosen one."""
    sentences = [trace.source for trace in first.traces]
    if (st.session_state["training_sentence"] or 0) >= len(sentences):
        session.reset_field("training_sentence")
    if st.session_state["training_sentence"] is None:
        st.session_state["training_sentence"] = 0
    st.selectbox(
        t("training.recorded.sentence"), range(len(sentences)), format_func=sentences.__getitem__, key="training_sentence",
        persist_state="session",
    )  # fmt: skip
    return st.session_state["training_sentence"]


@page_part
def show_recorded() -> None:
    """Show the measures of all moments, and the attention and translation of the chosen one."""
    name = recorded_model()
    if name is None:
        st.info(t("training.recorded.none"))
        return
    found = moments(name)
    steps = [moment.step for moment in found]
    left, right = st.columns([1.75, 2], gap="medium", vertical_alignment="bottom")
    with left:
        sentence = choose_sentence(found[0])
    with right:
        at = choose_moment(len(found), steps)
    moment = found[at]
    trace = moment.traces[sentence]
    left, right = st.columns([1, 2.4], gap="medium")
    agreement, entropy, words = best_agreement(found), mean_entropy(found), mean_on_words(found)
    divided = phases(found)
    with left:
        bounds = (divided.begins, divided.ends) if divided else ()
        losses = [moment.loss for moment in found]
        for measure, values in (
            ("measure.loss", losses),
            ("recorded.entropy", entropy),
            ("recorded.agreement", agreement),
        ):
            title = t(f"training.{measure}")
            figure = chart(
                tuple(steps), tuple(map(float, values)), bounds, (t("training.steps"), title), theme(), HEIGHT
            )
            alt = t("training.recorded.alt", measure=title, model=name, count=len(found))
            curves(figure, f"training-moments-{measure.rpartition('.')[2]}", alt, mark=at)
    with right:
        st.markdown(
            t("training.recorded.at", step=f"{steps[at]:,}", loss=f"{moment.loss:.2f}", entropy=f"{entropy[at]:.2f}",
              words=f"{100 * words[at]:.0f}", agreement=f"{100 * agreement[at]:.0f}")
        )  # fmt: skip
        stage(trace, key="training_stage")
    st.markdown(t("training.recorded.text", model=name, count=len(found)))
    if divided:
        show_phases(found, divided, sentence)


def show_phases(found: tuple[core.Moment, ...], divided: Phases, sentence: int) -> None:
    """List what changes in each phase, with the translation at its end."""
    agreement, entropy = best_agreement(found), mean_entropy(found)
    bounds = (0, divided.begins, divided.ends, divided.last)
    lines = []
    for number, (first, last) in enumerate(pairwise(bounds), 1):
        lines.append(
            t(
                f"training.phase.{number}", start=f"{found[first].step:,}", end=f"{found[last].step:,}",
                loss=f"{found[first].loss:.2f}", loss_end=f"{found[last].loss:.2f}",
                entropy=f"{entropy[first]:.2f}", entropy_end=f"{entropy[last]:.2f}",
                agreement=f"{100 * agreement[first]:.0f}", agreement_end=f"{100 * agreement[last]:.0f}",
                text=plain(shortened(found[last].traces[sentence].text)) or "…",
            )
        )  # fmt: skip
    st.markdown("\n".join(f"- {line}" for line in lines))


def shortened(text: str, most: int = 120) -> str:
    """Return a text, cut where it is longer than so many characters."""
    return text if len(text) <= most else text[:most] + "…"
