"""The app, as AppTest runs it."""

from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from pages.ui import loaders

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(monkeypatch):
    """The app as every visitor but a fresh server's first meets it: app.py runs before each page (pages/ui/door.py).

    AppTest takes the folder `pages` for Streamlit's older kind of multipage app anew in each run.
    """
    begin = PagesManager.__init__

    def begin_with_navigation(self, *arguments, **more):
        begin(self, *arguments, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_with_navigation)
    loaders.cards.clear()
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
