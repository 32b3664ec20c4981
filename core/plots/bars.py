"""Bar charts of distributions."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.plots.theme import PALETTE, layout, plain


def before_and_after(
    pieces: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
    names: tuple[str, str],
    theme: str = "light",
) -> go.Figure:
    """Draw two distributions over the same pieces side by side.

    Args:
        pieces: Labels of the axis, in order.
        before: Probabilities, 0 to 1.
        after: Probabilities, 0 to 1.
        names: Names of `before` and `after`.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    figure = go.Figure(layout=layout(theme, height=340, margin={"l": 8, "r": 8, "t": 40, "b": 8}))
    for values, name, colour, pattern in (
        (before, names[0], colours["muted"], ""),
        (after, names[1], colours["target"], "/"),
    ):
        figure.add_bar(
            x=list(range(len(pieces))),
            y=list(values),
            name=name,
            marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": colours["background"]}},
            text=[f"{value:.2f}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y:.4f}<extra></extra>",
        )
    figure.update_xaxes(tickvals=list(range(len(pieces))), ticktext=[plain(piece) for piece in pieces])
    figure.update_yaxes(range=[0, 1.08], tickvals=[0, 0.5, 1])
    return figure.update_layout(legend={"orientation": "h", "y": 1.12, "x": 0}, bargap=0.25)
