"""A small Transformer that is trained while one watches, in a process of its own."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import HeadlightError
from core.training.live import LONGEST, SILENCE
from core.training.process import MOST, LiveTraining, Trainings
from core.training.tasks import (
    GIVEN,
    LENGTH,
    MOST_LETTERS,
    MOST_PAIRS,
    MOST_WORDS,
    PARTS,
    TASKS,
    Experiment,
    parse_pairs,
)
from pages.training.common import page_part
from pages.training.own import show_use
from pages.training.picture import show_picture, show_untrained
from pages.ui.catalogue import error_text, plain, t
from pages.ui.controls import choose_one
from pages.ui.stage import stage

POLL = 1.0
"""Seconds between two looks at a training. Each tells its process that somebody watches; without that it ends."""


SETTING = "HEADLIGHT_TRAININGS"
"""The environment variable with the largest number of trainings at once."""


def limit() -> int:
    """Return the largest number of trainings at once; an invalid setting counts as none."""
    setting = os.environ.get(SETTING, "")
    return int(setting) if setting.isascii() and setting.isdigit() and int(setting) > 0 else MOST


@st.cache_resource(show_spinner=False)
def trainings() -> Trainings:
    """Return the trainings of this server."""
    return Trainings(limit())


def owner() -> str:
    """Return the id of the visitor's session."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def experiment() -> Experiment:
    """Return what the controls say. Raises `HeadlightError`."""
    state = st.session_state
    task = state["training_task"]
    return Experiment(
        task,
        length=state["training_length"],
        pairs=parse_pairs(state["training_pairs"]) if task == "pairs" else (),
        without=tuple(part for part in PARTS if not state[f"training_{part}"]),
    )


def start() -> None:
    """Start a training by the controls, or keep the sentence that says why there is none."""
    st.session_state["_training_problem"] = None
    try:
        trainings().start(owner(), experiment())
    except HeadlightError as error:
        st.session_state["_training_problem"] = error


def command(name: str) -> None:
    """Send a command to the visitor's training."""
    if training := trainings().of(owner()):
        getattr(training, name)()
        training.wait(3 if name == "stop" else 0)


@page_part
def show_live() -> None:
    """Show the task, its controls, and the training."""
    training = trainings().of(owner())
    running = training is not None and training.reason is None
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    task = choose_one(
        t("training.task"), TASKS, "training_task", lambda name: t(f"training.task.{name}"), row, disabled=running
    )
    for part in PARTS:
        row.toggle(t(f"training.part.{part}"), key=f"training_{part}", persist_state="session", disabled=running)
    if task == "reverse":
        row = show_buttons(training, running, st)
        row.markdown(t("training.length"), width="content")
        lengths = range(int(LENGTH.low), int(LENGTH.high) + 1)
        choose_one(t("training.length"), lengths, "training_length", str, row, disabled=running)
    else:
        left, right = st.columns([1, 1.6], vertical_alignment="center", gap="medium")
        show_buttons(training, running, left)
        given = "; ".join(f"{source} = {target}" for source, target in GIVEN)
        right.text_area(
            t("training.pairs", given=given),
            key="training_pairs", height=74, placeholder=t("training.pairs.placeholder"), persist_state="session",
            disabled=running, help=t("training.pairs.limits", count=MOST_PAIRS, words=MOST_WORDS, letters=MOST_LETTERS),
        )  # fmt: skip
    if problem := st.session_state.get("_training_problem"):
        st.warning(error_text(problem))
    (watch if running else show_progress)()


def show_buttons(training: LiveTraining | None, running: bool, place: Any) -> DeltaGenerator:
    """Show the buttons that start, hold, step and stop a training, and return the row in which they stand."""
    row = place.container(horizontal=True, vertical_alignment="center", gap="small")
    row.button(t("training.start"), key="training-start", on_click=start, disabled=running)
    paused = running and training is not None and training.paused
    name = "resume" if paused else "pause"
    row.button(t(f"training.{name}"), key="training-pause", on_click=command, args=(name,), disabled=not running)
    row.button(t("training.step"), key="training-step", on_click=command, args=("step",), disabled=not running)
    row.button(t("training.stop"), key="training-stop", on_click=command, args=("stop",), disabled=not running)
    return row


def show_progress() -> None:
    """Show how far the visitor's training is, its picture, and when it has ended its model."""
    training = trainings().of(owner())
    if training is None or (training.reason is not None and training.experiment != experiment()):
        show_untrained(experiment(), t("training.none", seconds=f"{LONGEST:.0f}"))
        return
    reports = training.reports
    last = reports[-1] if reports else None
    key = training.reason or ("starting" if last is None else "paused" if training.paused else "running")
    state = t(
        f"training.state.{key}", step=f"{last.step if last else 0:,}", steps=f"{training.experiment.steps:,}",
        seconds=f"{last.seconds if last else 0:.0f}", silence=f"{SILENCE:.0f}",
    )  # fmt: skip
    if last is None:
        show_untrained(training.experiment, state)
        return
    show_picture(training, state)
    if training.finished:
        show_model(training)


@st.fragment(run_every=POLL)
def watch() -> None:
    """Show a training that runs, again and again, and tell its process that somebody watches."""
    training = trainings().of(owner())
    if training is None or training.reason is not None:
        st.rerun()
    before = st.session_state.get("_training_paused")
    st.session_state["_training_paused"] = training.paused
    training.beat()
    if before is not None and before != training.paused:
        st.rerun()  # the buttons change
    show_progress()


def show_model(training: LiveTraining) -> None:
    """Show a box for a text to translate with the finished model, and its attention."""
    st.markdown(f"**{t('training.model')}**")
    known = " ".join(training.experiment.words[0])
    text = st.text_input(
        t("training.model.text", known=plain(known)),
        training.experiment.example[0],
        key=f"training-text-{training.pid}",
    )
    trace = training.translate(text)
    st.markdown(t("training.model.found", text=plain(trace.text) or "…"))
    show_use(training, trace.source)
    stage(trace, key="training_model_stage")
