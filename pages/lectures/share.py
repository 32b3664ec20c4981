"""The dialog in which a visitor shares what is on the screen: its link, its QR code, and a place in a lecture."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.export.qr import qr_code, to_svg
from pages.lectures import draft
from pages.ui import navigation
from pages.ui.address import STAGE
from pages.ui.catalogue import plain, t
from pages.ui.stage_state import DEFAULT_STATE

STYLE = "img.qr { display: block; width: min(100%, calc(100vh - 10.5rem)); min-width: 12rem; margin: auto; }"
"""As tall as a projected picture allows."""

BUTTON = """
<style>
.st-key-page { position: relative; }
.st-key-share { position: absolute; top: 0; right: 0; width: auto; z-index: 2; }
.st-key-share button { min-height: 1.7rem; padding: 0 0.7rem; }
.st-key-share button p { font-size: 0.875rem; }
.stMain .stHeading h1 { padding-right: 4.4rem; }
@media (max-width: 767px) {
  .st-key-share button { min-height: 2.1rem; }
  .stMain .stHeading h1 { min-height: 2.4rem; } /* what follows stands below the button */
}
</style>
"""
"""The button stands at the right of the page's title."""

OF_LECTURES = ("lecture", "at", "draft")


def show_button() -> None:
    """Show the button that opens the dialog."""
    st.html(BUTTON)
    st.button(t("lectures.share"), key="share", on_click=request)


def request() -> None:
    """Let the dialog open in this run, as a callback."""
    st.session_state["_share"] = True


def show(page: Any) -> None:
    """Show the dialog if it was requested.

    Args:
        page: The page that `st.navigation` returned; it has run, so that the address is written.
    """
    if not st.session_state.pop("_share", False):
        return
    name = page.url_path if page.url_path in navigation.PAGES else navigation.PAGES[0]
    query = {key: text for key, text in st.session_state["addresses"][-1].items() if not is_left_out(key, text)}
    st.dialog(t("lectures.share.title"), width="large")(_show)(name, query)


def is_left_out(key: str, text: str) -> bool:
    """Return whether a link opens the same without this part: one of the lecture, or a default of the attention view."""
    default = DEFAULT_STATE.get(key)
    return key in OF_LECTURES or (default is not None and key != "kind" and text == STAGE[key].write(default))


def _show(page: str, query: Mapping[str, str]) -> None:
    link = navigation.link(page, query)
    code, more = st.columns([3, 2])
    show_qr(link, code, more)
    with more:
        st.markdown(f"**{t('lectures.share.link')}**")
        st.code(link, language=None, wrap_lines=True)
        if page != "lectures":
            _show_adding(page, query)


def show_qr(link: str, place: DeltaGenerator, notes: DeltaGenerator) -> None:
    """Show the QR code of a link, or in a sentence why there is none, and whether phones can reach it."""
    code = qr_code(link)
    if code is None:
        place.info(t("lectures.qr.long", length=len(link)))
        return
    if is_local(link):
        notes.info(t("lectures.qr.local", host=plain(urlsplit(link).hostname or "")))
    picture = base64.b64encode(to_svg(code).encode()).decode()
    place.html(
        f'<style>{STYLE}</style><img class="qr" alt="{t("lectures.qr.alt")}" src="data:image/svg+xml;base64,{picture}">'
    )


def is_local(link: str) -> bool:
    """Return whether a link names this very machine, which no phone can reach by it."""
    host = urlsplit(link).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _show_adding(page: str, query: Mapping[str, str]) -> None:
    """Show the form that adds the state to the lecture that the visitor writes."""
    st.markdown(f"**{t('lectures.add.title')}**")
    text = query.get("text", "")
    default = f"{t(f'nav.{page}')}: {text}" if text else t(f"nav.{page}")
    st.session_state.setdefault("_state_name", default[: draft.LONGEST_NAME])
    st.text_input(t("lectures.name"), key="_state_name", max_chars=draft.LONGEST_NAME)
    st.button(t("lectures.add"), key="add-state", on_click=draft.add, args=(page, query))
    if count := len(draft.states()):
        st.caption(t("lectures.count", count=count))
        st.page_link("pages/lectures.py", label=t("lectures.edit"))
