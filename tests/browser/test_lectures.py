"""A lecture is given with a keyboard alone, in the app and from one HTML file; the QR code is that of the link."""

import base64
import re

import pytest
import segno
from playwright.sync_api import Page, expect

from core.lecture import Lecture, State, pack
from tests.browser.conftest import settle
from tests.unit.test_qr import matrix_of

TOM, JERRY = "Tom chases Jerry.", "Jerry chases Tom."


def stage(n: int, name: str, text: str, **query: str) -> State:
    return State(f"{n}: {name}", "translate", {"model": "en-zh", "text": text, "search": "greedy", **query})


TWELVE = Lecture(
    "Twelve states",
    (
        stage(1, "Jerry", TOM, kind="cross", layer="3", heads="1", step="3"),
        stage(2, "swapped", JERRY, kind="cross", layer="3", heads="1", step="1"),
        stage(3, "encoder", TOM, kind="encoder_self", layer="1", heads="2", step="3"),
        State("4: masks", "masks", {"masks_part": "padding"}, ("menu",)),
        State("5: waves", "positions", {"pos_part": "waves"}),
        stage(6, "presented", TOM, kind="cross", layer="2", heads="5", step="2"),
        stage(7, "masked self", TOM, kind="decoder_self", layer="1", heads="average", step="4"),
        State("8: one head or eight", "compare", {"compare": "models"}),
        State("9: beams", "beams", {"text": TOM, "model": "en-zh", "beam_size": "3"}),
        State("10: many heads", "heads", {}),
        stage(11, "no box", JERRY, kind="cross", layer="1", heads="4", step="2"),
        State("12: models", "models", {}),
    ),
)
HEADINGS = {"translate": "attend to while it translates", "masks": "may each position attend", "positions": "order of words", "compare": "One head or eight", "beams": "beam search keep", "heads": "Why many heads", "models": "Which models are here"}  # fmt: skip


def shows(page: Page, at: int) -> None:
    """The state of this index is there: the line says so, and the page is its own, with the selected head."""
    state = TWELVE.states[at]
    expect(page.locator(".slides select option:checked")).to_have_text(f"{at + 1} / 12 · {state.name}")
    expect(page).to_have_url(re.compile(rf"/{state.page}\?.*lecture=.*&at={at + 1}$"))
    expect(page.get_by_role("heading", name=HEADINGS[state.page])).to_be_visible()
    if state.page == "translate":
        on_stage(page, state)


def on_stage(page: Page, state: State) -> None:
    view = page.locator(".hl:not(.slides)").first
    expect(view.locator(".chip.source bdi").first).to_have_text(state.query["text"].split()[0])
    expect(view.locator(".step-text")).to_contain_text(f"Step {state.query['step']} of")
    head = "average" if state.query["heads"] == "average" else f"head {state.query['heads']}"
    expect(view.locator(".map .title")).to_contain_text(head)
    expect(view.locator(".map .title")).to_contain_text(f"layer {state.query['layer']}")


def test_a_lecture_of_twelve_states_when_opened_by_its_link_plays_forward_and_back_by_keyboard(open_page, server):
    page = open_page(f"{server}/lectures?lang=en&lecture={pack(TWELVE)}")
    shows(page, 0)
    for at in range(1, 12):
        page.keyboard.press("PageDown" if at % 2 else "ArrowRight")
        shows(page, at)
    page.keyboard.press("PageDown")  # there is no thirteenth
    shows(page, 11)
    for at in range(10, -1, -1):
        page.keyboard.press("PageUp" if at % 2 else "ArrowLeft")
        shows(page, at)
    settle(page)
    page.keyboard.press("Escape")
    expect(page.locator(".slides")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("lecture="))
    on_stage(page, TWELVE.states[0])


def test_presses_when_they_come_fast_all_count(open_page, server):
    page = open_page(f"{server}/lectures?lang=en&lecture={pack(TWELVE)}")
    shows(page, 0)
    for _ in range(6):
        page.keyboard.press("PageDown")
    shows(page, 6)
    page.reload()
    shows(page, 6)


def test_keys_when_a_view_or_a_box_has_the_focus_keep_their_meaning_there_but_page_keys_go_on(open_page, server):
    page = open_page(f"{server}/lectures?lang=en&lecture={pack(TWELVE)}")
    shows(page, 0)
    view = page.locator(".hl:not(.slides)").first
    view.focus()
    page.keyboard.press("ArrowLeft")
    expect(view.locator(".step-text")).to_contain_text("Step 2 of")
    page.get_by_role("textbox", name="Sentence").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.locator(".slides select option:checked")).to_have_text(re.compile("^1 / 12"))
    page.keyboard.press("PageDown")
    shows(page, 1)


def test_what_a_state_hides_is_hidden_and_comes_back(open_page, server):
    query = {"model": "en-zh", "text": TOM}
    hidden = Lecture(
        "Hidden",
        (
            State("all", "translate", query, ("menu", "box", "controls", "explanation")),
            State("presented", "translate", query, (), True),
            State("none", "translate", query),
            State("pair", "compare", query, (), True),
        ),
    )
    page = open_page(f"{server}/lectures?lang=en&lecture={pack(hidden)}")
    parts = [
        page.get_by_role("link", name="Compare", exact=True),
        page.get_by_role("textbox", name="Sentence"),
        page.locator(".hl .controls").first,
        page.get_by_text("How to read this"),
    ]
    expect(page.locator(".hl .map canvas").first).to_be_visible()
    for part in parts:
        expect(part).to_be_hidden()
    page.keyboard.press("PageDown")
    stage_box = page.locator(".hl.presenting")
    expect(stage_box).to_be_visible()
    assert stage_box.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 720}
    expect(page.locator(".slides select")).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.locator(".hl.presenting")).to_have_count(0)
    for part in parts:
        expect(part).to_be_visible()
    page.keyboard.press("PageDown")
    expect(page.locator(".hl.presenting .sides")).to_be_visible()
    page.keyboard.press("PageUp")
    expect(page.locator(".hl .map canvas").first).to_be_visible()
    expect(page.locator(".hl.presenting")).to_have_count(0)


def exported(page: Page, server: str, tmp_path):
    """The file of the offline page, as the editor gives it."""
    page.goto(f"{server}/lectures?lang=en&draft={pack(TWELVE)}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Offline page (HTML)").click()
    path = tmp_path / "lecture.html"
    download.value.save_as(path)
    return path


def test_a_lecture_of_twelve_states_when_exported_plays_offline_forward_and_back_by_keyboard(
    open_page, server, tmp_path
):
    page = open_page("about:blank")
    path = exported(page, server, tmp_path)
    text = path.read_text("utf-8")
    assert text.count("class View ") == 1, "the sources are there once"
    assert text.count('class="trace"') == 2, "and so is each Trace"
    page.context.set_offline(True)
    page.goto(path.as_uri())

    def offline_shows(at: int) -> None:
        state = TWELVE.states[at]
        expect(page.locator(".slide-name")).to_have_text(state.name)
        expect(page.locator(".slides select option:checked")).to_have_text(f"{at + 1} / 12 · {state.name}")
        expect(page.locator(".slide-note")).to_be_visible(visible=state.page != "translate")
        if state.page == "translate":
            on_stage(page, state)

    offline_shows(0)
    for at in range(1, 12):
        page.keyboard.press("PageDown" if at % 2 else "ArrowRight")
        offline_shows(at)
    for at in range(10, -1, -1):
        page.keyboard.press("PageUp" if at % 2 else "ArrowLeft")
        offline_shows(at)


def test_the_qr_code_of_what_is_on_the_screen_is_that_of_its_link(open_page, server):
    page = open_page(f"{server}/translate?lang=en&text=Jerry+chases+Tom.&step=2", color_scheme="dark")
    expect(page.locator(".chip.source").first).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog")
    link = dialog.locator("code").inner_text()
    assert link.startswith(f"{server}/translate?")
    picture = dialog.get_by_alt_text("QR code of the link")
    expect(picture).to_be_visible()
    svg = base64.b64decode(picture.get_attribute("src").partition(",")[2]).decode()
    drawn = [row[4:-4] for row in matrix_of(svg)[4:-4]]
    assert drawn == [[*row] for row in segno.make(link, micro=False, error="l", boost_error=False).matrix]
    box = picture.bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["height"] > 400
    assert box["y"] + box["height"] <= 720
    expect(dialog.get_by_text("phones cannot open it")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("textbox", name="Sentence")).to_have_value(JERRY)
    expect(page.locator(".step-text").first).to_contain_text("Step 2 of")


def test_what_is_on_the_screen_when_added_twice_is_a_lecture_that_can_be_given(open_page, server):
    page = open_page(f"{server}/translate?lang=en&text=Jerry+chases+Tom.&step=2")
    for name in ("Jerry first", "Then Tom"):
        expect(page.locator(".chip.source").first).to_be_visible()
        settle(page)
        page.get_by_role("button", name="Share", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Name").fill(name)
        dialog.get_by_role("textbox", name="Name").press("Enter")
        dialog.get_by_role("button", name="Add what is on the screen").click()
        expect(dialog.get_by_text("States: " + ("1" if name == "Jerry first" else "2"))).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Lecture", exact=True).click()
    page.get_by_role("menuitem", name="Give a lecture", exact=True).click()
    expect(page.get_by_role("radio", name="Then Tom")).to_be_visible()
    settle(page)
    page.locator(".st-key-give-own button").click()
    expect(page.locator(".slides select option:checked")).to_have_text("1 / 2 · Jerry first")
    page.keyboard.press("PageDown")
    expect(page.locator(".slides select option:checked")).to_have_text("2 / 2 · Then Tom")
