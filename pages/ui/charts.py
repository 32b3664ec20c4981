"""Plotly figures on a page."""

import plotly.graph_objects as go
import streamlit as st


def theme() -> str:
    """Return "light" or "dark", the theme of the app in the visitor's browser."""
    return st.context.theme.type or "light"


def show(figure: go.Figure, key: str, alt: str) -> None:
    """Show one figure in its own colours, with a button that saves an SVG.

    A finger on it scrolls the page instead of zooming. Plotly's other buttons are left out: phones show them always,
    and they would cover the legend.

    Args:
        figure: The figure to show.
        key: Name of the chart on the page, and of the saved file.
        alt: Description for screen readers.
    """
    figure.update_layout(dragmode=False)
    image = {"format": "svg", "filename": key}
    config = {"displaylogo": False, "toImageButtonOptions": image, "modeBarButtons": [["toImage"]]}
    st.plotly_chart(figure, theme=None, key=key, alt=alt, config=config)
