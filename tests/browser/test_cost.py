"""The page on cost in a browser: the hops."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle

ROW = "recurrent: {} of 32 positions reached, all of them after 31"


@pytest.fixture
def page(open_page, server):
    page = open_page(f"{server}/cost?lang=en&cost_part=way&cost_k=3")
    settle(page)
    return page


def test_hops_are_walked_by_buttons_and_played_to_the_end(page):
    expect(page.get_by_role("img", name=ROW.format(2))).to_be_visible()
    page.get_by_role("button", name="One hop further").click()
    expect(page.get_by_role("img", name=ROW.format(3))).to_be_visible()
    expect(page.locator(".hops .step-text")).to_have_text("layers or steps: 2")
    page.get_by_role("slider", name="Layers or steps").press("End")
    page.get_by_role("button", name="One hop back").click()
    expect(page.get_by_role("img", name=ROW.format(31))).to_be_visible()
    page.get_by_role("button", name="Play hop by hop").click()
    expect(page.get_by_role("img", name=ROW.format(32))).to_be_visible()
    lit = page.locator(".hops .strip .reached")
    assert lit.count() == 5 * 32


def test_the_hop_stays_when_sizes_change(page):
    page.get_by_role("button", name="One hop further").click()
    dilated = page.locator(".hops .strip").nth(2)
    expect(dilated).to_have_attribute(
        "aria-label", "convolution, dilated: 9 of 32 positions reached, all of them after 4"
    )
    page.locator(".st-key-cost_k").get_by_role("slider").press("ArrowRight")
    expect(dilated).to_have_attribute(
        "aria-label", "convolution, dilated: 16 of 32 positions reached, all of them after 3"
    )
    expect(page.locator(".hops .step-text")).to_have_text("layers or steps: 2")
