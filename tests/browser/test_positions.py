"""Positions in a real browser: a slider paints curves and heatmap anew, words change places, a link opens the same picture."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle


@pytest.fixture
def page(open_page, server) -> Page:
    page = open_page(f"{server}/positions?lang=en")
    expect(page.locator(".matrices canvas")).to_be_visible()
    expect(page.locator(".st-key-pos-curves .scatterlayer .js-line")).to_have_count(6)
    settle(page)
    return page


def part(page: Page, name: str) -> None:
    page.locator(".st-key-pos_part").get_by_text(name, exact=True).click()


def test_a_slider_changes_curves_heatmap_and_address(page):
    expect(page.locator(".matrices .shape")).to_have_text("60 × 192")
    before = page.locator(".st-key-pos-curves .scatterlayer .js-line").first.get_attribute("d")
    slider = page.get_by_role("slider", name="Length")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator(".matrices .shape")).to_have_text("61 × 192")
    expect(page.locator(".st-key-pos-curves .scatterlayer .js-line").first).not_to_have_attribute("d", before)
    page.wait_for_url(re.compile("pos_length=61"))
    expect(page.get_by_text("within these 61 positions")).to_be_visible()


def test_the_four_dimensional_example_is_a_table_of_numbers(page):
    page.get_by_role("button", name="4 dimensions").click()
    expect(page.locator(".matrices .cell")).to_have_count(40)
    expect(page.locator(".matrices .cell").nth(4)).to_have_text("0.84")  # sin 1
    expect(page.locator(".matrices th[scope=row]").first).to_have_text("Tom (0)")
    expect(page.locator(".st-key-pos-curves .scatterlayer .js-line")).to_have_count(4)


def test_words_change_places_and_only_positions_notice(page):
    part(page, "Shuffle")
    captions = page.locator(".matrices .caption")
    expect(captions.nth(1)).to_contain_text("Jerry chases Tom . →")
    without = [text.split("→")[1] for text in captions.all_inner_texts()[:2]]
    assert without[0] == without[1]
    apart = page.locator(".matrices figure").nth(2).locator(".cell")
    assert {text.strip("−") for text in apart.all_inner_texts()} == {"0.00"}
    page.locator(".st-key-pos_with label").click()
    expect(captions.nth(0)).not_to_have_text(f"Tom chases Jerry . →{without[0]}")
    assert {text.strip("−") for text in apart.all_inner_texts()} != {"0.00"}
    page.wait_for_url(re.compile("pos_part=shuffle.*pos_with=1"))


def test_rows_of_the_four_maps_light_up_together(page):
    part(page, "Four terms")
    expect(page.locator(".matrices table.bare")).to_have_count(5)
    page.locator(".matrices table.bare").first.locator(".cell").nth(7).hover()
    expect(page.locator(".readout").first).to_contain_text("chases, Jerry:")
    expect(page.locator(".matrices .cell.here")).to_have_count(1)
    assert page.locator(".matrices .cell.lit").count() == 5 * 9  # a row and a column of each map


def test_a_link_opens_the_same_picture(open_page, server):
    page = open_page(f"{server}/positions?lang=zh&pos_part=turn&pos_at=3&pos_shift=5&pos_d_model=8")
    expect(page.get_by_role("heading", name="再往后 k 个位置呢？")).to_be_visible()
    expect(page.locator(".matrices strong")).to_have_text(["M(5)", "PE(3)", "PE(8)"])
    expect(page.locator(".st-key-pos-clocks .main-svg").first).to_be_visible()
    expect(page.get_by_role("slider", name=re.compile("^k"))).to_have_value("5")
