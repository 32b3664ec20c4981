"""The picture on the home page, which moves by itself, in a real browser."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import settle

WORD = ".hl.home .chip.target[aria-pressed=true]"
STAY = 2200  # milliseconds, as in assets/views/home.js


def test_the_picture_moves_until_it_is_paused_and_goes_on_when_it_is_played(open_page, server):
    page = open_page(f"{server}/home?lang=en", reduced_motion="no-preference")
    settle(page)
    page.mouse.move(5, 700)
    first = page.locator(WORD).inner_text()
    expect(page.locator(WORD)).not_to_have_text(first, timeout=3 * STAY)
    page.get_by_role("button", name="Pause").click()
    page.mouse.move(5, 700)
    paused = page.locator(WORD).inner_text()
    page.wait_for_timeout(1.5 * STAY)
    expect(page.locator(WORD)).to_have_text(paused)
    page.get_by_role("button", name="Play").click()
    page.mouse.move(5, 700)
    expect(page.locator(WORD)).not_to_have_text(paused, timeout=3 * STAY)


def test_the_picture_when_it_is_off_the_screen_stands_still(open_page, server):
    page = open_page(f"{server}/home?lang=en", reduced_motion="no-preference")
    settle(page)
    page.mouse.move(5, 700)
    root = page.locator(".hl.home")
    root.evaluate("(element) => (element.style.transform = 'translateY(5000px)')")
    page.wait_for_timeout(200)
    before = page.locator(WORD).inner_text()
    page.wait_for_timeout(1.5 * STAY)
    expect(page.locator(WORD)).to_have_text(before)
    root.evaluate("(element) => (element.style.transform = '')")
    expect(page.locator(WORD)).not_to_have_text(before, timeout=3 * STAY)


def test_the_picture_when_less_motion_is_asked_for_starts_paused(open_page, server):
    page = open_page(f"{server}/home?lang=zh", reduced_motion="reduce")
    settle(page)
    expect(page.get_by_role("button", name=re.compile("播放"))).to_be_visible()
    before = page.locator(WORD).inner_text()
    page.wait_for_timeout(1.5 * STAY)
    expect(page.locator(WORD)).to_have_text(before)
