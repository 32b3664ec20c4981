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
/* What is to be said of a sentence stands close under it: in the gap between two rows, so that nothing moves for it. */
.st-key-reach { height: 1.1rem; margin-top: -1.05rem; justify-content: center; }
@media (min-width: 640px) { :has(> .st-key-reach) { height: 0; margin-bottom: -1rem; } }
.st-key-reach p { font-size: 0.82rem; line-height: 1.3; }
@media (max-width: 639px) { .st-key-reach { height: auto; min-height: 3.3rem; margin: -0.75rem 0 -0.7rem; justify-content: start; } }
/* The menu is set close, so that language and model stand on the first screen beside it. */
@media (min-width: 640px) {
  [data-testid="stSidebarHeader"] { height: 2.4rem; margin-bottom: 0; }
  [data-testid="stSidebarNavItems"] li { margin-top: 0; margin-bottom: 0; }
  [data-testid="stSidebarNavItems"] > * + * { margin-top: 0.5rem; }
  [data-testid="stSidebarNavLink"] { min-height: 0; line-height: 1.6; padding-top: 0; padding-bottom: 0; }
  [data-testid="stSidebarNavLink"] span { line-height: 1.6; }
  [data-testid="stSidebarNavSeparator"] { margin-top: 0.5rem; padding-top: 0.3rem; }
  [data-testid="stSidebarUserContent"] { padding-top: 0.8rem; padding-bottom: 1rem; }
}
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
