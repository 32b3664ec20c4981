"""The learning rate by step: the paper's schedule, and that of the shipped models."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.checks import is_index
from core.plots import PALETTE
from core.plots.theme import layout
from core.training.options import RANGES
from core.training.schedule import D_MODEL, WARMUP, learning_rate, paper_rate
from pages.training.common import page_part
from pages.ui import cache
from pages.ui.catalogue import RAISED, small, t
from pages.ui.charts import theme
from pages.ui.curves import curves
from pages.ui.formulas import formulas

POINTS = 200
LONGEST = 24_000
"""The last step of the chart."""


def scientific(value: float) -> str:
    """Write a number with seven digits, as 6.987712 × 10⁻⁴."""
    mantissa, exponent = f"{value:.6e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(RAISED)}"


def own_schedule(name: str | None) -> dict[str, Any] | None:
    """Return steps, warm-up and peak of a model's training, None if its card does not have them as numbers."""
    training = cache.cards()[name].training if name else {}
    found = {key: training.get(key) for key in ("steps", "warmup", "peak_rate")}
    whole = all(is_index(found[key], 10**9) for key in ("steps", "warmup")) and found["steps"]
    return found if whole and found["peak_rate"] in RANGES["peak_rate"] else None


def schedule_figure(width: int, warmup: int, own: dict[str, Any] | None, name: str) -> go.Figure:
    """Return the chart of the rates, in thousandths."""
    colours = PALETTE[theme()]
    figure = go.Figure(layout=layout(theme(), height=330))
    at = sorted({1, warmup, LONGEST, *(round(1 + i * (LONGEST - 1) / POINTS) for i in range(POINTS + 1))})
    figure.add_scatter(
        x=at, y=[1000 * paper_rate(step, width, warmup) for step in at], mode="lines", name=t("training.schedule.paper"),
        line={"color": colours["primary"], "width": 3},
    )  # fmt: skip
    if own:
        end = min(LONGEST, own["steps"])
        steps = sorted({1, own["warmup"], end, *(round(1 + i * (end - 1) / POINTS) for i in range(POINTS + 1))} - {0})
        rates = [1000 * learning_rate(step - 1, own["warmup"], own["steps"], own["peak_rate"]) for step in steps]
        figure.add_scatter(
            x=steps, y=rates, mode="lines", name=t("training.schedule.own", model=name),
            line={"color": colours["accent"], "dash": "dash", "width": 3},
        )  # fmt: skip
    figure.update_xaxes(title=t("training.steps"))
    return figure


@page_part
def show_schedule() -> None:
    """Show the learning rate by step for a width and a number of warm-up steps."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    row.slider(t("training.width"), D_MODEL.low, D_MODEL.high, step=16, key="training_width", width=320,
               persist_state="session")  # fmt: skip
    row.slider(t("training.warmup_steps"), WARMUP.low, WARMUP.high, key="training_warmup_steps", width=320,
               persist_state="session")  # fmt: skip
    width, warmup = st.session_state["training_width"], st.session_state["training_warmup_steps"]
    name = st.session_state["model"]
    own = own_schedule(name)
    st.caption(t("training.schedule.axis"))
    curves(schedule_figure(width, warmup, own, name), "training-schedule", t("training.schedule.alt"))
    peak = paper_rate(warmup, width, warmup)
    st.markdown(
        t("training.schedule.found", peak=scientific(peak), warmup=f"{warmup:,}",
          first=small(paper_rate(1, width, warmup)), last=small(paper_rate(LONGEST, width, warmup)), steps=f"{LONGEST:,}")
    )  # fmt: skip
    if own:
        st.markdown(
            t("training.schedule.own.found", model=name, warmup=f"{own['warmup']:,}", steps=f"{own['steps']:,}",
              peak=small(own["peak_rate"]))
        )  # fmt: skip
    formulas(
        r"\mathit{lrate} = d_{\mathrm{model}}^{-0.5} \cdot \min(\mathit{step}^{-0.5},\ "
        r"\mathit{step} \cdot \mathit{warmup}^{-1.5})"
    )
