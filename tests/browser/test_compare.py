"""The journey on the Compare page, in a real browser: one slider for both sides, heads, hover, difference, a removed head."""

import math
import re

import pytest
from playwright.sync_api import Page, expect

import core
from core.examples import path
from tests.browser.conftest import settle

TEXT = "Tom chases Jerry."


def open_compare(open_page, server, query: str = "", **options) -> Page:
    page = open_page(f"{server}/compare?lang=en&text=Tom+chases+Jerry.{query}", **options)
    expect(page.locator(".slots .chip").first).to_be_visible()
    settle(page)
    return page


@pytest.fixture
def page(open_page, server) -> Page:
    return open_compare(open_page, server)


@pytest.fixture(scope="module")
def traces() -> dict[str, core.Trace]:
    return {name: core.Trace.load(path(name, TEXT)) for name in ("en-zh-1head", "en-zh")}


def side(page: Page, letter: str):
    return page.locator(".panel", has=page.locator(".badge", has_text=letter)).first


def said(text: str) -> str:
    """Without the marks that keep each word's direction to itself."""
    return re.sub("[\u2068\u2069]", "", text)


def alt(page: Page, letter: str) -> str:
    """What a reader's voice says of a side's map: it ends with the most attended piece of the current row."""
    canvas = side(page, letter).locator(".box canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile("."))  # it is painted
    return said(canvas.get_attribute("aria-label"))


def captions(page: Page, letter: str) -> list[str]:
    """What stands above the maps of a side's heads: number, piece, weight."""
    return [said(text) for text in side(page, letter).locator(".tile .caption").all_inner_texts()]


def expected_captions(
    trace: core.Trace, layer: int, row: int, column: int | None = None
) -> list[tuple[str, str, float]]:
    """The same from the Trace: the piece is that of a column, or the most attended one."""
    found = []
    for head in range(trace.n_heads):
        weights = trace.weights("cross", layer, head)[row]
        key = int(weights.argmax()) if column is None else column
        found.append((str(head + 1), trace.source_pieces[key].removeprefix("▁"), float(weights[key])))
    return found


def assert_captions(page: Page, letter: str, expected: list[tuple[str, str, float]]) -> None:
    shown = [text.split() for text in captions(page, letter)]
    assert [parts[:2] for parts in shown] == [[number, piece] for number, piece, _ in expected]
    for parts, (*_, weight) in zip(shown, expected, strict=True):
        assert float(parts[2]) == pytest.approx(weight, abs=0.0075)  # 8 bits, then two decimals


def strongest(trace: core.Trace, layer: int, head: int | None, row: int) -> str:
    weights = trace.weights("cross", layer, head)[row]
    key = trace.source_pieces[weights.argmax()].removeprefix("▁")
    return f"{trace.output_pieces[row]} ← {key} {weights.max():.2f}"


def test_it_opens_with_one_head_beside_the_maps_of_eight(page, traces):
    expect(side(page, "A").locator(".tile")).to_have_count(1)
    expect(side(page, "B").locator(".tile:visible")).to_have_count(8)
    expect(side(page, "B").locator(".where")).to_have_text("layer 3, 8 heads")
    assert alt(page, "A").endswith(strongest(traces["en-zh-1head"], 2, 0, 3))
    assert_captions(page, "B", expected_captions(traces["en-zh"], 2, 3))


def test_one_slider_moves_both_sides(page, traces):
    step = page.locator(".step-text")
    page.get_by_role("button", name="First step").click()
    expect(step).to_have_text("Step 1 of 5")
    expect(page.locator(".chip.now")).to_have_text(["汤姆", "汤姆"])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chip.now")).to_have_text(["杰瑞", "杰瑞"])
    expect(page.locator(".chip.ghost")).to_have_count(4)
    assert alt(page, "A").endswith(strongest(traces["en-zh-1head"], 2, 0, 2))
    assert_captions(page, "B", expected_captions(traces["en-zh"], 2, 2))
    page.get_by_role("slider").fill("4")
    expect(step).to_have_text("Step 5 of 5")
    expect(page.locator(".chip.ghost")).to_have_count(0)
    page.wait_for_url(re.compile("pair_step=5"))


def test_probabilities_of_the_same_piece_stand_beside_each_other(page, traces):
    slots = page.locator(".slot")
    for i in range(3):
        expected = [f"{math.exp(trace.log_probabilities[i]):.2f}" for trace in traces.values()]
        expect(slots.nth(i).locator(".p")).to_have_text(expected)


def test_a_head_of_its_own_for_each_side_stays_in_the_address(page, traces):
    side(page, "B").get_by_role("button", name="B: Head 3,").click()
    expect(side(page, "B").locator(".where")).to_have_text("layer 3, head 3")
    assert alt(page, "B").endswith(strongest(traces["en-zh"], 2, 2, 3))
    page.get_by_role("button", name="Layer 1", exact=True).click()
    page.wait_for_url(re.compile("pair_layer=1.*pair_head_b=3"))
    settle(page)
    expect(page.locator("table").first).to_contain_text("B · head 3".replace(" ", "\u00a0"))
    page.reload()
    expect(side(page, "B").locator(".where")).to_have_text("layer 1, head 3")
    expect(side(page, "A").locator(".where")).to_have_text("layer 1, only head")


def test_hovering_a_cell_shows_the_same_cell_on_both_sides(page, traces):
    canvas = side(page, "A").locator(".box canvas")
    box = canvas.bounding_box()
    canvas.hover(position={"x": box["width"] * 0.3, "y": box["height"] * 0.32})
    readout = said(side(page, "A").locator(".readout").inner_text())
    reader, key = re.fullmatch(r"(\S+) ← (\S+) \d\.\d\d", readout).groups()
    trace = traces["en-zh"]
    row, column = trace.output_pieces.index(reader), [p.removeprefix("▁") for p in trace.source_pieces].index(key)
    assert float(readout.rpartition(" ")[2]) == pytest.approx(
        traces["en-zh-1head"].weights("cross", 2, 0)[row, column], abs=0.0075
    )
    assert_captions(page, "B", expected_captions(trace, 2, row, column))
    page.mouse.move(5, 5)
    expect(side(page, "A").locator(".where")).to_be_visible()
    assert_captions(page, "B", expected_captions(trace, 2, 3))


def test_a_head_is_shown_alone_by_a_click_or_a_key_and_all_again_by_one(page, traces):
    b = side(page, "B")
    b.get_by_role("button", name="B: Head 3,").click()
    expect(b.locator(".box")).to_be_visible()
    expect(b.locator(".tile:visible")).to_have_count(0)
    assert alt(page, "B").endswith(strongest(traces["en-zh"], 2, 2, 3))
    page.keyboard.press("Escape")
    expect(b.locator(".tile:visible")).to_have_count(8)
    b.locator(".tile").nth(4).focus()
    page.keyboard.press("Enter")
    expect(b.locator(".where")).to_have_text("layer 3, head 5")
    expect(b.locator(".head-choice[aria-pressed=true]")).to_be_focused()
    b.get_by_role("button", name="B: All 8 heads").click()
    expect(b.locator(".tile:visible")).to_have_count(8)
    expect(b.locator(".where")).to_have_text("layer 3, 8 heads")


def test_a_row_as_lines_shows_all_heads_of_both_sides_and_stays_in_the_address(page, traces):
    page.get_by_role("button", name="lines", exact=True).click()
    for letter, name, heads in (("A", "en-zh-1head", 1), ("B", "en-zh", 8)):
        expect(side(page, letter).locator(".row-lines canvas")).to_be_visible()
        shown = [said(text).split()[1] for text in side(page, letter).locator(".legend .caption").all_inner_texts()]
        assert shown == [piece for _, piece, _ in expected_captions(traces[name], 2, 3)]
        assert len(shown) == heads
    colours = (
        side(page, "B")
        .locator(".legend .dot")
        .evaluate_all("(all) => all.map((e) => getComputedStyle(e).backgroundColor)")
    )
    assert len(set(colours)) == 8
    page.wait_for_url(re.compile("pair_view=lines"))
    page.reload()
    expect(side(page, "B").locator(".row-lines canvas")).to_be_visible()
    page.get_by_role("button", name="maps", exact=True).click()
    expect(side(page, "B").locator(".tile:visible")).to_have_count(8)


def test_the_sentence_says_what_the_heads_of_the_step_attend_to(page, traces):
    page.get_by_role("button", name="First step").click()
    weights = {name: trace.weights("cross", 2, None if trace.n_heads > 1 else 0)[0] for name, trace in traces.items()}
    assert weights["en-zh-1head"].argmax() == 0  # Tom
    text = said(page.locator(".finding").inner_text())
    single = traces["en-zh-1head"].weights("cross", 2, 0)[0].max()
    each = [traces["en-zh"].weights("cross", 2, head)[0].max() for head in range(8)]
    assert text.startswith("To predict 汤姆, A’s single head attends mostly to Tom ")
    assert float(re.search(r"Tom (\d\.\d\d)", text)[1]) == pytest.approx(single, abs=0.0075)
    low, high = re.search(r"B’s 8 heads all attend most to Tom \((\d\.\d\d)–(\d\.\d\d)\)", text).groups()
    assert (float(low), float(high)) == pytest.approx((min(each), max(each)), abs=0.0075)


def test_stepping_and_choosing_send_nothing_until_they_rest(page):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: sent.append(payload)))
    page.reload()
    expect(page.locator(".slots .chip").first).to_be_visible()
    settle(page)
    page.wait_for_timeout(2000)
    sent.clear()
    page.get_by_role("button", name="First step").click()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    side(page, "B").get_by_role("button", name="B: Head 5,").click()
    assert sent == []


def test_the_difference_is_that_of_the_rows_both_have_read(open_page, server, traces):
    page = open_compare(open_page, server, "&difference=1&pair_head_b=5")
    difference = page.locator(".panel.difference")
    expect(difference.locator(".none")).to_be_hidden()
    label = said(difference.locator(".box canvas").get_attribute("aria-label"))
    maps = [traces[name].weights("cross", 2, head)[3] for name, head in (("en-zh-1head", 0), ("en-zh", 4))]
    found = maps[1] - maps[0]
    value = found[abs(found).argmax()]
    assert label.endswith(f"{'−' if value < 0 else '+'}{abs(value):.2f}")
    page.get_by_text("Texts", exact=True).click()
    settle(page)
    expect(page.locator(".panel.difference")).to_have_count(0)


def test_remove_head_compares_with_the_run_without_it(page):
    side(page, "B").get_by_role("button", name="B: Head 4,").click()
    side(page, "B").get_by_role("button", name="remove head").click()
    page.wait_for_url(re.compile(r"compare=changes.*gone_b=cross\.3\.4"))
    settle(page)
    expect(side(page, "A").locator(".name")).to_have_text("unchanged")
    expect(side(page, "B").locator(".name")).to_have_text("removed: cross, layer 3, head 4")
    expect(side(page, "B").get_by_role("button", name="B: Head 4, removed in this run")).to_contain_text("✕")
    expect(page.locator(".panel.difference")).to_be_visible()
    expect(side(page, "B").locator(".where")).to_have_text("layer 3, head 4")
    expect(side(page, "A").get_by_role("button", name="remove head")).to_be_visible()
    expect(side(page, "B").get_by_role("button", name="remove head")).to_be_hidden()  # it is removed there


def test_a_masked_word_is_marked_and_what_differs_too(open_page, server):
    page = open_compare(open_page, server, "&compare=changes&what_b=word&word_b=3&difference=1")
    expect(page.locator(".chip.source.masked")).to_have_text("Jerry✕B")
    marked = page.locator(".chip.differs")
    assert marked.count() >= 1
    expect(marked.first).to_contain_text("≠")
    expect(page.locator(".note")).to_contain_text("different pieces")


def test_a_new_sentence_is_painted_on_both_sides(page):
    box = page.get_by_role("textbox", name="Sentence", exact=True)
    box.fill("I love you.")
    box.press("Enter")
    expect(page.locator(".chip.source")).to_have_text(["I", "love", "you", ".", "</s>"])
    settle(page)
    expect(side(page, "A").locator(".box canvas")).to_have_attribute("aria-label", re.compile("5 columns"))
    assert {text.split()[1] for text in captions(page, "B")} <= {"I", "love", "you", ".", "</s>"}
    assert "text=I+love+you." in page.url


def test_a_role_leads_to_its_head(page):
    page.get_by_text("Roles of the heads", exact=True).click()
    page.get_by_role("button", name=re.compile("masked.*layer 2, head 6", re.I)).click()
    expect(side(page, "B").locator(".where")).to_have_text("layer 2, head 6")
    expect(page.get_by_role("button", name="masked self", exact=True).first).to_have_attribute("aria-pressed", "true")


def test_on_a_phone_the_sides_stand_one_above_the_other(open_page, server):
    page = open_compare(open_page, server, "&difference=1", viewport={"width": 390, "height": 844})
    places = [panel.bounding_box() for panel in page.locator(".panel").all()]
    assert len(places) == 3
    assert len({round(place["x"]) for place in places}) == 1
    assert places[0]["y"] < places[1]["y"] < places[2]["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_was_chosen_just_before_other_runs_are_asked_for_stays_chosen(page):
    page.get_by_role("button", name="Layer 2", exact=True).first.click()
    box = page.get_by_role("textbox", name="Sentence", exact=True)
    box.fill("Jerry chases Tom.")
    box.press("Enter")
    page.wait_for_url(re.compile("text=Jerry"))
    page.wait_for_url(re.compile("layer=2"))
    settle(page)
    expect(page.get_by_role("button", name="Layer 2", exact=True).first).to_have_attribute("aria-pressed", "true")


def test_a_sentence_that_comes_back_begins_anew_and_so_does_its_link(page):
    page.get_by_role("button", name="First step").click()
    page.wait_for_url(re.compile("pair_step=1"))
    box = page.get_by_role("textbox", name="Sentence", exact=True)
    for text, first in (("Jerry chases Tom.", "Jerry"), (TEXT, "Tom")):
        box.fill(text)
        box.press("Enter")
        expect(page.locator(".chip.source").first).to_have_text(first)
        settle(page)
    expect(page.locator(".step-text")).to_have_text("Step 4 of 5")
    assert "pair_step=4" in page.url
