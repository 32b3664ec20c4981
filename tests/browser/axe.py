"""What axe-core finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import settle

# Streamlit's own, which no app can change: its table is a canvas whose hidden rows may hold no focus.
STREAMLITS_OWN = {("scrollable-region-focusable", "stDataFrame")}

# Streamlit fades what a run has not drawn yet, and brings our rules of style as an element among others: until both are
# done, text is paler than it will be.
STILL = """() => !document.querySelector("[data-stale=true]")
    && [...document.querySelectorAll("[data-testid=stCaptionContainer]")].every((one) => getComputedStyle(one).opacity === "0.8")
    && document.getAnimations().every((one) => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity)"""


def serious_faults(page: Page) -> list[str]:
    """The serious and critical faults of a page, once it has come to rest."""
    settle(page)
    page.wait_for_timeout(500)
    page.evaluate("document.fonts.ready")  # before that, formulas are wider than they will be
    settle(page)
    page.wait_for_function(STILL)
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
        if not any(violation["id"] == rule and part in node["html"] for rule, part in STREAMLITS_OWN)
    ]
