"""Line charts without Plotly's library in the browser, so that they appear at once."""

from __future__ import annotations

import html
from collections.abc import Iterable
from itertools import compress, zip_longest
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.plots import PALETTE
from pages.ui.charts import theme
from pages.ui.views import View

_CURVES = View("curves")


def curves(figure: go.Figure, key: str, alt: str, mark: int | None = None) -> None:
    """Show a figure of lines, markers and stacked areas.

    `charts.show` shows any figure, but a browser needs a second to load Plotly's library before the first one.

    Args:
        figure: The figure to show.
        key: Name of the chart on the page, and of the saved file.
        alt: Description for screen readers.
        mark: Index of the point of the first line that stands out.
    """
    data = curves_data(figure, key, alt)
    if mark is not None:
        data["series"].append(_marked(data["series"][0], mark))
    _CURVES.show(data, key)


def _marked(line: dict[str, Any], at: int) -> dict[str, Any]:
    """Return one point of a line as a large marker, of which nothing more is told."""
    look = {"colour": PALETTE[theme()]["accent"], "width": 0, "sizes": [15], "symbols": ["circle"], "legend": False}
    return {**line, **look, "x": [line["x"][at]], "y": [line["y"][at]], "texts": None, "told": [""]}


def curves_data(figure: go.Figure, file: str, title: str) -> dict:
    """Return what the view is given: the lines of a figure, its axes, its bands and its names."""
    layout = figure.layout
    edges: dict[str, np.ndarray] = {}  # the upper edge of what is stacked so far, by group
    labels = [html.unescape(note.text) for note in layout.annotations]
    return {
        "title": title,
        "file": file,
        "height": layout.height,
        "x": _axis(layout.xaxis),
        "y": _axis(layout.yaxis),
        "series": [
            {**_line(trace, edges), "legend": layout.showlegend is not False and trace.showlegend is not False}
            for trace in figure.data
        ],
        "bare": layout.xaxis.visible is False,
        "square": layout.yaxis.scaleanchor == "x",
        "bands": [_band(shape, label or "") for shape, label in zip_longest(layout.shapes, labels)],
        "places": _places(figure),
    }


def _band(shape: go.layout.Shape, label: str) -> dict[str, Any]:
    """Return a band, or a line, of the whole height. Raises `ValueError` for a shape of another kind."""
    if shape.xref not in (None, "x") or shape.yref != "paper" or (shape.y0, shape.y1) != (0, 1):
        raise ValueError(f"the view of curves draws no shape such as {shape}")
    return {"from": shape.x0, "to": shape.x1, "label": label}


def _axis(axis: go.layout.XAxis | go.layout.YAxis) -> dict[str, Any]:
    names = axis.ticktext and [html.unescape(text) for text in axis.ticktext]
    log = axis.type == "log"
    return {
        "title": axis.title.text or "",
        "log": log,
        "zero": axis.zeroline is True,
        "range": axis.range,
        "ticks": axis.tickvals,
        "labels": names,
    }


def _places(figure: go.Figure) -> list[float]:
    """Return the places on the x axis whose values are read out."""
    return sorted({x for trace in figure.data for x in _told(trace)})


def _told(trace: go.Scatter) -> list[float]:
    """Return where something is told of a line: at its markers, otherwise at whole numbers, or all where these are few."""
    if trace.hoverinfo == "skip":
        return []
    told = [True] * len(trace.x) if trace.customdata is None else [any(texts) for texts in trace.customdata]
    places = [float(x) for x in compress(trace.x, told)]
    if "markers" in trace.mode:
        return [x for x, size in zip(places, compress(_sizes(trace), told), strict=True) if size]
    whole = [x for x in places if x.is_integer()]
    return whole if len(whole) > 1 else places


def _sizes(trace: go.Scatter) -> list[float]:
    """Return the diameter of each marker of a line."""
    size = 6 if trace.marker.size is None else trace.marker.size
    return [size] * len(trace.x) if isinstance(size, int | float) else np.asarray(size).tolist()


def _texts(trace: go.Scatter) -> list[str] | None:
    """Return what is told at each point of a line, None for its values."""
    return None if trace.customdata is None else [" · ".join(map(str, row)) for row in trace.customdata]


def _numbers(values: Iterable[float]) -> list[float]:
    return [round(float(value), 6) for value in values]


def _line(trace: go.Scatter, edges: dict[str, np.ndarray]) -> dict[str, Any]:
    markers = "markers" in trace.mode
    symbol = trace.marker.symbol or "circle"
    data = {
        "name": html.unescape(trace.name or ""),
        "x": np.asarray(trace.x).tolist(),
        "y": np.asarray(trace.y).tolist(),
        "colour": trace.line.color or trace.marker.color,
        "dash": trace.line.dash or "solid",
        "width": trace.line.width if "lines" in trace.mode else 0,
        "sizes": _sizes(trace) if markers else None,
        "symbols": ([symbol] * len(trace.x) if isinstance(symbol, str) else list(symbol)) if markers else None,
        "texts": [html.unescape(text) for text in trace.text] if "text" in trace.mode else None,
        "told": [""] * len(trace.x) if trace.hoverinfo == "skip" else _texts(trace),
        "below": None,
    }
    if trace.stackgroup:
        below = edges.get(trace.stackgroup, np.zeros(len(trace.x)))
        edges[trace.stackgroup] = upper = below + np.asarray(trace.y)
        data |= {"y": _numbers(upper), "below": _numbers(below), "colour": trace.fillcolor}
    return data
