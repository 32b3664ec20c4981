"""Every page by its address: its title, what axe-core finds, and what the shell takes of the window at three sizes."""

import pytest
from playwright.sync_api import Page, expect

from pages.ui import navigation
from pages.ui.catalogue import LANGUAGES, catalogue
from tests.browser.axe import serious_faults
from tests.browser.conftest import settle

SENTENCE = "The tired black cat that chased the small mouse did not see the brown dog there."
"""80 characters."""

WINDOWS = {"projector": (1280, 720), "large": (1920, 1080), "phone": (390, 844)}
WITHOUT_SENTENCE = ("home", "lectures", "models", "glossary", "figures", "training")
TYPE = {"projector": (18, 18), "large": (22, 24), "phone": (18, 18)}
"""The least and the largest size of text, pixels."""

MARGIN = 1.5  # of that size, at each side

MEASURES = """() => {
    const box = (one) => { const { x, y, width, height } = one.getBoundingClientRect(); return { x, y, width, height }; };
    const all = (selector) => [...document.querySelectorAll(selector)].map(box).filter((one) => one.width && one.height);
    const title = document.querySelector("h1");
    const input = document.querySelector(".st-key-text input");
    return {
        widest: Math.max(document.documentElement.scrollWidth, document.querySelector(".stMain").scrollWidth),
        lines: title.getBoundingClientRect().height / parseFloat(getComputedStyle(title).lineHeight),
        type: parseFloat(getComputedStyle(document.documentElement).fontSize),
        beside: all(".st-key-sentence button, .st-key-text input"),
        title: box(title),
        input: input && { ...box(input), text: input.scrollWidth, room: input.clientWidth },
        navigation: all("[data-testid=stTopNavLink], [data-testid=stTopNavSection]"),
        settings: all(".st-key-settings button"),
        targets: all(".st-key-settings button, .st-key-sentence button, .stTextInput, [data-testid=stExpandSidebarButton]"),
        picture: all(".st-key-stage_view")[0],
    };
}"""


def measure(page: Page, window: str) -> dict:
    width, height = WINDOWS[window]
    page.set_viewport_size({"width": width, "height": height})
    settle(page)
    page.wait_for_timeout(500)  # until views have drawn themselves for the new size
    return page.evaluate(MEASURES)


def overlap(a: dict, b: dict) -> bool:
    return all(a[at] < b[at] + b[size] and b[at] < a[at] + a[size] for at, size in (("x", "width"), ("y", "height")))


@pytest.mark.parametrize("name", navigation.PAGES)
def test_a_page_leaves_the_window_to_its_picture_and_has_no_serious_fault(open_page, server, name):
    """In English and light, then in Chinese and dark. All in one test, because opening a page takes longer than the rest."""
    page = open_page(f"{server}/{name}?lang=en&text={SENTENCE.replace(' ', '+')}", color_scheme="light")
    for language, scheme in (("en", "light"), ("zh", "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 1280, "height": 720})
        page.locator(".st-key-lang").get_by_text(LANGUAGES[language], exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(catalogue(language)[f"{name}.title"])
        settle(page)
        expect(page.locator(".st-key-settings button")).to_have_count(1 + len(LANGUAGES))
        if name not in WITHOUT_SENTENCE:
            expect(page.locator(".st-key-text input")).to_have_value(SENTENCE)
        if name == "translate":
            expect(page.locator(".chip.source").first).to_be_visible()
            assert measure(page, "projector")["picture"]
        faults = serious_faults(page)
        assert not faults, "\n".join([language, *faults])
        for window in WINDOWS:
            assert_that_the_window_is_used(measure(page, window), window)


def assert_that_the_window_is_used(seen: dict, window: str) -> None:
    width, _ = WINDOWS[window]
    least, most = TYPE[window]
    assert least <= seen["type"] <= most
    scale, margin = seen["type"] / 18, MARGIN * seen["type"]
    assert seen["widest"] <= width, f"nothing is wider than the {window}"
    assert all(one["x"] >= 0 and one["x"] + one["width"] <= width for one in seen["settings"])
    assert len(seen["settings"]) == 1 + len(LANGUAGES), "none of model and languages is hidden"
    assert not any(overlap(one, other) for one in seen["navigation"] for other in seen["settings"])
    assert seen["title"]["x"] <= margin
    if window == "phone":
        assert all(round(one["height"]) >= 44 for one in seen["targets"])
        assert all(one["height"] <= 60 for one in seen["settings"]), "they fit into the header"
        assert not seen["navigation"]
        if seen["input"]:
            assert seen["input"]["width"] >= width - 2 * margin
    else:
        assert seen["lines"] < 1.5, "the title is one line"
        assert seen["title"]["y"] + seen["title"]["height"] <= 110 * scale
        middles = [one["y"] + one["height"] / 2 for one in seen["beside"]]
        assert not middles or max(middles) - min(middles) < 12 * scale, "controls beside the sentence stand in its row"
        if seen["input"]:
            assert seen["input"]["text"] <= seen["input"]["room"], "80 characters of the sentence are seen"
    if picture := seen["picture"]:
        assert picture["x"] <= margin
        assert picture["width"] >= width - 2 * margin, "the attention view is as wide as the window"
        assert window == "phone" or picture["y"] <= 175 * scale, "it begins high"
