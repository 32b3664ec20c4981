"""A full house: the visitor beyond the limit gets a sentence, and a place as soon as one is free."""

import threading
import time

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


def test_pages_run_one_after_the_other(monkeypatch):
    monkeypatch.setattr(visitors, "TURN", threading.BoundedSemaphore(1))
    running, most, done = 0, 0, 0

    def run() -> None:
        nonlocal running, most, done
        with visitors.turn():
            running += 1
            most = max(most, running)
            time.sleep(0.02)
            running -= 1
            done += 1

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, done) == (1, 8)


def test_a_long_run_lets_others_pass_and_a_turn_that_fails_is_given_back(monkeypatch):
    turns = threading.BoundedSemaphore(1)  # it raises an error if a turn is given back twice
    monkeypatch.setattr(visitors, "TURN", turns)

    def fail() -> None:
        with visitors.turn():
            assert not turns.acquire(blocking=False)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    monkeypatch.setattr(visitors, "LONGEST_TURN", 0.01)
    with visitors.turn(), visitors.turn():  # the second begins when the first has lasted for long
        pass
    assert turns.acquire(blocking=False)


def test_each_run_of_a_page_takes_a_turn(app, monkeypatch):
    taken = []
    turn = visitors.turn

    def counted():
        taken.append(True)
        return turn()

    monkeypatch.setattr(visitors, "turn", counted)
    open_page(app)
    before = len(taken)
    app.run()
    assert len(taken) == before + 1
    assert visitors.TURN.acquire(blocking=False), "all turns were given back"
    visitors.TURN.release()
