"""Two rules for Streamlit's own part in the visitor's browser: for its history, and for a connection that was lost.

History: Streamlit makes an entry for each new address, and one act may lead to several: a page opens, and then writes what
it shows into its query. Back would need two presses a page. Here each act of the visitor makes one entry. The first page's
query may have made its entry before these rules are there: Back then passes over the entry of the opened link.

Connection: when a process ends, the browser connects to another one, which knows the visitor by the address alone. Streamlit
asks it for nothing until the visitor acts, and that act would then be lost against the address. Here a hidden button asks
at once for what the address shows, and the page takes no input until the answer is there.
"""

import streamlit as st

RECONNECT = "reconnect"
"""The key of the hidden button."""

SCRIPT = """
<script>
if (!window[Symbol.for("headlight")]) {  // window.headlight may be a heading
  window[Symbol.for("headlight")] = true;

  const { pathname, search } = location;
  const opened = new URL(performance.getEntriesByType("navigation")[0].name);
  if (opened.pathname === pathname && opened.search !== search) {
    addEventListener("popstate", () => {
      if (location.pathname === opened.pathname && location.search === opened.search) history.back();
    });
  }

  const push = history.pushState.bind(history);
  let acted = false; // since the last entry; the browser itself has made the first
  for (const act of ["pointerdown", "keydown", "click", "popstate"]) addEventListener(act, () => (acted = true), true);
  history.pushState = (...entry) => {
    if (acted) push(...entry);
    else history.replaceState(...entry);
    acted = false;
  };

  const app = document.querySelector("[data-testid=stApp]");
  let lost = false;
  let release; // the timer that ends the pause
  const releaseIn = (milliseconds) => {
    clearTimeout(release);
    release = setTimeout(() => (app.inert = false), milliseconds);
  };
  new MutationObserver(() => {
    const connected = app.dataset.testConnectionState === "CONNECTED";
    const running = app.dataset.testScriptState !== "notRunning";
    const button = document.querySelector(".st-key-reconnect button");
    if (connected && lost && button) {
      app.inert = true;
      button.click();
    }
    // A fresh process runs the script twice, at once one after the other. The pause is never long, whatever happens.
    if (app.inert) releaseIn(running || lost ? 10_000 : 300);
    lost = !connected;
  }).observe(app, { attributes: true, attributeFilter: ["data-test-connection-state", "data-test-script-state"] });
}
</script>
"""


def apply() -> None:
    """Install the rules in the visitor's browser, once for each visit."""
    with st.container(key="browser"):  # hidden by pages/app/style.py, so that it takes no room
        st.html(SCRIPT, unsafe_allow_javascript=True)
        st.button(RECONNECT, key=RECONNECT)
