"""Heatmaps of attention."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.analysis.view import view
from core.checks import check_weights
from core.plots.theme import LABEL_SIZE, layout, plain, sequential
from core.records.trace import Trace

TITLES = {
    "encoder_self": "Encoder self-attention",
    "decoder_self": "Masked self-attention",
    "cross": "Cross-attention",
}
KEYS = {"encoder_self": "source (keys)", "decoder_self": "target (keys)", "cross": "source (keys)"}
MOST_WEIGHTS = 2_000_000
"""So many fit into one Plotly figure, which writes each as text: 20 MB."""

COLOUR_BAR = {"title": {"text": "weight"}, "tickvals": [0, 0.5, 1], "thickness": 12, "outlinewidth": 0}


def head_name(trace: Trace, layer: int, head: int | None) -> str:
    """Return the name of a head, or with head=None of the mean of a layer's heads; both count from 1 in it."""
    name = f"average of {trace.n_heads} heads" if head is None else f"head {head + 1}"
    return f"layer {layer + 1}, {name}"


def heatmap(
    trace: Trace,
    kind: str,
    layer: int = 0,
    head: int | None = None,
    merged: bool = False,
    hidden: bool = False,
    theme: str = "light",
) -> go.Figure:
    """Draw the weights of one head, or with head=None the mean of the layer's heads, as a heatmap from 0 to 1.

    A row of the decoder is labelled with the piece that its query reads and the piece that it predicts. The title
    states the rules of `merged` and `hidden`, and explains the labels of bytes.

    Args:
        trace: The Trace.
        kind: One of `core.config.KINDS`.
        layer: The layer, from 0.
        head: The head, from 0, or None.
        merged: Whether pieces are merged into words, as in `core.analysis.view`.
        hidden: Whether specials are left out, as in `core.analysis.view`.
        theme: "light" or "dark".

    Raises:
        OptionError: If the kind, layer or head does not exist.
    """
    map_view = view(trace, kind, layer, head, merged, hidden)
    rows = [plain(read) for read in map_view.reads]
    if map_view.predicts:
        rows = [f"{read} → {plain(predicted)}" for read, predicted in zip(rows, map_view.predicts, strict=True)]
    columns = [plain(key) for key in map_view.keys]
    spelled = not merged and bool(trace.spelled_characters)
    rules = [
        *(["words: keys summed, queries averaged"] if merged else []),
        *(["specials hidden, not rescaled"] if hidden else []),
        *(["x₁ x₂: the bytes of x, spelled in bytes as the vocabulary has no piece for it"] if spelled else []),
    ]
    title = f"{TITLES[kind]}, {head_name(trace, layer, head)}"
    figure = go.Figure(
        go.Heatmap(
            z=map_view.weights,
            zmin=0,
            zmax=1,
            colorscale=sequential(theme),
            colorbar=COLOUR_BAR,
            # A word may occur twice in a sentence, so cells are placed by index, and ticks have the labels.
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
    figure.update_xaxes(tickvals=list(range(len(columns))), ticktext=columns, side="bottom", title=KEYS[kind])
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=rows,
        autorange="reversed",
        title="reads → predicts" if map_view.predicts else "source (queries)",
    )
    return figure


def all_heads(trace: Trace, kind: str, theme: str = "light", layers: Sequence[int] | None = None) -> go.Figure:
    """Draw all heads of one kind as tiles with the same scale, a row for each layer and a column for each head.

    Args:
        trace: The Trace.
        kind: One of `core.config.KINDS`.
        theme: "light" or "dark".
        layers: The layers to draw, from 0, where all have more than MOST_WEIGHTS weights; by default all.

    Raises:
        OptionError: If the kind or a layer does not exist, or the layers have too many weights for one figure.
    """
    rows, columns = trace.weights(kind, 0, None).shape
    shown = [*range(len(getattr(trace, kind)))] if layers is None else [*layers]
    check_weights(len(shown) * trace.n_heads * rows * columns, MOST_WEIGHTS, layers)
    gap = max(1, max(rows, columns) // 10)
    tile_rows, tile_columns = rows + gap, columns + gap
    tiled = np.full((len(shown) * tile_rows - gap, trace.n_heads * tile_columns - gap), np.nan, np.float32)
    for line, layer in enumerate(shown):
        for head in range(trace.n_heads):
            top, left = line * tile_rows, head * tile_columns
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
    which = (
        "all layers and heads"
        if layers is None
        else f"all heads, layers {', '.join(str(layer + 1) for layer in shown)}"
    )
    figure.update_layout(layout(theme, title={"text": f"{TITLES[kind]}, {which}", "font": {"size": 16}}, height=520))
    figure.update_xaxes(
        tickvals=[head * tile_columns + (columns - 1) / 2 for head in range(trace.n_heads)],
        ticktext=[f"head {head + 1}" for head in range(trace.n_heads)],
        tickfont={"size": LABEL_SIZE},
    )
    figure.update_yaxes(
        tickvals=[line * tile_rows + (rows - 1) / 2 for line in range(len(shown))],
        ticktext=[f"layer {layer + 1}" for layer in shown],
        autorange="reversed",
    )
    return figure
