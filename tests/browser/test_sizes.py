"""The attention view takes the room there is: sizes of words, maps, labels, heads and controls in windows that people use.

Labels and cells are drawn on a canvas. So a page is told to note what is drawn there, and where.
"""

import dataclasses
import itertools
from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from core.export import to_html
from pages.ui.stage_state import VIEWS
from tests.browser.conftest import settle
from tests.unit.test_export import make_trace

ENGLISH = (
    "▁The ▁animal ▁didn ' t ▁cross ▁the ▁street ▁because ▁it ▁was ▁too ▁tired . "
    "▁We ▁have ▁to ▁finish ▁this ▁work ▁before ▁September ▁and ▁understanding"
)
CHINESE = "动物 没有 过 马路 ， 因为 它 太 累 了 。 我们 必须 在 九月 之前 完成 这项 工作"
TOP = 170
"""Pixels of a window that the app's navigation and its sentence box take."""

NOTED = """() => {
    const drawn = new WeakMap();
    const notes = (context) => drawn.get(context.canvas) ?? drawn.set(context.canvas, []).get(context.canvas);
    const { clearRect, fillText, strokeRect } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...of) {
        drawn.set(this.canvas, []);
        return clearRect.apply(this, of);
    };
    CanvasRenderingContext2D.prototype.strokeRect = function (x, y, w, h) {
        notes(this).push({ w, h, colour: this.strokeStyle });
        return strokeRect.call(this, x, y, w, h);
    };
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        const m = this.getTransform();
        const ink = this.measureText(text);
        const ratio = Math.hypot(m.a, m.b);
        const angle = Math.atan2(m.b, m.a);
        const at = { x: m.a * x + m.c * y + m.e, y: m.b * x + m.d * y + m.f };
        const along = (at.x * Math.cos(angle) + at.y * Math.sin(angle)) / ratio; // as if it were not slanted
        const across = (at.y * Math.cos(angle) - at.x * Math.sin(angle)) / ratio;
        notes(this).push({ text, angle, size: parseFloat(this.font.match(/([\\d.]+)px/)[1]), x: at.x / ratio, y: at.y / ratio,
            left: along - ink.actualBoundingBoxLeft, right: along + ink.actualBoundingBoxRight,
            top: across - ink.actualBoundingBoxAscent, bottom: across + ink.actualBoundingBoxDescent });
        return fillText.call(this, text, x, y);
    };
    window.drawnOn = (selector) => drawn.get(document.querySelector(selector)) ?? [];
}"""

OUTSIDE = """() => {
    const root = document.querySelector(".hl");
    const frame = root.getBoundingClientRect();
    const limit = { left: Math.max(frame.left, 0), right: Math.min(frame.right, innerWidth), top: frame.top, bottom: frame.bottom };
    const found = [];
    const go = (element, box) => {
        const style = getComputedStyle(element);
        if (style.display === "none" || style.visibility === "hidden") return;
        const place = element.getBoundingClientRect();
        const isScroller = element.classList.contains("scroller"); // it is a little larger than what it holds, for outlines
        if (!isScroller && place.width && place.height && (place.left < box.left - 1.5 || place.right > box.right + 1.5
            || place.top < box.top - 1.5 || place.bottom > box.bottom + 1.5)) found.push(`${element.className || element.tagName} ${element.textContent.slice(0, 20)}`);
        if (style.overflowX !== "visible" && element !== root && !isScroller) return; // what scrolls in here is seen by scrolling
        for (const child of element.children) go(child, box);
    };
    const top = frame.top - root.scrollTop; // in a small window presentation scrolls
    go(root, root.classList.contains("presenting") ? { ...limit, top, bottom: top + root.scrollHeight } : limit);
    return found;
}"""

SMALL_TEXT = """() => {
    const walker = document.createTreeWalker(document.querySelector(".hl"), NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const { parentElement, textContent } = walker.currentNode;
        if (!textContent.trim() || !parentElement.getClientRects().length) continue;
        if (parseFloat(getComputedStyle(parentElement).fontSize) < 13.99 && parentElement.tagName !== "SUP") found.push(textContent);
    }
    return found;
}"""


def spoken(source: int, target: int, chinese_source: bool = False):
    """A Trace of so many pieces that are as long as those of real sentences."""
    pieces = [
        (*itertools.islice(itertools.cycle(text.split()), n - 1), "</s>")
        for text, n in zip((ENGLISH, CHINESE)[:: -1 if chinese_source else 1], (source, target), strict=True)
    ]

    def words(side):
        starts = [i for i, piece in enumerate(side) if not i or piece.startswith("▁") or piece[0] not in "'t"]
        return tuple(zip(starts, [*starts[1:], len(side)], strict=True))

    return dataclasses.replace(
        make_trace(source, target),
        source_pieces=pieces[0],
        output_pieces=pieces[1],
        input_pieces=("<s>", *pieces[1][:-1]),
        source_words=words(pieces[0]),
        output_words=words(pieces[1]),
        unknown=(),
        source_language="zh" if chinese_source else "en",
        target_language="en" if chinese_source else "zh",
        top_pieces=tuple((piece, *"一二三四五六七八九十") for piece in pieces[1]),
    )


TOUCHING = """() => {
    for (const bar of document.querySelectorAll(".bar.faint")) bar.classList.remove("faint"); // bold numbers are widest
    const boxes = [...document.querySelectorAll(".sentences .bar .value")].map((value) => [value, value.getBoundingClientRect()])
        .filter(([, box]) => box.width);
    return boxes.filter(([, { top, right }], i) => boxes[i + 1]?.[1].top === top && boxes[i + 1][1].left - right < 2)
        .map(([value]) => value.textContent);
}"""


@pytest.fixture
def show(tmp_path, open_page):
    """show(trace, window, …) -> the offline page, opened from disk, which notes what is drawn on its canvases."""

    def show_(trace, window, language="en", theme="light", top=0, present=False, **state) -> Page:
        path = tmp_path / "page.html"
        path.write_text(to_html(trace, language, theme, state), "utf-8")
        page = open_page("about:blank", viewport=dict(zip(("width", "height"), window, strict=True)))
        page.add_init_script(f"({NOTED})()")
        if top:
            page.add_init_script(
                "document.addEventListener('DOMContentLoaded', () => "
                f"(document.getElementById('stage').style.padding = '{top}px 25px 8px'))"
            )
        page.goto(path.as_uri())
        page.locator(".hl .candidates li").first.wait_for()
        if present:
            page.locator(".hl").focus()
            page.keyboard.press("p")
            page.locator(".hl.presenting").wait_for()
        page.wait_for_timeout(100)
        return page

    return show_


def labels(page: Page) -> list[dict]:
    """The texts beside and above the map, with the places of their letters; numbers in cells and arrows left out."""
    drawn = page.evaluate("drawnOn('.map > .box canvas')")
    return [note for note in drawn if "text" in note and note["text"] != "→" and not is_number(note["text"])]


def is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def cell(page: Page) -> tuple[float, float]:
    """Width and height of the rectangles that most are like: the cells."""
    drawn = page.evaluate("drawnOn('.map > .box canvas')")
    return Counter((note["w"], note["h"]) for note in drawn if "w" in note).most_common(1)[0][0]


def overlapping(notes: list[dict]) -> list[tuple[str, str]]:
    """Pairs of texts whose letters lie on each other, among those that are equally slanted."""
    return [
        (a["text"], b["text"])
        for a, b in itertools.combinations(notes, 2)
        if abs(a["angle"] - b["angle"]) < 0.01
        and min(a["right"], b["right"]) - max(a["left"], b["left"]) > 0.5
        and min(a["bottom"], b["bottom"]) - max(a["top"], b["top"]) > 0.5
    ]


def word_size(page: Page) -> float:
    return page.locator(".chip.source").first.evaluate("chip => parseFloat(getComputedStyle(chip).fontSize)")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_map_when_fifteen_by_twelve_pieces_on_a_projector_has_large_cells_with_numbers(show, language):
    page = show(spoken(15, 12), (1280, 720), language, top=TOP)
    width, height = cell(page)  # on whole pixels
    assert min(width, height) >= 24
    assert 15 * width >= 420
    numbers = [note for note in page.evaluate("drawnOn('.map > .box canvas')") if is_number(note.get("text", ""))]
    assert (len(numbers) == 15 * 11) == (width >= 30)  # eleven of twelve rows are decoded
    assert all(note["size"] >= 14 for note in numbers)
    frame = page.locator(".hl").bounding_box()
    assert frame["y"] + frame["height"] <= 720
    heads = page.locator(".tile")
    assert heads.count() == 8
    sizes = [max(box["width"], box["height"]) for box in (tile.bounding_box() for tile in heads.all())]
    assert min(sizes) >= 72
    assert heads.all_inner_texts() == [str(n) for n in range(1, 9)]


def test_the_view_when_the_window_is_larger_has_larger_cells_and_type(show):
    page = show(spoken(15, 12), (1280, 720), top=TOP)
    type_size = "parseFloat(getComputedStyle(document.querySelector('.finding')).fontSize)"
    words, before = word_size(page), page.evaluate(type_size)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.wait_for_timeout(200)
    assert min(cell(page)) >= 40
    assert word_size(page) > words * 1.15
    assert page.evaluate(type_size) > before * 1.15
    frame = page.locator(".hl").bounding_box()
    assert 1080 - 40 <= frame["y"] + frame["height"] <= 1080


@pytest.mark.parametrize(("source", "target"), [(5, 5), (15, 12), (24, 24)])
@pytest.mark.parametrize("kind", ["cross", "encoder_self"])
@pytest.mark.parametrize("chinese", [False, True])
def test_labels_when_there_are_up_to_twenty_four_are_all_drawn_and_none_touches_another(
    show, source, target, kind, chinese
):
    page = show(spoken(source, target, chinese), (1280, 720), top=TOP, kind=kind, step=target - 1)
    drawn = labels(page)
    rows = source if kind == "encoder_self" else target
    trace = spoken(source, target, chinese)
    slanted = [note for note in drawn if note["angle"] < -0.01]
    upright = [note for note in drawn if note["angle"] >= -0.01]
    columns = slanted or [note for note in upright if note["y"] < min(n["y"] for n in upright) + 3]
    assert len(columns) == source
    named = [note["text"] for note in upright if note not in columns]
    expected = trace.source_pieces if kind == "encoder_self" else trace.output_pieces
    for piece in expected:
        assert any(text.rstrip("…") and piece.lstrip("▁").startswith(text.rstrip("…")) for text in named), piece
    assert len(named) >= rows
    assert overlapping(drawn) == []
    assert min(note["size"] for note in drawn) >= 14


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [(50, 30, "Some labels do not fit"), (64, 64, "scroll to see the rest"), (300, 300, "scroll to see the rest")],
)
def test_labels_when_there_are_too_many_name_the_step_and_what_is_left_out_is_said(show, source, target, said):
    trace = spoken(source, target)
    page = show(trace, (1280, 720), top=TOP, step=target // 2)
    drawn = labels(page)
    assert overlapping(drawn) == []
    assert any(note["text"] == trace.output_pieces[target // 2] for note in drawn)
    expect(page.locator(".rules")).to_contain_text(said)
    expect(page.locator(".chip.target.now")).to_be_in_viewport()


@pytest.mark.parametrize(("source", "target"), [(5, 5), (12, 10), (24, 24), (64, 64)])
@pytest.mark.parametrize("window", [(1280, 720), (1920, 1080), (390, 844)])
@pytest.mark.parametrize("chinese", [False, True])
def test_a_sentence_is_seen_whole(show, source, target, window, chinese):
    page = show(spoken(source, target, chinese), window, top=0 if window[0] < 400 else TOP)
    assert page.evaluate("""() => [...document.querySelectorAll('.sentences .scroller')]
        .every((box) => box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight + 1)""")
    assert word_size(page) >= 14
    assert page.evaluate(TOUCHING) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= window[0]


@pytest.mark.parametrize(
    ("language", "source", "target"), [("en", 5, 5), ("zh", 15, 12), ("en", 24, 24), ("zh", 64, 64)]
)
@pytest.mark.parametrize(
    ("window", "present"),
    [
        *(((width, height), False) for width, height in ((1280, 720), (1920, 1080), (390, 844), (768, 1024))),
        *(((width, height), True) for width, height in ((1024, 768), (1280, 720), (1920, 1080), (390, 844))),
    ],
)
def test_no_part_ends_outside_the_frame_and_no_text_is_small(show, language, source, target, window, present):
    page = show(spoken(source, target), window, language, present=present, theme="dark" if present else "light")
    for view in VIEWS:
        page.locator(".hl .panel-head .segments button").nth(VIEWS.index(view)).click()
        assert page.evaluate(OUTSIDE) == [], view
        assert page.evaluate(SMALL_TEXT) == [], view


def test_each_of_thirty_two_heads_of_twenty_four_layers_has_its_place(show):
    trace = make_trace(15, 12, layers=24, heads=32)
    page = show(trace, (1280, 720), top=TOP)
    for width, height in ((1280, 720), (1920, 1080), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate(SMALL_TEXT) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert min(box["width"] for box in (tile.bounding_box() for tile in page.locator(".tile").all())) >= 36
    page.get_by_role("button", name="Layer 3, head 31", exact=True).click()
    expect(page.locator(".map .title")).to_contain_text("layer 3, head 31")
    expect(page.get_by_role("button", name="Layer 3", exact=True)).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("window", [(1024, 768), (1280, 720), (1920, 1080)])
def test_presentation_when_a_lecture_sentence_is_shown_fills_the_window_with_large_words(show, language, window):
    page = show(spoken(15, 12), window, language, present=True)
    assert word_size(page) >= 28
    box = page.locator(".hl").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *window)
    assert page.evaluate("[document.querySelector('.hl').scrollHeight, innerHeight]")[0] <= window[1]
    for button in page.locator(".hl .row button:visible").all():
        place = button.bounding_box()
        assert place["x"] + place["width"] <= window[0]
        assert place["y"] + place["height"] <= window[1]


def test_controls_when_the_row_is_too_short_are_in_a_menu(show):
    page = show(spoken(15, 12), (1024, 768), present=True)
    png = page.get_by_role("button", name="Download this picture as PNG")
    expect(png).to_have_count(0)
    more = page.locator(".more summary")
    more.click()
    expect(png).to_be_visible()
    assert page.evaluate(OUTSIDE) == []
    page.get_by_role("button", name="2×").click()
    page.keyboard.press("Escape")
    expect(png).to_have_count(0)
    expect(page.locator(".hl.presenting")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_shows_step_words_map_and_controls_in_that_order_for_thumbs(show, language):
    page = show(spoken(12, 10), (390, 844), language)
    tops = [
        page.locator(part).first.bounding_box()["y"]
        for part in (".transport", ".sentences", ".map", ".controls", ".heads")
    ]
    assert tops == sorted(tops)
    small = """[...document.querySelectorAll('.hl button, .hl summary')].filter((e) => e.getClientRects().length && !e.closest('.grid'))
        .map((e) => [e.textContent, e.getBoundingClientRect()]).filter(([, box]) => box.height < 43.5).map(([text, box]) => `${text} ${box.height}`)"""
    assert page.evaluate(small) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("view", ["map", "lines"])
def test_nothing_moves_when_step_layer_head_and_pointer_change(show, view):
    page = show(spoken(24, 24), (1280, 720), top=TOP, view=view, merged=True)
    places = """[...document.querySelectorAll('.hl button:not(.label), .hl section, .hl .finding, .hl .rules')]
        .filter((e) => e.getClientRects().length).map((e) => e.getBoundingClientRect()).map(({ y, height }) => [y + scrollY, height])"""
    before = page.evaluate(places)
    for key in ("Home", "ArrowRight", "ArrowDown", "]", "]", "End"):
        page.locator(".hl").focus()
        page.keyboard.press(key)
        assert page.evaluate(places) == before, key
    box = page.locator(".map .box:visible").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    assert page.evaluate(places) == before


def test_the_view_when_something_above_it_grows_ends_with_the_window_still(show):
    page = show(spoken(15, 12), (1280, 800), top=60)
    bottom = "document.querySelector('.hl').getBoundingClientRect().bottom"
    before = page.evaluate(bottom)
    page.evaluate(
        "document.getElementById('stage').prepend(Object.assign(document.createElement('div'), {style: 'height: 90px'}))"
    )
    page.wait_for_timeout(200)
    assert abs(page.evaluate(bottom) - before) <= 1


def test_the_app_gives_the_view_the_rest_of_the_window(open_page, server):
    page = open_page(f"{server}/translate?lang=en&text=The+old+man+was+reading+a+newspaper+in+the+park+yesterday.")
    page.locator(".chip.source").first.wait_for()
    settle(page)
    for window in ((1280, 720), (1920, 1080)):
        page.set_viewport_size(dict(zip(("width", "height"), window, strict=True)))
        page.wait_for_timeout(300)
        box = page.locator(".hl").bounding_box()
        finding = page.locator(".finding").bounding_box()
        assert finding["y"] + finding["height"] <= window[1]
        if window[1] > 720:
            assert window[1] - 40 <= box["y"] + box["height"] <= window[1]
