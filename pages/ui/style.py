"""CSS rules for what the theme file cannot set."""

import streamlit as st

STYLE = """
<style>
/* Pictures need the width that Streamlit leaves empty at both sides; phones keep its margin. */
@media (min-width: 640px) { .stMainBlockContainer { padding-left: 2rem; padding-right: 2rem; } }
/* Streamlit's captions are too pale to be read. */
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.8; }
/* A wide formula scrolls sideways, but rounding must not make it scroll up and down. */
.katex-display { overflow-y: hidden; padding: 0.2em 0.25em 0.45em; }
/* Eight heads fit in one row on a phone. */
@media (max-width: 639px) { [data-testid="stButtonGroup"] button { padding-left: 0.7rem; padding-right: 0.7rem; min-width: 0; } }
/* The sentence is legible from the last row of a lecture hall. */
.st-key-text input { font-size: 1.35rem; }
/* The warning about a sentence stands in the gap between two rows, so that nothing moves when it appears. */
.st-key-reach { height: 1.1rem; margin-top: -1.05rem; justify-content: center; }
@media (min-width: 640px) { :has(> .st-key-reach) { height: 0; margin-bottom: -1rem; } }
.st-key-reach p { font-size: 0.82rem; line-height: 1.3; }
@media (max-width: 639px) { .st-key-reach { height: auto; min-height: 3.3rem; margin: -0.75rem 0 -0.7rem; justify-content: start; } }
/* A compact menu leaves room for language and model on the first screen. */
@media (min-width: 640px) {
  [data-testid="stSidebarHeader"] { height: 2.4rem; margin-bottom: 0; }
  [data-testid="stSidebarNavItems"] li { margin-top: 0; margin-bottom: 0; }
  [data-testid="stSidebarNavItems"] > * + * { margin-top: 0.5rem; }
  [data-testid="stSidebarNavLink"] { min-height: 0; line-height: 1.6; padding-top: 0; padding-bottom: 0; }
  [data-testid="stSidebarNavLink"] span { line-height: 1.6; }
  [data-testid="stSidebarNavSeparator"] { margin-top: 0.5rem; padding-top: 0.3rem; }
  [data-testid="stSidebarUserContent"] { padding-top: 0.8rem; padding-bottom: 1rem; }
}
/* The changes of a run stand in one row if they fit. */
.st-key-whatif-chips button { min-height: 1.9rem; padding: 0 0.6rem; }
.st-key-whatif-chips button p { font-size: 0.85rem; }
.st-key-whatif-chips { gap: 0.4rem; row-gap: 0.4rem; }
/* Links to pages may be long questions, so they wrap. */
[data-testid="stPageLink"] a, [data-testid="stPageLink"] a * { white-space: normal; overflow: visible; height: auto; }
/* Pressed by the page itself (pages/ui/browser.py). */
:has(> .st-key-browser) { display: none; }
</style>
"""


def apply() -> None:
    """Add the CSS rules to the page."""
    st.html(STYLE)
