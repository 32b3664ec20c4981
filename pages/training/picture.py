"""The picture of a training: curves, and attention and predictions of an example at a moment that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from core.training.process import LiveTraining, Report, preview
from core.training.tasks import UNSEEN, Experiment
from pages.ui.catalogue import t
from pages.ui.views import View

_LEARNING = View("learning")


def picture_data(
    experiment: Experiment, start: dict[str, Any], reports: Sequence[Report], state: str
) -> tuple[dict[str, Any], bytes]:
    """Return what the view is given: an object for JSON, and the arrays of all recorded moments as bytes.

    Args:
        experiment: The task.
        start: The "start" line of the training.
        reports: Its measurements so far.
        state: A sentence that says how far it is.
    """
    moments = [report for report in reports if report.cross is not None and report.probabilities is not None]
    arrays = [
        array.ravel() for report in moments for array in (report.cross, report.probabilities) if array is not None
    ]
    reversing = experiment.task == "reverse"
    names = ("source", "inputs", "target", "vocabulary", "layers", "heads", "steps")
    return {
        "title": t("training.picture"),
        **{name: start[name] for name in names},
        "measured": UNSEEN if reversing else len(experiment.all_pairs),
        "reversing": reversing,
        "state_text": state,
        "lines": {name: [getattr(report, name) for report in reports] for name in ("step", "loss", "accuracy")},
        "moments": [{name: getattr(report, name) for name in ("step", "loss", "accuracy")} for report in moments],
    }, np.concatenate(arrays).astype("<f4").tobytes()


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={Experiment: repr})
def untrained(experiment: Experiment) -> tuple[dict[str, Any], Report]:
    """Return what `preview` does, once for all visitors."""
    return preview(experiment)


def show_untrained(experiment: Experiment, state: str) -> None:
    """Draw the random weights with which a training begins."""
    start, report = untrained(experiment)
    data, body = picture_data(experiment, start, [report], state)
    _LEARNING.show(data, "training-picture", body=body, subject=repr(experiment))


def show_picture(training: LiveTraining, state: str) -> None:
    """Draw a training that has begun to report; `state` says how far it is."""
    data, body = picture_data(training.experiment, training.start, training.reports, state)
    _LEARNING.show(data, "training-picture", body=body, subject=training.pid)
