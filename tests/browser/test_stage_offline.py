"""The stage on its page of its own, opened from disk: what it shows, that every way of asking does the same, and that
it asks the network for nothing."""

import dataclasses
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from core.records import Trace
from tests.browser.conftest import click_tool
from tests.browser.stage import SHARP, press, pressed, stage
from tests.unit.test_export import HOSTILE, make_trace

__all__ = ["stage"]  # a fixture


def test_the_finding_names_the_most_attended_piece_and_the_statement_its_probability(stage):
    page = stage(state={"step": 2})
    expect(page.locator(".finding")).to_have_text(
        "To predict \u2068杰瑞\u2069, the model attends mostly to Jerry (0.65)"
    )
    expect(page.locator(".statement")).to_have_text(re.compile("Step 3 of 5.*reads.*追逐.*predicts.*杰瑞.*p = 0"))
    assert page.locator(".piece .bar .value").all_inner_texts() == [f"{weight:.2f}" for weight in SHARP]
    expect(page.locator(".map > .box canvas")).to_have_attribute(
        "aria-label", re.compile(r"cross-attention, layer 3.*Jerry \(0.65\)")
    )


def test_it_speaks_chinese(stage):
    page = stage(language="zh", state={"step": 2})
    expect(page.locator(".finding")).to_have_text(re.compile("预测.*杰瑞.*主要关注.*Jerry.*0.65"))
    expect(page.get_by_role("button", name="交叉注意力")).to_have_attribute("aria-pressed", "true")


def test_what_is_not_yet_decoded_is_not_there(stage):
    page = stage(state={"step": 1, "view": "table"})
    chips = page.locator(".chip.target:not(.start)")
    assert [chip.get_attribute("aria-label") for chip in chips.all()][1:3] == [
        "Step 2: \u2068追逐\u2069",
        "Step 3: not yet decoded",
    ]
    expect(chips.nth(2).locator("bdi")).to_be_hidden()
    expect(page.locator("tbody tr")).to_have_count(2)
    press(page, "ArrowRight")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(chips.nth(2).locator("bdi")).to_be_visible()
    press(page, "1")  # the encoder has read everything before the first step
    expect(page.locator("tbody tr")).to_have_count(5)


def test_nothing_jumps_when_steps_layers_and_heads_change(stage):
    page = stage()
    places = "[...document.querySelectorAll('.hl button, .hl section')].map((e) => JSON.stringify(e.getBoundingClientRect()))"
    before = page.evaluate(places)
    for key in ("Home", "ArrowRight", "ArrowDown", "]", "]", "End"):
        press(page, key)
        assert page.evaluate(places) == before, key


@pytest.mark.parametrize(
    ("keys", "click", "seen"),
    [
        (["Home"], ("First step",), lambda page: page.locator(".step-text").inner_text()),
        (["ArrowLeft"], ("Previous step",), lambda page: page.locator(".step-text").inner_text()),
        (["1"], ("encoder self",), lambda page: pressed(page, "Kind of attention")),
        (["ArrowDown"], ("Layer 2",), lambda page: pressed(page, "Layer")),
        (["]"], ("Head 1",), lambda page: pressed(page, "Head")),
        (["w"], ("whole words",), lambda page: page.locator(".rules").inner_text()),
        (["s"], ("hide specials",), lambda page: page.locator(".rules").inner_text()),
        (["t"], ("Table",), lambda page: page.locator("td").count()),
        (["l"], ("Lines",), lambda page: page.locator(".label.reader:visible").count()),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_keys_and_mouse_do_the_same(stage, keys, click, seen):
    page = stage()
    first = seen(page)
    press(page, *keys)
    by_key = seen(page)
    page = stage()
    for name in click:
        page.get_by_role("button", name=name, exact=True).click()
    assert seen(page) == by_key != first


def test_a_small_picture_brings_its_head_into_focus_and_shift_adds_another(stage):
    page = stage()
    page.get_by_role("button", name="Layer 1, head 4", exact=True).click()
    assert pressed(page, "Layer") == ["1"]
    assert pressed(page, "Head") == ["4"]
    page.get_by_role("button", name="Layer 1, head 6", exact=True).click(modifiers=["Shift"])
    assert pressed(page, "Head") == ["4", "6"]
    expect(page.locator(".map .title")).to_have_text("layer 1, mean of heads 4, 6")


def test_pinned_words_add_up_and_the_rule_is_said(stage):
    page = stage(state={"pinned": ["r2"], "view": "lines"})
    readers = page.locator(".label.reader")
    expect(readers.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".rules")).to_have_text(re.compile("90 % of each row: 3 of 5 lines"))  # 0.65 + 0.2 + 0.1
    readers.nth(1).click()
    expect(page.locator(".rules")).to_have_text(re.compile("sum over the 2 pinned words' rows"))
    press(page, "Escape")
    expect(page.locator(".label[aria-pressed=true]")).to_have_count(0)


def test_rules_of_merging_and_hiding_are_said_and_hold(stage):
    trace = make_trace()
    page = stage(
        trace, state={"view": "table", "kind": "encoder_self", "layer": 0, "heads": [3], "merged": True, "hidden": True}
    )
    expect(page.locator(".rules")).to_have_text(re.compile("summed over the pieces.*averaged.*not rescaled"))
    words = trace.source_words[:-1]
    merged = [
        [trace.encoder_self[0, 3, a:b, c:d].sum(1).mean() for c, d in words] for a, b in words
    ]  # keys summed, queries averaged, the special left out
    shown = [[float(cell) for cell in row.locator("td").all_inner_texts()] for row in page.locator("tbody tr").all()]
    assert np.abs(np.array(shown) - merged).max() < 0.011


def test_playing_steps_to_the_end(stage):
    page = stage()
    page.get_by_role("button", name="½×").click()
    page.get_by_role("button", name="Last step").click()  # from the end, playing begins anew
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.locator(".step-text")).to_have_text("Step 2 of 5")
    page.get_by_role("button", name="2×").click()
    expect(page.locator(".step-text")).to_have_text("Step 5 of 5")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_the_list_of_keys_opens_and_closes(stage):
    page = stage()
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_presentation_fills_the_screen_and_ends(stage):
    page = stage()
    press(page, "p")
    expect(page.locator(".hl.presenting")).to_be_visible()
    width, height = page.evaluate("[innerWidth, innerHeight]")
    box = page.locator(".hl").bounding_box()
    assert (box["width"], box["height"]) == (width, height)
    press(page, "p")
    expect(page.locator(".hl.presenting")).to_have_count(0)


def test_pictures_are_svg_with_text_and_png(stage, tmp_path):
    page = stage(state={"step": 2})
    with page.expect_download() as download:
        click_tool(page, "Download this picture as SVG")
    download.value.save_as(tmp_path / "picture.svg")
    svg = (tmp_path / "picture.svg").read_text("utf-8")
    assert download.value.suggested_filename == "headlight-cross-layer3-average.svg"
    assert ">杰瑞</text>" in svg
    assert "Noto Sans SC" in svg
    assert 'fill="#FFFFFF"' in svg
    assert svg.count(">Jerry</text>") == 3  # beside the lines, above the heatmap, and with its weight
    assert "All heads of all layers" in svg
    assert "Candidates for this step" in svg
    assert "cross-attention, layer 3, average of heads" in svg
    with page.expect_download() as download:
        click_tool(page, "Download this picture as PNG")
    download.value.save_as(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_whatever_was_typed_is_shown_as_text(stage):
    trace = dataclasses.replace(make_trace(11, 11, pieces=HOSTILE), source=HOSTILE[0], text=HOSTILE[1])
    page = stage(trace, state={"view": "table"})
    assert page.locator(".chip.source bdi").first.inner_text() == HOSTILE[0]
    press(page, "ArrowLeft", "1", "2", "3", "w", "t")
    with page.expect_download() as download:
        click_tool(page, "Download this picture as SVG")
    assert "<script" not in download.value.path().read_text("utf-8")
    assert page.locator(".hl b, .hl img, .hl script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1280, 944, 820, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_cut_off_at_the_side(stage, width, language):
    page = stage(make_trace(20, 20), language, viewport={"width": width, "height": 720})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = """[...document.querySelectorAll('.hl .row button, .hl section')]
        .filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.textContent)"""
    assert page.evaluate(outside) == []


def test_beside_each_other_at_a_projectors_size(stage):
    page = stage(make_trace(12, 10), viewport={"width": 1204, "height": 570})
    assert page.locator(".hl").bounding_box()["height"] <= 570


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_can_be_chosen_and_switched(stage, theme):
    page = stage(theme="auto", color_scheme=theme)
    expect(page.locator(".hl")).to_have_attribute("data-theme", theme)
    click_tool(page, "Light or dark")
    expect(page.locator(".hl")).to_have_attribute("data-theme", {"light": "dark", "dark": "light"}[theme])


@pytest.mark.parametrize("size", [64, 128])
def test_long_sentences_stay_whole(stage, size):
    page = stage(make_trace(size, size), state={"step": size // 2, "view": "lines"})
    seen = """(selector) => {
        const box = document.querySelector(selector).closest('.box, .scroller').getBoundingClientRect();
        const { top, bottom } = document.querySelector(selector).getBoundingClientRect();
        return top >= box.top - 1 && bottom <= box.bottom + 1;
    }"""
    expect(page.locator(".chip.target.now")).to_be_in_viewport()
    assert page.evaluate(seen, ".label.reader.now")
    press(page, "End")
    assert page.evaluate(seen, ".chip.target.now")
    assert page.evaluate(seen, ".label.reader.now")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def spelled_trace():
    """“Tom 𠮷” with a translation that spells 𠮷 in bytes too; at its third byte another one is a candidate."""
    bytes_of = ("<0xF0>", "<0xA0>", "<0xAE>", "<0xB7>")
    source, written = ("▁Tom", "▁", *bytes_of, "</s>"), ("汤姆", *bytes_of, "</s>")
    tops = tuple((piece, "<0xB8>", *"一二三四五六七八九十") for piece in written)
    return dataclasses.replace(
        make_trace(7, 6),
        source="Tom 𠮷",
        text="汤姆𠮷",
        source_pieces=source,
        source_words=((0, 1), (1, 6), (6, 7)),
        output_pieces=written,
        output_words=((0, 1), (1, 5), (5, 6)),
        input_pieces=("<s>", *written[:-1]),
        top_pieces=tops,
        unknown=(),
        byte_fallback=(True, True),
    )


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "Spelled in bytes, because the vocabulary has no piece for it"),
        ("zh", "词表中没有对应的片段，按字节拼写"),
    ],
)
def test_a_character_spelled_in_bytes_is_named_marked_and_explained(stage, language, reason):
    page = stage(spelled_trace(), language, state={"step": 2})
    expect(page.locator(".chip.source.spelled bdi")).to_have_text(["𠮷₁", "𠮷₂", "𠮷₃", "𠮷₄"])
    expect(page.locator(".chip.target.spelled bdi")).to_have_text(["𠮷₁", "𠮷₂", "𠮷₃", "𠮷₄"])
    expect(page.locator(".chip.target.spelled").first).to_have_attribute("title", re.compile("𠮷₁ <0xF0>: "))
    note = page.locator(".spelled-note")
    expect(note).to_contain_text(reason)
    expect(note).to_contain_text("𠮷")
    assert "<0x" not in page.locator(".sentences").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_byte_among_the_candidates_is_named_by_what_it_completes(stage):
    page = stage(spelled_trace(), state={"step": 2})
    names = page.locator(".candidates li .name")
    expect(names.nth(0)).to_have_text("𠮷₂")
    expect(names.nth(1)).to_have_text("<0xB8>")  # after F0 it begins nothing that is whole
    press(page, "End", "ArrowLeft")
    expect(names.nth(0)).to_have_text("𠮷₄")
    expect(names.nth(1)).to_have_text("𠮸₄")
    expect(page.locator(".candidates li.chosen .name")).to_have_text("𠮷₄")


def test_words_read_as_themselves_and_a_picture_holds_back_what_is_partly_written(stage):
    page = stage(spelled_trace(), state={"step": 2})
    svgs = []
    for keys in ((), ("w",), ("End", "ArrowLeft")):
        press(page, *keys)
        with page.expect_download() as download:
            click_tool(page, "Download this picture as SVG")
        svgs.append(download.value.path().read_text("utf-8"))
    assert "Tom 𠮷 → 汤姆 …<" in svgs[0]
    assert ">𠮷₂</text>" in svgs[0]
    assert "x₁ x₂: x spelled in bytes" in svgs[0]
    assert ">𠮷</text>" in svgs[1]
    assert "Tom 𠮷 → 汤姆𠮷 …<" in svgs[2]


def test_a_trace_of_an_encoder_alone_shows_one_text_and_no_steps(stage):
    """Made from arrays of another program, without cross-attention, without probabilities."""
    weights = np.full((2, 3, 4, 4), 0.25, np.float32)
    page = stage(Trace.from_arrays(["[CLS]", "play", "##ing", "[SEP]"], encoder_self=weights))
    expect(page.locator(".hl .chip.source")).to_have_text(["[CLS]", "play", "ing", "[SEP]"])
    expect(page.get_by_role("button", name="encoder self")).to_have_attribute("aria-pressed", "true")
    for hidden in (".hl .chip.target", ".hl .bar", ".hl .statement", ".hl .candidates", ".hl .transport .buttons"):
        expect(page.locator(hidden).first).not_to_be_visible()
    expect(page.locator(".hl .side-label:visible")).to_have_text(["text"])


def test_a_trace_of_a_decoder_alone_goes_through_its_steps_without_probabilities(stage):
    weights = np.tril(np.ones((1, 2, 3, 3), np.float32)) / np.arange(1, 4, dtype=np.float32)[:, None]
    trace = Trace.from_arrays((), ["Ġworld", "Ġis", "Ġbig"], decoder_self=weights, start="The")
    page = stage(trace, wait=".hl .chip.target")
    expect(page.locator(".hl .chip.target")).to_have_text(["The", "world", "is", "big"])
    expect(page.locator(".hl .statement")).to_contain_text("Step 3 of 3")
    expect(page.locator(".hl .chance")).to_have_text("")
    page.locator(".hl").first.press("ArrowLeft")
    expect(page.locator(".hl .statement")).to_contain_text("Step 2 of 3")
    expect(page.locator(".hl .candidates")).not_to_be_visible()
