"""The common style of all figures, from the palette that the app and its views also use."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PALETTE = json.loads((Path(__file__).parents[2] / "assets" / "palette.json").read_text(encoding="utf-8"))
THEMES = ("light", "dark")
LABEL_SIZE = 14  # px: legible from the back of a lecture hall


def sequential(theme: str) -> list[tuple[float, str]]:
    """Return the colour scale of weights, 0 to 1, in Plotly's form."""
    colours = PALETTE[theme]["sequential"]
    return [(i / (len(colours) - 1), colour) for i, colour in enumerate(colours)]


def layout(
    theme: str, xaxis: Mapping[str, Any] | None = None, yaxis: Mapping[str, Any] | None = None, **options: Any
) -> dict[str, Any]:
    """Return the layout that all figures share, updated with the options of one figure and of its axes.

    It is a dict, to be given to `go.Figure` with the traces: each later update of a figure takes Plotly milliseconds.
    """
    colours = PALETTE[theme]
    axis = {
        "showgrid": False,
        "zeroline": False,
        "linecolor": colours["border"],
        "tickfont": {"size": LABEL_SIZE},
        "automargin": True,
    }
    base = {
        "font": {"family": PALETTE["fonts"]["text"], "size": LABEL_SIZE, "color": colours["text"]},
        "paper_bgcolor": colours["background"],
        "plot_bgcolor": colours["background"],
        "margin": {"l": 8, "r": 8, "t": 48, "b": 8},
        "hoverlabel": {"font": {"size": LABEL_SIZE, "family": PALETTE["fonts"]["text"]}},
    }
    return {**base, "xaxis": {**axis, **(xaxis or {})}, "yaxis": {**axis, **(yaxis or {})}, **options}


def vertical(x: float, colour: str, **line: Any) -> dict[str, Any]:
    """Return a line at x over the whole height, as a shape of a layout.

    `Figure.add_vline` draws the same, but takes some 10 ms for each line.
    """
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": colour, **line}}


def plain(text: str) -> str:
    """Escape typed text for a label, in which Plotly would interpret tags."""
    return html.escape(text, quote=False)
