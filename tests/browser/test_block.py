"""The lecture's page on the other parts of a layer, in a real browser: its pictures answer."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle


@pytest.fixture
def opened(open_page, server):
    def open_(query: str) -> Page:
        page = open_page(f"{server}/block?lang=en&text=Tom+chases+Jerry.&{query}")
        settle(page)
        return page

    return open_


def test_a_part_that_is_clicked_breaks_the_translation_here_and_on_translate(opened):
    page = opened("block_part=remove")
    page.get_by_role("button", name="decoder, layer 2, residual").click()
    expect(page.get_by_text("Removed, decoder, layer 2, residual")).to_be_visible()
    expect(page.get_by_role("button", name="decoder, layer 2, residual")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Open this change in Translate").click()
    expect(page.get_by_role("button", name="removed: decoder, layer 2, residual")).to_be_visible()
    settle(page)
    assert "without=decoder.2.residual" in page.url


@pytest.mark.parametrize(("norm", "lit"), [("layer", 8), ("batch", 54)])
def test_a_number_that_is_pointed_at_lights_up_all_that_share_its_mean(opened, norm, lit):
    page = opened(f"block_part=norms&block_padding=2&block_norm={norm}")
    cells = page.locator(".matrices .cell")
    expect(cells.first).to_be_visible()
    cells.first.hover()
    # LayerNorm: four features of one position; BatchNorm: one feature of 3 x 9 positions, padding among them. The numbers
    # before and after light up together.
    expect(page.locator(".matrices .cell.lit")).to_have_count(lit)


def test_the_river_follows_the_stack_that_is_chosen(opened):
    page = opened("")
    expect(page.get_by_text("begins with length").first).to_be_visible()
    legend = page.locator(".curves .legend")
    expect(legend).to_contain_text("word vector")
    expect(page.locator(".curves > svg text", has_text="word vector")).to_be_visible()  # inside of its area
    chart = page.locator(".curves > svg").bounding_box()
    page.mouse.move(chart["x"] + chart["width"] - 60, chart["y"] + chart["height"] / 2)
    expect(page.locator(".curves .readout")).to_have_text(
        re.compile(r"L3 feed-fwd\.: .?word vector = [\d.]+ · \d+%, .*length = [\d.]+")
    )
    page.locator(".st-key-block_stack").get_by_text("decoder", exact=True).click()
    expect(legend).to_contain_text("cross-attention")
    page.wait_for_url("**block_stack=decoder**")
