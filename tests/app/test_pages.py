"""Every page opens, in both languages, and bad input gets a sentence."""

import json
import os
import re
from pathlib import Path

import pytest

from core import errors, zoo
from core.config import ARCHITECTURES
from pages.ui import cache, navigation
from pages.ui.catalogue import LANGUAGES, catalogue, error_text, plain
from tests.app.reading import BAD, open_page, type_in, unescaped

ROOT = Path(__file__).parents[2]
CATALOGUES = {name: catalogue(name) for name in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", navigation.PAGES)
def test_every_page_opens_in_every_language(app, name, language):
    open_page(app, name, lang=language)
    headings = [element.value for element in (*app.title, *app.header)]
    assert CATALOGUES[language][f"{name}.title"] in headings


@pytest.mark.parametrize("card", zoo.list_models(), ids=lambda card: card.name)
def test_translate_says_what_kind_of_model_it_is_and_its_formula(app, card):
    open_page(app, lang="en", model=card.name)
    (title,) = app.title
    assert ("recurrent" in title.value) == card.config.recurrent
    assert any("recurrent" in text.value for text in app.markdown) == card.config.recurrent
    captions = [caption.value for caption in app.caption]
    formulas = {name: CATALOGUES["en"][f"translate.formula.{name}"] for name in ARCHITECTURES}
    assert [name for name, words in formulas.items() if words in captions] == [card.config.architecture]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("text", "error"), BAD.items(), ids=[repr(text[:12]) for text in BAD])
def test_bad_input_gets_a_sentence_and_the_last_translation_stays(app, text, error, language):
    open_page(app, lang=language)
    type_in(app, text)
    template = error.sentence if language == "en" else CATALOGUES["zh"][f"error.{error.__name__}"]
    fixed = max(template.replace("}", "{").split("{")[::2], key=len)
    assert any(fixed in warning.value for warning in app.warning), [warning.value for warning in app.warning]
    assert app.get("bidi_component"), "the last translation is still there"


@pytest.mark.parametrize(
    "text", ["<b>bold</b> Tom", "<script>alert(1)</script> hello", "$x$ is here", "**Tom** _runs_", "</s> hello"]
)
def test_marks_typed_as_text_are_translated_as_text(app, text):
    type_in(open_page(app), text)
    assert not app.warning
    assert app.get("bidi_component")


def test_the_first_picture_needs_no_model(app, monkeypatch):
    monkeypatch.setattr(cache, "model", lambda name: pytest.fail("the model was loaded"))
    open_page(app)
    assert app.get("bidi_component")


def test_a_damaged_model_is_named_and_the_others_work(app, tmp_path, monkeypatch):
    for card in zoo.list_models():
        os.symlink(zoo.MODELS / card.name, tmp_path / card.name)
    (tmp_path / "broken").mkdir()
    monkeypatch.setattr(zoo.list_models, "__defaults__", (tmp_path,))
    open_page(app)
    assert [unescaped(warning.value) for warning in app.warning] == [
        "The model “broken” cannot be loaded: card.json is missing. Restore its folder or train it again; other models still work."
    ]
    assert not any("broken" in option for option in app.selectbox(key="model").options)
    assert app.get("bidi_component")


def test_without_any_model_the_app_opens_and_says_what_to_do(app, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo.list_models, "__defaults__", (tmp_path,))
    open_page(app)
    assert [error.value for error in app.error] == [CATALOGUES["en"]["settings.no_model"]]


def test_a_broken_link_says_so_and_uses_the_rest(app):
    open_page(app, model="nope", text="Jerry chases Tom.", layer="x", search="beam")
    assert any("model" in info.value and "layer" in info.value for info in app.info)
    assert app.text_input(key="text").value == "Jerry chases Tom."
    assert app.session_state["search"] == "beam"
    assert app.session_state["model"] == "en-zh"


def test_both_catalogues_hold_the_same_keys_and_placeholders():
    own_errors = {key for key in CATALOGUES["zh"] if key.startswith("error.")}
    assert CATALOGUES["en"].keys() == CATALOGUES["zh"].keys() - own_errors
    for key, text in CATALOGUES["en"].items():
        assert _placeholders(text) == _placeholders(CATALOGUES["zh"][key]), key


def test_every_error_has_a_chinese_sentence_with_the_same_values():
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.HeadlightError)]
    for error in classes:
        chinese = CATALOGUES["zh"][f"error.{error.__name__}"]
        assert _placeholders(error.sentence) == _placeholders(chinese), error.__name__
        for cause, text in error.causes.items():
            assert _placeholders(text) == _placeholders(CATALOGUES["zh"][f"error.{error.__name__}.{cause}"])


SHORT_OF_ROOM = {"compare.head", "compare.head_n", "fan.head_n", "lanes.head_n", "learning.head"}
"""Labels in which 头 8 stands for 第 8 个头."""


def test_a_head_with_its_number_when_it_is_named_in_chinese_has_one_form():
    texts = dict(CATALOGUES["zh"])
    for path in (ROOT / "assets/views").glob("*.json"):
        words = json.loads(path.read_text("utf-8")).get("zh", {})
        texts |= {f"{path.stem}.{name}": str(text) for name, text in words.items()}
    assert {name for name, text in texts.items() if re.search(r"头 ?[{\d]", text)} == SHORT_OF_ROOM
    assert [name for name, text in texts.items() if re.search(r"第 ?(\{\w+\}|\d+) ?头", text)] == []
    assert sum(bool(re.search(r"第 (\{\w+\}|\d+) 个头", text)) for text in texts.values()) > 8


def _placeholders(text: str) -> set[str]:
    from string import Formatter

    return {name for _, name, _, _ in Formatter().parse(text) if name}


TYPED = "![x](http://evil.example/a.png) [in](https://evil.example) www.evil.example a@evil.example `c` <b> $x$"


@pytest.mark.parametrize("mark", ["[", "]", "(", ")", "!", "*", "_", "`", "<", "$", "#", ":", "&", "\\"])
def test_plain_when_a_mark_has_a_meaning_in_markdown_escapes_it(mark):
    assert plain(f"a{mark}b") == f"a\\{mark}b"


@pytest.mark.parametrize("address", ["http://a.b", "HTTPS://a.b", "see www.a.b", "me@a.b"])
def test_plain_when_an_address_is_typed_is_none_that_markdown_makes_a_link_of(address):
    """The expressions by which GitHub's Markdown finds addresses in text, after escapes are resolved."""
    shown = re.sub(r"\\(.)", r"\1", plain(address))
    web = re.search(r"(?<![^\W])(https?://|www(?=\.))[-.\w]+", shown, re.IGNORECASE)
    assert web is None or shown[web.start() - 1] == "\u2060"
    assert not re.search(r"[-.\w+]+@[-\w]+(\.[-\w]+)+", shown)
    assert unescaped(plain(address)) == address


def every_error() -> list[errors.HeadlightError]:
    """One of each class and cause, with typed text for all of its values."""
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.HeadlightError)]
    return [
        error(**{**dict.fromkeys(_placeholders(error.sentence + error.causes.get(cause, "")), TYPED), "cause": cause})
        if cause
        else error(**dict.fromkeys(_placeholders(error.sentence), TYPED))
        for error in classes
        for cause in (error.causes or [None])
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("error", every_error(), ids=lambda e: f"{type(e).__name__}-{e.values.get('cause', '')}")
def test_an_errors_sentence_when_it_quotes_typed_text_escapes_it(session, language, error):
    session["lang"] = language
    template = error_text(type(error)(**{**error.values, **{k: "" for k in error.values if k != "cause"}}))
    said = error_text(error)
    assert "[" not in re.sub(r"\\.", "", said)
    assert said.replace(plain(TYPED), "") == template


@pytest.mark.parametrize("value", [(TYPED,), {TYPED: 1}, [TYPED]], ids=lambda value: type(value).__name__)
def test_an_errors_sentence_when_a_value_holds_typed_text_escapes_it(session, value):
    said = error_text(errors.OptionError(name="forced", value=value, reason="no piece"))
    assert "[" not in re.sub(r"\\.", "", said)


@pytest.mark.parametrize(("page", "query"), [("translate", {"forced": f"1.{TYPED}"}), ("beams", {"hypothesis": TYPED})])
def test_typed_text_when_it_comes_in_a_link_stands_nowhere_as_markdown(app, page, query):
    open_page(app, page, text="Tom chases Jerry.", **query)
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.button]
    texts = [getattr(element, "label", None) or element.value for element in shown]
    assert not any("](http" in re.sub(r"\\.", "", text) for text in texts)


def test_every_text_is_used_somewhere():
    code = "\n".join(path.read_text("utf-8") for path in [ROOT / "app.py", *(ROOT / "pages").rglob("*.py")])
    for key in CATALOGUES["en"]:
        family, _, last = key.rpartition(".")
        there = f"{family}.{{"
        ways = [f'"{key}"', f"'{key}'", f'f"{there}', f"f'{there}", f'.{last}"', f"}}.{family.partition('.')[2]}.{{"]
        assert any(way in code for way in ways), key


def test_a_link_without_a_sentence_still_shows_something(app):
    open_page(app, text=" ")
    assert app.warning
    assert app.get("bidi_component")


def test_an_unreadable_stored_example_is_made_anew(app, tmp_path, monkeypatch):
    (tmp_path / "broken.npz").write_bytes(b"not a file of ours")
    monkeypatch.setattr(cache, "path", lambda model, text: tmp_path / "broken.npz")
    cache.trace.clear()
    open_page(app)
    assert not app.warning
    assert app.get("bidi_component")
    cache.trace.clear()
