"""The home page: a real picture without a model, and ways to every page."""

import numpy as np
import pytest

import core
from core.examples import path
from pages.ui import cache, navigation
from pages.ui.address import fields
from tests.app.reading import CATALOGUES, open_page, views

FIRST = "Tom chases Jerry."


def links(app) -> list:
    return [link.proto for link in app.get("page_link")]


def test_the_picture_holds_the_stored_examples_weights_and_needs_no_model(app, monkeypatch):
    monkeypatch.setattr(cache, "model", lambda name: pytest.fail("the model was loaded"))
    open_page(app, "home", lang="en")
    sent = views(app)[0]
    trace = core.Trace.load(path("en-zh", FIRST))
    words = [(a, b) for a, b in trace.output_words if a not in trace.output_specials]
    sources = [(a, b) for a, b in trace.source_words if a not in trace.source_specials]
    mean = trace.cross[-1].mean(0)
    by_hand = [[mean[a:b, c:d].sum(1).mean() for c, d in sources] for a, b in words]
    np.testing.assert_allclose(sent["weights"], by_hand, atol=1e-4)
    assert (sent["source"], sent["output"]) == (["Tom", "chases", "Jerry", "."], ["汤姆", "追逐", "杰瑞", "。"])
    assert sent["output"][sent["row"]] == "杰瑞"
    caption = CATALOGUES["en"]["home.measured"].format(model="en-zh", layer=len(trace.cross), heads=trace.n_heads)
    assert caption in [element.value for element in app.caption]
    assert str(trace.cross.shape) in app.code[0].value


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_one_link_away_and_the_lecture_is_in_its_order(app, language):
    open_page(app, "home", lang=language)
    found = [(link.page, link.label) for link in links(app)]
    pages = [page.rpartition("/")[2] for page, _ in found]
    assert set(navigation.PAGES) - {"home"} <= set(pages)
    lecture = navigation.COURSE
    start = pages.index(lecture[0])
    assert pages[start : start + len(lecture)] == list(lecture)
    for n, name in enumerate(lecture, start=1):
        assert found[start + n - 1][1] == f"{n}\\. {CATALOGUES[language][f'{name}.title']}"


def test_the_links_that_hold_a_state_hold_one_that_can_be_read(app):
    open_page(app, "home", lang="en")
    prepared = [link.query_string for link in links(app) if link.query_string]
    assert len(prepared) == 3
    from urllib.parse import parse_qsl

    for query in prepared:
        for name, value in parse_qsl(query):
            fields()[name].parse(value)
    assert dict(parse_qsl(prepared[0]))["text"] == FIRST


def test_without_the_default_model_the_ways_are_still_there(app, tmp_path, monkeypatch):
    from core import zoo

    (tmp_path / "en-zh-1head").symlink_to(zoo.MODELS / "en-zh-1head")
    monkeypatch.setattr(zoo.list_models, "__defaults__", (tmp_path,))
    open_page(app, "home", lang="en")
    assert all("model=" not in link.query_string for link in links(app))
    assert len(links(app)) >= len(navigation.PAGES) - 1
