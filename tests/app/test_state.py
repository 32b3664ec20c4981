"""The address holds all of the state, and gives it back."""

import functools
from urllib.parse import parse_qs

import pytest
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import local_script_runner

from core.lecture import pack
from pages.lectures.fields import shipped
from pages.ui import navigation
from pages.ui import session as session_module
from pages.ui.address import PAGES, sentences
from pages.ui.views import View
from tests.app.reading import open_page, type_in

LINKS = {
    "translate": {
        "lang": "zh",
        "model": "en-zh",
        "temperature": "0.7",
        "top_k": "40",
        "top_p": "0.95",
        "seed": "7",
        "ablate": "cross.3.4.zero",
        "without": "encoder.2.residual,decoder.3.norm",
        "masked": "2",
        "kind": "decoder_self",
        "layer": "2",
        "heads": "1,4",
        "step": "3",
        "pinned": "r1,c3",
        "merged": "1",
        "hidden": "1",
        "threshold": "50",
        "view": "table",
        "guess": "1",
    },
    "compare": {
        "compare": "changes",
        "what_a": "word",
        "word_a": "3",
        "what_b": "temperature",
        "sharpness_b": "2",
        "difference": "1",
        "pair_kind": "encoder_self",
        "pair_layer": "2",
        "pair_head_a": "all",
        "pair_head_b": "all",
        "pair_step": "3",
        "pair_row": "2",
        "pair_view": "lines",
        "below": "roles",
    },
    "beams": {"beam_size": "8", "alpha": "1.3", "hypothesis": "汤姆 追逐 杰瑞"},
    "inside": {"inside_kind": "decoder_self", "inside_layer": "2", "inside_head": "8", "inside_query": "4"},
    "why": {"why_part": "sum", "why_layer": "2", "why_head": "8", "why_model": "transformer", "why_row": "3"},
    "attention": {"qkv_layer": "2", "qkv_head": "8", "qkv_query": "4"},
    "heads": {"heads_sentence": "own", "heads_layer": "3", "heads_drawn": "2,8", "heads_word": "3"},
    "masks": {"masks_sentence": "own", "masks_layer": "2", "masks_head": "8", "masks_on": "0"},
    "positions": {"pos_part": "shuffle", "pos_order": "4,3,2,1", "pos_with": "1"},
    "cost": {"cost_n": "100", "cost_d": "256", "cost_k": "5", "cost_r": "8", "cost_all": "1", "cost_sequence": "8"},
    "block": {
        "block_stack": "decoder",
        "block_piece": "3",
        "block_layer": "3",
        "block_order": "7",
    },
    "words": {"words_step": "2", "words_temperature": "0.5", "words_guess": "1", "words_method": "norms"},
    "figures": {
        "figures_part": "pronoun",
        "figures_adjective": "wide",
        "figures_layer": "2",
        "figures_drawn": "2,8",
        "figures_word": "3",
    },
    "training": {
        "training_task": "pairs",
        "training_length": "5",
        "training_pairs": "bonjour = hello",
        "training_warmup": "0",
        "training_residual": "0",
        "training_width": "256",
        "training_warmup_steps": "100",
    },
    "corpus": {
        "corpus_head": "cross.3.4",
        "corpus_x": "distance",
        "corpus_y": "entropy",
        "corpus_role": "aligner",
        "corpus_kind": "cross",
        "corpus_sort": "agreement",
        "corpus_other": "decoder_self.2.1",
    },
    "glossary": {"term": "query", "find": "que"},
    "lectures": {"draft": pack(shipped("five-minutes", "en"))},
}
"""A link to each page, with many parts at once."""

BEYOND = {
    "inside": [{"inside_layer": "4", "inside_head": "9", "inside_query": "99"}],
    "attention": [{"qkv_layer": "4", "qkv_head": "9", "qkv_query": "99"}],
    "compare": [
        {"pair_layer": "4", "pair_head_a": "9", "pair_head_b": "9", "pair_step": "99", "pair_row": "99"},
        {"word_a": "99", "gone_b": "cross.9.9"},
    ],
    "why": [{"why_layer": "4", "why_head": "9"}, {"why_row": "99"}],
    "heads": [{"heads_layer": "4", "heads_drawn": "9", "heads_word": "99"}],
    "masks": [
        {"masks_layer": "4", "masks_head": "9"},
        {"masks_step": "99", "masks_piece": "您您"},
        {"masks_piece": ""},
        {"masks_piece": "</s>"},
    ],
    "positions": [{"pos_order": "1,2,3"}, {"pos_head": "9"}, {"pos_piece": "6"}],
    "block": [{"block_piece": "99"}, {"block_layer": "9"}, {"block_unit": "9999"}],
    "words": [{"words_step": "99"}, {"words_layer": "9"}],
    "figures": [{"figures_layer": "4", "figures_drawn": "9", "figures_word": "99"}],
    "corpus": [
        {"corpus_head": "cross.4.1", "corpus_other": "decoder_self.1.9"},
        {"corpus_model": "en-zh-rnn"},
    ],
    "training": [{"training_moment": "99", "training_sentence": "9"}],
}
"""What can stand in a link, but is not there in this model (3 layers, 8 heads) or sentence; by page, what fits together."""

NEEDS = {
    "masks_step": {"masks_part": "later"},
    "masks_piece": {"masks_part": "later"},
    "pos_order": {"pos_part": "shuffle"},
    "pos_head": {"pos_part": "terms"},
    "pos_piece": {"pos_part": "sum"},
    "block_layer": {"block_part": "remove"},
    "block_unit": {"block_part": "positionwise"},
    "words_layer": {"words_part": "earlier"},
    "words_method": {"words_part": "origin"},
    "figures_layer": {"figures_part": "anaphora"},
    "training_moment": {"training_part": "recorded"},
    "training_sentence": {"training_part": "recorded"},
    "why_row": {"why_part": "sum"},
    "pair_layer": {"side_a": "en-zh"},
    "word_a": {"compare": "changes", "what_a": "word", "what_b": "head"},
}
"""What else a link must hold for these to count."""


def address(app) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def test_every_page_with_parts_of_its_own_is_tried():
    assert LINKS.keys() == {field.page for field in PAGES.values()}
    assert LINKS.keys() <= {*navigation.PAGES}


@pytest.mark.parametrize("page", LINKS)
def test_a_link_to_a_page_when_opened_is_the_address_again(app, page):
    query = dict(LINKS[page])
    if page != "glossary":  # it shows no sentence
        query["text"] = "Tom chases Jerry."
    open_page(app, page, **query)
    assert not any("This link" in info.value or "这个链接" in info.value for info in app.info)
    assert {name: value for name, value in address(app).items() if name in query} == query


def test_a_link_when_a_part_cannot_be_parsed_names_it_and_uses_the_rest(app):
    open_page(app, "inside", text="Jerry chases Tom.", inside_kind="self", inside_layer="2", search="sampling")
    (info,) = app.info
    assert "inside_kind" in info.value
    assert "search" in info.value
    assert "inside_layer" not in info.value
    assert app.text_input(key="text").value == "Jerry chases Tom."
    assert address(app)["inside_layer"] == "2"
    assert "inside_kind" not in address(app)


@pytest.mark.parametrize(("page", "query"), [(page, query) for page, queries in BEYOND.items() for query in queries])
def test_a_link_when_a_page_does_not_have_its_parts_names_each_and_uses_the_rest(app, page, query):
    needs = {key: value for name in query for key, value in NEEDS.get(name, {}).items()}
    open_page(app, page, text="Jerry chases Tom.", **needs, **query)
    named = ", ".join(info.value for info in app.info)
    assert [name for name in query if name not in named] == []
    assert [name for name in needs if name in named] == []
    assert app.session_state["text"] == "Jerry chases Tom."
    assert not query.items() & address(app).items()


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("masked", ()),
        ("forced", ()),
        *((name, None) for name in ("word_a", "word_b", "hypothesis", "pos_order", "pos_piece")),
        ("broken", []),
        ("asked", {}),
    ],
)
def test_forget_link_when_a_part_names_pieces_of_the_old_sentence_empties_it(session, name, empty):
    session.update(dict.fromkeys((*PAGES, "broken", "asked"), "of the old sentence"))
    session_module.forget_link()
    assert session[name] == empty


def test_forget_link_when_a_part_names_a_head_keeps_it(session):
    session["ablate"] = (("cross", 2, 3, "zero"),)
    session_module.forget_link()
    assert session["ablate"] == (("cross", 2, 3, "zero"),)


@pytest.mark.parametrize("name", sentences())
def test_a_text_when_it_is_longer_than_2000_characters_is_not_in_the_address(session, name):
    session.update(dict.fromkeys(sentences(), "Tom chases Jerry."), stage={})
    session[name] = "x" * 2000
    assert session_module.address([name]) == {name: "x" * 2000}
    session[name] = "x" * 2001
    assert session_module.address([name]) == {}


def test_going_back_in_the_history_restores_what_the_address_held(app, monkeypatch):
    open_page(app, text="Jerry chases Tom.", search="beam")
    older = address(app)
    app.text_input(key="text").set_value("I love you.").run()
    assert app.query_params["text"] in ("I love you.", ["I love you."])
    app.query_params.clear()
    app.query_params.update(older)
    monkeypatch.setattr(local_script_runner, "RerunData", functools.partial(RerunData, is_history_navigation=True))
    app.run()
    assert app.text_input(key="text").value == "Jerry chases Tom."


def test_an_act_that_overtakes_the_newest_address_is_not_undone(app):
    """The browser sends each act with the address it knows, which may be the one before."""
    open_page(app, text="Jerry chases Tom.")
    older = address(app)
    app.text_input(key="text").set_value("I love you.").run()
    app.query_params.clear()
    app.query_params.update(older)
    app.text_input(key="text").set_value("She is a teacher.").run()
    assert app.text_input(key="text").value == "She is a teacher."
    assert app.query_params["text"] in ("She is a teacher.", ["She is a teacher."])


@pytest.mark.parametrize("page", navigation.PAGES)
def test_a_link_from_page_to_page_leaves_out_the_language_so_that_it_is_no_address_of_the_session(app, page):
    open_page(app, page, lang="en", draft=pack(shipped("one-hour", "en")))
    links = [link.proto.query_string for link in app.get("page_link")]
    assert not any("lang" in parse_qs(query) for query in links)
    assert links or page not in ("home", "lectures", "compare")


def test_a_new_sentence_when_something_was_pinned_begins_at_its_last_word_without_pins(app):
    open_page(app, text="Jerry chases Tom.", layer="2", step="1", pinned="r2")
    type_in(app, "Tom chases Jerry.")
    assert app.session_state["stage"]["pinned"] == []
    assert app.session_state["stage"]["step"] == 3
    assert app.session_state["stage"]["layer"] == 1


VIEW = View.__new__(View)  # without its sources: only what it remembers in the session


def test_a_view_when_its_state_is_of_the_subject_shown_tells_it(session):
    session.update(_map_shown=("this", 2), map_view={"state": {"row": 3, "shown": 2}})
    assert VIEW.selection("map") == {"row": 3, "shown": 2}


@pytest.mark.parametrize("told", [{"row": 3, "shown": 1}, {"row": 3}, "row", None])
def test_a_view_when_its_state_is_of_a_subject_before_tells_nothing(session, told):
    session.update(_map_shown=("this", 2), map_view={"state": told})
    assert VIEW.selection("map") == {}


class Drawn(View):
    """A view without its sources: what it sends the browser, and what the browser reports."""

    def __init__(self, session):
        self.session, self.sent = session, []
        self._code = lambda **_: None

    def _drawn(self, data, **_):
        self.sent.append((data["shown"], data["state"]))
        self.session.setdefault("map_view", {})

    def follow(self, subject, requested=None, carry=lambda state, previous: {**state, "step": None}):
        def complete(state):
            return {"layer": state.get("layer", 0), "step": 9 if state.get("step") is None else state["step"]}

        return self.show_with_selection({}, "map", subject, requested, complete, carry)

    def report(self, **state):
        self.session["map_view"] = {"state": {**state, "shown": self.sent[-1][0]}}


@pytest.fixture
def drawn(session) -> Drawn:
    session["lang"] = "en"
    return Drawn(session)


def test_a_view_when_the_browser_reports_returns_that_and_sends_nothing_new(drawn):
    assert drawn.follow("a", {"step": 2}) == {"layer": 0, "step": 2}
    drawn.report(layer=3, step=1)
    for _ in range(2):
        assert drawn.follow("a", {"layer": 3, "step": 1}) == {"layer": 3, "step": 1}
    assert drawn.sent[0] == (1, {"layer": 0, "step": 2})
    assert drawn.sent[1:] == [(2, {"layer": 3, "step": 1})] * 2


def test_a_view_when_the_page_requests_another_selection_shows_it_whatever_the_browser_reports(drawn):
    before = drawn.follow("a")
    drawn.report(layer=3, step=1)
    assert drawn.follow("a", {**before, "layer": 5})["layer"] == 5
    assert drawn.sent[-1] == (2, {"layer": 5, "step": 9})
    assert drawn.selection("map") == {}, "what the browser reported before counts no more"


def test_a_view_when_the_subject_is_new_carries_what_the_browser_reported_last(drawn):
    before = drawn.follow("a")
    drawn.report(layer=3, step=1)
    assert drawn.follow("b", before) == {"layer": 3, "step": 9}
    assert drawn.sent[-1] == (2, {"layer": 3, "step": 9})


def test_a_view_when_a_subject_comes_back_sends_its_selection_anew(drawn):
    for subject in "aba":
        state = drawn.follow(subject)
    assert [shown for shown, _ in drawn.sent] == [1, 2, 3]
    assert state == {"layer": 0, "step": 9}


def test_a_view_when_nothing_is_carried_begins_a_new_subject_with_what_the_page_requests(drawn):
    before = drawn.follow("a", carry=None)
    drawn.report(layer=3, step=1)
    assert drawn.follow("b", before, carry=None) == before
    assert drawn.sent[-1] == (2, before)


def test_a_view_when_the_visitor_comes_back_to_the_page_sends_the_newest_selection(drawn, session):
    drawn.follow("a")
    drawn.report(layer=3, step=1)
    state = drawn.follow("a")
    assert drawn.sent[-1] == (1, {"layer": 0, "step": 9}), "the browser has it already"
    del session["map_view"]  # as Streamlit does when another page is shown
    assert drawn.follow("a", state) == state
    assert drawn.sent[-1] == (2, {"layer": 3, "step": 1})


def test_what_this_trace_does_not_have_is_named_too(app):
    open_page(app, text="Jerry chases Tom.", layer="9", heads="12", step="99")
    assert any(all(name in info.value for name in ("layer", "heads", "step")) for info in app.info)
