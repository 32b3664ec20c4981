"""The journey on the Translate page, in a real browser: type, step, change layer, head and kind, language, hostile text."""

import itertools
import re

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.conftest import rest, settle

FIRST = "Tom chases Jerry."


@pytest.fixture
def page(open_page, server) -> Page:
    page = open_page(f"{server}/translate?lang=en&text=Tom+chases+Jerry.&step=1")
    expect(stage(page)).to_be_visible()
    settle(page)
    return page


def stage(page: Page):
    return page.locator(".hl-frame").first


def type_in(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Sentence")
    box.fill(text)
    box.press("Enter")
    settle(page)
    expect(box).to_have_value(text)


def test_it_opens_with_an_example_already_translated(page):
    expect(page.locator(".chip.source").first).to_have_text("Tom")
    expect(page.get_by_text("Step 1 of 5")).to_be_visible()
    expect(page.locator(".candidates li").first).to_contain_text("汤姆")
    assert page.locator(".candidates li").count() == 10


def test_what_a_step_needs_is_on_one_screen(page):
    for part in (".chips", ".finding", ".transport", ".map > .box canvas", ".tiles", ".grid", ".candidates"):
        box = page.locator(part).first.bounding_box()
        assert box, part
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= 721, (part, box)


def test_typing_a_sentence_translates_it(page):
    type_in(page, "Jerry chases Tom.")
    expect(page.locator(".chip.source").first).to_have_text("Jerry")
    page.get_by_role("button", name="First step").click()
    expect(page.locator(".candidates li").first).to_contain_text("杰瑞")
    page.wait_for_url(re.compile(r"Jerry\+chases\+Tom"))


def test_stepping_by_button_key_chip_and_play(page):
    step = page.locator(".step-text")
    page.get_by_role("button", name="Next step").click()
    expect(step).to_have_text("Step 2 of 5")
    expect(page.locator(".statement")).to_contain_text("追逐")
    page.keyboard.press("ArrowRight")
    expect(step).to_have_text("Step 3 of 5")
    page.keyboard.press("ArrowLeft")
    expect(step).to_have_text("Step 2 of 5")
    page.get_by_role("button", name="Last step").click()
    expect(step).to_have_text("Step 5 of 5")
    page.locator(".chip.target", has_text="杰瑞").click()
    expect(step).to_have_text("Step 3 of 5")
    page.get_by_role("button", name="First step").click()
    page.get_by_role("button", name="Play").click()
    expect(step).to_have_text("Step 5 of 5")


def test_rows_that_are_not_yet_decoded_are_not_there(page):
    page.get_by_role("button", name="Table").click()
    rows = page.locator("table tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Next step").click()
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("追逐")


def test_layer_head_and_kind_are_chosen_and_stay_in_the_address(page):
    page.get_by_role("button", name="masked self").click()
    page.get_by_role("button", name="Layer 2", exact=True).click()
    page.get_by_role("button", name="Head 3", exact=True).first.click()
    expect(page.locator(".map .title")).to_contain_text("layer 2, head 3")
    page.wait_for_url(re.compile("kind=decoder_self.*layer=2.*heads=3"))
    page.reload()
    expect(page.locator(".map .title")).to_contain_text("layer 2, head 3")
    expect(page.get_by_role("button", name="masked self")).to_have_attribute("aria-pressed", "true")


def test_stepping_sends_nothing_until_it_rests(page):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: sent.append(payload)))
    page.reload()
    expect(stage(page)).to_be_visible()
    settle(page)
    page.wait_for_timeout(1500)
    sent.clear()
    stage(page).hover()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.locator(".map > .box canvas").hover()
    assert sent == []


def test_a_sentence_that_comes_back_begins_anew_and_so_does_its_link(page):
    page.get_by_role("button", name="Next step").click()
    page.wait_for_url(re.compile("step=2"))
    type_in(page, "Jerry chases Tom.")
    expect(page.locator(".chip.source").first).to_have_text("Jerry")
    page.wait_for_url(re.compile("step=4"))
    type_in(page, FIRST)
    expect(page.locator(".chip.source").first).to_have_text("Tom")
    expect(page.locator(".step-text")).to_have_text("Step 4 of 5")
    page.wait_for_url(re.compile("&step=4&"))


def test_the_language_changes_every_word_and_keeps_the_state(page):
    page.get_by_role("button", name="Layer 2", exact=True).click()
    page.wait_for_url(re.compile("layer=2"))
    page.get_by_text("简体中文", exact=True).click()
    expect(page.get_by_role("heading", name="Transformer 翻译时关注哪里？")).to_be_visible()
    expect(page.locator(".map .title")).to_contain_text("第 2 层")
    settle(page)
    assert "layer=2" in page.url
    shown = page.locator("[data-testid=stMain]").inner_text()
    left = set(re.findall(r"[A-Za-z]{4,}", shown)) - {"keyboard", "arrow", "right", "expand", "more"}  # icons' names
    assert left <= {"Transformer", "English", "chases", "Jerry", "softmax", "Attention", "JSON", "HTML", "dropout"}


def test_beam_search_is_one_click(page):
    page.get_by_text("Beam", exact=True).click()
    settle(page)
    page.wait_for_url(re.compile("search=beam"))
    expect(page.locator(".chip.source").first).to_have_text("Tom")


HOSTILE = (
    "<b>bold</b> <script>document.title='owned'</script> Tom",
    "$x$ **Tom** _runs_ `code` [link](http://example.invalid)",
    "</s> <s> hello <img src=x onerror=alert(1)>",
    "I see 😀 and 👩‍👩‍👧 here",
)


def test_hostile_text_is_drawn_as_plain_characters(page):
    for text in HOSTILE:
        type_in(page, text)
        expect(page.locator(".chip.source").first).to_be_visible()
        # Every character that was typed is on a chip; ␣ stands for a space that is a piece of its own.
        page.wait_for_function(
            """wanted => [...document.querySelectorAll("*")].some(host => host.shadowRoot &&
                [...host.shadowRoot.querySelectorAll(".chip.source bdi")].map(e => {
                    const byte = e.textContent.match(/^(.*?)([₀-₉]+)$/u);  // a byte: its character and its place in it
                    return !byte ? e.textContent : byte[2] === "₁" ? byte[1].replace("U+200D", "\\u200d") : "";
                }).join("").replace(/[ ␣]/g, "").startsWith(wanted))""",
            arg=text.replace(" ", ""),
        )
        assert page.title() != "owned"
        assert page.locator(".hl-frame b, .hl-frame script, .hl-frame img").count() == 0


UNTRANSLATABLE = {
    "   ": "There is nothing to translate yet.",
    "long " * 2500: "Nothing was cut",
    "مرحبا بالعالم": "knows none of the words",
    "bell \u0008 here": "invisible character (U+0008)",
}


def test_what_cannot_be_translated_is_explained_and_nothing_is_lost(page):
    for text, said in UNTRANSLATABLE.items():
        type_in(page, text)
        expect(page.get_by_text(said)).to_be_visible()
        expect(page.locator(".chip.source").first).to_have_text("Tom")


def taken(page: Page, name: str):
    """The file that a button makes. No session holds a made file until it is fetched, so Streamlit may drop it when script
    runs end in between: whoever gets nothing clicks once more, and so does this."""
    button = page.get_by_role("button", name=name)
    try:
        with page.expect_download(timeout=10_000) as download:
            button.click()
    except TimeoutError:
        with page.expect_download() as download:
            button.click()
    return download.value


def test_files_are_made_when_asked_for(page, tmp_path):
    import core

    page.get_by_text("Export and share", exact=True).last.click()
    rest(page)
    for name, suffix in (("Whole run (JSON)", ".json"), ("Whole run (NPZ)", ".npz")):
        path = tmp_path / f"run{suffix}"
        taken(page, name).save_as(path)
        assert core.Trace.load(path).source == FIRST


def test_the_html_page_when_downloaded_shows_the_run(page, tmp_path):
    page.get_by_text("Export and share", exact=True).last.click()
    rest(page)
    taken(page, "Offline page (HTML)").save_as(tmp_path / "run.html")
    other = page.context.new_page()
    other.goto((tmp_path / "run.html").as_uri())
    expect(other.locator(".chip.source")).to_have_count(5)
    expect(other.locator(".chip.source").first).to_have_text("Tom")
    taken(page, "Numbers (CSV)").save_as(tmp_path / "run.csv")
    assert (
        (tmp_path / "run.csv").read_text("utf-8-sig").startswith("kind,layer,head,row,column,reads,predicts,key,weight")
    )


def test_the_link_on_the_page_opens_the_same_picture(page, open_page):
    page.get_by_role("button", name="encoder self").click()
    page.get_by_role("button", name="Head 5", exact=True).first.click()
    page.get_by_role("button", name="Next step").click()
    page.wait_for_url(re.compile("heads=5.*step=2"))
    settle(page)
    page.get_by_text("Export and share", exact=True).last.click()
    rest(page)
    link = page.locator("[data-testid=stCode]").inner_text().strip()
    other = open_page(link, locale="zh-CN")
    expect(other.locator(".map .title")).to_contain_text("head 5")
    expect(other.locator(".step-text")).to_have_text("Step 2 of 5")
    expect(other.get_by_role("button", name="encoder self")).to_have_attribute("aria-pressed", "true")


def test_nothing_is_cut_off_sideways(page):
    for width, scheme in itertools.product((390, 1280), ("light", "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in (".transport", ".controls", ".map", ".heads", ".candidates"):
            box = page.locator(part).first.bounding_box()
            assert box["x"] >= 0, part
            assert box["x"] + box["width"] <= width + 1, part


@pytest.mark.parametrize("model", ["en-zh", "en-zh-1head"])
def test_the_small_pictures_leave_the_candidates_their_place(open_page, server, model):
    page = open_page(f"{server}/translate?lang=en&model={model}&text=Tom+chases+Jerry.")
    expect(page.locator(".chip.source").first).to_be_visible()
    settle(page)
    parts = [part for part in (".tiles", ".grid") if page.locator(part).is_visible()]
    candidates = page.locator(".candidates").bounding_box()
    for heads in (page.locator(part).bounding_box() for part in parts):
        assert heads["x"] + heads["width"] <= candidates["x"] + 1 or heads["y"] + heads["height"] <= candidates["y"] + 1


def test_what_is_said_of_a_sentence_has_its_place_before_it_is_said(page):
    line = page.locator(".st-key-reach")
    before = line.bounding_box()
    type_in(page, "汤姆汤姆汤姆 Tom")  # most of its letters are not of the script that the model reads
    expect(line).to_contain_text("This model reads English")
    after = line.bounding_box()
    assert (after["y"], after["height"]) == (before["y"], before["height"])
