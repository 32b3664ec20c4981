"""Plotly figures on a page."""

import plotly.graph_objects as go
import streamlit as st


def theme() -> str:
    """ "light" or "dark", as the visitor's browser shows the app."""
    return st.context.theme.type or "light"


def show(figure: go.Figure, key: str, alt: str) -> None:
    """One chart with its name for screen readers; our colours, not Streamlit's. Its camera button saves an SVG.

    A finger on it scrolls the page: it does not zoom. Of Plotly's buttons the camera alone is left, which on a phone are
    always there and would cover the legend.
    """
    figure.update_layout(dragmode=False)
    image = {"format": "svg", "filename": key}
    config = {"displaylogo": False, "toImageButtonOptions": image, "modeBarButtons": [["toImage"]]}
    st.plotly_chart(figure, theme=None, key=key, alt=alt, config=config)
