"""Line charts without Plotly's library in the browser, so that they appear at once."""

from __future__ import annotations

import plotly.graph_objects as go

from pages.ui.views import View

_CURVES = View("curves")


def curves(figure: go.Figure, key: str, alt: str) -> None:
    """Show a figure of lines and markers on linear axes; `alt` is its description for screen readers.

    `charts.show` shows any figure, but a browser needs a second to load Plotly's library before the first one.
    """
    _CURVES.show(curves_data(figure, key, alt), key)


def curves_data(figure: go.Figure, file: str, title: str) -> dict:
    """Return what the view is given: the lines of a figure, its axes and its names."""
    layout = figure.layout
    return {
        "title": title,
        "file": file,
        "height": layout.height,
        "x": layout.xaxis.title.text or "",
        "y": {"range": layout.yaxis.range, "ticks": layout.yaxis.tickvals},
        "series": [_line(trace) for trace in figure.data],
    }


def _line(trace: go.Scatter) -> dict:
    markers = "markers" in trace.mode
    size = trace.marker.size
    sizes = ([size] * len(trace.x) if isinstance(size, int | float) else list(size)) if markers else None
    look = {"colour": trace.line.color, "dash": trace.line.dash or "solid", "width": trace.line.width, "sizes": sizes}
    return {"name": trace.name or "", "x": list(trace.x), "y": list(trace.y), **look}
