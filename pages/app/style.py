"""CSS rules for what the theme file cannot set."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import navigation
from pages.ui.catalogue import t

STYLE = """
<style>
/* On a large projector all type grows with the window, as the attention view does. */
@media (min-width: 1500px) and (min-height: 800px) {
  html { font-size: clamp(18px, min(1.2vw, 2.1vh), 32px) !important; }
  .st-key-sentence > :not(:first-child) { min-width: max-content; } .st-key-sentence > :has(.stSlider) { min-width: 8rem; } /* their widths are in pixels */
}
/* Until now nothing of the page was seen (page_container below). */
.st-key-page, :has(> .st-key-page) { height: auto; overflow: visible; }
/* Pictures get the window below header, title and sentence. */
.stMainBlockContainer { padding-left: 1.35rem; padding-right: 1.35rem; }
.stHeading h1 { padding: 0 0 0.4rem; }
/* Streamlit's captions are too pale to be read. */
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.8; }
/* Under the pointer Streamlit makes the ground of what is chosen so dark that its name is hard to read. */
[data-testid="stButtonGroup"] button[data-selected="true"]:hover { background-color: color-mix(in srgb, currentcolor 10%, transparent) !important; }
/* Formulas in the text are read from the last row too. */
[data-testid="stMarkdownContainer"] :not(pre) > code { font-size: 0.82em; }
/* A wide formula scrolls sideways, but rounding must not make it scroll up and down. */
/* A formula that does not fit into the rest of a line goes to the next one as a whole. */
.katex { display: inline-block; }
.katex-display { overflow-y: hidden; padding: 0.2em 0.25em 0.45em; }
@media (max-width: 639px) { [data-testid="stButtonGroup"] button { padding-left: 0.7rem; padding-right: 0.7rem; min-width: 0; } } /* eight heads in a row */
/* 80 characters of the sentence are seen; controls beside it wrap before it gets shorter. */
.st-key-text { flex: 1 1 42rem; min-width: min(100%, 42rem); }
/* The warning about a sentence stands in the gap between two rows, so that nothing moves when it appears. */
.st-key-reach { height: 1.1rem; margin-top: -1.05rem; justify-content: center; } .st-key-reach p { font-size: 0.82rem; line-height: 1.3; }
@media (min-width: 640px) { :has(> .st-key-reach) { height: 0; margin-bottom: -1rem; } }
@media (max-width: 639px) { .st-key-reach { height: auto; min-height: 3.3rem; margin: -0.75rem 0 -0.7rem; justify-content: start; } }
/* Model and language stand at the right of the header, whose navigation leaves them room. */
.stAppHeader .rc-overflow { margin-right: 28rem; }
.stAppHeader [data-testid="stTopNavLink"], .stAppHeader [data-testid="stTopNavSection"] { padding-left: 0.35rem; padding-right: 0.35rem; }
.stAppHeader .rc-overflow-item:has(> [data-testid="stTopNavSection"]) { display: flex; align-items: center; } /* in line with the links */
.stAppHeader .rc-overflow-item { min-height: 2rem; } /* until they are measured they have no height, and then jump up */
/* Streamlit's text is English in every language. */
.rc-overflow-item-rest button > span { display: none; } .rc-overflow-item-rest button::before { content: "MORE"; white-space: nowrap; }
:has(> .st-key-settings) { position: absolute; } .st-key-settings { position: fixed; top: 0; right: 1.35rem; width: auto; max-width: 27rem; height: 3.75rem; flex-wrap: nowrap; gap: 0.5rem; z-index: 999990; }
.st-key-settings > :first-child { flex: 0 1 auto; min-width: 0; } .st-key-settings .st-key-lang { flex: none; min-width: 9.6rem; }
.st-key-settings button { min-height: 2rem; padding: 0 0.7rem; } .st-key-settings button p { font-size: 0.875rem; }
.st-key-settings em { position: absolute; clip-path: inset(50%); } /* for screen readers: "Model:" */
@media print { .st-key-settings { display: none; } }
/* The line of a lecture is fixed to the window: it takes no row of the page. */
:has(> .st-key-slides) { position: absolute; }
/* A phone has the navigation behind a button, and buttons for thumbs. */
@media (max-width: 767px) {
  .stMainBlockContainer { padding-left: 0.8rem; padding-right: 0.8rem; } .stHeading h1 { font-size: 1.1rem; }
  .st-key-sentence > :not(:first-child) { flex: 1 1 auto; width: auto; min-width: 0; }
  .st-key-sentence > :has(.stSlider) { min-width: 8.5rem; }
  .st-key-sentence button { padding: 0 0.5rem; min-height: 2.45rem; } .st-key-sentence button p { font-size: 0.875rem; }
  .st-key-settings { left: 2.9rem; right: 0.8rem; justify-content: end; gap: 0.3rem; }
  .st-key-settings button { min-width: 2.45rem; min-height: 2.45rem; padding: 0 0.3rem; }
  .st-key-settings button p, .st-key-settings button .stMarkdownEllipsis { font-size: 0.8rem; line-height: 1.15; }
  .st-key-settings .st-key-lang { min-width: 7.2rem; }
  .st-key-model-menu .stMarkdownEllipsis { max-height: 3.5em; }
  .st-key-model-menu button, .st-key-model-menu .stMarkdownEllipsis, .st-key-model-menu p { white-space: normal; text-align: left; }
  [data-testid="stExpandSidebarButton"] { margin-left: -0.8rem; min-width: 2.45rem; min-height: 2.45rem; }
  [data-testid="stExpandSidebarButton"] [data-testid="stIconMaterial"] { font-size: 0; } /* its own sign is an arrow */
  [data-testid="stExpandSidebarButton"] [data-testid="stIconMaterial"]::before { content: "menu"; font-size: 1.5rem; }
  [data-testid="stSidebarNavLink"] { min-height: 2.45rem; }
}
/* The changes of a run stand in one row if they fit. */
.st-key-whatif-chips { gap: 0.4rem; row-gap: 0.4rem; } .st-key-whatif-chips button { min-height: 1.9rem; padding: 0 0.6rem; } .st-key-whatif-chips button p { font-size: 0.85rem; }
/* Links may be long questions, so they wrap. */ [data-testid="stPageLink"] a, [data-testid="stPageLink"] a * { white-space: normal; overflow: visible; height: auto; }
/* A term that explains itself (pages/app/terms.py). */
a[href*="glossary?"] { color: inherit !important; text-decoration: underline dotted 1.5px !important; text-underline-offset: 0.24em; }
/* Pressed by the page itself (pages/app/browser.py). */
:has(> .st-key-browser), :has(> .st-key-terms) { display: none; }
</style>
"""

CURRENT = """<style>
.rc-overflow-item:nth-child(PLACE) [data-testid="stTopNavSection"] { background: rgba(188, 173, 143, 0.25); -webkit-text-stroke: 0.035em; }
</style>"""


def apply() -> None:
    """Add the CSS rules to the page."""
    st.html(STYLE.replace("MORE", t("nav.more")))


def mark_menu(name: str) -> None:
    """Mark the header's menu that lists this page, as Streamlit marks the link of a page; nothing gets wider."""
    links, *menus = navigation.SECTIONS.values()
    for place, names in enumerate(menus, start=len(links) + 1):
        if name in names:
            st.html(CURRENT.replace("PLACE", str(place)))


def page_container() -> DeltaGenerator:
    """Return the container of a page, which is seen only when the rules are there: a moment after the first elements."""
    return st.container(key="page", height=1, border=False)
