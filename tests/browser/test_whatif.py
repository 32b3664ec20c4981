"""What if, in a real browser: a click in the attention view changes the run, the original stays beside it, a chip undoes it."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import rest, settle
from tests.browser.test_translate import FIRST

MEASURED = 240_000
"""Milliseconds at most until all heads are measured: the model is loaded and runs for each of the 72 heads, one second of
computing alone, and half a minute where other work has the processor."""


@pytest.fixture
def page(open_page, server) -> Page:
    page = open_page(f"{server}/translate?lang=en&text={FIRST}&step=1")
    expect(page.locator(".hl-frame").first).to_be_visible()
    settle(page)
    return page


def chips(page: Page):
    return page.locator(".st-key-whatif-chips [data-testid^=stBaseButton]").filter(has_text="✕", visible=True)


def test_a_click_on_a_candidate_writes_it_and_decoding_goes_on_from_it(page):
    second = page.locator(".candidates button.name").nth(1)
    piece = second.inner_text()
    second.click()
    expect(chips(page)).to_have_text([f"forced at step 1: {piece} ✕"])
    expect(page.locator(".chip.target.forced")).to_have_text(piece)
    expect(page.get_by_text("Step 1 of")).to_be_visible()  # where the choice was made
    expect(page.get_by_role("heading", name="Original and changed run side by side")).to_be_visible()
    page.wait_for_url(re.compile("forced=1"))
    chips(page).first.click()
    expect(chips(page)).to_have_count(0)
    expect(page.locator(".chip.target.forced")).to_have_count(0)


def test_a_head_when_it_is_removed_right_after_a_step_leaves_the_view_at_that_step(page):
    page.get_by_role("button", name="Head 4", exact=True).first.click()
    page.get_by_role("button", name="Next step").click()
    page.get_by_role("button", name="remove", exact=True).click()
    expect(chips(page)).to_have_text(["removed: cross-attention, layer 3, head 4 ✕"])
    settle(page)
    expect(page.locator(".step-text").first).to_have_text(re.compile("Step 2 of"))
    expect(page.locator(".map .title").first).to_have_text("layer 3, head 4")
    assert "heads=4&step=2" in page.url


def test_a_head_is_removed_and_restored_in_the_attention_view(page):
    page.get_by_role("button", name="Head 4", exact=True).first.click()
    remove = page.get_by_role("button", name="remove", exact=True)
    remove.click()
    expect(chips(page)).to_have_text(["removed: cross-attention, layer 3, head 4 ✕"])
    expect(remove).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", name="Original and changed run side by side")).to_be_visible()
    page.wait_for_url(re.compile("ablate=cross.3.4.zero"))
    remove.click()
    expect(chips(page)).to_have_count(0)


@pytest.fixture
def sent(page) -> list[bytes]:
    """The page again, and every message that it sends from now on."""
    messages = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: messages.append(bytes(payload))))
    page.reload()
    expect(page.locator(".hl-frame").first).to_be_visible()
    settle(page)
    page.wait_for_timeout(1000)
    messages.clear()
    return messages


# A message that comes while the server begins to answer another one stops that, and what was asked for would be lost.
def test_what_was_chosen_goes_ahead_of_what_is_asked_for_on_the_stage(page, sent):
    page.get_by_role("button", name="Head 4", exact=True).first.click()
    page.get_by_role("button", name="remove", exact=True).click()
    expect(chips(page)).to_have_text(["removed: cross-attention, layer 3, head 4 ✕"])
    chosen, asked = (
        next(i for i, message in enumerate(sent) if part in message) for part in (b'"heads":[3]', b'"act"')
    )
    assert chosen <= asked


def test_what_was_chosen_goes_ahead_of_what_is_asked_for_elsewhere(page, sent):
    page.get_by_role("button", name="Layer 2", exact=True).click()
    page.get_by_text("Beam", exact=True).click()
    page.wait_for_url(re.compile("search=beam"))
    assert b'"layer":1' in sent[0]
    page.wait_for_url(re.compile("layer=2"))


def test_all_heads_are_measured_and_one_of_them_is_taken_away_from_the_map(page):
    page.get_by_text("What if …", exact=True).click()
    rest(page)
    page.get_by_role("button", name="Measure all heads").click()
    cell = page.get_by_role("button", name=re.compile("^cross-attention, layer 3, head 4: "))
    expect(cell).to_be_visible(timeout=MEASURED)
    settle(page)  # the run draws the rest of the page below the map, and ends
    expect(page.get_by_role("button", name=re.compile("layer [1-3], head [1-8]: "))).to_have_count(72)
    cell.click()
    expect(chips(page)).to_have_text(["removed: cross-attention, layer 3, head 4 ✕"])
    expect(cell).to_have_attribute("aria-pressed", "true")


def test_typed_markdown_when_a_link_forces_it_renders_no_image_and_no_link(open_page, server):
    typed = "![x](https://evil.example/a.png) [in](https://evil.example) www.evil.example a@evil.example"
    page = open_page(f"{server}/translate?{urlencode({'lang': 'en', 'text': FIRST, 'forced': f'1.{typed}'})}")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("[in](")
    settle(page)
    expect(page.locator("img[src*=evil], a[href*=evil]")).to_have_count(0)


def test_a_source_word_is_masked_from_the_panel(page):
    page.get_by_text("What if …", exact=True).click()
    rest(page)
    page.get_by_role("tab", name="Mask source words").click()
    page.get_by_role("tabpanel").get_by_text("chases", exact=True).click()
    expect(chips(page)).to_have_text(["masked: chases ✕"])
    expect(page.locator(".chip.source.masked").first).to_have_text("chases")


def test_a_link_with_an_intervention_opens_the_same_run(page, open_page):
    page.locator(".candidates button.name").nth(1).click()
    page.wait_for_url(re.compile("forced=1"))
    settle(page)
    other = open_page(page.url)
    expect(chips(other)).to_have_text(chips(page).all_inner_texts())
    expect(other.locator(".chip.target.forced").first).to_be_visible()


def test_before_and_after_a_head_is_removed_are_seen_in_the_same_place_and_the_address_keeps_what_is_now(page):
    page.get_by_role("button", name="Head 4", exact=True).first.click()
    page.get_by_role("button", name="remove", exact=True).click()
    page.wait_for_url(re.compile("ablate=cross.3.4.zero"))
    settle(page)
    view, finding, chance = (page.locator(name).first for name in (".hl", ".headline .finding", ".statement .chance"))
    expect(finding).to_have_text("Removed: what is selected passes nothing on.")
    address, after = page.url, chance.inner_text()
    view.focus()
    page.keyboard.press("b")
    expect(finding).to_contain_text("the model attends")
    assert chance.inner_text() != after
    page.keyboard.press("b")
    expect(finding).to_have_text("Removed: what is selected passes nothing on.")
    expect(chance).to_have_text(after)
    page.wait_for_timeout(800)  # longer than a view waits with its report
    assert page.url == address
