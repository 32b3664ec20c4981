"""One look for every figure, from the palette that the app's theme and the stage read too."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

PALETTE = json.loads((Path(__file__).parents[2] / "assets" / "palette.json").read_text(encoding="utf-8"))
THEMES = ("light", "dark")
LABEL_SIZE = 14  # px: the least that is read from the back of a hall


def sequential(theme: str) -> list[tuple[float, str]]:
    """The scale of weights, 0 to 1, as Plotly takes it."""
    colours = PALETTE[theme]["sequential"]
    return [(i / (len(colours) - 1), colour) for i, colour in enumerate(colours)]


def layout(theme: str, **more: Any) -> go.Layout:
    """The layout that all figures share, and what this one adds."""
    colours = PALETTE[theme]
    axis = {
        "showgrid": False,
        "zeroline": False,
        "linecolor": colours["border"],
        "tickfont": {"size": LABEL_SIZE},
        "automargin": True,
    }
    base = go.Layout(
        font={"family": PALETTE["fonts"]["text"], "size": LABEL_SIZE, "color": colours["text"]},
        paper_bgcolor=colours["background"],
        plot_bgcolor=colours["background"],
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        xaxis=axis,
        yaxis=axis,
        hoverlabel={"font": {"size": LABEL_SIZE, "family": PALETTE["fonts"]["text"]}},
    )
    return base.update(more)


def plain(text: str) -> str:
    """Typed text for a label: Plotly would read tags in it."""
    return html.escape(text, quote=False)
