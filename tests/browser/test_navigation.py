"""The way in: deep links to a fresh server, languages, the menu."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serve, settle

TITLES = {
    "home": "Headlight",
    "translate": "What does a Transformer attend to while it translates?",
    "compare": "One head or eight: what is the difference?",
    "beams": "What does a beam search keep, and what does it drop?",
    "inside": "What happens inside one head?",
    "why": "Why attention?",
    "attention": "What is attention?",
    "heads": "Why many heads?",
    "masks": "What may each position attend to?",
    "positions": "How does a model know the order of words?",
    "block": "What else is in a block?",
    "words": "How do vectors become words?",
    "training": "How does it learn?",
    "cost": "What does attention cost?",
    "figures": "Are the famous figures real?",
    "lectures": "Give a lecture",
    "corpus": "What do the heads do?",
    "models": "Which models are here, and how good are they?",
    "glossary": "What does this word mean?",
}


def opens(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=TITLES[name])).to_be_visible()
    settle(page)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    # The navigation and the settings are app.py's, not those of a bare folder of pages.
    expect(page.get_by_role("link", name="Translate", exact=True)).to_be_visible()
    expect(page.get_by_text("简体中文", exact=True)).to_be_visible()


# Each frame until now: what the navigation said, whether there was a sidebar, and where things stood that could be seen:
# before the rules of style are there, what the page holds is clipped to one pixel.
FRAMES = """
window.frames_seen = [];
(function look() {
    const box = (selector) => document.querySelector(selector)?.getBoundingClientRect();
    const navigation = document.querySelector("[data-testid=stTopNav], [data-testid=stSidebarNav]")?.innerText ?? "";
    const [first, title, sentence, settings] =
        ["[data-testid=stTopNavLinkContainer]", "h1", ".st-key-text input", ".st-key-settings"].map(box);
    const seen = box(".st-key-page")?.height > 1;
    window.frames_seen.push({
        navigation,
        sidebar: !!box("[data-testid=stSidebar]"),
        places: {
            navigation: seen && first?.height && [first.left, first.top],
            title: seen && title && [title.left, title.top],
            sentence: seen && sentence && [sentence.left, sentence.width],
            settings: seen && settings && [settings.right, settings.top],
        },
    });
    requestAnimationFrame(look);
})();
"""


# What only a server's very first request can get wrong does not depend on the page: one of each kind will do.
@pytest.mark.parametrize("name", ["home", "translate", "masks"])
def test_a_deep_link_is_the_first_request_to_a_fresh_server(open_page, name):
    with serve() as address:
        page = open_page("about:blank")
        page.add_init_script(FRAMES)
        page.goto(f"{address}/{name}?lang=en&text=Jerry+chases+Tom.")
        opens(page, name)
        things = ("navigation", "title", "settings", *(["sentence"] if name != "home" else []))
        page.wait_for_function("(things) => things.every((thing) => frames_seen.at(-1).places[thing])", arg=things)
        frames = page.evaluate("frames_seen")
        assert not any("positions" in frame["navigation"] for frame in frames), "the navigation never names files"
        assert not any(frame["sidebar"] for frame in frames)
        for thing in things:
            places = {tuple(map(round, frame["places"][thing])) for frame in frames if frame["places"][thing]}
            assert len(places) == 1, f"{thing} stands where it is first seen"
        if name == "translate":
            expect(page.get_by_role("textbox", name="Sentence")).to_have_value("Jerry chases Tom.")


def test_the_root_shows_home(open_page, server):
    page = open_page(server)
    expect(page.get_by_role("heading", name=TITLES["home"])).to_be_visible()
    settle(page)
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name=TITLES["compare"])).to_be_visible()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name=TITLES["home"])).to_be_visible()


def test_a_chinese_browser_is_greeted_in_chinese(open_page, server):
    page = open_page(server, locale="zh-CN")
    expect(page.get_by_role("heading", name="两分钟")).to_be_visible()
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="Two minutes")).to_be_visible()


@pytest.mark.parametrize("name", ["translate", "compare", "heads"])
def test_a_selection_when_the_visitor_leaves_at_once_and_comes_back_is_still_shown_in_each_language(
    open_page, server, name
):
    page = open_page(f"{server}/{name}?lang=en&text=Tom+chases+Jerry.")
    first_layer = page.get_by_role("button", name=re.compile("^(Layer 1|第 1 层)$")).first
    first_layer.click()
    page.get_by_role("link", name="Beams", exact=True).click()
    opens(page, "beams")
    if name == "heads":
        page.get_by_role("button", name="Lecture").click()
        page.get_by_role("menuitem", name="Many heads").click()
    else:
        page.get_by_role("link", name=name.title(), exact=True).click()
    opens(page, name)
    expect(first_layer).to_have_attribute("aria-pressed", "true")
    page.wait_for_url(re.compile("layer=1"))
    page.get_by_text("简体中文", exact=True).click()
    expect(page.get_by_role("link", name="翻译", exact=True)).to_be_visible()
    settle(page)
    expect(first_layer).to_have_attribute("aria-pressed", "true")
    assert "layer=1" in page.url


@pytest.mark.parametrize("name", ["", "home", "translate"])
def test_a_page_when_it_is_the_first_of_a_visit_is_left_by_one_press_on_back(open_page, server, name):
    page = open_page("about:blank")
    page.goto(f"{server}/{name}")
    page.wait_for_url(re.compile(r"\?.*model="))
    settle(page)
    page.wait_for_function("window[Symbol.for('headlight')] === true && history.state !== null")
    page.go_back()
    page.wait_for_url("about:blank")
    page.go_forward()
    page.wait_for_url(re.compile(rf"/{name}\?.*model="))
    opens(page, name or "home")


def test_a_page_of_the_lecture_opens_from_its_menu(open_page, server):
    page = open_page(f"{server}/home?lang=en")
    opens(page, "home")
    page.get_by_role("button", name="Lecture").click()
    page.get_by_role("menuitem", name="Masks").click()
    opens(page, "masks")


def test_the_model_is_named_and_chosen_with_the_keyboard_on_every_page(open_page, server):
    page = open_page(f"{server}/masks?lang=en")
    opens(page, "masks")
    button = page.get_by_role("button", name="Model: English → Chinese · 8 heads")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="English → Chinese").focus()
    page.keyboard.press("ArrowUp")  # from the first to the last
    expect(page.get_by_role("button", name="Model: Chinese → English · 8 heads")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("radio", name="Chinese → English")).to_have_count(0)
    page.get_by_role("link", name="Compare", exact=True).click()
    opens(page, "compare")
    expect(page.get_by_role("button", name="Model: Chinese → English · 8 heads")).to_be_visible()


def test_on_a_phone_the_navigation_opens_from_a_button(open_page, server):
    page = open_page(f"{server}/translate?lang=en", viewport={"width": 390, "height": 844})
    expect(page.get_by_role("heading", name=TITLES["translate"])).to_be_visible()
    settle(page)
    expect(page.get_by_role("link", name="Models", exact=True)).not_to_be_in_viewport()
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.get_by_role("heading", name=TITLES["models"])).to_be_visible()


def test_a_middle_window_says_in_the_visitors_language_that_there_are_more_pages(open_page, server):
    page = open_page(f"{server}/models?lang=zh", viewport={"width": 800, "height": 600})
    settle(page)
    expect(page.locator(".rc-overflow-item-rest")).to_have_css("opacity", "1")  # the header is measured
    page.get_by_role("button", name="更多").click()
    expect(page.get_by_role("menuitem", name="掩码")).to_be_visible()


def test_the_menu_that_lists_the_page_is_marked_and_stands_in_line_with_the_links(open_page, server):
    page = open_page(f"{server}/masks?lang=en")
    settle(page)
    menus = page.get_by_test_id("stTopNavSection")
    lecture, more = (menus.filter(has_text=re.compile(f"^{name}$")) for name in ("Lecture", "More"))
    expect(menus).to_have_count(2)  # until the header is measured, all is in a third
    ground = "element => getComputedStyle(element).backgroundColor"
    expect(lecture).not_to_have_css("background-color", more.evaluate(ground))
    link = page.get_by_test_id("stTopNavLink").first.bounding_box()
    assert abs(lecture.bounding_box()["y"] - link["y"]) < 1
