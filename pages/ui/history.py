"""The browser's Back button: one entry in its history for each act of the visitor.

Streamlit makes an entry for each new address, and one act may lead to several: a page opens, and then writes what it shows
into its query. So Back needed two presses a page.
"""

import streamlit as st

SCRIPT = """
<script>
if (!window.headlightHistory) {
  window.headlightHistory = true;
  const push = history.pushState.bind(history);
  let acted = false; // since the last entry; the browser itself has made the first
  for (const act of ["pointerdown", "keydown", "popstate"]) addEventListener(act, () => (acted = true), true);
  history.pushState = (...entry) => {
    if (acted) push(...entry);
    else history.replaceState(...entry);
    acted = false;
  };
}
</script>
"""


def apply() -> None:
    """Install the rule in the visitor's browser, once for each visit."""
    st.html(SCRIPT, unsafe_allow_javascript=True)
