"""Curves of translation quality by sentence length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.plots.theme import LABEL_SIZE, PALETTE, layout, plain

STYLES = (("muted", "dot", "square"), ("target", "dash", "diamond"), ("source", "solid", "circle"))
"""Colour, dash and marker of each curve, so that curves do not differ in colour alone."""


def length_curves(
    buckets_of: Mapping[str, Sequence[Mapping[str, Any]]],
    names: Mapping[str, str],
    metric: str,
    length: str,
    score: str,
    theme: str = "light",
) -> go.Figure:
    """Draw a curve for each model: its score in each bucket of a card's `lengths`, with error bars.

    Curves are shifted a little, so that their error bars do not overlap. The labels of the axis are the smallest length
    in each of the first model's buckets, and the number of its sentences.

    Args:
        buckets_of: The buckets by model.
        names: The label of each model, also of models without buckets, so that each model keeps its style.
        metric: "chrf" or "bleu".
        length: Title of the x axis.
        score: Title of the y axis.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    figure = go.Figure()
    for i, model in enumerate(names):
        if model not in buckets_of:
            continue
        colour, dash, symbol = STYLES[i % len(STYLES)]
        buckets = buckets_of[model]
        figure.add_scatter(
            x=[at + 0.07 * (i - 1) for at in range(len(buckets))],
            y=[bucket[metric] for bucket in buckets],
            error_y={
                "array": [bucket[f"{metric}_error"] for bucket in buckets],
                "color": colours[colour],
                "thickness": 1.5,
                "width": 4,
            },
            mode="lines+markers",
            name=plain(names[model]),
            line={"color": colours[colour], "width": 3, "dash": dash},
            marker={"symbol": symbol, "size": 10},
            customdata=[[_format_range(b), b["sentences"], b[f"{metric}_error"]] for b in buckets],
            hovertemplate="%{customdata[0]}: %{y:.1f} ± %{customdata[2]:.1f} (n = %{customdata[1]})"
            "<extra>%{fullData.name}</extra>",
        )
    first = next(iter(buckets_of.values()), ())
    figure.update_layout(
        layout(theme, height=330, margin={"l": 8, "r": 8, "t": 8, "b": 8}),
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": LABEL_SIZE + 1}},
    )
    figure.update_xaxes(
        title=length,
        tickvals=list(range(len(first))),
        ticktext=[f"{bucket['from']}<br>{bucket['sentences']}" for bucket in first],
        tickangle=0,
    )
    figure.update_yaxes(title=score, rangemode="tozero", showgrid=True, gridcolor=colours["border"], nticks=6)
    return figure


def _format_range(bucket: Mapping[str, Any]) -> str:
    return f"{bucket['from']}–{bucket['to']}" if bucket["to"] > bucket["from"] else f"{bucket['from']}"
