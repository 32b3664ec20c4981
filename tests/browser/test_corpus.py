"""The page on all heads in a browser: a click on a point chooses its head, and a sentence opens with it on Translate."""

import csv
import re

from playwright.sync_api import expect

import core
from tests.browser.conftest import settle
from tests.browser.test_translate import taken

RIGHTMOST = """(picture) => {
    const boxes = [...picture.querySelectorAll("path")].map((path) => path.getBoundingClientRect());
    const last = boxes.reduce((best, box) => (box.right > best.right ? box : best));
    return [(last.left + last.right) / 2, (last.top + last.bottom) / 2];
}"""
"""Where the point of the largest number across is."""


ROW = 35  # pixels, of Streamlit's table


def test_a_click_on_a_point_chooses_its_head_and_its_sentence_opens_on_translate(open_page, server, tmp_path):
    heads = core.read_corpus_heads("en-zh").heads
    head = max(heads, key=lambda head: head.activation)
    page = open_page(f"{server}/corpus?lang=en&corpus_kind={head.kind}", viewport={"width": 1280, "height": 720})
    picture = page.locator(".cloud > svg")
    expect(picture).to_be_visible()
    name = f"layer {head.layer + 1}, head {head.head + 1}"
    x, y = picture.evaluate(RIGHTMOST)
    page.mouse.move(x, y)
    expect(page.locator(".cloud .readout")).to_contain_text(name)
    page.mouse.click(x, y)
    expect(page.get_by_role("heading", name=re.compile(f"A · .*{name}$"))).to_be_visible()
    settle(page)
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + ROW / 2, box["y"] + 3.5 * ROW)  # the box before the third head
    third = sorted((one for one in heads if one.kind == head.kind), key=lambda one: -one.importance)[2]
    chosen = page.get_by_role("heading", name=re.compile(rf"A · .*layer {third.layer + 1}, head {third.head + 1}$"))
    expect(chosen).to_be_visible()
    settle(page)  # until then the address is the one before
    page.go_back()
    expect(page.get_by_role("heading", name=re.compile(f"A · .*{name}$"))).to_be_visible()
    settle(page)
    taken(page, "All heads as CSV").save_as(tmp_path / "heads.csv")
    with (tmp_path / "heads.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 72
    page.get_by_role("link", name="Sentence 1 in Translate").click()
    expect(page.get_by_role("heading", name="What does a Transformer attend to")).to_be_visible()
    expect(page.get_by_role("button", name=f"Head {head.head + 1}", exact=True).first).to_have_attribute(
        "aria-pressed", "true"
    )
