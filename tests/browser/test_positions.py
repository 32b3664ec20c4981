"""Positions in a real browser: a slider paints curves and heatmap anew, words change places, a link opens the same picture."""

import math
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle

LINES = ".st-key-pos-curves_view .curves > svg > path"


@pytest.fixture
def page(open_page, server) -> Page:
    page = open_page(f"{server}/positions?lang=en")
    expect(page.locator(".matrices canvas")).to_be_visible()
    expect(page.locator(LINES)).to_have_count(6)
    settle(page)
    return page


def part(page: Page, name: str) -> None:
    page.locator(".st-key-pos_part").get_by_text(name, exact=True).click()


def test_a_slider_changes_curves_heatmap_and_address(page):
    expect(page.locator(".matrices .shape")).to_have_text("60 × 256")
    before = page.locator(LINES).first.get_attribute("d")
    slider = page.get_by_role("slider", name="Length")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator(".matrices .shape")).to_have_text("61 × 256")
    expect(page.locator(LINES).first).not_to_have_attribute("d", before)
    page.wait_for_url(re.compile("pos_length=61"))
    expect(page.get_by_text("within these 61 positions")).to_be_visible()


def test_what_is_under_the_pointer_is_read_out_and_the_chart_is_a_file(page):
    chart = page.locator(".st-key-pos-curves_view .curves > svg")
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    readout = page.locator(".st-key-pos-curves_view .readout")
    expect(readout).to_have_text(re.compile(r"position \d+: .?0 = −?\d\.\d{3}, 1 = "))
    text = readout.inner_text()
    position = int(re.search(r"position (\d+)", text).group(1))
    sine = float(re.search(r"0 = (−?[\d.]+)", text).group(1).replace("−", "-"))
    assert abs(sine - math.sin(position)) < 6e-4
    with page.expect_download() as download:
        page.locator(".st-key-pos-curves_view").get_by_role("button", name="Save as SVG").click()
    assert download.value.suggested_filename == "pos-curves.svg"
    written = Path(download.value.path()).read_text("utf-8")
    assert written.count("<path") == 6 * 2  # the lines and their samples
    assert ">position</text>" in written


def test_the_four_dimensional_example_is_a_table_of_numbers(page):
    page.get_by_role("button", name="4 dimensions").click()
    expect(page.locator(".matrices .cell")).to_have_count(40)
    expect(page.locator(".matrices .cell").nth(4)).to_have_text("0.84")  # sin 1
    expect(page.locator(".matrices th[scope=row]").first).to_have_text("Tom (0)")
    expect(page.locator(LINES)).to_have_count(4)


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
    expect(page.get_by_role("heading", name="平移就是旋转")).to_be_visible()
    expect(page.locator(".matrices strong")).to_have_text(["M(5)", "PE(3)", "PE(8)"])
    expect(page.locator(".st-key-pos-clocks_view .curves > svg text")).to_have_count(3)
    expect(page.get_by_role("slider", name=re.compile("^k"))).to_have_value("5")
