"""The lecture's pages on heads and on masks, in a real browser: the pictures answer."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import core
from tests.browser.conftest import settle

EXAMPLE = "The animal didn't cross the street because it was too tired."


@pytest.fixture
def heads(open_page, server) -> Page:
    page = open_page(f"{server}/heads?lang=en")
    expect(page.locator(".fan .sides button").first).to_be_visible()
    settle(page)
    return page


@pytest.fixture
def masks(open_page, server) -> Page:
    page = open_page(f"{server}/masks?lang=en")
    expect(page.locator(".matrices .cell").first).to_be_visible()
    settle(page)
    return page


def pressed(page: Page, selector: str) -> list[str]:
    return page.locator(f'{selector}[aria-pressed="true"]').all_inner_texts()


def picture(page: Page) -> str:
    return page.locator(".fan .lines canvas").evaluate("canvas => canvas.toDataURL()")


def test_one_two_and_all_heads_are_drawn_together(heads):
    sides = heads.locator(".fan .sides button")
    expect(sides).to_have_count(8)
    assert len(pressed(heads, ".fan .sides button")) == 8
    drawn = {"All heads": picture(heads)}
    for name, count in (("One head", 1), ("Two heads", 2)):
        heads.get_by_role("button", name=name, exact=True).click()
        expect(heads.locator('.fan .sides button[aria-pressed="true"]')).to_have_count(count)
        heads.wait_for_timeout(100)
        drawn[name] = picture(heads)
    assert len({*drawn.values()}) == 3
    sides.nth(4).click()
    expect(heads.locator('.fan .sides button[aria-pressed="true"]')).to_have_count(3)
    heads.wait_for_url(re.compile("heads_drawn="))


def test_one_head_at_least_stays(heads):
    heads.get_by_role("button", name="One head", exact=True).click()
    chosen = heads.locator('.fan .sides button[aria-pressed="true"]')
    expect(chosen).to_have_count(1)
    chosen.click()
    heads.wait_for_timeout(100)
    expect(chosen).to_have_count(1)


def test_another_word_by_mouse_and_by_keyboard_and_the_link_holds_it(heads, open_page):
    words = heads.locator(".fan .queries button")
    expect(heads.locator('.fan .queries button[aria-pressed="true"]')).to_have_text("it")
    words.filter(has_text="animal").click()
    expect(heads.locator(".fan .finding")).to_contain_text("animal")
    heads.keyboard.press("ArrowDown")
    expect(heads.locator('.fan .queries button[aria-pressed="true"]')).to_have_text("didn")
    heads.get_by_role("button", name="Layer 3").click()
    heads.wait_for_url(re.compile("heads_layer=3"))
    heads.wait_for_url(re.compile("heads_word=3"))
    settle(heads)
    again = open_page(heads.url)
    expect(again.locator('.fan .queries button[aria-pressed="true"]')).to_have_text("didn")
    expect(again.get_by_role("button", name="Layer 3")).to_have_attribute("aria-pressed", "true")


def test_the_picture_that_is_taken_away_is_the_traces(heads, tmp_path):
    heads.get_by_role("button", name="Layer 3").click()
    heads.get_by_role("button", name="One head", exact=True).click()
    with heads.expect_download() as download:
        heads.locator(".fan").get_by_role("button", name="Save as SVG").click()
    assert download.value.suggested_filename == "headlight-encoder_self-layer3-head1-10.svg"
    download.value.save_as(tmp_path / "picture.svg")
    svg = (tmp_path / "picture.svg").read_text("utf-8")
    assert ">Encoder self-attention, layer 3, head 1: what it attends to</text>" in svg
    trace = core.load("en-zh", device="cpu").translate(EXAMPLE)
    row = trace.encoder_self[2, 0, trace.source_pieces.index("▁it")]
    widths = [float(width) for width in re.findall(r'stroke-width="([\d.]+)" stroke-opacity', svg)]
    np.testing.assert_allclose(widths, 1 + 6 * row[row >= 0.02], atol=0.02)  # 8 bits a weight


def test_numbers_beside_words_sum_to_one(heads):
    heads.get_by_role("button", name="One head", exact=True).click()
    heads.wait_for_timeout(200)
    numbers = [float(text) for text in heads.locator(".fan .keys .weight").all_inner_texts() if text]
    assert abs(sum(numbers) - 1) < 0.005 * 16


def test_lanes_show_every_head_and_name_what_is_under_the_pointer(heads):
    heads.get_by_text("From X to MultiHead", exact=True).click()
    expect(heads.locator(".all-lanes .lane")).to_have_count(8)
    expect(heads.locator(".all-lanes canvas")).to_have_count(1 + 8 * 5 + 3)
    heads.locator(".all-lanes .grid canvas").nth(3).hover()
    expect(heads.locator(".all-lanes .readout")).to_have_text(re.compile(r"^A 1, .+, .+: \d"))


def test_with_and_without_the_causal_mask(masks):
    hidden = masks.locator(".matrices .cell.masked")
    expect(hidden).to_have_count(2 * 10)  # 5 pieces are read
    masks.get_by_text("With the mask", exact=True).click()
    expect(hidden).to_have_count(0)
    expect(masks.get_by_text("With its mask removed, this head attends to later pieces.")).to_be_visible()
    masks.wait_for_url(re.compile("masks_on=0"))


def test_a_changed_piece_moves_no_row_before_it(masks):
    masks.get_by_text("Change a later piece", exact=True).click()
    expect(masks.get_by_text("change by 0 with the mask")).to_be_visible()
    tables = masks.locator(".matrices table")
    expect(tables).to_have_count(2)
    rows = tables.first.locator("tbody tr")
    expect(rows.nth(0).locator(".cell.masked")).to_have_count(4)
    expect(rows.nth(3).locator(".cell.masked")).to_have_count(0)
    expect(tables.nth(1).locator(".cell.masked")).to_have_count(0)


def test_teacher_forcing_is_measured_again(masks):
    masks.get_by_text("Teacher forcing", exact=True).click()
    expect(masks.locator(".js-plotly-plot")).to_be_visible()
    told = masks.get_by_text("Measured just now on this server")
    expect(told).to_be_visible()
    settle(masks)
    before = masks.locator(".js-plotly-plot").inner_text()
    masks.get_by_role("button", name="Measure again").click()
    expect(masks.locator(".js-plotly-plot")).not_to_have_text(before)


@pytest.mark.parametrize("name", ["heads", "masks"])
def test_nothing_is_wider_than_the_screen(open_page, server, name):
    page = open_page(f"{server}/{name}?lang=en")
    expect(page.locator(".hl").first).to_be_visible()
    settle(page)
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(300)
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
