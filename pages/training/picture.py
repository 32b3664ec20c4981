"""The picture of a training: curves, and attention and predictions of an example at a moment that is chosen."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.training.process import LiveTraining
from core.training.tasks import UNSEEN
from pages.ui.catalogue import t
from pages.ui.views import View

_LEARNING = View("learning")


def picture_data(training: LiveTraining) -> tuple[dict[str, Any], bytes]:
    """Return what the view is given: an object for JSON, and the arrays of all recorded moments as bytes."""
    reports, start = training.reports, training.start
    moments = [report for report in reports if report.cross is not None and report.probabilities is not None]
    arrays = [
        array.ravel() for report in moments for array in (report.cross, report.probabilities) if array is not None
    ]
    reversing = training.experiment.task == "reverse"
    names = ("source", "inputs", "target", "vocabulary", "layers", "heads", "steps")
    return {
        "title": t("training.picture"),
        **{name: start[name] for name in names},
        "measured": UNSEEN if reversing else len(training.experiment.all_pairs),
        "reversing": reversing,
        "lines": {name: [getattr(report, name) for report in reports] for name in ("step", "loss", "accuracy")},
        "moments": [{name: getattr(report, name) for name in ("step", "loss", "accuracy")} for report in moments],
    }, np.concatenate(arrays).astype("<f4").tobytes()


def show_picture(training: LiveTraining) -> None:
    """Draw a training that has begun to report."""
    data, body = picture_data(training)
    _LEARNING.show(data, "training-picture", body=body, subject=training.pid)
