"""Characters spelled in bytes in the app: what the pages say about them, and how one is forced."""

import os

import pytest

import core
from core import zoo
from pages.ui import cache
from tests.app.reading import open_page, packed, said, type_in, views, written

TEXT = "Tom loves 𠮷."


@pytest.fixture
def with_spelled(app, spelled_folder, tmp_path, monkeypatch):
    """The app with a model whose vocabularies have byte fallback beside the shipped ones."""
    for card in zoo.list_models():
        os.symlink(zoo.MODELS / card.name, tmp_path / card.name)
    os.symlink(spelled_folder, tmp_path / "spelled")
    monkeypatch.setattr(zoo.list_models, "__defaults__", (tmp_path,))
    monkeypatch.setattr(zoo, "MODELS", tmp_path)
    cache.shipped.clear()
    yield app
    cache.shipped.clear()


def sentence(characters: str, language: str = "en") -> str:
    return said("sentence.spelled", language, characters=characters)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_spelled_is_named_with_the_reason(with_spelled, language):
    open_page(with_spelled, model="spelled", text=TEXT, lang=language)
    header, _ = packed(with_spelled)[0]
    assert header["source"][-6:] == ["𠮷₁", "𠮷₂", "𠮷₃", "𠮷₄", ".", "</s>"]
    assert header["spelled"]["characters"][0] == "𠮷"
    assert any(caption.value.startswith(sentence("𠮷", language)[:20]) for caption in with_spelled.caption)
    assert "<unk>" not in written(with_spelled)


def test_nothing_is_said_where_nothing_is_spelled(app):
    open_page(app, text="Tom chases Jerry.")
    assert sentence("")[:20] not in written(app)


def test_an_emoji_alone_is_read_and_another_script_is_refused(with_spelled):
    open_page(with_spelled, model="spelled", text="😀")
    assert not with_spelled.warning
    type_in(with_spelled, "你好吗")
    assert "reads English" in with_spelled.warning[0].value


def test_a_character_can_be_forced_though_the_vocabulary_has_no_piece_for_it(with_spelled):
    open_page(with_spelled, model="spelled", text="Tom")
    with_spelled.text_input(key="whatif_piece").set_value("😀").run()
    next(button for button in with_spelled.button if button.label == said("whatif.write")).click().run()
    assert not with_spelled.exception
    assert not with_spelled.warning
    header, _ = packed(with_spelled)[0]
    assert header["output"][:4] == ["😀₁", "😀₂", "😀₃", "😀₄"]
    assert header["change"]["forced"] == [[0, "😀"]]


def test_a_link_with_a_forced_byte_is_that_byte(with_spelled):
    open_page(with_spelled, model="spelled", text="Tom", forced="1.<0xE4>")
    trace = core.load(zoo.MODELS / "spelled", device="cpu").translate(
        "Tom", intervention=core.Intervention(forced={0: "<0xE4>"})
    )
    assert packed(with_spelled)[0][0]["output"] == list(trace.output_labels)


@pytest.mark.parametrize("page", ["inside", "compare", "beams", "attention", "heads", "positions", "masks"])
def test_every_page_draws_a_sentence_that_is_spelled(with_spelled, page):
    models = {"side_a": "spelled", "side_b": "spelled"} if page == "compare" else {}
    open_page(with_spelled, page, model="spelled", text=TEXT, own="own", **models)
    assert not with_spelled.exception
    assert not with_spelled.error


def test_the_tree_names_bytes_by_what_they_complete(with_spelled):
    open_page(with_spelled, "beams", model="spelled", text=TEXT, beam_size="4", alpha="0.6")
    search = core.load(zoo.MODELS / "spelled", device="cpu").beam_search(TEXT, 4, 0.6)
    data = views(with_spelled)[0]
    assert data["bytes"] is True
    for row, label, text in zip(data["nodes"], search.labels, search.texts, strict=True):
        assert tuple(row[8:]) in ((label, text), ())
        assert row[8:] or (label, text) == (row[2], row[2])
