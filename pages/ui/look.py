"""What the theme file cannot say."""

import streamlit as st

STYLE = """
<style>
/* Pictures need the width that Streamlit leaves empty at both sides; phones keep its margin. */
@media (min-width: 640px) { .stMainBlockContainer { padding-left: 2rem; padding-right: 2rem; } }
@media (min-width: 640px) { section[data-testid="stSidebar"][aria-expanded="true"] { width: 15rem !important; min-width: 15rem !important; } }
/* The sentence is read from the back of the hall. */
.st-key-text input { font-size: 1.35rem; }
</style>
"""


def apply() -> None:
    """Put our few rules of style on the page."""
    st.html(STYLE)
