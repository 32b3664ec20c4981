"""The attention view on its page of its own, opened from disk, and how tests press its keys."""

import dataclasses

import numpy as np
import pytest
from playwright.sync_api import Page

from core.export import to_html
from tests.unit.test_export import make_trace

SHARP = (0.02, 0.1, 0.65, 0.2, 0.03)
"""Cross-attention of the row that predicts 杰瑞, the same in every head."""


def lecture_trace():
    """“Tom chases Jerry.” with weights that a test can name."""
    trace = make_trace(5, 5)
    cross = np.full((3, 8, 5, 5), 0.2, np.float32)
    cross[:, :, 2] = SHARP
    written = ("汤姆", "追逐", "杰瑞", "。", "</s>")
    return dataclasses.replace(
        trace,
        source="Tom chases Jerry.",
        text="汤姆追逐杰瑞。",
        source_pieces=("▁Tom", "▁chases", "▁Jerry", ".", "</s>"),
        source_words=tuple((i, i + 1) for i in range(5)),
        output_pieces=written,
        input_pieces=("<s>", *written[:-1]),
        top_pieces=tuple((piece, *"一二三四五六七八九十百") for piece in written),
        unknown=(),
        cross=cross,
    )


@pytest.fixture
def stage(tmp_path, open_page):
    """stage(trace, **options of the context) -> the page with the stage, ready. Errors in the console fail the test."""
    faults = []

    def show(trace=None, language="en", theme="light", state=None, wait=".hl .chip.source", **options) -> Page:
        path = tmp_path / "page.html"
        path.write_text(to_html(trace or lecture_trace(), language, theme, state), "utf-8")
        page = open_page("about:blank", **options)
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
        page.on("request", lambda request: request.url.startswith(("file:", "blob:")) or faults.append(request.url))
        page.context.set_offline(True)
        page.goto(path.as_uri())
        page.locator(wait).first.wait_for()
        return page

    yield show
    assert not faults, faults


def press(page: Page, *keys: str) -> None:
    page.locator(".hl").focus()
    for key in keys:
        page.keyboard.press(key)


def pressed(page: Page, group: str) -> list[str]:
    """What is chosen in a group of buttons."""
    return page.get_by_role("group", name=group, exact=True).locator("[aria-pressed=true]").all_inner_texts()
