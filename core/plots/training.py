"""Measures of a model at moments of its training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.plots.theme import LABEL_SIZE, PALETTE, layout, plain


def moments_chart(
    steps: Sequence[int],
    measures: Mapping[str, Sequence[float]],
    chosen: int,
    bounds: Sequence[int],
    x: str,
    theme: str = "light",
) -> go.Figure:
    """Draw each measure by step, on a logarithmic axis, one below the other.

    Step 0 has no place on such an axis: it stands as far to the left of the first step as two neighbours are apart.

    Args:
        steps: The steps, ascending; the first may be 0.
        measures: The values at each step by name.
        chosen: Index of the step that is marked.
        bounds: Indices of the steps between two phases, marked by a line.
        x: Title of the axis of steps.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    places = np.array(steps, dtype=float)
    if len(places) > 2 and not places[0]:
        places[0] = places[1] ** 2 / places[2]
    figure = make_subplots(
        len(measures), 1, shared_xaxes=True, vertical_spacing=0.09, subplot_titles=[*map(plain, measures)]
    )
    for row, (name, values) in enumerate(measures.items(), 1):
        sizes = [13 if i == chosen else 6 for i in range(len(steps))]
        figure.add_scatter(
            x=places.tolist(), y=[*values], mode="lines+markers", name=plain(name), showlegend=False,
            line={"color": colours["primary"], "width": 2.5},
            marker={"size": sizes, "color": [colours["accent"] if i == chosen else colours["primary"] for i in range(len(steps))]},
            customdata=[f"{step:,}" for step in steps],
            hovertemplate="%{customdata}: %{y:.2f}<extra></extra>", row=row, col=1,
        )  # fmt: skip
        figure.add_vline(x=places[chosen], line={"color": colours["accent"], "width": 2}, row=row, col=1)
        for bound in bounds:
            figure.add_vline(x=places[bound], line={"color": colours["muted"], "dash": "dot"}, row=row, col=1)
    figure.update_layout(layout(theme, height=140 * len(measures), margin={"l": 44, "r": 14, "t": 28, "b": 56}))
    figure.update_annotations(font={"size": LABEL_SIZE}, x=0, xanchor="left")
    last = len(steps) - 1
    labelled = [i for i in range(len(steps)) if i == last or (i % 3 == 0 and i < last - 1)]  # there is room for few
    figure.update_xaxes(
        type="log", showgrid=False, tickvals=[places[i] for i in labelled], ticktext=[f"{steps[i]:,}" for i in labelled],
        linecolor=colours["border"], tickangle=0, tickfont={"size": LABEL_SIZE},
    )  # fmt: skip
    figure.update_yaxes(
        rangemode="tozero", showgrid=False, nticks=4, linecolor=colours["border"], tickfont={"size": LABEL_SIZE}
    )
    figure.update_xaxes(title=x, row=len(measures), col=1)
    return figure
