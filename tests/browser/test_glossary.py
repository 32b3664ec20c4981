"""Terms explain themselves where they stand: on hover, on focus by keyboard, on a tap; Escape closes; axe finds nothing."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.export.bundle import explanations
from tests.browser.conftest import settle

BOX = ".hl-term"


def text_of(term: str, language: str = "en") -> str:
    return explanations(language, [term])[term]["text"]


def serious(page) -> list[str]:
    """Faults of the box and of the term that it explains, in a view's shadow tree too."""
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
        if "hl-term" in node["html"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_term_in_a_text_when_hovered_or_focused_explains_itself_and_escape_closes_it(open_page, server, scheme):
    page = open_page(f"{server}/masks?lang=en", color_scheme=scheme)
    term = page.get_by_role("link", name="causal mask", exact=True)
    expect(
        page.get_by_role("button", name="2", exact=True).or_(page.get_by_role("radio", name="2")).first
    ).to_be_visible()
    settle(page)
    page.evaluate("document.fonts.ready")  # until then the text moves away under the pointer
    page.wait_for_timeout(500)
    term.hover()
    box = page.locator(BOX)
    expect(box).to_contain_text(text_of("causal-mask"))
    assert serious(page) == []
    box.hover()  # the pointer may go there, for example to select its text
    page.wait_for_timeout(400)
    expect(box).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    page.get_by_role("link", name="key", exact=True).focus()
    page.keyboard.press("Tab")
    expect(term).to_be_focused()
    expect(box).to_contain_text(text_of("causal-mask"))
    expect(term).to_have_attribute("aria-describedby", "hl-term")
    page.keyboard.press("Tab")
    expect(box).to_contain_text(text_of("padding"))


def test_a_control_of_a_view_when_hovered_or_focused_explains_itself_and_still_does_its_work(open_page, server):
    page = open_page(f"{server}/translate?lang=zh")
    box = page.locator(BOX)
    button = page.get_by_role("button", name="掩码自注意力", exact=True)
    button.hover()
    expect(box).to_contain_text(text_of("masked-self", "zh"))
    assert serious(page) == []
    button.click()
    expect(box).to_have_count(0)
    expect(button).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    expect(box).to_contain_text(text_of("cross-attention", "zh"))
    page.keyboard.press("Tab")
    expect(box).to_contain_text(text_of("layer", "zh"))
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)


def test_buttons_of_the_search_when_hovered_explain_themselves(open_page, server):
    page = open_page(f"{server}/translate?lang=en")
    settle(page)
    for name, term in (("Greedy", "greedy"), ("Beam", "beam"), ("Sample", "sampling")):
        page.get_by_role("radio", name=name).hover()
        expect(page.locator(BOX)).to_contain_text(text_of(term))


def tap(page, place) -> None:
    """Press with a finger, not with a pointer."""
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_terms_when_tapped_explain_themselves_within_the_screen_and_stay_on_the_page(open_page, server):
    phone = open_page(f"{server}/inside?lang=en", viewport={"width": 390, "height": 844})
    expect(phone.get_by_role("button", name="Query", exact=True)).to_be_visible()
    settle(phone)
    box = phone.locator(BOX)
    tap(phone, phone.get_by_role("link", name="Layer", exact=True))
    expect(box).to_contain_text(text_of("layer"))
    frame = box.bounding_box()
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= 390
    assert "/inside" in phone.url
    tap(phone, phone.get_by_role("heading", level=1))
    expect(box).to_have_count(0)
    tap(phone, phone.get_by_role("button", name="Query", exact=True))
    expect(box).to_contain_text(text_of("query"))


def test_a_link_of_the_glossary_when_opened_shows_its_term_first(open_page, server):
    page = open_page(f"{server}/glossary?lang=zh&term=beam")
    first = page.locator('a[href*="term="]').first
    expect(first).to_have_text("束搜索（beam search）")
    page.get_by_role("textbox", name="查找").fill("perplex")
    expect(page.locator('a[href*="term="]')).to_have_text(["困惑度（perplexity）"])
