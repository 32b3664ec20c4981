"""Models of both directions: which are offered how, what becomes of the sentence, and every page with either."""

import dataclasses
import json

import numpy as np
import pytest

import core
from core import zoo
from core.config import ModelConfig
from core.examples import FIRST, SENTENCES, STORED, in_language, path, sentences
from pages.attention.fields import PARTS as ATTENTION_PARTS
from pages.heads.fields import PARTS as HEADS_PARTS
from pages.masks.fields import PARTS as MASKS_PARTS
from pages.positions.fields import PARTS as POSITIONS_PARTS
from pages.ui import cache, navigation, settings
from pages.ui.address import PAGES
from pages.ui.catalogue import LANGUAGES, plain
from pages.why.fields import PARTS as WHY_PARTS
from tests.app.conftest import use_models
from tests.app.reading import CATALOGUES, open_page, said, type_in, written

WAYS = {"en": ("en", "zh"), "zh": ("zh", "en")}
CHINESE = SENTENCES["zh"]


def turn(app, language: str):
    """Choose the direction in which this language is read."""
    app.radio(key="languages").set_value(WAYS[language]).run()
    assert not app.exception
    return app


def text(app) -> str:
    return app.text_input(key="text").value


# What is offered


@pytest.mark.parametrize("language", LANGUAGES)
def test_models_are_offered_by_direction_and_by_what_they_are_for(app, language):
    app, words = open_page(app, lang=language), CATALOGUES[language]
    directions = [("en", "zh"), ("en", "fr"), ("zh", "en")]
    names = [" → ".join(words[f"language.{code}"] for code in direction) for direction in directions]
    assert app.radio(key="languages").options == names
    keys = ("many", "one", "rnn-additive", "rnn")
    assert app.selectbox(key="model").options == [words[f"settings.purpose.{key}"].format(heads=8) for key in keys]
    turn(app, "zh")
    assert app.session_state["model"] == "zh-en"
    assert app.selectbox(key="model").options == [words["settings.purpose.many"].format(heads=8)]
    assert any("**zh\\-en**" in caption.value for caption in app.caption)


def test_with_one_direction_nobody_is_asked_for_it(one_way):
    open_page(one_way)
    assert not one_way.radio


def test_the_other_direction_begins_with_the_model_most_alike(app, monkeypatch):
    app = open_page(app, model="en-zh-rnn")
    turn(app, "zh")
    assert app.session_state["model"] == "zh-en"
    turn(app, "en")
    assert app.session_state["model"] == "en-zh"


def test_what_a_model_is_for_comes_from_its_config(app, monkeypatch):
    open_page(app, lang="en")
    sizes = {"source_vocab": 100, "target_vocab": 100}
    configs = {
        "a long name that somebody gave to a folder": ModelConfig(**sizes, **settings.BASE),
        "b": ModelConfig(**sizes, n_heads=4),
        "c": ModelConfig(**sizes, n_heads=4, n_layers=2),
        "d": ModelConfig(**sizes, n_heads=1, architecture="rnn-dot"),
    }
    cards = {name: zoo.ModelCard(name, "zh", "en", config, 1) for name, config in configs.items()}
    monkeypatch.setattr(cache, "cards", lambda: cards)
    monkeypatch.setattr(settings, "t", lambda key, **values: said(key, **values))
    found = settings.purposes(list(cards))
    assert list(found.values()) == [
        "Full size (base)",
        "4 heads · b",
        "4 heads · c",
        "GRU, dot-product attention",
    ]


# The sentence


def test_an_example_goes_on_in_the_other_language_and_comes_back(app):
    app = open_page(app)
    assert text(app) == FIRST
    turn(app, "zh")
    assert text(app) == CHINESE[0]
    assert app.query_params["text"] in (CHINESE[0], [CHINESE[0]])
    assert not app.warning
    turn(app, "en")
    assert text(app) == FIRST


@pytest.mark.parametrize("own", ["I love you.", "tom chases jerry", "你好"])
def test_what_somebody_typed_stays_and_the_page_says_which_language_is_read(app, own):
    app = type_in(open_page(app, lang="en"), own)
    turn(app, "zh")
    assert text(app) == own
    told = [element.value for element in (*app.warning, *app.caption)]
    assert any("This model reads Chinese" in words for words in told) == (own != "你好")
    assert app.get("bidi_component"), "something is shown"


def test_the_examples_and_the_placeholder_are_in_the_language_that_is_read(app):
    app = turn(open_page(app, lang="en"), "zh")
    (menu,) = app.get("menu_button")
    assert [*menu.proto.options] == [*CHINESE]
    assert app.text_input(key="text").placeholder == CATALOGUES["en"]["sentence.placeholder"].format(language="Chinese")


def test_a_link_without_a_sentence_shows_one_that_its_model_reads(app):
    assert text(open_page(app, model="zh-en")) == CHINESE[0]


def test_a_link_shows_the_sentence_that_it_holds_whatever_its_model_reads(app):
    app = open_page(app, model="zh-en", text=FIRST, lang="en")
    assert text(app) == FIRST
    assert app.session_state["model"] == "zh-en"


def test_what_a_link_named_in_the_old_sentence_is_forgotten_with_it(app):
    app = open_page(app, text="I love you.", masked="2", forced="1.我")
    turn(app, "zh")
    assert (app.session_state["masked"], app.session_state["forced"]) == ((), ())
    assert not any("This link" in info.value for info in app.info)


def test_examples_of_two_languages_say_the_same_in_the_same_places():
    assert len({len(offered) for offered in SENTENCES.values()}) == 1
    for offered in SENTENCES.values():
        for other in SENTENCES:
            assert [in_language(sentence, other) for sentence in offered] == [*SENTENCES[other]]
    assert in_language("I love you.", "zh") == "I love you."
    assert sentences("fr") == SENTENCES["en"]


def test_stored_examples_have_a_place_and_other_texts_have_none():
    for offered in SENTENCES.values():
        assert [bool(path("m", sentence)) for sentence in offered] == [True] * STORED + [False] * (
            len(offered) - STORED
        )
    assert path("m", "I love you.") is None


def test_a_stored_example_is_never_shown_for_the_same_one_in_another_language(app, tmp_path, monkeypatch):
    from core import examples

    monkeypatch.setattr(examples, "FOLDER", tmp_path)
    cache.model("zh-en").translate(CHINESE[0]).save(path("zh-en", CHINESE[0]))
    assert cache.trace(core.Request(CHINESE[0], "zh-en")).source == CHINESE[0]
    assert path("zh-en", FIRST) == path("zh-en", CHINESE[0])
    monkeypatch.setattr(cache, "model", lambda name: pytest.fail("made anew"))
    cache.trace.clear()
    assert cache.trace(core.Request(CHINESE[0], "zh-en")).source == CHINESE[0]
    with pytest.raises(pytest.fail.Exception):
        cache.trace(core.Request(FIRST, "zh-en"))


# Every page, and every part of it


@pytest.mark.parametrize("name", navigation.PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_with_a_model_that_reads_chinese(app, name, language):
    app = open_page(app, name, lang=language, model="zh-en")
    assert CATALOGUES[language][f"{name}.title"] in [element.value for element in (*app.title, *app.header)]
    assert not app.warning
    assert not app.error


PARTS = {
    "why_part": WHY_PARTS,
    "qkv_part": ATTENTION_PARTS,
    "heads_part": HEADS_PARTS,
    "masks_part": MASKS_PARTS,
    "pos_part": POSITIONS_PARTS,
}


@pytest.mark.parametrize(("key", "part"), [(key, part) for key, parts in PARTS.items() for part in parts])
def test_every_part_of_the_lecture_opens_with_a_model_that_reads_chinese(app, key, part):
    app = open_page(app, PAGES[key].page, model="zh-en", lang="en", **{key: part})
    assert not app.warning
    assert not any("This link" in info.value for info in app.info)


def test_why_compares_the_three_that_there_are_and_says_what_they_get(app):
    app = open_page(app, "why", model="zh-en", lang="en")
    words = CATALOGUES["en"]["why.other_languages"]
    told = words.format(language="English", languages="English → Chinese", text="Tom chases Jerry\\.")
    assert told in written(app)
    assert text(app) == CHINESE[0]
    type_in(app, "你好")
    assert app.session_state["why_shown"] == core.Request(FIRST, "en-zh")


@pytest.mark.parametrize(("page", "example"), [("heads", CHINESE[3]), ("masks", "她爱你")])
def test_a_page_with_an_example_of_its_own_has_it_in_the_language_that_is_read(app, page, example):
    app = open_page(app, page, lang="en")
    turn(app, "zh")
    assert app.session_state[f"{page}_sentence"] == "example", "the app's example went on, nobody chose another"
    assert app.session_state[f"{page}_shown"] == core.Request(example, "zh-en")
    type_in(app, "你好")
    assert app.session_state[f"{page}_shown"].text == "你好"


def test_compare_offers_models_that_read_the_sentence(app):
    app = open_page(app, "compare", lang="en")
    assert [app.session_state[f"side_{side}"] for side in "ab"] == ["en-zh-1head", "en-zh"]
    assert not any("zh-en" in option for option in app.selectbox(key="side_a").options)
    turn(app, "zh")
    assert [app.session_state[f"side_{side}"] for side in "ab"] == ["zh-en", "zh-en"]
    assert said("compare.only_one") in written(app)
    app.segmented_control(key="compare").set_value("sentences").run()
    assert app.text_input(key="other_text").value == CHINESE[1]
    turn(app, "en")
    assert app.text_input(key="other_text").value == SENTENCES["en"][1]
    app.segmented_control(key="compare").set_value("models").run()
    assert [app.session_state[f"side_{side}"] for side in "ab"] == ["en-zh-1head", "en-zh"]


def test_a_link_to_compare_two_sentences_has_both_in_the_language_that_is_read(app):
    app = open_page(app, "compare", model="zh-en", compare="sentences")
    assert (text(app), app.text_input(key="other_text").value) == CHINESE[:2]


def test_the_home_page_leads_to_the_other_direction(app):
    app = open_page(app, "home", lang="en")
    (link,) = (link.proto for link in app.get("page_link") if CHINESE[0] in link.proto.label)
    assert "model=zh-en" in link.query_string


# Far from what was learnt


@pytest.fixture
def limited(app, monkeypatch, tmp_path):
    """limited(**limits): the app, where the card of en-zh has these limits."""
    shipped = zoo.MODELS

    def write(**limits):
        folder = tmp_path / "en-zh"
        folder.mkdir(exist_ok=True)
        if not (tmp_path / zoo.SHARED).exists():
            (tmp_path / zoo.SHARED).symlink_to(shipped / zoo.SHARED)
        for file in (shipped / "en-zh").iterdir() if not (folder / "model.safetensors").exists() else ():
            (folder / file.name).symlink_to(file)
        (folder / "card.json").unlink()
        card = dataclasses.replace(zoo.read_card(shipped / "en-zh"), reach=limits)
        (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
        for name in ("en-zh-1head",):
            if not (tmp_path / name).exists():
                (tmp_path / name).symlink_to(shipped / name)
        use_models(monkeypatch, tmp_path)
        return app

    return write


def line(app) -> str:
    """What the page says of the sentence, "" for nothing; its line is always there."""
    card = f"**{plain(app.session_state['model'])}**"  # of the model in use, in the header
    captions = [caption.value for caption in app.main.caption if not caption.value.startswith(card)]
    (found,) = (caption for caption in captions if caption[:2] in ("&n", "**", "A:", "B:"))
    return found.removeprefix("&nbsp;")


@pytest.mark.parametrize(
    "name", ["translate", "compare", "beams", "inside", "why", "attention", "heads", "masks", "positions"]
)
def test_every_page_that_translates_says_when_a_sentence_is_too_long_for_its_model(limited, name):
    app = open_page(
        limited(length=3), name, lang="en", text="I love you.", model="en-zh", masks_sentence="own", side_a="en-zh"
    )
    reason = said("sentence.reach.length", value=4, limit=3, usual=99)
    assert reason in line(app)
    assert said("sentence.advice.length") in line(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_improbable_translation_is_said_with_the_limit_and_what_to_do(limited, language):
    app = open_page(limited(probability=0.999, length=50), lang=language)
    mean = np.exp(cache.trace(core.Request(FIRST, "en-zh")).log_probabilities.mean())
    reason = said("sentence.reach.probability", language, value=f"{mean:.2f}", limit="1.00")
    advice = said("sentence.advice.probability", language)
    assert line(app) == said("sentence.reach", language, reasons=reason, advice=advice)


def test_a_sentence_within_reach_and_a_card_without_limits_leave_the_line_empty(limited):
    assert line(open_page(limited(length=50, spelled=0.5, probability=0.0001), lang="en")) == ""
    assert line(open_page(limited(), lang="en")) == ""


def test_compare_names_the_side_whose_model_the_sentence_is_far_from(limited):
    app = open_page(limited(length=1), "compare", lang="en", side_a="en-zh-1head", side_b="en-zh")
    assert line(app).startswith("B: ")


def test_cards_are_listed_with_their_new_fields(limited):
    limited(length=7)
    assert json.loads(cache.cards()["en-zh"].to_json())["reach"] == {"length": 7}
