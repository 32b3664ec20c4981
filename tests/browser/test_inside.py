"""Inside one head, in a real browser: queries by click and key, every number on screen core's own, dimensions, phones."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import core
from tests.browser.conftest import settle

FIRST = "Tom chases Jerry."
NUMBERS = ("score", "scaled", "masked", "weight .figure", "trace")


@pytest.fixture(scope="module")
def translator():
    return core.load("en-zh", device="cpu")


@pytest.fixture
def page(open_page, server) -> Page:
    return opened(open_page(f"{server}/inside?lang=en&text=Tom+chases+Jerry."))


def opened(page: Page) -> Page:
    expect(page.locator(".line.key").first).to_be_visible(timeout=60_000)
    settle(page)
    return page


def value(text: str) -> float:
    """A number as it stands on screen."""
    return float(text.lstrip("= ").replace("−", "-").replace("∞", "inf"))


def on_screen(page: Page, name: str) -> list[float]:
    return [value(text) for text in page.locator(f".line.key .c-{name}").all_inner_texts()]


def in_full(page: Page, row: int) -> list[float]:
    """One of the three rows of numbers, over all of its lines."""
    cells = page.locator(f".cells tbody tr:nth-child({row + 1}) td").all_inner_texts()
    return [value(text) for text in cells if text]  # a last line that is not full ends in empty cells


def press(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def assert_query(page: Page, head: core.HeadInside, query: int) -> None:
    """Two decimals of every number that the picture shows for a query and the key that it weighs most."""
    shown = {"score": head.scores, "scaled": head.scaled, "masked": head.masked}
    shown |= {"weight .figure": head.weights, "trace": head.weights}
    for name in NUMBERS:
        np.testing.assert_allclose(on_screen(page, name), shown[name][query], atol=0.00501, err_msg=name)
    key = int(head.weights[query].argmax())
    for row, numbers in enumerate((head.q[query], head.k[key], head.q[query] * head.k[key])):
        np.testing.assert_allclose(in_full(page, row), numbers, atol=0.00501)
    press(page, "α × v")
    weighted = head.weights[query, key] * head.v[key]
    for row, numbers in enumerate((head.v[key], weighted, head.output[query])):
        np.testing.assert_allclose(in_full(page, row), numbers, atol=0.00501)
    press(page, "q × k")


def test_every_query_shows_cores_numbers(page, translator):
    trace = translator.translate(FIRST)
    head = translator.inside(trace, "cross", 2, 3)
    chips = page.locator(".queries .chip")
    assert chips.count() == len(head.rows)
    for query in range(len(head.rows)):
        chips.nth(query).click()
        expect(chips.nth(query)).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".statement bdi")).to_have_text(trace.output_pieces[query].lstrip("▁"))
        assert_query(page, head, query)
    page.wait_for_url(re.compile(r"inside_query=5"))


def test_what_the_mask_hides_is_minus_infinity_and_weighs_nothing(open_page, server, translator):
    page = opened(open_page(f"{server}/inside?lang=en&text=Tom+chases+Jerry.&inside_kind=decoder_self&inside_query=2"))
    head = translator.inside(translator.translate(FIRST), "decoder_self", 2, 3)
    assert_query(page, head, 1)
    expect(page.locator(".line.masked .c-masked")).to_have_text(["−∞"] * 3)
    expect(page.locator(".line.masked .figure")).to_have_text(["0.00"] * 3)
    page.locator(".queries .chip").last.click()
    expect(page.locator(".line.masked")).to_have_count(0)


@pytest.mark.parametrize("text", [FIRST, "The animal didn't cross the street because it was too tired."])
def test_the_whole_chain_is_on_one_screen(open_page, server, text):
    page = opened(open_page(f"{server}/inside?lang=en&inside_kind=encoder_self&text={text}"))
    for part in (
        ".queries",
        ".cells",
        ".readout",
        ".line.heads",
        ".line.query",
        ".chosen .c-score",
        ".line.sum",
        ".legend",
    ):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0, part
        # 32 dimensions stand in three lines; of a list of 15 keys the lower ones and the sum are then scrolled to.
        if text == FIRST or part not in (".chosen .c-score", ".line.sum", ".legend"):
            assert box["y"] + box["height"] <= 721, (part, box)


def test_everything_by_keyboard(page):
    page.locator(".hl").focus()
    page.keyboard.press("Home")
    expect(page.locator(".queries .chip").first).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".statement bdi")).to_have_text("追逐")
    chosen = page.locator(".line.key.chosen .name")
    expect(chosen).to_have_text("chases")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_text("Jerry")
    page.keyboard.press("]")
    page.keyboard.press("]")
    expect(page.locator(".readout")).to_have_text(re.compile(r"^dimension 2: .+ × .+ = .+"))
    expect(page.locator(".cells .now").first).to_have_text("2")
    page.keyboard.press("Escape")
    expect(chosen).to_have_text("chases")
    expect(page.locator(".readout")).to_contain_text("Largest, by dimension")
    page.wait_for_url(re.compile(r"inside_query=2"))


def test_a_dimension_tells_all_digits_and_the_largest_are_named(page, translator):
    head = translator.inside(translator.translate(FIRST), "cross", 2, 3)
    query, key = 2, int(head.weights[2].argmax())
    products = head.q[query] * head.k[key]
    ranked = np.argsort(-np.abs(products))
    named = re.findall(r"(\d+): ([+−][\d.]+)", page.locator(".readout").inner_text())
    assert [int(n) for n, _ in named] == [i + 1 for i in ranked[:3]]
    np.testing.assert_allclose([value(number) for _, number in named], products[ranked[:3]], atol=0.00501)
    assert f"= {head.scores[query, key]:.2f}" in page.locator(".readout").inner_text()
    box = page.locator(".line.key .c-product").nth(key).bounding_box()
    page.mouse.move(box["x"] + box["width"] * 6.5 / head.d_k, box["y"] + box["height"] / 2)
    expect(page.locator(".readout")).to_contain_text("dimension 7:")
    numbers = [value(text) for text in re.findall(r"−?\d+\.\d+", page.locator(".readout").inner_text())]
    np.testing.assert_allclose(numbers, [head.q[query, 6], head.k[key, 6], products[6]], rtol=2e-5)
    press(page, "Largest first")
    shown = [int(text) - 1 for text in page.locator(".cells thead th").all_inner_texts()]
    np.testing.assert_array_equal(np.abs(products)[shown], np.sort(np.abs(products))[::-1])


def test_strips_have_the_colours_of_their_numbers(page):
    """The strips of query, key and product, against the cells that hold the same numbers."""
    key = page.locator(".line.key.chosen")
    strips = (page.locator(".line.query .c-k"), key.locator(".c-k"), key.locator(".c-product"))
    for row, strip in enumerate(strips):
        pixels = strip.locator("canvas").evaluate(
            "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
        )
        colours = [f"rgb({pixels[i]}, {pixels[i + 1]}, {pixels[i + 2]})" for i in range(0, len(pixels), 4)]
        cells = page.locator(f".cells tbody tr:nth-child({row + 1}) td:not(:empty)")
        assert colours == cells.evaluate_all("all => all.map(cell => getComputedStyle(cell).backgroundColor)")
        assert len(set(colours)) > 12


def test_numbers_can_be_read_on_every_colour(open_page, server):
    page = opened(open_page(f"{server}/inside?lang=en&inside_kind=encoder_self"))

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator(f".hl[data-theme={scheme}]").first).to_be_visible()
        seen = set()
        for key in page.locator(".line.key .name").all():
            key.click()
            expect(key).to_have_attribute("aria-pressed", "true")
            styles = "all => all.map(cell => [getComputedStyle(cell).color, getComputedStyle(cell).backgroundColor])"
            for ink, ground in page.locator(".cells tbody td").evaluate_all(styles):
                dark, light = sorted((luminance(ink), luminance(ground)))
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)
                seen.add(ground)
        assert len(seen) > 40


def test_the_scale_stays_while_queries_change(page):
    legend = page.locator(".legend")
    before = legend.inner_text()
    assert re.search(r"−\d+(\.\d+)?\s+\+\d", before)
    for chip in page.locator(".queries .chip").all():
        chip.click()
        expect(chip).to_have_attribute("aria-pressed", "true")
        assert legend.inner_text() == before


def test_another_head_keeps_the_query_and_the_key(page, translator):
    page.locator(".queries .chip").nth(1).click()
    page.locator(".line.key .name", has_text="Jerry").click()
    page.locator(".st-key-inside_head button").nth(4).click()
    head = translator.inside(translator.translate(FIRST), "cross", 2, 4)
    expect(page.locator(".line.key .c-score").first).to_have_text(f"{head.scores[1, 0]:.2f}".replace("-", "−"))
    expect(page.locator(".queries .chip").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".line.key.chosen .name")).to_have_text("Jerry")
    page.wait_for_url(re.compile(r"inside_head=5&inside_query=2"))


def test_the_way_to_the_run_without_this_head_and_back(page):
    page.get_by_role("link", name="Remove this head and translate").click()
    expect(page.locator(".step-text").first).to_have_text("Step 3 of 5")
    page.wait_for_url(re.compile("ablate=cross.3.4.zero"))
    settle(page)
    page.locator("[data-testid=stTopNavLink]", has_text="Inside").click()
    opened(page)
    expect(page.get_by_role("textbox", name="Sentence")).to_have_value(FIRST)
    page.wait_for_url(re.compile("inside_head=4"))


def test_what_a_link_asks_for_and_is_not_there_is_named(open_page, server):
    page = opened(open_page(f"{server}/inside?lang=en&text=Tom+chases+Jerry.&inside_layer=9&inside_query=77"))
    expect(page.get_by_text("This link holds something that does not exist here")).to_contain_text(
        "inside_layer, inside_query"
    )


def test_nothing_is_cut_off_sideways(open_page, server):
    page = opened(open_page(f"{server}/inside?lang=en&inside_kind=decoder_self"))
    for width in (1280, 820, 390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in (".queries", ".cells table", ".line.key", ".line.sum", ".legend"):
            box = page.locator(part).first.bounding_box()
            assert box["x"] >= 0, part
            assert box["x"] + box["width"] <= width + 1, part
        # No number stands on another one.
        boxes = [page.locator(f".line.key .c-{name}").first.bounding_box() for name in NUMBERS]
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                apart = (a["x"] + a["width"] <= b["x"] + 1, b["x"] + b["width"] <= a["x"] + 1)
                below = (a["y"] + a["height"] <= b["y"] + 1, b["y"] + b["height"] <= a["y"] + 1)
                assert any((*apart, *below))


def test_it_speaks_chinese(open_page, server):
    page = opened(open_page(f"{server}/inside?text=Tom+chases+Jerry.", locale="zh-CN"))
    expect(page.get_by_role("heading", name="一个注意力头里发生了什么？")).to_be_visible()
    expect(page.locator(".full-head .title")).to_have_text(re.compile("^查询“.*追逐.*”与键“Jerry”逐维相乘$"))
    expect(page.locator(".readout")).to_contain_text("32 维之和 Σ =")
    left = set(re.findall(r"[A-Za-z]{4,}", page.locator(".hl").inner_text()))
    assert left <= {"softmax", "chases", "Jerry"}


def test_a_model_of_many_dimensions_names_the_rest(open_page, server):
    page = opened(open_page(f"{server}/inside?lang=en&text=Tom+chases+Jerry.&model=en-zh-1head"))
    head = core.load("en-zh-1head", device="cpu")
    inside = head.inside(head.translate(FIRST), "cross", 2, 0)
    shown = [int(text) - 1 for text in page.locator(".cells thead th").all_inner_texts()]
    products = inside.q[2] * inside.k[int(inside.weights[2].argmax())]
    rest = products.sum() - products[shown].sum()
    said = page.locator(".readout").inner_text()
    assert f"the other {inside.d_k - len(shown)}: {rest:+.2f}".replace("-", "−") in said
    assert 10 < len(shown) < inside.d_k
