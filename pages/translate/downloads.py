"""Files and the link of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

import core
from core.export import save, to_csv, to_html
from pages.translate.fields import FIELDS
from pages.ui import session
from pages.ui.address import APP, STAGE
from pages.ui.catalogue import language, t
from pages.ui.controls import download_row


def _file(trace: core.Trace, suffix: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"run{suffix}"
        save(trace, path)
        return path.read_bytes()


def offer(trace: core.Trace) -> None:
    """A folded row of downloads and the link. Files are made when somebody clicks, not before."""
    # Who clicks has no session while the file is made: what it holds is taken from it now.
    words, shown = language(), dict(st.session_state["stage"])
    makers: dict[str, Callable[[], str | bytes]] = {
        "translate.csv": lambda: to_csv(trace).encode("utf-8-sig"),  # with the mark by which spreadsheets know UTF-8
        "translate.json": lambda: _file(trace, ".json"),
        "translate.npz": lambda: _file(trace, ".npz"),
        "translate.html": lambda: to_html(trace, words, "auto", shown),
    }
    with st.expander(t("translate.download")):
        st.caption(t("translate.share"), help=t("translate.share.help"))
        st.code(session.link("translate", [*APP, *FIELDS, *STAGE]), language=None, wrap_lines=True)
        download_row("headlight", "take", makers)
        st.caption(t("translate.take.help"))
