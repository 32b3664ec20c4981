"""Curves, dials and histograms of the positional encoding. Titles and names are arguments, in any language."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.plots.theme import PALETTE, layout, vertical

ORDER = (5, 6, 3, 7, 0, 2, 1, 4)
"""The order in which curves take the eight colours of heads: the most legible first."""
MARGIN = {"l": 8, "r": 12, "t": 8, "b": 8}


def _colour(theme: str, i: int) -> str:
    return PALETTE[theme]["heads"][ORDER[i % len(ORDER)]]


def _figure(
    traces: Sequence[go.Scatter], theme: str, height: int, x: Mapping[str, Any], y: Mapping[str, Any], **options: Any
) -> go.Figure:
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    look = layout(theme, {"nticks": 7, **x}, y, height=height, margin=MARGIN, legend=legend, **options)
    return go.Figure(traces, look)


def position_curves(
    at: np.ndarray, values: np.ndarray, dimensions: Sequence[int], axis: str, theme: str = "light"
) -> go.Figure:
    """Draw dimensions of the positional encoding as curves over the positions.

    Both dimensions of a pair have the same colour; the sine (even) is solid, the cosine (odd) is dotted. Up to 40 whole
    positions are marked with dots.

    Args:
        at: The positions, which may be fractional, (P,).
        values: The encoding, (P, len(dimensions)).
        dimensions: The dimensions.
        axis: Title of the x axis.
        theme: "light" or "dark".
    """
    pairs = list(dict.fromkeys(dimension // 2 for dimension in dimensions))
    whole = np.isclose(at, at.round())
    traces = []
    for column, dimension in zip(values.T, dimensions, strict=True):
        colour = _colour(theme, pairs.index(dimension // 2))
        traces.append(
            go.Scatter(
                x=at.round(4),
                y=column.round(4),
                name=str(dimension),
                mode="lines+markers" if whole.sum() <= 40 else "lines",
                line={"color": colour, "width": 2.5, "dash": "dot" if dimension % 2 else "solid"},
                marker={"color": colour, "size": np.where(whole, 7, 0)},
                hovertemplate="%{y:.3f}",
            )
        )
    y = {"range": [-1.08, 1.08], "tickvals": [-1, 0, 1]}
    return _figure(traces, theme, 300, {"title": axis}, y, hovermode="x unified", showlegend=True)


def position_clocks(start: np.ndarray, turn: np.ndarray, names: Sequence[str], theme: str = "light") -> go.Figure:
    """Draw a dial for each pair (sin, cos), with one hand at an angle, and another one after a rotation.

    The cosine is the horizontal coordinate, the sine the vertical one. The arc between the hands is a spiral, so that
    several turns can be counted.

    Args:
        start: Angles of the first hands in radians, (n,).
        turn: Angles of the rotations in radians, (n,).
        names: Labels of the dials.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    columns = 2 if len(names) > 1 else 1
    rows = math.ceil(len(names) / columns)
    circle = np.linspace(0, 2 * math.pi, 73)
    traces = []
    for i, (first, further, name) in enumerate(zip(start.tolist(), turn.tolist(), names, strict=True)):
        x, y = 2.6 * (i % columns), -2.8 * (i // columns)
        steps = np.linspace(0, 1, 2 + min(400, int(24 * abs(further))))
        radius = 0.3 + 0.06 * steps * abs(further) / (2 * math.pi)
        for colour, angle, far in (("border", circle, np.ones(1)), ("accent", first + steps * further, radius)):
            traces.append(
                go.Scatter(
                    x=(x + far * np.cos(angle)).round(4),
                    y=(y + far * np.sin(angle)).round(4),
                    mode="lines",
                    line={"color": colours[colour], "width": 2},
                    hoverinfo="skip",
                )
            )
        for at, colour, width, dash in ((first, "muted", 3, "dot"), (first + further, "text", 4, "solid")):
            traces.append(
                go.Scatter(
                    x=[x, x + math.cos(at)],
                    y=[y, y + math.sin(at)],
                    mode="lines+markers",
                    line={"color": colours[colour], "width": width, "dash": dash},
                    marker={"size": [0, 10], "color": colours[colour]},
                    hoverinfo="skip",
                )
            )
        name_below = {"x": [x], "y": [y - 1.62], "mode": "text", "text": [name], "textposition": "top center"}
        traces.append(go.Scatter(name_below, hoverinfo="skip"))
    bare = {"visible": False, "constrain": "domain"}
    across = {**bare, "range": [-1.3, 2.6 * (columns - 1) + 1.3]}
    up = {**bare, "range": [-2.8 * (rows - 1) - 1.65, 1.1], "scaleanchor": "x"}
    return _figure(traces, theme, 30 + 150 * rows, across, up, showlegend=False)


def position_similarity(distances: np.ndarray, products: np.ndarray, axis: str, theme: str = "light") -> go.Figure:
    """Draw the dot product of one position with the others by their distance; both arrays are (L,)."""
    colours = PALETTE[theme]
    line = go.Scatter(
        x=distances,
        y=products.round(4),
        mode="lines+markers",
        line={"color": colours["primary"], "width": 2.5},
        marker={"size": 6},
        hovertemplate="%{x:+d}: %{y:.3f}<extra></extra>",
    )
    zero = {"zeroline": True, "zerolinecolor": colours["border"]}
    return _figure([line], theme, 310, {"title": axis, **zero}, zero)


def position_wavelengths(
    lengths: Sequence[np.ndarray],
    names: Sequence[str],
    marks: dict[str, float],
    axes: tuple[str, str],
    theme: str = "light",
) -> go.Figure:
    """Draw the wavelength of each pair of dimensions, a curve for each of two formulas.

    Args:
        lengths: The wavelengths of each formula.
        names: Names of the formulas.
        marks: Horizontal lines, by name.
        axes: Titles of the axes.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    traces = [
        go.Scatter(
            x=np.arange(len(values)),
            y=values,
            name=name,
            mode="lines+markers" if len(values) <= 24 else "lines",
            line={"color": _colour(theme, i), "width": 3, "dash": dash},
            hovertemplate="%{x}: %{y:,.1f}",
        )
        for i, (values, name, dash) in enumerate(zip(lengths, names, ("solid", "dot"), strict=True))
    ]
    for name, level in marks.items():  # no shapes: Plotly misplaces their labels on a logarithmic axis
        traces.append(
            go.Scatter(
                x=[0, max(map(len, lengths)) - 1],
                y=[level, level],
                name=name,
                mode="lines",
                line={"color": colours["muted"], "width": 2, "dash": "dash"},
                hoverinfo="skip",
            )
        )
    powers = {"tickvals": [10, 100, 1000, 10000], "ticktext": ["10", "100", "1,000", "10,000"]}
    x, y = axes
    return _figure(traces, theme, 320, {"title": x}, {"title": y, "type": "log", **powers}, hovermode="x unified")


def position_histogram(
    edges: np.ndarray,
    shares: Sequence[np.ndarray],
    names: Sequence[str],
    axis: str,
    marks: dict[str, float] | None = None,
    theme: str = "light",
) -> go.Figure:
    """Draw two histograms over the same bins: the first filled, the second a dashed line.

    Args:
        edges: Edges of the bins, (B + 1,).
        shares: The share in each bin, (B,) for each histogram.
        names: Names of the histograms.
        axis: Title of the x axis.
        marks: Vertical lines, by name.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    lines = ((colours["source"], "solid", "tozeroy"), (colours["target"], "dash", "none"))
    traces = [
        go.Scatter(
            x=edges.round(4),
            y=np.append(values.round(6), 0),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2.5, "dash": dash, "shape": "hv"},
            fill=fill,
            hovertemplate="%{y:.2%}",
        )
        for values, name, (colour, dash, fill) in zip(shares, names, lines, strict=True)
    ]
    at = marks or {}
    y = {"tickformat": ".0%", "rangemode": "tozero", "nticks": 4}
    return _figure(
        traces,
        theme,
        320,
        {"title": axis},
        y,
        hovermode="x unified",
        shapes=[vertical(value, colours["text"], width=2) for value in at.values()],
        annotations=[
            {"x": value, "y": 1, "yref": "paper", "yanchor": "top", "xanchor": "left", "text": name, "showarrow": False}
            for name, value in at.items()
        ],
    )
