"""A run with more weights than one picture holds: the visitor is told, and chooses layers."""

import pytest
from streamlit.testing.v1 import AppTest

import pages.translate.downloads
import pages.ui.stage
from core.export import packed as packing
from core.export.packed import count_weights
from pages.ui import cache
from tests.app.reading import open_page, packed, said, type_in

TEXT = "Tom chases Jerry."


@pytest.fixture
def limit(monkeypatch) -> int:
    """Two of the three layers fit into one picture."""
    a_layer = count_weights(cache.trace(cache.Request(TEXT, "en-zh")), [0])
    for module in (packing, pages.ui.stage):
        monkeypatch.setattr(module, "MOST_WEIGHTS", 2 * a_layer)
    monkeypatch.setattr(pages.translate.downloads, "MOST_AS_TEXT", 2 * a_layer)
    cache.packed.clear()
    yield 2 * a_layer
    cache.packed.clear()


def stage_layers(app: AppTest) -> list[int]:
    return packed(app)[0][0]["only"]


def test_the_visitor_is_told_and_chooses_layers(app, limit):
    open_page(app, text=TEXT)
    count = f"{3 * limit // 2:,}"
    assert stage_layers(app) == [1, 2]
    choice = app.multiselect(key="stage-layers")
    assert choice.label == said("stage.too_many", count=count, most=f"{limit:,}", layers=2)
    assert choice.value == [2, 3]
    assert choice.proto.max_selections == 2
    choice.set_value([1]).run()
    assert not app.exception
    assert stage_layers(app) == [0]
    choice.set_value([]).run()
    assert stage_layers(app) == [2], "one at least"


def test_files_of_text_are_left_out_with_a_word(app, limit):
    open_page(app, text=TEXT)
    labels = {button.label for button in app.get("download_button")}
    assert {said("translate.npz"), said("translate.html")} <= labels
    assert not {said("translate.csv"), said("translate.json")} & labels
    assert said("translate.take.large") in [text.value for text in app.caption]


def test_a_picture_of_one_layer_that_is_too_large_is_a_sentence(app, limit, monkeypatch):
    for module in (packing, pages.ui.stage):
        monkeypatch.setattr(module, "MOST_WEIGHTS", limit // 4)
    open_page(app, text=TEXT)
    assert any("Type a shorter text." in error.value for error in app.error)


def test_a_short_run_is_shown_whole(app, limit):
    open_page(app, text=TEXT)
    type_in(app, "Tom.")
    assert "only" not in packed(app)[0][0]
    assert not app.multiselect
    assert said("translate.csv") in {button.label for button in app.get("download_button")}
