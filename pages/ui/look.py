"""What the theme file cannot say."""

import streamlit as st

STYLE = """
<style>
/* Pictures need the width that Streamlit leaves empty at both sides; phones keep its margin. */
@media (min-width: 640px) { .stMainBlockContainer { padding-left: 2rem; padding-right: 2rem; } }
/* Captions as pale as they may be and still be read: Streamlit's are paler. */
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.8; }
/* A formula scrolls to the side where it must, but never by a hair. */
.katex-display { overflow-y: hidden; padding: 0.2em 0.25em 0.45em; }
/* Eight heads in one row, on a phone too. */
@media (max-width: 639px) { [data-testid="stButtonGroup"] button { padding-left: 0.7rem; padding-right: 0.7rem; min-width: 0; } }
/* The sentence is read from the back of the hall. */
.st-key-text input { font-size: 1.35rem; }
/* What is to be said of a sentence stands close under it, in a line that is there when nothing is to be said. */
.st-key-reach { min-height: 1.4rem; margin: -0.7rem 0; justify-content: center; }
/* What is changed in a run, in one row if it fits. */
.st-key-whatif-chips button { min-height: 1.9rem; padding: 0 0.6rem; }
.st-key-whatif-chips button p { font-size: 0.85rem; }
.st-key-whatif-chips { gap: 0.4rem; row-gap: 0.4rem; }
/* Links to pages may be questions: they go on in the next line. */
[data-testid="stPageLink"] a, [data-testid="stPageLink"] a * { white-space: normal; overflow: visible; height: auto; }
</style>
"""


def apply() -> None:
    """Put our few rules of style on the page."""
    st.html(STYLE)
