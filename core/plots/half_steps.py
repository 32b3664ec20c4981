"""Figures along the half-steps of a stack: one vector's length by origin, and an error that grows or falls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from core.plots.theme import LABEL_SIZE, PALETTE, layout, plain
from core.records.stream import ORIGINS, ResidualStream

HEIGHT = 350  # px
GAP = 0.34
"""Distance of a vector before and after a layer normalization; half-steps are 1 apart."""

COLOURS = {"position": 3, "self_attention": 2, "cross_attention": 5, "feed_forward": 7}
"""Index of each origin's colour in the palette's "heads". Words have the colour of their side, biases are pale."""

PATTERNS = {
    "position": "/",
    "self_attention": "",
    "cross_attention": "\\",
    "feed_forward": "x",
    "word": "",
    "bias": ".",
}
"""Hatching, so that origins do not differ in colour alone."""


class Flow(NamedTuple):
    """One vector along a stack, as `river` draws it. K places: the input, then each sum before and after its norm.

    Attributes:
        x: Where each place stands, (K,).
        lengths: The length of the vector there, (K,).
        shares: The share of each origin, (origins, K).
        normalized: Whether the place stands after a layer normalization, (K,).
    """

    x: np.ndarray
    lengths: np.ndarray
    shares: np.ndarray
    normalized: np.ndarray

    @classmethod
    def all(cls, stream: ResidualStream) -> tuple[Flow, ...]:
        """Return the flow of each position of a stream."""
        steps = len(stream.half_steps)
        before, after = np.arange(1, steps) - GAP / 2, np.arange(1, steps) + GAP / 2
        x = np.r_[0.0, _alternating(before, after)]
        lengths, shares = stream.lengths, stream.shares
        lengths = np.concatenate([lengths[:1], _alternating(stream.sums[1:], lengths[1:])])  # (K, T)
        shares = np.concatenate([shares[:1], _alternating(stream.sum_shares[1:], shares[1:])])  # (K, origins, T)
        normalized = np.r_[False, np.tile([False, True], steps - 1)]
        positions = range(len(stream.pieces))
        return tuple(cls(x, lengths[:, at].copy(), shares[:, :, at].T.copy(), normalized) for at in positions)


def _alternating(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the rows of a and b by turns."""
    return np.stack([a, b], 1).reshape(-1, *a.shape[1:])


def river(
    flow: Flow,
    names: Mapping[str, str],
    steps: Sequence[str],
    titles: tuple[str, str, str],
    word: str,
    theme: str = "light",
) -> go.Figure:
    """Draw a vector along a stack as a band as wide as the vector is long, split by what it is a sum of.

    A summand's width is its share of the vector times the vector's length. Summands that point against the vector lie
    below the axis: what is above minus what is below is the length.

    Args:
        flow: The vector.
        names: Names of the origins, in the order of the legend; others are left out.
        steps: Name of each half-step.
        titles: Title of the y axis, and names of the line of lengths and of a layer normalization.
        word: "source" or "target", the role of the word's colour.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    traces = []
    for sign in (1, -1):
        for origin, name in names.items():
            widths = flow.lengths * flow.shares[ORIGINS.index(origin)]
            side = np.clip(sign * widths, 0, None) * sign
            if sign < 0 and not side.any():
                continue
            colour = _colour(origin, word, theme)
            traces.append(go.Scatter(
                x=flow.x, y=side.round(4), stackgroup=f"side{sign}", name=plain(name), mode="lines",
                line={"width": 0.5, "color": colours["background"]}, fillcolor=colour, legendgroup=origin,
                fillpattern={"shape": PATTERNS[origin], "fgcolor": colours["background"], "bgcolor": colour, "size": 7,
                             "solidity": 0.25},
                showlegend=sign > 0, hoverinfo="skip" if sign < 0 else "all",
                customdata=[[f"{width:.2f}", f"{share:.0%}"] if sign > 0 else [""] for width, share in
                            zip(widths, flow.shares[ORIGINS.index(origin)], strict=True)],
                hovertemplate="%{customdata[0]} (%{customdata[1]})<extra>%{fullData.name}</extra>" if sign > 0 else None,
            ))  # fmt: skip
    traces.append(go.Scatter(
        x=flow.x, y=flow.lengths.round(4), mode="lines+markers+text", name=plain(titles[1]), showlegend=False,
        line={"color": colours["text"], "width": 2},
        marker={"size": 8, "color": colours["text"], "symbol": np.where(flow.normalized, "diamond", "circle").tolist()},
        text=[f"{length:.0f}" for length in flow.lengths], textposition="top center",
        textfont={"size": LABEL_SIZE, "color": colours["text"]}, cliponaxis=False,
        customdata=[[f"{length:.2f}"] for length in flow.lengths], hovertemplate="%{customdata[0]}<extra>%{fullData.name}</extra>",
    ))  # fmt: skip
    bands = [(step - GAP / 2, step + GAP / 2) for step in range(1, len(steps))]
    look = layout(
        theme,
        {"tickvals": list(range(len(steps))), "ticktext": [plain(step) for step in steps], "range": [-0.3, len(steps) - 0.6]},
        {"title": titles[0], "zeroline": True, "zerolinecolor": colours["border"], "nticks": 6},
        shapes=[
            {"type": "rect", "yref": "paper", "x0": low, "x1": high, "y0": 0, "y1": 1, "fillcolor": colours["muted"],
             "opacity": 0.22, "line": {"width": 0}}
            for low, high in bands
        ],
        annotations=[
            {"x": (low + high) / 2, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
             "text": plain(titles[2]), "font": {"size": LABEL_SIZE, "color": colours["muted"]}}
            for low, high in bands
        ],
        height=HEIGHT, margin={"l": 8, "r": 12, "t": 60, "b": 8}, showlegend=True,
        legend={"orientation": "h", "y": 1.12, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        hovermode="x unified",
    )  # fmt: skip
    return go.Figure(traces, look)


def _colour(origin: str, word: str, theme: str) -> str:
    colours = PALETTE[theme]
    if origin == "word":
        return colours[word]
    return colours["muted"] if origin == "bias" else colours["heads"][COLOURS[origin]]


def errors_by_step(
    curves: Mapping[str, Sequence[float]],
    chance: tuple[str, float],
    steps: Sequence[str],
    y: str,
    theme: str = "light",
) -> go.Figure:
    """Draw an error at each half-step: a curve for each way of running, and the error of chance as a line.

    Args:
        curves: The errors by name, one for each half-step.
        chance: Name and error of the guess that knows nothing.
        steps: Name of each half-step.
        y: Title of the y axis.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    figure = go.Figure()
    styles = (("source", "solid", "circle"), ("target", "dash", "diamond"))
    for (name, values), (colour, dash, symbol) in zip(curves.items(), styles, strict=False):
        figure.add_scatter(
            x=list(range(len(values))), y=[*values], mode="lines+markers", name=plain(name),
            line={"color": colours[colour], "width": 3, "dash": dash}, marker={"symbol": symbol, "size": 10},
            hovertemplate="%{y:.2f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=[0, len(steps) - 1], y=[chance[1]] * 2, mode="lines", name=plain(chance[0]),
        line={"color": colours["muted"], "width": 2, "dash": "dot"}, hovertemplate="%{y:.2f}<extra>%{fullData.name}</extra>",
    )  # fmt: skip
    figure.update_layout(
        layout(theme, height=HEIGHT, margin={"l": 8, "r": 12, "t": 56, "b": 8}, showlegend=True),
        legend={"orientation": "h", "y": 1.04, "yanchor": "bottom", "x": 0}, hovermode="x unified",
    )  # fmt: skip
    figure.update_xaxes(tickvals=list(range(len(steps))), ticktext=[plain(step) for step in steps])
    return figure.update_yaxes(title=y, rangemode="tozero", showgrid=True, gridcolor=colours["border"], nticks=6)
