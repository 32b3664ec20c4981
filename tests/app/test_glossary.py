"""The Glossary page: all terms, the search, links to one term; and terms marked in the texts of pages."""

import pytest

from core.export.bundle import glossary
from pages.app import terms
from pages.ui import navigation
from pages.ui.catalogue import LANGUAGES, unlinked
from tests.app.reading import CATALOGUES, open_page, said, written


@pytest.mark.parametrize("language", LANGUAGES)
def test_glossary_when_opened_shows_every_term(app, language):
    text = written(open_page(app, "glossary", lang=language))
    for name, entry in glossary().items():
        assert f"(?lang={language}&term={name})" in text
        assert entry["term"][language] in text


@pytest.mark.parametrize("typed", ["Softmax", "对数概率", " 困惑度 "])
def test_search_when_a_term_is_typed_in_either_language_shows_it(app, typed):
    app = open_page(app, "glossary", lang="en")
    app.text_input(key="find").set_value(typed).run()
    shown = written(app)
    assert 1 <= shown.count("&term=") < len(glossary())
    expected = next(name for name, entry in glossary().items() if typed.strip().casefold() in [*entry["term"].values()])
    assert f"&term={expected})" in shown
    assert app.query_params["find"] in (typed, [typed])


def test_search_when_nothing_is_found_says_so_and_shows_typed_marks_as_text(app):
    app = open_page(app, "glossary", lang="en", find="[x](http://evil.example)")
    assert "No term contains" in written(app)
    assert "](http" not in written(app).replace("\\", "\\ ")


def test_a_link_to_a_term_when_opened_shows_it_above_all_terms(app):
    app = open_page(app, "glossary", lang="en", term="perplexity")
    first = next(element.value for element in app.markdown if "&term=" in element.value)
    assert "&term=perplexity)" in first
    assert first.count("&term=") == 1


@pytest.mark.parametrize("query", [{"term": "nothing"}, {"find": "x" * 61}])
def test_a_link_when_its_term_or_search_is_invalid_says_so_and_shows_all(app, query):
    app = open_page(app, "glossary", lang="en", **query)
    assert any("This link" in info.value for info in app.info)
    assert "&term=query)" in written(app)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", navigation.PAGES)
def test_marked_terms_when_a_page_is_shown_are_links_in_markdown_and_never_in_labels(app, name, language):
    app = open_page(app, name, lang=language)
    assert "[[" not in written(app)
    kinds = ("button", "selectbox", "slider", "segmented_control", "toggle", "text_input", "number_input", "radio")
    labels = [element.label for kind in kinds for element in app.get(kind) if hasattr(element, "label")]
    assert labels
    assert not [label for label in labels if "glossary?" in label or "[[" in label]


def test_a_marked_term_when_read_becomes_a_link_in_the_readers_language():
    for language in LANGUAGES:
        assert f"(glossary?lang={language}&term=query)" in CATALOGUES[language]["attention.intro"]
    assert unlinked(said("inside.layer")) == "Layer"


def test_controls_of_the_app_when_they_explain_themselves_name_terms_of_the_glossary():
    assert set(terms.CONTROLS.values()) <= glossary().keys()
