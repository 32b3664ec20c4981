"""Attention maps."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.analysis.view import view
from core.plots.theme import LABEL_SIZE, layout, plain, sequential
from core.records.trace import Trace

TITLES = {
    "encoder_self": "Encoder self-attention",
    "decoder_self": "Masked self-attention",
    "cross": "Cross-attention",
}
COLOUR_BAR = {"title": {"text": "weight"}, "tickvals": [0, 0.5, 1], "thickness": 12, "outlinewidth": 0}


def _head_name(trace: Trace, layer: int, head: int | None) -> str:
    who = f"average of {trace.n_heads} heads" if head is None else f"head {head + 1}"
    return f"layer {layer + 1}, {who}"


def heatmap(
    trace: Trace,
    kind: str,
    layer: int = 0,
    head: int | None = None,
    merged: bool = False,
    hidden: bool = False,
    theme: str = "light",
) -> go.Figure:
    """One head's map (head=None: the average, and its title says so); layers and heads count from 0.

    The scale is 0 to 1. A decoder row says what its query reads and what it predicts. `merged` and `hidden` as in
    `core.analysis.view`; the title says the rule, and what the labels of bytes are. Raises `OptionError`.
    """
    shown = view(trace, kind, layer, head, merged, hidden)
    rows = [plain(read) for read in shown.reads]
    if shown.predicts:
        rows = [f"{read} → {plain(predicted)}" for read, predicted in zip(rows, shown.predicts, strict=True)]
    columns = [plain(key) for key in shown.keys]
    spelled = not merged and bool(trace.spelled_characters)
    rules = [
        *(["words: keys summed, queries averaged"] if merged else []),
        *(["specials left out, not rescaled"] if hidden else []),
        *(["x₁ x₂: the bytes of x, spelled in bytes as the vocabulary has no piece for it"] if spelled else []),
    ]
    title = f"{TITLES[kind]}, {_head_name(trace, layer, head)}"
    figure = go.Figure(
        go.Heatmap(
            z=shown.weights,
            zmin=0,
            zmax=1,
            colorscale=sequential(theme),
            colorbar=COLOUR_BAR,
            # The same word may stand twice in a sentence, so cells are placed by number and labelled by tick.
            customdata=[[f"{row} · {column}" for column in columns] for row in rows],
            hovertemplate="%{customdata}<br>%{z:.2f}<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    figure.update_layout(
        layout(
            theme,
            title={"text": title + (f"<br><sub>{'; '.join(rules)}</sub>" if rules else ""), "font": {"size": 16}},
            height=160 + 26 * max(6, len(rows)),
        )
    )
    figure.update_xaxes(tickvals=list(range(len(columns))), ticktext=columns, side="bottom", title="attends to")
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=rows,
        autorange="reversed",
        title="reads → predicts" if shown.predicts else "reads",
    )
    return figure


def all_heads(trace: Trace, kind: str, theme: str = "light") -> go.Figure:
    """All heads of all layers of one kind in one tiled map: layers downwards, heads across, the same scale for all."""
    maps = trace.weights(kind, 0, None)
    rows, columns = maps.shape
    gap = max(1, max(rows, columns) // 10)
    tile_rows, tile_columns = rows + gap, columns + gap
    tiled = np.full((trace.n_layers * tile_rows - gap, trace.n_heads * tile_columns - gap), np.nan, np.float32)
    for layer in range(trace.n_layers):
        for head in range(trace.n_heads):
            top, left = layer * tile_rows, head * tile_columns
            tiled[top : top + rows, left : left + columns] = trace.weights(kind, layer, head)
    figure = go.Figure(
        go.Heatmap(
            z=tiled,
            zmin=0,
            zmax=1,
            colorscale=sequential(theme),
            colorbar=COLOUR_BAR,
            hoverinfo="skip",
            hoverongaps=False,
        )
    )
    figure.update_layout(
        layout(theme, title={"text": f"{TITLES[kind]}, all layers and heads", "font": {"size": 16}}, height=520)
    )
    figure.update_xaxes(
        tickvals=[head * tile_columns + (columns - 1) / 2 for head in range(trace.n_heads)],
        ticktext=[f"head {head + 1}" for head in range(trace.n_heads)],
        tickfont={"size": LABEL_SIZE},
    )
    figure.update_yaxes(
        tickvals=[layer * tile_rows + (rows - 1) / 2 for layer in range(trace.n_layers)],
        ticktext=[f"layer {layer + 1}" for layer in range(trace.n_layers)],
        autorange="reversed",
    )
    return figure
