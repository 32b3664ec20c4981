"""Models of `transformers` from a folder in the settings: they are chosen like ours, and no page breaks on them."""

import json
from importlib import import_module

import numpy as np
import pytest

import core
from core import zoo
from core.adapters.folders import HostedTranslator, hosted_card, hosted_cards
from core.errors import DamagedModelError, OneSidedModelError, OptionError
from pages.ui import cache
from pages.ui.navigation import COURSE, PAGES
from tests import hosted
from tests.app.reading import open_page, said

NAME = "tiny-marian"
TEXT = hosted.SENTENCES[1]
PART = {"attention": "qkv_part", "positions": "pos_part"}
"""Names of the field with a page's part, where it is not NAME_part."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an encoder-decoder, an encoder, and one that cannot be read."""
    root = tmp_path_factory.mktemp("hosted")
    for name, (model, tokenizer) in {NAME: hosted.made("marian"), "tiny-bert": hosted.bert()}.items():
        model.save_pretrained(root / name)
        tokenizer.save_pretrained(root / name)
    (root / "broken").mkdir()
    (root / "broken" / "config.json").write_text("version https://git-lfs.github.com/spec/v1")
    (root / "no-model").mkdir()
    return root


@pytest.fixture
def app(app, folder, monkeypatch):
    """The app with this folder in its settings."""
    monkeypatch.setenv(cache.HOSTED, str(folder))
    cache.shipped.clear()
    yield app
    cache.shipped.clear()
    for name in (NAME, "tiny-bert", "broken"):
        zoo.ADDED.pop(name, None)


def parts(page: str) -> list[str]:
    return import_module(f"pages.{page}.fields").PARTS


def test_cards_say_languages_and_sizes_and_what_cannot_be_shown(folder):
    cards = {name: card for name, (_, card) in hosted_cards(folder).items()}
    assert sorted(cards) == ["broken", "tiny-bert", NAME]
    card, (model, _) = cards[NAME], hosted.made("marian")
    assert card.hosted
    assert (card.source_language, card.target_language) == ("en", "zh")
    config = model.config
    sizes = config.d_model, config.decoder_attention_heads, config.decoder_layers, config.decoder_ffn_dim
    assert (card.config.d_model, card.config.n_heads, card.config.n_layers, card.config.d_ff) == sizes
    stored = {name: value for name, value in model.named_parameters() if "embed_positions" not in name}  # a formula
    assert card.parameters == sum(value.numel() for value in stored.values()) + model.final_logits_bias.numel()
    assert isinstance(cards["tiny-bert"].problem, OneSidedModelError)
    assert cards["broken"].problem.values["detail"] == "config.json"


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"is_encoder_decoder": true}',
        '{"is_encoder_decoder": true, "vocab_size": 10, "d_model": 10, "decoder_layers": 1, "num_heads": 3}',
        '{"is_encoder_decoder": true, "vocab_size": 10, "d_model": 1e9, "decoder_layers": -1, "num_heads": 1}',
        "[" * 100_000,
    ],
    ids=range(6),
)
def test_a_config_that_is_no_models_is_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(DamagedModelError):
        hosted_card(tmp_path)


def test_a_file_beside_the_model_names_its_languages(folder, tmp_path):
    for path in (folder / NAME).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "headlight.json").write_text(json.dumps({"source": "fr", "target": "de"}))
    card = hosted_card(tmp_path)
    assert (card.source_language, card.target_language) == ("fr", "de")


def test_it_translates_as_by_itself_and_says_what_it_lacks(folder):
    translator = HostedTranslator(folder / NAME)
    own = core.hugging_face(folder / NAME, source="en", target="zh").translate(TEXT, max_new_tokens=63)
    trace = translator.run(core.Request(TEXT, NAME))
    assert trace.model == NAME
    assert trace.output_pieces == own.output_pieces
    np.testing.assert_array_equal(trace.cross, own.cross)
    removed = core.Intervention(ablate={("cross", 0, 1): "zero"})
    assert not np.any(translator.run(core.Request(TEXT, NAME, intervention=removed)).cross[0, 1])
    for name in ("beam_search", "inside", "contributions", "transformer", "head_importance"):
        with pytest.raises(OptionError, match="own models"):
            getattr(translator, name)
    assert translator.align(trace) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_translate_shows_its_trace_and_what_cannot_be_shown_is_said(app, language):
    open_page(app, "translate", lang=language, model=NAME, text=TEXT)
    assert app.session_state["model"] == NAME
    assert app.session_state["shown"] == core.Request(TEXT, NAME)
    warnings = " ".join(warning.value for warning in app.warning)
    assert "tiny\\-bert" in warnings
    assert "broken" in warnings


@pytest.mark.parametrize(
    ("page", "part"),
    [(page, part) for page in PAGES for part in (parts(page) if page in COURSE else [""])],
    ids=lambda value: value or "whole",
)
def test_no_page_breaks_on_it(app, page, part):
    chosen = {PART.get(page, f"{page}_part"): part} if part else {}
    open_page(app, page, lang="en", model=NAME, text=TEXT, **chosen)
    assert app.session_state["model"] == NAME
    if page in ("beams", "block"):
        assert said("settings.hosted", model="tiny\\-marian") in [info.value for info in app.info]
    if page == "inside":
        assert any("own models" in warning.value for warning in app.warning)
