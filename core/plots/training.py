"""Measures of a model at moments of its training."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.plots.theme import PALETTE, layout, plain, vertical


def moments_chart(
    steps: Sequence[int],
    values: Sequence[float],
    bounds: Sequence[int],
    titles: tuple[str, str],
    theme: str = "light",
    height: int = 200,
) -> go.Figure:
    """Draw one measure by step, on a logarithmic axis.

    Step 0 has no place on such an axis: it stands as far to the left of the first step as two neighbours are apart.

    Args:
        steps: The steps, ascending; the first may be 0.
        values: The measure at each step.
        bounds: Indices of the steps between two phases, marked by a line.
        titles: Titles of the axis of steps and of that of the measure.
        theme: "light" or "dark".
        height: Height of the figure in pixels.
    """
    colours = PALETTE[theme]
    places = [float(step) for step in steps]
    if len(places) > 2 and not places[0]:
        first = places[1] ** 2 / places[2]
        places[0] = float(round(first)) or first
    line = go.Scatter(
        x=places, y=[*values], mode="lines+markers", name=plain(titles[1]),
        line={"color": colours["primary"], "width": 2.5}, marker={"size": 7, "color": colours["primary"]},
        customdata=[[f"{value:.2f}"] for value in values], text=[f"{step:,}" for step in steps],
        hovertemplate="%{text}: %{customdata[0]}<extra></extra>",
    )  # fmt: skip
    ticks = {"tickvals": places, "ticktext": [f"{step:,}" for step in steps], "tickangle": 0}
    look = layout(
        theme,
        {"title": titles[0], "type": "log", **ticks},
        {"title": titles[1], "rangemode": "tozero", "nticks": 4},
        height=height,
        showlegend=False,
        shapes=[vertical(places[i], colours["muted"], dash="dot") for i in bounds],
    )
    return go.Figure(line, look)
