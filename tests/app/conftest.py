"""The app, as AppTest runs it."""

from pathlib import Path

import pytest
import streamlit
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from core import zoo
from pages.ui import cache

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def no_scan_of_packages():
    """AppTest's runtime looks through all installed packages for components, anew for each test: none has any."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda *_, **__: [])
        yield


@pytest.fixture
def app(monkeypatch):
    """The app as every visitor but a fresh server's first meets it: app.py runs before each page (pages/ui/navigation.py).

    AppTest takes the folder `pages` for Streamlit's older kind of multipage app anew in each run.
    """
    begin = PagesManager.__init__

    def begin_with_navigation(self, *arguments, **more):
        begin(self, *arguments, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_with_navigation)
    cache.shipped.clear()
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)


@pytest.fixture
def session(monkeypatch) -> dict:
    """A plain dict in the place of the session, for functions of pages that are called without an app."""
    held = {}
    monkeypatch.setattr(streamlit, "session_state", held)
    return held


@pytest.fixture
def one_way(app, tmp_path, monkeypatch):
    """The app with the models alone that translate from English into Chinese."""
    for card in zoo.list_models():
        if (card.source_language, card.target_language) == ("en", "zh"):
            (tmp_path / card.name).symlink_to(zoo.MODELS / card.name)
    use_models(monkeypatch, tmp_path)
    yield app
    forget()


def use_models(monkeypatch, folder: Path) -> None:
    """Let the app find its models in a folder, and nothing in its caches of others by the same names."""
    monkeypatch.setattr(zoo, "MODELS", folder)
    monkeypatch.setattr(zoo.list_models, "__defaults__", (folder,))
    forget()


def forget() -> None:
    """Empty the caches that visitors share."""
    streamlit.cache_data.clear()
    streamlit.cache_resource.clear()
