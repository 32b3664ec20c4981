"""Downloads and the link of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

import core
from core.export import save, to_csv, to_html
from core.export.packed import count_weights
from pages.translate.fields import FIELDS
from pages.ui import navigation, session
from pages.ui.address import APP, STAGE
from pages.ui.catalogue import language, t
from pages.ui.controls import download_row
from pages.ui.stage import chosen_layers

MOST_AS_TEXT = 5_000_000
"""Weights of a run that is exported as text too: 5 runs of 130 pieces with 3 layers of 8 heads."""


def _file(trace: core.Trace, suffix: str) -> bytes:
    """Return the content of a run's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"run{suffix}"
        save(trace, path)
        return path.read_bytes()


def show_downloads(trace: core.Trace) -> None:
    """Show the link and the downloads in an expander, when it is open. A file is made only when its button is clicked."""
    place = st.expander(t("translate.download"), key="export_open", on_change="rerun")
    if not place.open:
        return
    # A file is made outside of the session, so its values are read now.
    app_language, state, layers = language(), dict(st.session_state["stage"]), chosen_layers(trace)
    texts: dict[str, Callable[[], str | bytes]] = {
        "translate.csv": lambda: to_csv(trace).encode("utf-8-sig"),  # with the byte order mark that spreadsheets need
        "translate.json": lambda: _file(trace, ".json"),
    }
    is_large = count_weights(trace) > MOST_AS_TEXT
    makers = ({} if is_large else texts) | {
        "translate.npz": lambda: _file(trace, ".npz"),
        "translate.html": lambda: to_html(trace, app_language, "auto", state, layers),
    }
    with place:
        st.caption(t("translate.share"), help=t("translate.share.help"))
        st.code(navigation.link("translate", session.address([*APP, *FIELDS, *STAGE])), language=None, wrap_lines=True)
        download_row("headlight", "take", makers)
        st.caption(t("translate.take.help"))
        if is_large:
            st.caption(t("translate.take.large"))
