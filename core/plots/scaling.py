"""Vectors on a plane, and the effect of the division by sqrt(d_k). Names are arguments, in any language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.plots.theme import LABEL_SIZE, PALETTE, layout, plain

HEIGHT = 256
MARGIN = {"l": 8, "r": 12, "t": 8, "b": 8}
BELOW_LEGEND = {**MARGIN, "t": 72}  # room for a legend of three lines, so that figures side by side are aligned


def _figure(theme: str) -> go.Figure:
    figure = go.Figure(layout=layout(theme, height=HEIGHT, margin=BELOW_LEGEND))
    return figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})


def vectors(query: np.ndarray, keys: np.ndarray, names: Sequence[str], limit: float, theme: str = "light") -> go.Figure:
    """Draw a query and its keys as arrows on the plane.

    Args:
        query: (2,).
        keys: (K, 2).
        names: Name of the query, then of the keys; typed text is not interpreted.
        limit: Both axes reach from -limit to limit.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    arrows = []
    for vector, name, role in zip([query, *keys], names, ["query", *["key"] * len(keys)], strict=True):
        x, y = (float(part) for part in vector)
        side = ("right" if x >= 0 else "left") if abs(x) > abs(y) else ""
        place = f"middle {side}" if side else "top center" if y >= 0 else "bottom center"
        arrows.append(
            go.Scatter(
                x=[0.0, x], y=[0.0, y], mode="lines+markers+text", name=plain(name),
                line={"color": colours[role], "width": 4 if role == "query" else 3},
                marker={"symbol": "arrow", "angleref": "previous", "size": [0, 16], "color": colours[role]},
                text=["", plain(name)], textposition=place, textfont={"size": LABEL_SIZE + 2, "color": colours[role]},
                customdata=[[""], [f"({x:.2f}, {y:.2f})".replace("-", "−")]], cliponaxis=False,
                hovertemplate="%{customdata[0]}<extra>%{fullData.name}</extra>",
            )
        )  # fmt: skip
    axis = {
        "range": [-limit, limit],
        "nticks": 5,
        "constrain": "domain",
        "zeroline": True,
        "zerolinecolor": colours["border"],
    }
    look = layout(theme, axis, {**axis, "scaleanchor": "x"}, height=340, margin=MARGIN, showlegend=False)
    return go.Figure(arrows, look)


def scaling_variance(
    sizes: Sequence[int], sampled: Sequence[float], names: tuple[str, str, str], axis: str, theme: str = "light"
) -> go.Figure:
    """Draw the variance of q · k by d_k, with logarithmic axes: sampled, in theory, and divided by sqrt(d_k).

    Args:
        sizes: The values of d_k.
        sampled: The variance of sampled q · k for each d_k.
        names: Names of the sample, the theory and the divided sample.
        axis: Title of the x axis.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    figure = _figure(theme)
    variances = np.asarray(sampled)
    divided = variances / np.asarray(sizes)
    curves = (
        (names[1], list(sizes), {"mode": "lines", "line": {"color": colours["muted"], "width": 2, "dash": "dash"}}),
        (names[0], variances.tolist(), {"mode": "markers", "marker": {"color": colours["target"], "size": 10}}),
        (names[2], divided.tolist(),
         {"mode": "markers", "marker": {"color": colours["source"], "size": 10, "symbol": "diamond"}}),
    )  # fmt: skip
    for name, values, style in curves:
        figure.add_scatter(x=list(sizes), y=values, name=name, hovertemplate="%{y:.3g}", **style)
    figure.update_layout(hovermode="x unified", showlegend=True)
    figure.update_xaxes(title=axis, type="log", tickvals=[1, 8, 64, 512])
    return figure.update_yaxes(type="log", tickvals=[1, 10, 100], range=[-0.5, 2.95])


def scaling_gradient(
    sizes: Sequence[int], gradient: np.ndarray, names: tuple[str, str], axis: str, theme: str = "light"
) -> go.Figure:
    """Draw the norm of the softmax's Jacobian by d_k.

    Args:
        sizes: The values of d_k.
        gradient: The norms without the division by sqrt(d_k) and with it, (2, sizes).
        names: Names of the two curves.
        axis: Title of the x axis.
        theme: "light" or "dark".
    """
    figure = _figure(theme)
    for values, name, (colour, dash, symbol) in zip(gradient, names, _styles(theme), strict=True):
        figure.add_scatter(
            x=list(sizes), y=values.tolist(), name=name, mode="lines+markers", hovertemplate="%{y:.3f}",
            line={"color": colour, "width": 2.5, "dash": dash}, marker={"color": colour, "size": 9, "symbol": symbol},
        )  # fmt: skip
    figure.update_layout(hovermode="x unified", showlegend=True)
    figure.update_xaxes(title=axis, type="log", tickvals=[1, 8, 64, 512])
    return figure.update_yaxes(range=[0, 0.5], tickvals=[0, 0.25, 0.5])


def scaling_weights(weights: np.ndarray, names: tuple[str, str], axis: str, theme: str = "light") -> go.Figure:
    """Draw the softmax of the same scores without the division by sqrt(d_k) and with it, (2, keys)."""
    colours = PALETTE[theme]
    figure = _figure(theme)
    keys = list(range(1, weights.shape[1] + 1))
    # The first bars are outlined, the second filled, so that they do not differ in colour alone.
    fills = ("background", "source")
    for values, name, (colour, _, _), fill in zip(weights, names, _styles(theme), fills, strict=True):
        figure.add_bar(
            x=keys, y=values.tolist(), name=name, hovertemplate="%{y:.4f}",
            marker={"color": colours[fill], "line": {"color": colour, "width": 2}},
        )  # fmt: skip
    figure.update_layout(hovermode="x unified", bargap=0.3, showlegend=True)
    figure.update_xaxes(title=axis, tickvals=keys)
    return figure.update_yaxes(range=[0, 1.02], tickvals=[0, 0.5, 1])


def _styles(theme: str) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Return colour, dash and marker of the values without the division by sqrt(d_k), and of those with it."""
    colours = PALETTE[theme]
    return (colours["target"], "dash", "circle"), (colours["source"], "solid", "diamond")
