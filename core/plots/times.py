"""Bar charts of durations."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.plots.theme import LABEL_SIZE, PALETTE, layout, plain


def times(
    names: Sequence[str], milliseconds: Sequence[float], details: Sequence[str], axis: str, theme: str = "light"
) -> go.Figure:
    """Draw a bar for each duration, with its name and details above it.

    Args:
        names: The name of each bar.
        milliseconds: The durations.
        details: A line of text for each bar.
        axis: Title of the x axis.
        theme: "light" or "dark".
    """
    colours = PALETTE[theme]
    figure = go.Figure(
        go.Bar(
            x=list(milliseconds),
            y=list(range(len(names))),
            orientation="h",
            marker={"color": [colours["primary"], *[colours["muted"]] * (len(names) - 1)]},
            width=0.3,
            customdata=[plain(name) for name in names],
            hovertemplate="%{customdata}: %{x:.2f}<extra></extra>",
        )
    )
    for row, (name, detail) in enumerate(zip(names, details, strict=True)):
        figure.add_annotation(
            x=0, y=row - 0.16, text=f"<b>{plain(name)}</b><br>{plain(detail)}", showarrow=False,
            align="left", xanchor="left", yanchor="bottom", font={"size": LABEL_SIZE, "color": colours["text"]},
        )  # fmt: skip
    figure.update_layout(layout(theme, height=70 + 68 * len(names), margin={"l": 8, "r": 12, "t": 8, "b": 8}))
    figure.update_xaxes(title=axis, rangemode="tozero", nticks=6)
    return figure.update_yaxes(visible=False, range=[len(names) - 0.8, -0.9])
