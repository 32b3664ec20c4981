"""Vectors on a plane, and what the division by sqrt(d_k) does. Words on them come as arguments, in any language."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.plots.theme import LABEL_SIZE, PALETTE, layout, plain

HEIGHT = 256
MARGIN = {"l": 8, "r": 12, "t": 8, "b": 8}
BELOW_LEGEND = {**MARGIN, "t": 72}  # three names in lines: figures side by side begin at one height


def _figure(theme: str, height: int = HEIGHT, margin: dict[str, int] = BELOW_LEGEND) -> go.Figure:
    figure = go.Figure(layout=layout(theme, height=height, margin=margin))
    return figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})


def vectors(query: np.ndarray, keys: np.ndarray, names: Sequence[str], limit: float, theme: str = "light") -> go.Figure:
    """A query and its keys as arrows on the plane, which reaches from -limit to limit. query (2,), keys (K, 2)

    names: of the query, then of the keys; typed text is taken as it is.
    """
    colours = PALETTE[theme]
    figure = _figure(theme, 320, MARGIN)
    for line in (figure.add_hline, figure.add_vline):
        line(0, line={"color": colours["border"], "width": 1})
    for vector, name, role in zip([query, *keys], names, ["query", *["key"] * len(keys)], strict=True):
        x, y = (float(part) for part in vector)
        figure.add_annotation(
            x=x, y=y, ax=0, ay=0, axref="x", ayref="y", text="", showarrow=True, arrowhead=2, arrowsize=1.1,
            arrowwidth=4 if role == "query" else 3, arrowcolor=colours[role],
        )  # fmt: skip
        length = math.hypot(x, y) or 1.0
        figure.add_annotation(
            x=x, y=y, xshift=18 * x / length, yshift=14 * y / length, text=f"<b>{plain(name)}</b>", showarrow=False,
            font={"size": LABEL_SIZE + 2, "color": colours[role]},
        )  # fmt: skip
    tips = np.array([query, *keys], dtype=float)
    figure.add_scatter(
        x=tips[:, 0].tolist(), y=tips[:, 1].tolist(), mode="markers", marker={"size": 14, "opacity": 0},
        customdata=[plain(name) for name in names], hovertemplate="%{customdata}: (%{x:.2f}, %{y:.2f})<extra></extra>",
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    figure.update_xaxes(range=[-limit, limit], nticks=5, constrain="domain")
    return figure.update_yaxes(range=[-limit, limit], nticks=5, scaleanchor="x", constrain="domain")


def scaling_variance(
    sizes: Sequence[int], sampled: Sequence[float], names: tuple[str, str, str], axis: str, theme: str = "light"
) -> go.Figure:
    """The variance of q · k against d_k, both axes logarithmic: drawn, in theory, and divided by sqrt(d_k).

    names: of the sample, of the theory, of the divided sample.
    """
    colours = PALETTE[theme]
    figure = _figure(theme)
    drawn = np.asarray(sampled)
    divided = drawn / np.asarray(sizes)
    looks = (
        (names[1], list(sizes), {"mode": "lines", "line": {"color": colours["muted"], "width": 2, "dash": "dash"}}),
        (names[0], drawn.tolist(), {"mode": "markers", "marker": {"color": colours["target"], "size": 10}}),
        (names[2], divided.tolist(),
         {"mode": "markers", "marker": {"color": colours["source"], "size": 10, "symbol": "diamond"}}),
    )  # fmt: skip
    for name, values, look in looks:
        figure.add_scatter(x=list(sizes), y=values, name=name, hovertemplate="%{y:.3g}", **look)
    figure.update_layout(hovermode="x unified", showlegend=True)
    figure.update_xaxes(title=axis, type="log", tickvals=[1, 8, 64, 512])
    return figure.update_yaxes(type="log", tickvals=[1, 10, 100], range=[-0.5, 2.95])


def scaling_gradient(
    sizes: Sequence[int], gradient: np.ndarray, names: tuple[str, str], axis: str, theme: str = "light"
) -> go.Figure:
    """How much the softmax can still be moved, against d_k. gradient (2, sizes): without the division, and with it."""
    figure = _figure(theme)
    for values, name, (colour, dash, symbol) in zip(gradient, names, _two(theme), strict=True):
        figure.add_scatter(
            x=list(sizes), y=values.tolist(), name=name, mode="lines+markers", hovertemplate="%{y:.3f}",
            line={"color": colour, "width": 2.5, "dash": dash}, marker={"color": colour, "size": 9, "symbol": symbol},
        )  # fmt: skip
    figure.update_layout(hovermode="x unified", showlegend=True)
    figure.update_xaxes(title=axis, type="log", tickvals=[1, 8, 64, 512])
    return figure.update_yaxes(range=[0, 0.5], tickvals=[0, 0.25, 0.5])


def scaling_weights(weights: np.ndarray, names: tuple[str, str], axis: str, theme: str = "light") -> go.Figure:
    """One softmax over the same scores, without the division and with it. weights (2, keys)"""
    colours = PALETTE[theme]
    figure = _figure(theme)
    keys = list(range(1, weights.shape[1] + 1))
    # The one is an outline, the other is filled: colours are not the only sign.
    for values, name, (colour, _, _), inside in zip(weights, names, _two(theme), ("background", "source"), strict=True):
        figure.add_bar(
            x=keys, y=values.tolist(), name=name, hovertemplate="%{y:.4f}",
            marker={"color": colours[inside], "line": {"color": colour, "width": 2}},
        )  # fmt: skip
    figure.update_layout(hovermode="x unified", bargap=0.3, showlegend=True)
    figure.update_xaxes(title=axis, tickvals=keys)
    return figure.update_yaxes(range=[0, 1.02], tickvals=[0, 0.5, 1])


def _two(theme: str) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Colour, line and mark of what is not divided, and of what is: the same in all three figures."""
    colours = PALETTE[theme]
    return (colours["target"], "dash", "circle"), (colours["source"], "solid", "diamond")
