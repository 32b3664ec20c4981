"""Curves of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.plots.theme import PALETTE, layout


def training_curve(
    history: Sequence[Mapping[str, Any]], epoch: str, perplexity: str, theme: str = "light"
) -> go.Figure:
    """Draw the dev perplexity after each epoch of a card's history; `epoch` and `perplexity` are the axes' titles."""
    figure = go.Figure(
        go.Scatter(
            x=[entry["epoch"] for entry in history],
            y=[entry["dev_perplexity"] for entry in history],
            mode="lines+markers",
            line={"color": PALETTE[theme]["primary"], "width": 3},
            hovertemplate="%{x}: %{y:.2f}<extra></extra>",
        )
    )
    figure.update_layout(layout(theme, height=340, margin={"l": 8, "r": 8, "t": 16, "b": 8}))
    figure.update_xaxes(title=epoch)
    figure.update_yaxes(title=perplexity, type="log", tickvals=[2, 5, 10, 20, 50, 100, 200, 500])
    return figure
