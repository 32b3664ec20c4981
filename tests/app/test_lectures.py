"""Lectures: the shipped ones state by state, lecture mode, the editor, and what a visitor shares."""

import json
import random

import pytest

import core
from core.examples import FIRST, SWAPPED
from core.lecture import Lecture, State, pack, to_json
from pages.lectures import draft, editor, offline, share
from pages.lectures.fields import LONGEST, SHIPPED, opened, shipped
from pages.ui import session as session_module
from pages.ui.address import PAGES
from pages.ui.catalogue import LANGUAGES
from tests.app.reading import open_page, packed, said, unescaped, views

OWN = Lecture(
    "Own",
    (
        State("First", "translate", {"model": "en-zh", "text": SWAPPED, "kind": "cross", "layer": "2", "heads": "3", "step": "2"}),
        State("Second", "masks", {"model": "en-zh", "text": FIRST, "masks_part": "padding"}, ("menu", "box"), True),
        State("Third", "translate", {"model": "en-zh", "text": FIRST, "kind": "encoder_self", "layer": "1", "heads": "1,2"}),
    ),
    "zh",
)  # fmt: skip


def go(app, at: int) -> None:
    """Press what the lecture's line would: AppTest cannot press in a component."""
    app.session_state["at"] = at
    app.session_state["_go"] = True
    app.run()
    assert not app.exception


def give(app, text: str, at: int = 0) -> None:
    """Open the link of a lecture, and go to one of its states."""
    app.query_params["lecture"] = text
    app.run()
    assert not app.exception
    if at:
        go(app, at)


def line(app) -> dict:
    """What the lecture's line is drawn from."""
    return next(view for view in views(app) if "names" in view)


def left_out() -> dict[str, str]:
    """What the address leaves out because it is the default of its page."""
    return {name: field.write(field.default) for name, field in PAGES.items() if field.default is not None}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_lecture_when_gone_through_shows_each_state_on_its_page_and_nothing_is_broken(app, name):
    give(app, name)
    lecture = shipped(name, "en")
    for at, state in enumerate(lecture.states):
        if at:
            go(app, at)
        assert (line(app)["at"], line(app)["names"][at]) == (at, state.name)
        assert said(f"{state.page}.title") in [heading.value for heading in app.title], state.name
        assert app.session_state["broken"] == [], state.name
        assert not app.warning, state.name
        address = left_out() | {key: app.query_params[key] for key in app.query_params}
        assert {key: address[key] for key in state.query} == state.query


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_lecture_has_the_same_states_in_both_languages_under_names_of_their_own(name):
    english, chinese = (shipped(name, language) for language in LANGUAGES)
    assert [english.language, chinese.language] == [*LANGUAGES]
    pairs = zip(english.states, chinese.states, strict=True)
    assert all(
        (a.page, a.query, a.hidden, a.presentation) == (b.page, b.query, b.hidden, b.presentation) for a, b in pairs
    )
    assert not {state.name for state in english.states} & {state.name for state in chinese.states}
    assert all(any(letter >= "\u4e00" for letter in state.name) for state in chinese.states)


CLAIMS = [
    ("five-minutes", 0, "杰瑞", "Jerry", 0.9),
    ("five-minutes", 1, "杰瑞", "Jerry", 0.9),
    ("five-minutes", 2, "马路", "street", 0.5),
    ("five-minutes", 3, "马路", "cross", 0.5),
    ("one-hour", 4, "杰瑞", "Jerry", 0.9),
    ("one-or-eight", 2, "马路", "cross", 0.5),
    ("one-or-eight", 3, "马路", "street", 0.5),
]


@pytest.mark.parametrize(("name", "at", "predicted", "attended", "least"), CLAIMS)
def test_a_name_that_says_what_a_head_attends_to_is_true(name, at, predicted, attended, least):
    state = shipped(name, "en").states[at]
    assert attended in state.name
    values = offline.values_of(state)
    trace = core.load(values["model"], device="cpu").translate(values["text"])
    row = trace.cross[values["layer"], values["heads"][0], values["step"]]
    assert trace.output_pieces[values["step"]] == predicted
    assert trace.source_pieces[row.argmax()] == f"▁{attended}"
    assert row.max() > least


def test_names_about_one_head_and_about_a_removed_head_are_true():
    blended = offline.values_of(shipped("one-or-eight", "en").states[1])
    trace = core.load(blended["model"], device="cpu").translate(blended["text"])
    row = trace.cross[blended["layer"], 0, blended["step"]]
    assert trace.output_pieces[blended["step"]] == "马路"
    assert {trace.source_pieces[i] for i in row.argsort()[-2:]} == {"▁cross", "▁street"}
    assert sorted(row)[-2] > 0.2
    model = core.load("en-zh", device="cpu")
    removed = core.Intervention(ablate={("cross", 2, 0): "zero"})
    (broken,) = (state for state in shipped("second-hour", "en").states if "breaks" in state.name)
    values = offline.values_of(broken)
    part = (values["block_stack"], values["block_layer"], "residual")
    cut = model.translate(values["text"], intervention=core.Intervention(without={part}))
    assert not set("汤姆杰瑞") & set(cut.text)
    assert model.translate(FIRST, intervention=removed).text == model.translate(FIRST).text


def test_a_lecture_when_its_link_is_opened_begins_with_its_first_state_in_its_language(app):
    give(app, pack(OWN))
    assert app.text_input(key="text").value == SWAPPED
    assert app.session_state["lang"] == "zh"
    assert line(app)["at"] == 0
    header, _ = packed(app)[0]
    assert (header["state"]["layer"], header["state"]["heads"], header["state"]["step"]) == (1, [2], 1)
    assert header["present"] == [1, False]
    assert app.query_params["lecture"] == pack(OWN)
    assert app.query_params["at"] == "1"


def test_a_lecture_when_gone_through_opens_each_page_and_hides_what_the_state_hides(app):
    give(app, pack(OWN), 1)
    assert app.query_params["masks_part"] == "padding"
    (style,) = [element.proto.body for element in app.get("html") if "--hl-bar" in element.proto.body]
    assert "stSidebar" in style
    assert "st-key-text" in style
    assert "stExpander" not in style
    go(app, 2)
    assert packed(app)[0][0]["state"]["heads"] == [0, 1]
    (style,) = [element.proto.body for element in app.get("html") if "--hl-bar" in element.proto.body]
    assert "display: none" not in style
    go(app, 0)
    assert app.text_input(key="text").value == SWAPPED


def test_a_lecture_when_a_process_ends_goes_on_from_the_address(app):
    query = {"model": "en-zh", "text": FIRST, "kind": "encoder_self", "layer": "2", "lecture": pack(OWN), "at": "3"}
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    app.switch_page("pages/translate.py").run()
    assert line(app)["at"] == 2
    assert packed(app)[0][0]["state"]["layer"] == 1  # what the lecturer had chosen, not what the state began with


def test_a_press_when_it_comes_before_the_address_is_written_counts_and_the_old_address_does_not(app, monkeypatch):
    monkeypatch.setattr(session_module, "write", lambda names: None)
    give(app, pack(OWN))
    app.query_params["lecture"] = pack(OWN)  # the browser's address is still that of the link
    app.session_state["at"] = 1
    app.session_state["_go"] = True
    app.run()
    assert not app.exception
    assert line(app)["at"] == 1
    app.run()  # the same press again, which changes nothing
    assert line(app)["at"] == 1


def test_a_lecture_when_left_is_no_more_in_the_address(app):
    give(app, pack(OWN))
    app.session_state["lecture"] = app.session_state["at"] = None
    app.run()
    assert not any("names" in view for view in views(app))
    assert "lecture" not in app.query_params
    assert app.text_input(key="text").value == SWAPPED


@pytest.mark.parametrize("text", ["nope", "eJw", pack(OWN)[:-6], "../five-minutes"])
def test_a_link_when_its_lecture_is_damaged_says_so_and_opens_the_page(app, text):
    open_page(app, "lectures", lecture=text)
    assert any("lecture" in info.value for info in app.info)
    assert not any("names" in view for view in views(app))


def test_the_place_in_a_lecture_when_beyond_its_end_is_its_last_state(app):
    open_page(app, "lectures", lecture=pack(OWN), at="99")
    assert line(app)["at"] == 2


def test_what_is_on_the_screen_when_added_is_a_state_that_opens_again(app):
    open_page(app, "translate", text=SWAPPED, model="en-zh", kind="cross", layer="2", heads="4", step="1", lang="en")
    app.button(key="share").click().run()
    assert not app.exception
    assert app.text_input(key="_state_name").value == f"Translate: {SWAPPED}"
    app.text_input(key="_state_name").set_value("Jerry first")
    app.button(key="add-state").click().run()
    (state,) = opened(app.session_state["draft"]).states
    assert (state.name, state.page) == ("Jerry first", "translate")
    assert (state.query["text"], state.query["layer"], state.query["heads"], state.query["step"]) == (
        SWAPPED,
        "2",
        "4",
        "1",
    )
    assert not {"lang", "lecture", "at", "draft"} & state.query.keys()


def edit(app) -> None:
    open_page(app, "lectures", draft=pack(OWN), lang="en")
    assert [*app.radio(key="_draft_at").options] == ["1. First", "2. Second", "3. Third"]


def names(app) -> list[str]:
    return [state.name for state in opened(app.session_state["draft"]).states]


def test_the_editor_renames_moves_and_removes_states(app):
    edit(app)
    app.text_input(key="_draft_name").set_value("  Begin <b>here</b> ").run()
    assert names(app) == ["Begin <b>here</b>", "Second", "Third"]
    assert "Begin <b>here</b>" in unescaped(app.radio(key="_draft_at").options[0])
    app.button(key="state-down").click().run()
    assert names(app) == ["Second", "Begin <b>here</b>", "Third"]
    assert app.radio(key="_draft_at").value == 1
    app.button(key="state-remove").click().run()
    assert names(app) == ["Second", "Third"]
    assert app.query_params["draft"] == app.session_state["draft"]
    for _ in range(2):
        app.button(key="state-remove").click().run()
    assert app.session_state["draft"] is None
    assert "draft" not in app.query_params
    assert not app.exception


def test_the_editor_sets_what_is_hidden_presentation_title_and_language(app):
    edit(app)
    app.button_group(key="_draft_hidden").set_value(["explanation", "menu"]).run()
    app.toggle(key="_draft_presentation").set_value(True).run()
    app.text_input(key="_draft_title").set_value("Tuesday").run()
    app.selectbox(key="_draft_language").set_value(None).run()
    lecture = opened(app.session_state["draft"])
    assert (lecture.title, lecture.language) == ("Tuesday", None)
    assert {*lecture.states[0].hidden} == {"menu", "explanation"}
    assert lecture.states[0].presentation
    app.text_input(key="_draft_title").set_value("   ").run()
    assert opened(app.session_state["draft"]).title == "Tuesday"
    assert not app.exception


def test_a_draft_when_a_link_without_it_is_opened_stays(app):
    edit(app)
    app.switch_page("pages/translate.py").run()
    app.query_params.clear()
    app.query_params["text"] = SWAPPED
    app.query_params["lang"] = "en"
    app.run()
    assert app.session_state["draft"] == pack(OWN)


def test_the_editor_offers_the_lecture_as_link_file_and_page_and_says_what_the_page_lacks(app):
    edit(app)
    assert any(f"lectures?lecture={pack(OWN)}" in code.value for code in app.code)
    assert any(said("lectures.offline.missing", states="2") == caption.value for caption in app.caption)
    labels = {button.label for button in app.get("download_button")}
    assert {said("lectures.file"), said("lectures.html")} <= labels


def long_lecture() -> Lecture:
    """A lecture of a hundred texts that have little in common."""
    letters = random.Random(1)
    texts = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=150)) for _ in range(100)]
    return Lecture("Long", tuple(State(text[:20], "masks", {"text": text}) for text in texts))


def test_a_lecture_when_too_long_for_a_link_says_so_and_has_its_file(app):
    text = pack(long_lecture())
    assert len(text) > LONGEST
    app.session_state["draft"] = text
    open_page(app, "lectures", lang="en")
    assert any("too long for a link" in info.value for info in app.info)
    assert not any("?lecture=" in code.value for code in app.code)
    assert said("lectures.file") in {button.label for button in app.get("download_button")}
    assert "draft" not in app.query_params
    app.button(key="give-own").click().run()
    assert line(app)["at"] == 0
    assert "lecture" not in app.query_params


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_lecture_when_copied_fits_into_a_link(name):
    assert len(pack(shipped(name, "zh"))) < LONGEST


def test_a_file_when_opened_is_the_lecture_that_is_edited_and_a_damaged_one_gets_a_sentence(session):
    class File:
        def __init__(self, content: bytes):
            self.content = content

        def getvalue(self) -> bytes:
            return self.content

    session.update(draft=None, lang="en", _lecture_file=File(to_json(OWN, 1).encode()))
    editor._open_file()
    assert draft.current() == OWN
    session["_lecture_file"] = File(json.dumps({"lecture": 1, "title": "x", "states": []}).encode())
    editor._open_file()
    assert session["_lecture_error"].values["cause"] == "empty"
    assert draft.current() == OWN


@pytest.mark.parametrize(
    ("link", "local"),
    [
        ("http://localhost:8501/x", True),
        ("http://127.0.0.1/x", True),
        ("http://[::1]:8501/x", True),
        ("http://192.168.1.7:8501/x", False),
        ("https://headlight.example/x", False),
        ("https://localhost.example/x", False),
    ],
)
def test_an_address_is_local_when_it_names_this_machine(link, local):
    assert share.is_local(link) == local


def test_a_state_when_offline_shows_its_trace_or_says_why_not():
    page = offline.page(OWN, "en")
    assert said("lectures.offline.note", "zh", page=said("nav.masks", "zh")) in page
    assert page.count('class="trace"') == 2
