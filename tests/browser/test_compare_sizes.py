"""The Compare page from the last row: sizes in pixels at a projector's, a screen's and a phone's window, in both languages."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle

SENTENCES = {
    "en": ("Tom chases Jerry.", "My father has been teaching English for 20 years."),  # 5 and 13 pieces
    "zh": ("汤姆追逐杰瑞。", "我父亲教英语已经二十年了。"),
}
WINDOWS = {"projector": (1280, 720), "screen": (1920, 1080), "phone": (390, 844)}

FIND = """
    const root = [...document.querySelectorAll("*")].find((e) => e.shadowRoot?.querySelector(".hl .sides")).shadowRoot;
    const seen = (query) => [...root.querySelectorAll(query)].filter((e) => e.checkVisibility());
    const box = (e) => e.getBoundingClientRect().toJSON();
"""

MEASURE = f"""() => {{{FIND}
    const hasText = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const size = (e) => parseFloat(getComputedStyle(e).fontSize);
    return {{
        view: box(root.querySelector(".hl")),
        words: box(root.querySelector(".sentences")),
        controls: box(root.querySelector(".controls")),
        chips: seen(".sentences .chip").map(box),
        cut: seen(".sentences .chip bdi").filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent),
        slots: seen(".slots .slot").map((slot) => [...slot.children].map((cell) => cell.getBoundingClientRect().y)),
        letters: seen(".line .badge").map(box),
        panels: seen(".panel").map(box),
        boxes: seen(".box").map(box),
        tiles: seen(".tile").map(box),
        small: seen("*").filter((e) => hasText(e) && size(e) < 13.9).map((e) => e.outerHTML),
        width: document.documentElement.scrollWidth,
    }};
}}"""

DRAWN = f"""() => {{{FIND}
    const fonts = [];
    const fillText = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {{
        fonts.push(parseFloat(this.font.match(/([\\d.]+)px/)[1]));
        return fillText.call(this, text, ...at);
    }};
    // The frame of the current row is as wide as the map: the longest run of its colour.
    const longest = (canvas) => {{
        const {{ width, height, clientWidth }} = canvas;
        const {{ data }} = canvas.getContext("2d").getImageData(0, 0, width, height);
        const [r, g, b] = getComputedStyle(root.querySelector(".hl")).getPropertyValue("--target").match(/\\w\\w/g).map((x) => parseInt(x, 16));
        let best = 0;
        for (let y = 0, run = 0; y < height; y++, run = 0) {{
            for (let x = 0; x < width; x++) {{
                const i = 4 * (y * width + x);
                run = data[i] === r && data[i + 1] === g && data[i + 2] === b ? run + 1 : 0;
                best = Math.max(best, run);
            }}
        }}
        return (best * clientWidth) / width;
    }};
    const maps = seen(".box canvas, .overview canvas").map(longest);
    root.querySelector(".hl").dispatchEvent(new KeyboardEvent("keydown", {{ key: "ArrowLeft" }}));
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done({{ maps, fonts }}))));
}}"""


def open_compare(open_page, server, lang: str, text: str, query: str = "") -> Page:
    page = open_page(f"{server}/compare?lang={lang}&text={text}{query}")
    expect(page.locator(".slots .chip").first).to_be_visible(timeout=60_000)
    return page


def measure(page: Page, window: str) -> tuple[dict, dict]:
    """Where the parts of the view are in such a window, and what is drawn on its canvases."""
    width, height = WINDOWS[window]
    page.set_viewport_size({"width": width, "height": height})
    settle(page)
    page.wait_for_timeout(400)
    return page.evaluate(MEASURE), page.evaluate(DRAWN)


def assert_words_are_whole(found: dict) -> None:
    """Every piece of the source and of both translations is inside, in letters of 14 px or more, A's above B's."""
    for chip in found["chips"]:
        assert found["view"]["left"] - 1 <= chip["left"]
        assert chip["right"] <= found["view"]["right"] + 1
        assert chip["bottom"] <= found["words"]["bottom"] + 1
    assert found["cut"] == []
    assert found["small"] == []
    assert found["slots"]
    for above, below in found["slots"]:
        assert above < below
        for place in (above, below):  # the letter of its side stands before each line
            assert any(abs(letter["top"] - place) < 20 for letter in found["letters"])


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("text", SENTENCES["en"])
def test_one_head_beside_eight_when_seen_from_the_last_row_is_large_enough(open_page, server, text, lang):
    page = open_compare(open_page, server, lang, text)
    for window in ("projector", "screen"):
        found, drawn = measure(page, window)
        assert_words_are_whole(found)
        assert len(found["tiles"]) == 8
        one, eight = drawn["maps"]
        assert one >= {"projector": 300, "screen": 400}[window]
        assert eight >= {"projector": 150, "screen": 200}[window]
        assert eight == pytest.approx(found["tiles"][0]["width"], abs=5)
        assert min(drawn["fonts"]) >= 14
        assert found["width"] <= WINDOWS[window][0]
        bottom = max(box["bottom"] for box in (*found["boxes"], *found["tiles"]))
        assert bottom <= WINDOWS[window][1] + 1, "words, step and all maps are seen together"
    found, drawn = measure(page, "phone")
    assert_words_are_whole(found)
    assert found["words"]["bottom"] <= found["controls"]["top"], "on a phone the parts stand beneath each other"
    assert found["controls"]["bottom"] <= found["boxes"][0]["top"] < found["tiles"][0]["top"]
    assert min(tile["width"] for tile in found["tiles"]) >= 150
    assert min(drawn["fonts"]) >= 14
    assert found["width"] <= 390
    page.get_by_role("button", name={"en": "lines", "zh": "连线"}[lang], exact=True).click()
    expect(page.locator(".row-lines canvas").first).to_be_visible()
    assert page.evaluate(MEASURE)["width"] <= 390


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("text", SENTENCES["zh"])
def test_eight_heads_beside_the_same_with_one_removed_when_seen_are_large_enough(open_page, server, text, lang):
    query = "&model=zh-en&compare=changes&what_b=head&gone_b=cross.3.4&pair_head_a=all&pair_head_b=all&pair_step=3"
    page = open_compare(open_page, server, lang, text, query)
    for window in WINDOWS:
        found, drawn = measure(page, window)
        assert_words_are_whole(found)
        assert len(found["tiles"]) == 16
        assert min(tile["width"] for tile in found["tiles"]) >= 150
        assert min(drawn["maps"]) >= 150
        assert min(drawn["fonts"]) >= 14
        assert found["width"] <= WINDOWS[window][0]
        for panel in found["panels"]:
            assert panel["right"] <= found["view"]["right"] + 1
        for tile in found["tiles"]:
            assert tile["right"] <= found["view"]["right"] + 1


def test_a_long_sentence_when_shown_takes_several_lines_that_stay_beneath_each_other(open_page, server):
    text = "My father has been teaching English for 20 years, and my mother wants to buy a new red car next week."
    found, _ = measure(open_compare(open_page, server, "en", text), "projector")
    assert_words_are_whole(found)
    assert len({round(above) for above, _ in found["slots"]}) >= 2


def test_both_pictures_when_one_side_has_a_long_name_begin_at_the_same_height(open_page, server):
    query = "&compare=changes&what_b=head&gone_b=cross.3.8&pair_head_a=all&pair_head_b=all"
    found, _ = measure(open_compare(open_page, server, "en", SENTENCES["en"][0], query), "projector")
    tiles = found["tiles"]
    first, second = (min(tile["top"] for tile in side) for side in (tiles[:8], tiles[8:]))
    assert first == pytest.approx(second, abs=1)


@pytest.mark.parametrize("lang", SENTENCES)
def test_presentation_when_a_long_sentence_is_shown_holds_all_of_both_sides_and_ends(open_page, server, lang):
    page = open_compare(open_page, server, lang, SENTENCES["en"][1])
    settle(page)
    view = page.locator(".hl.presenting")
    for width, height in ((1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.locator(".hl", has=page.locator(".sides")).focus()
        page.keyboard.press("p")
        page.wait_for_timeout(600)
        assert view.bounding_box() == {"x": 0, "y": 0, "width": width, "height": height}
        assert view.evaluate("(e) => e.scrollHeight <= e.clientHeight"), "all of it is seen at once"
        seen = page.evaluate(MEASURE)
        assert max(seen["boxes"][0]["width"], seen["boxes"][0]["height"]) >= 300
        assert len(seen["tiles"]) == 8
        assert min(max(tile["width"], tile["height"]) for tile in seen["tiles"]) >= 150
        assert max(box["y"] + box["height"] for box in seen["tiles"]) <= height
        assert not seen["small"]
        assert not seen["cut"]
        page.keyboard.press("ArrowLeft")
        expect(view).to_be_visible()
        page.keyboard.press("Escape")
        expect(view).to_have_count(0)
