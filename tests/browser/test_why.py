"""The journey from home to the lecture's first page: the picture, the sum step by step, equal weights."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle


def test_home_shows_a_word_at_a_time_and_leads_to_the_lecture(open_page, server):
    page = open_page(f"{server}/?lang=en", reduced_motion="reduce")
    finding = page.locator(".home-finding")
    expect(finding).to_contain_text("Jerry")
    page.locator(".home .chip.target").first.click()
    expect(finding).to_contain_text("Tom")
    settle(page)
    page.get_by_role("link", name="Why attention?").click()
    expect(page.get_by_role("heading", name="Why attention?")).to_be_visible()
    expect(page.get_by_text("an illustration", exact=True)).to_be_visible()


def test_a_prepared_link_opens_translate_as_it_says(open_page, server):
    page = open_page(f"{server}/?lang=en")
    settle(page)
    page.get_by_role("link", name="Swap the names").click()
    expect(page.get_by_role("textbox", name="Sentence")).to_have_value("Jerry chases Tom.")


@pytest.fixture
def page(open_page, server):
    page = open_page(f"{server}/why?lang=en&why_part=sum&why_model=rnn-additive", reduced_motion="reduce")
    expect(page.locator(".contexts .chip.target").first).to_be_visible()
    settle(page)
    return page


def strips(page):
    return page.locator(".contexts .strip:not(.empty)")


def test_a_context_is_added_up_one_piece_at_a_time(page):
    finding = page.locator(".contexts .finding")
    expect(finding).to_contain_text("All added")
    everything = strips(page).count()
    slider = page.get_by_role("slider", name="Words added so far")
    slider.focus()
    slider.press("Home")
    expect(page.locator(".contexts .count")).to_have_text("0 of 5 added")
    expect(strips(page)).to_have_count(everything - 5)
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(finding).to_have_text("3 still to be added")
    expect(strips(page)).to_have_count(everything - 3)
    # Another word: other weights, the same vectors; it comes into the address, and the sum stays where it was.
    before = page.locator(".contexts .alpha").all_inner_texts()
    page.locator(".contexts .chip.target").nth(2).click()
    expect(page.locator(".contexts .name")).to_have_text("C₃")
    assert page.locator(".contexts .alpha").all_inner_texts() != before
    page.wait_for_url("**why_row=3**")
    expect(page.locator(".contexts .count")).to_have_text("2 of 5 added")


def test_without_attention_there_is_nothing_to_add(page):
    page.get_by_text("No attention", exact=True).click()
    expect(page.locator(".contexts .finding")).to_contain_text("largest difference 0")
    expect(page.locator(".contexts .frame")).to_have_count(2)
    expect(page.get_by_role("slider", name="Words added so far")).to_have_count(0)
    page.locator(".contexts .chip.target").nth(1).click()
    expect(page.locator(".contexts .name")).to_have_text("C₂ = C")


def test_the_weights_are_hidden_until_a_source_piece_is_guessed(page):
    finding, alphas = page.locator(".contexts .finding"), page.locator(".contexts .alpha")
    weights = [float(text) for text in alphas.all_inner_texts()]
    pieces = page.locator(".contexts .piece-name")
    names = pieces.all_inner_texts()
    best, wrong = weights.index(max(weights)), weights.index(min(weights))
    page.get_by_role("button", name="guess first").click()
    expect(finding).to_contain_text("Which source piece has the largest weight for")
    expect(alphas).to_have_text(["?"] * len(weights))
    expect(page.locator(".contexts .sum .strip:not(.empty)")).to_have_count(0)
    pieces.nth(wrong).click()
    expect(finding).to_contain_text("not on")
    said = re.sub("[\u2068\u2069]", "", finding.inner_text())
    assert f"The largest weight is on {names[best]} ({max(weights):.2f}), not on {names[wrong]}." in said
    expect(alphas).to_have_text([f"{weight:.2f}" for weight in weights])
    page.locator(".contexts .chip.target").nth(1).click()
    expect(alphas).to_have_text(["?"] * len(weights))
    page.get_by_role("button", name="guess first").click()
    expect(finding).to_contain_text("All added")
