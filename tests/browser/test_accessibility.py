"""axe-core finds no serious or critical fault on any page, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pages.ui import navigation
from tests.browser.conftest import settle

# Streamlit's own, which no app can change: its table is a canvas whose hidden rows may hold no focus.
STREAMLITS_OWN = {("scrollable-region-focusable", "stDataFrame")}

# Streamlit fades what a run has not drawn yet, and brings our rules of style as an element among others: until both are
# done, text is paler than it will be.
STILL = """() => !document.querySelector("[data-stale=true]")
    && [...document.querySelectorAll("[data-testid=stCaptionContainer]")].every((one) => getComputedStyle(one).opacity === "0.8")
    && document.getAnimations().every((one) => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", navigation.PAGES)
def test_no_serious_fault(open_page, server, name, scheme):
    page = open_page(f"{server}/{name}?lang=en", color_scheme=scheme)
    expect(page.get_by_role("heading", level=1).or_(page.get_by_role("heading", level=2)).first).to_be_visible()
    if name == "translate":
        expect(page.locator(".chip.source").first).to_be_visible()
    settle(page)
    page.wait_for_timeout(500)
    page.evaluate("document.fonts.ready")  # before that, formulas are wider than they will be
    settle(page)
    page.wait_for_function(STILL)
    found = [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
        if not any(violation["id"] == rule and part in node["html"] for rule, part in STREAMLITS_OWN)
    ]
    assert not found, "\n".join(found)
