"""Costs of layers by sentence length, on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.plots.theme import PALETTE, layout, plain, vertical

HEIGHT = 400  # px


def cost_curves(
    lengths: np.ndarray,
    curves: Mapping[str, Sequence[float]],
    x: str,
    y: str,
    own: tuple[int, Sequence[float], str] | None = None,
    width: int | None = None,
    theme: str = "light",
    pairs: bool = False,
) -> go.Figure:
    """Draw a curve for each kind of layer.

    Args:
        lengths: Numbers of positions, (N,).
        curves: The cost at each length by name, N numbers each.
        x: Title of the axis of lengths.
        y: Title of the axis of costs.
        own: A length of its own, the cost of each curve there, and its name.
        width: The width d of a vector. A line stands at n = d, where self-attention and recurrence cost the same.
        theme: "light" or "dark".
        pairs: Whether each second curve is the prediction of the one before: it is dashed and has the same colour.
    """
    colours = PALETTE[theme]
    traces = []
    number = "~g" if pairs else "~s"  # times are small, operations many
    for i, (name, values) in enumerate(curves.items()):
        kind = i // 2 if pairs else i
        dashed = pairs and i % 2 == 1
        colour = colours["heads"][(1, 5, 6, 3)[kind % 4]]
        traces.append(go.Scatter(
            x=lengths, y=np.asarray(values), mode="lines" if dashed or not pairs else "lines+markers", name=plain(name),
            line={"color": colour, "width": 1.5 if dashed else 3, "dash": "dash" if dashed else "solid"},
            hovertemplate="n = %{x}: %{y:.4~s}<extra>%{fullData.name}</extra>",
        ))  # fmt: skip
    if own:
        at, values, name = own
        traces.append(go.Scatter(
            x=[at] * len(values), y=[*values], mode="markers", name=plain(name),
            marker={"size": 12, "color": colours["text"], "symbol": "circle-open", "line": {"width": 3}},
            hovertemplate="n = %{x}: %{y:.4~s}<extra>%{fullData.name}</extra>",
        ))  # fmt: skip
    marked = {}
    if width and lengths[0] < width < lengths[-1] and not pairs:
        place = math.log10(width)  # Plotly wants places of notes on logarithmic axes so, unlike those of lines
        note = {"x": place, "y": 1, "yref": "paper", "yanchor": "bottom", "text": "n = d", "showarrow": False}
        marked = {"shapes": [vertical(width, colours["muted"], dash="dot")], "annotations": [note]}
    look = layout(
        theme,
        {"title": x, "type": "log", "tickvals": [2**i for i in range(1, 13)]},
        {"title": y, "type": "log", "tickformat": number, "nticks": 7},
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 70, "b": 8},
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        **marked,
    )
    return go.Figure(traces, look)
