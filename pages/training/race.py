"""Five recorded trainings on one chart: with everything, and each with one part left out."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from core.plots import PALETTE
from core.plots.theme import layout
from core.training.race import Race, read_race
from pages.training.common import page_part
from pages.training.fields import MEASURES, VARIANTS
from pages.ui.catalogue import t
from pages.ui.charts import theme
from pages.ui.controls import choose_one
from pages.ui.curves import curves

COLOURS = {"all": 5, "warmup": 1, "smoothing": 3, "residual": 6, "positions": 7}
DASHES = {"all": "solid", "warmup": "dash", "smoothing": "dot", "residual": "dash", "positions": "dot"}


@st.cache_data(show_spinner=False)
def race() -> Race:
    """Return the recorded race."""
    return read_race()


def race_figure(recorded: Race, measure: str) -> go.Figure:
    """Return the chart of one measure of all runs by step."""
    colours = PALETTE[theme()]
    figure = go.Figure(layout=layout(theme(), height=330))
    for name in VARIANTS:
        run = recorded.runs[name]
        figure.add_scatter(
            x=run.steps, y=getattr(run, measure), mode="lines", name=t(f"training.race.{name}"),
            line={"color": colours["heads"][COLOURS[name]], "dash": DASHES[name], "width": 3},
        )  # fmt: skip
    figure.update_xaxes(title=t("training.steps"))
    if measure == "accuracy":
        figure.update_yaxes(range=[0, 1])
    return figure


@page_part
def show_race() -> None:
    """Show the accuracy or the loss of all runs, and a sentence on each."""
    recorded = race()
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    measure = choose_one(
        t("training.measure"), MEASURES, "training_measure", lambda name: t(f"training.measure.{name}"), row
    )
    row.markdown(t(f"training.measure.{measure}.is"))
    curves(race_figure(recorded, measure), "training-race", t("training.race.alt"))
    lines = []
    for name in VARIANTS:
        run = recorded.runs[name]
        solved = run.first_complete
        key = "training.race.never" if solved is None else "training.race.solved"
        lines.append(
            "- "
            + t(key, name=t(f"training.race.{name}"), step=f"{solved or 0:,}", accuracy=f"{100 * run.accuracy[-1]:.0f}",
                loss=f"{run.loss[-1]:.4f}", best=f"{100 * max(run.accuracy):.0f}")
        )  # fmt: skip
    st.markdown("\n".join(lines))
    st.markdown(
        t(
            "training.race.text",
            date=recorded.date,
            steps=f"{recorded.steps:,}",
            seed=recorded.seed,
            length=recorded.length,
        )
    )
