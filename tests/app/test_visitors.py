"""A full house: the visitor beyond the limit gets a sentence, and a place as soon as one is free."""

import pytest

from pages.app import browser, visitors
from pages.ui.catalogue import LANGUAGES
from tests.app.reading import CATALOGUES, open_page


@pytest.fixture
def house(app, monkeypatch):
    """The app where two places are all there are, and a set of the sessions that are connected."""
    there = {"one", "two"}
    monkeypatch.setenv(visitors.SETTING, "2")
    monkeypatch.setattr(visitors, "_admitted", {"one", "two"})
    monkeypatch.setattr(visitors, "is_connected", there.__contains__)
    return app, there


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visitor_beyond_the_limit_is_refused_with_a_sentence(house, language, monkeypatch):
    app, _ = house
    monkeypatch.setattr(visitors, "t", lambda key: CATALOGUES[language][key])
    app.run()
    assert [info.value for info in app.info] == [CATALOGUES[language]["visitors.full"]]
    assert not app.exception
    assert not app.get("bidi_component")
    assert visitors._admitted == {"one", "two"}


def test_a_place_that_is_left_goes_to_the_next_who_asks(house):
    app, there = house
    app.run()
    assert app.info
    there.remove("one")
    (again,) = (button for button in app.button if button.key != browser.RECONNECT)
    again.click().run()
    assert not app.info
    assert app.get("bidi_component")
    assert "two" in visitors._admitted
    assert len(visitors._admitted) == 2


def test_a_visitor_who_is_in_stays_in_when_the_house_fills(house):
    app, there = house
    there.clear()
    app.run()
    assert app.get("bidi_component")
    visitors._admitted.update({"one", "two", "three"})
    open_page(app, "masks", lang="en")
    assert not any(info.value == CATALOGUES["en"]["visitors.full"] for info in app.info)


@pytest.mark.parametrize(
    ("setting", "limit"),
    [
        ("3", 3),
        ("", visitors.MOST),
        ("0", visitors.MOST),
        ("-1", visitors.MOST),
        ("many", visitors.MOST),
        ("٣", visitors.MOST),
    ],
)
def test_the_limit_is_set_by_the_environment_where_it_is_a_number(monkeypatch, setting, limit):
    monkeypatch.setenv(visitors.SETTING, setting)
    assert visitors.limit() == limit
