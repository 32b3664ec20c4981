"""Every page with a model that others trained."""

import os

import pytest
from streamlit.testing.v1 import AppTest

from core import zoo
from pages.ui import navigation
from tests.app.reading import open_page, written


@pytest.fixture
def imported(marian, tmp_path, monkeypatch) -> str:
    """A small Marian model among the shipped ones, by its name."""
    for card in zoo.list_models():
        os.symlink(zoo.MODELS / card.name, tmp_path / card.name)
    zoo.import_model(marian.folder, out=tmp_path / "opus-small")
    monkeypatch.setattr(zoo, "MODELS", tmp_path)
    monkeypatch.setattr(zoo.list_models, "__defaults__", (tmp_path,))
    return "opus-small"


@pytest.mark.parametrize("page", navigation.PAGES)
def test_every_page_opens_with_an_imported_model(app: AppTest, imported, page):
    open_page(app, page, model=imported, text="Tom chases Jerry.", lang="en")
    if page != "home":
        assert app.session_state["model"] == imported
    assert not app.error
    assert not app.warning


def test_translate_shows_an_intervention_and_a_beam_of_an_imported_model(app: AppTest, imported):
    open_page(app, "translate", model=imported, text="Tom chases Jerry.", search="beam", lang="en")
    assert app.get("bidi_component")
    assert not [warning.value for warning in app.warning]


def test_an_imported_model_is_described_by_its_sizes(app: AppTest, imported):
    open_page(app, "models", model=imported, lang="en")
    card = zoo.read_card(zoo.MODELS / imported)
    assert any(f"{card.parameters:,}" in caption.value for caption in app.caption) or written(app)
