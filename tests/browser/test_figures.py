"""The famous figures in a browser: a long sentence opens at its word, and the animation that a visitor exports is right."""

from urllib.parse import quote

from PIL import Image
from playwright.sync_api import expect

import core
from core.export.animation import growth
from tests.browser.conftest import settle
from tests.browser.test_translate import taken

TEXT = "She likes the red car."


def test_a_long_sentence_opens_at_the_word_whose_lines_are_shown(open_page, server):
    page = open_page(f"{server}/figures?lang=en&figures_part=distance", viewport={"width": 1280, "height": 720})
    word = page.locator(".fan .queries li.now")
    expect(word).to_have_text("making")
    scroller, found = page.locator(".fan .scroll").bounding_box(), word.bounding_box()
    assert scroller["y"] <= found["y"] <= scroller["y"] + scroller["height"] - found["height"]


def test_the_exported_animation_is_that_of_the_head_on_screen(open_page, server, tmp_path):
    page = open_page(f"{server}/figures?lang=en&figures_part=growth&text={quote(TEXT)}")
    page.get_by_role("button", name="Head 4", exact=True).first.click()
    expect(page.get_by_text("masked self-attention, layer 3, head 4.")).to_be_visible()
    settle(page)
    taken(page, "Export the animation as APNG").save_as(tmp_path / "growth.png")
    picture = growth(core.load("en-zh", device="cpu").translate(TEXT), "decoder_self", 2, 3)
    image = Image.open(tmp_path / "growth.png")
    assert (image.size, image.n_frames) == (picture.size, len(picture.rows))
    image.seek(image.n_frames - 1)
    at = picture.left + picture.cell // 2, picture.top + (image.n_frames - 0.5) * picture.cell
    seen = "#{:02x}{:02x}{:02x}".format(*image.convert("RGB").getpixel((int(at[0]), int(at[1]))))
    assert seen == picture.colour(float(picture.weights[-1, 0]))
    taken(page, "Export the animation as SVG").save_as(tmp_path / "growth.svg")
    assert "head 4" in (tmp_path / "growth.svg").read_text("utf-8")
