"""What a lecturer does with the stage, on its page of its own: guess first, before and after, slides, notes."""

import re
import struct

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import click_tool
from tests.browser.stage import press, stage

__all__ = ["stage"]  # a fixture


def test_people_guess_the_piece_and_then_its_weights_before_they_are_shown(stage):
    page = stage(state={"step": 2, "guess": True})
    chip = page.locator(".chip.target").nth(3)
    finding = page.locator(".headline .finding")
    before = chip.bounding_box()
    expect(finding).to_contain_text("Which piece comes next?")
    expect(chip.locator("bdi")).to_be_hidden()
    expect(page.locator(".statement")).to_have_text("Step 3 of 5 reads 追逐 → predicts ?", use_inner_text=True)
    assert "杰瑞" not in page.locator(".hl").aria_snapshot()
    expect(page.locator(".candidates li:visible")).to_have_count(0)
    press(page, "ArrowRight")
    expect(chip.locator("bdi")).to_have_text("杰瑞")
    expect(chip.locator("bdi")).to_be_visible()
    expect(finding).to_contain_text("Which piece is attended to most, to predict \u2068杰瑞\u2069?")
    expect(page.locator(".candidates li:visible")).to_have_count(10)
    expect(page.locator(".bar .value:visible")).to_have_count(0)
    assert "0.65" not in page.locator(".hl").aria_snapshot()
    page.get_by_role("button", name="reveal").click()
    expect(finding).to_have_text("To predict \u2068杰瑞\u2069, the model attends mostly to Jerry (0.65)")
    assert page.locator(".bar .value:visible").count() >= 5
    assert chip.bounding_box() == before, "nothing moves"
    press(page, "ArrowRight")
    expect(finding).to_contain_text("Which piece comes next?")
    press(page, "g")
    expect(finding).to_contain_text("To predict ")


@pytest.mark.parametrize("view", ["map", "lines", "table"])
def test_a_piece_that_is_to_be_guessed_is_in_no_picture_and_no_file(stage, tmp_path, view):
    page = stage(state={"step": 2, "guess": True, "view": view})
    assert "杰瑞" not in page.locator(".hl").inner_text()
    with page.expect_download() as download:
        click_tool(page, "Download this picture as SVG")
    download.value.save_as(tmp_path / "picture.svg")
    assert "杰瑞" not in (tmp_path / "picture.svg").read_text("utf-8")


def test_b_shows_what_was_before_the_last_change_in_its_place_and_gives_back_what_is_now(stage):
    page = stage()
    title, step = page.locator(".map .title"), page.locator(".step-text")
    before = page.locator("button[aria-label^='Before and after']")  # it stands in a menu where the row is short
    places = page.locator(".panels").bounding_box()
    press(page, "b")  # nothing was changed yet
    expect(page.locator(".hl.before")).to_have_count(0)
    press(page, "ArrowDown", "0", "]", "ArrowLeft")
    expect(title).to_have_text("layer 2, head 1")
    press(page, "b")
    expect(page.locator(".hl.before")).to_have_count(1)
    expect(before).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".before-mark")).to_have_text("before")
    expect(title).to_have_text("layer 2, average of heads")
    expect(step).to_have_text("Step 3 of 5")
    assert page.locator(".panels").bounding_box() == places
    press(page, "b")
    expect(title).to_have_text("layer 2, head 1")
    expect(page.locator(".hl.before")).to_have_count(0)


def test_the_slide_is_a_picture_of_1920_by_1080(stage, tmp_path):
    page = stage()
    with page.expect_download() as download:
        click_tool(page, "Download this picture as a slide")
    assert download.value.suggested_filename == "headlight-cross-layer3-average-slide.png"
    download.value.save_as(tmp_path / "slide.png")
    content = (tmp_path / "slide.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (1920, 1080)


def test_the_notes_hold_what_is_shown_and_are_copied(stage):
    page = stage(state={"step": 2})
    press(page, "n")
    notes = page.get_by_role("textbox", name="notes")
    expect(notes).to_have_value(
        re.compile(r"^Tom chases Jerry\. → 汤姆追逐杰瑞 …\ncross-attention · layer 3, average of heads")
    )
    expect(notes).to_have_value(
        re.compile("\nLargest weights of 杰瑞: Jerry 0.65, . 0.20, chases 0.10, </s> 0.03, Tom 0.02\n")
    )
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    page.get_by_role("button", name="Close").click()
    expect(notes).to_have_count(0)
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))")
    page.locator("#paste").focus()
    page.keyboard.press("Control+V")
    expect(page.locator("#paste")).to_have_value(re.compile("Largest weights of 杰瑞"))
