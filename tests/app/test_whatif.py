"""What is changed in a run on the Translate page: chips, numbers, the original beside it."""

import numpy as np
import pytest
import streamlit

import core
from pages.translate import changes, panel
from pages.translate.fields import FIELDS as TRANSLATE_FIELDS
from pages.translate.request import request
from pages.ui import cache, headmap
from pages.ui.catalogue import plain, signed
from tests.app.reading import FOLDED, open_page, said, type_in, views

TEXT = "Tom chases Jerry."


def chips(app):
    return [button.label for button in app.button if button.label.endswith("✕")]


def nats(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def test_what_is_folded_is_made_when_it_opens(app):
    open_page(app, folded=True, text=TEXT)
    assert not app.number_input
    assert not app.get("download_button")
    for key in FOLDED:
        assert app.session_state[key] is False
        app.session_state[key] = True
    app.run()
    assert not app.exception
    assert {field.key for field in app.number_input} >= {"temperature", "top_k", "seed", "whatif_step"}
    assert len(app.get("download_button")) == 4


def test_the_first_change_opens_the_panel_and_a_visitor_may_close_it(app):
    open_page(app, folded=True, text=TEXT, ablate="cross.3.4.zero")
    assert app.session_state["whatif_open"] is True
    app.session_state["whatif_open"] = False
    type_in(app, "Jerry chases Tom.")
    assert chips(app), "the change is still there"
    assert app.session_state["whatif_open"] is False


def test_a_link_with_an_intervention_shows_that_run_beside_the_original(app):
    open_page(app, text=TEXT, ablate="cross.3.4.zero", masked="2")
    assert chips(app) == ["removed: cross-attention, layer 3, head 4 ✕", "masked: chases ✕"]
    model = cache.model("en-zh")
    change = core.Intervention(ablate={("cross", 2, 3): "zero"}, masked_source=(1,))
    first = model.translate(TEXT)
    same = model.translate(TEXT, target=first.output_pieces, intervention=change)
    said = next(text.value for text in app.markdown if "log-probability" in text.value)
    for number in (first.log_probability, same.log_probability):
        assert nats(number) in said
    assert f"{abs(first.log_probability - same.log_probability):.2f}" in said
    assert app.session_state["shown"] == core.Request(TEXT, "en-zh", intervention=change)
    assert len(app.get("bidi_component")) >= 4, "the stage and the pair, each with its sources"


@pytest.mark.parametrize(("key", "sign"), [("whatif.lost", 1), ("whatif.gained", -1)])
def test_the_difference_of_log_probability_when_a_head_is_removed_has_the_sign_of_what_is_lost(app, key, sign):
    model = cache.model("en-zh")
    lost = sign * model.head_importance(TEXT)  # (kinds, layers, heads)
    kind, layer, head = (int(at) for at in np.unravel_index(lost.argmax(), lost.shape))
    assert lost.max() > 0, "no head of this model is an example"
    first = model.translate(TEXT)
    change = core.Intervention(ablate={(core.KINDS[kind], layer, head): "zero"})
    same = model.translate(TEXT, target=first.output_pieces, intervention=change)
    open_page(app, text=TEXT, ablate=f"{core.KINDS[kind]}.{layer + 1}.{head + 1}.zero")
    numbers = {"before": nats(first.log_probability), "after": nats(same.log_probability)}
    expected = said(key, text=plain(first.text), nats=f"{lost.max():.2f}", **numbers)
    assert expected in [text.value for text in app.markdown]


@pytest.mark.parametrize(("value", "text"), [(-0.004, "0.00"), (-0.006, "−0.01"), (-1.5, "−1.50"), (0.0, "0.00")])
def test_numbers_when_they_round_to_0_have_no_minus_sign(value, text):
    assert signed(value) == text


def test_force_when_pieces_are_forced_after_that_step_drops_them(session):
    session.update(forced=((0, "汤姆"), (2, "杰瑞"), (4, "。")), stage={})
    changes.force(2, "玛丽")
    assert session["forced"] == ((0, "汤姆"), (2, "玛丽"))


def test_a_piece_when_the_panel_forces_it_at_another_step_is_shown_there_without_pins(app):
    open_page(app, text=TEXT, step="4", pinned="r1", layer="2")
    app.number_input(key="whatif_step").set_value(2).run()
    app.text_input(key="whatif_piece").set_value("狗").run()
    next(button for button in app.button if button.label == said("whatif.write")).click().run()
    shown = app.session_state["stage"]
    assert (shown["step"], shown["pinned"], shown["layer"]) == (1, [], 1)


def test_an_intervention_when_it_is_applied_and_undone_keeps_the_step(app):
    open_page(app, text=TEXT, step="2", layer="2", heads="5", pinned="r1")
    app.session_state["ablate"] = (("cross", 2, 3, "zero"),)
    app.run()
    assert chips(app)
    shown = app.session_state["stage"]
    assert (shown["step"], shown["layer"], shown["heads"], shown["pinned"]) == (1, 1, [4], [])
    assert app.query_params["step"] in ("2", ["2"])
    next(button for button in app.button if button.label.endswith("✕")).click().run()
    assert app.session_state["stage"]["step"] == 1


def test_the_step_when_the_changed_translation_is_too_short_for_it_is_the_last_word(app):
    open_page(app, text=TEXT, step="3")
    app.session_state["masked"] = (0, 1, 2)
    app.run()
    assert cache.trace(app.session_state["shown"]).output_pieces == ("</s>",)
    assert app.session_state["stage"]["step"] == 0


ONE, OTHER = ("cross", 0, 1), ("cross", 2, 3)


@pytest.mark.parametrize(
    ("removed", "toggled", "left"),
    [
        ((), (ONE, OTHER), (ONE, OTHER)),
        ((ONE,), (ONE, OTHER), (ONE, OTHER)),
        ((ONE, OTHER), (ONE, OTHER), ()),
        ((ONE, OTHER), (ONE,), (OTHER,)),
    ],
    ids=["none", "some", "all", "one of two"],
)
def test_toggle_heads_when_all_of_them_are_removed_puts_them_back_and_else_removes_them(
    session, removed, toggled, left
):
    session["ablate"] = tuple((*head, "zero") for head in removed)
    changes.toggle_heads(list(toggled))
    assert session["ablate"] == tuple((*head, "zero") for head in left)


def test_sampling_when_top_k_is_0_samples_from_all_pieces(monkeypatch):
    draws = {"temperature": 5.0, "top_p": 1.0, "seed": 0}
    held = {name: field.default for name, field in TRANSLATE_FIELDS.items()}
    session = {**held, "text": TEXT, "model": "en-zh", "search": "sample", "top_k": 0, **draws}
    monkeypatch.setattr(streamlit, "session_state", session)
    trace = cache.trace(request())
    assert trace == cache.model("en-zh").translate(TEXT, strategy="sample", top_k=None, **draws)
    assert trace.output_pieces != cache.model("en-zh").translate(TEXT).output_pieces


def test_each_chip_takes_back_what_it_names(app):
    open_page(app, text=TEXT, ablate="cross.3.4.zero", masked="2", forced="1.玛丽", positions="0", causal="0",
              attention_temperature="0.5")  # fmt: skip
    assert len(chips(app)) == 6
    while found := chips(app):
        next(button for button in app.button if button.label == found[-1]).click().run()
        assert not app.exception
        assert chips(app) == found[:-1]
    assert app.session_state["shown"] == core.Request(TEXT, "en-zh")


def test_everything_can_be_taken_back_at_once(app):
    open_page(app, text=TEXT, ablate="cross.3.4.zero", search="sample", seed="7")
    app.run()
    open_page(app, text=TEXT, ablate="cross.3.4.zero", masked="2")
    app.button(key="whatif-reset").click().run()
    assert not chips(app)


def test_a_new_sentence_keeps_heads_away_and_forgets_what_named_its_pieces(app):
    open_page(app, text=TEXT, ablate="cross.3.4.zero", masked="2", forced="1.玛丽")
    type_in(app, "Jerry chases Tom.")
    assert chips(app) == ["removed: cross-attention, layer 3, head 4 ✕"]


def test_a_link_without_an_intervention_is_the_model_as_it_is(app):
    open_page(app, text=TEXT, causal="0")
    assert chips(app)
    app.query_params.clear()
    app.query_params["text"] = TEXT
    app.run()
    assert not chips(app)


@pytest.mark.parametrize(
    "query",
    [{"ablate": "cross.9.1.zero"}, {"masked": "99"}, {"forced": "1.notapiece"}, {"masked": "1,2,3,4,5"}, {"forced": "999.狗"}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_this_model_or_sentence_does_not_have_gets_a_sentence(app, query, language):
    open_page(app, text=TEXT, lang=language, **query)
    assert app.warning
    assert app.get("bidi_component"), "something is still shown"
    assert chips(app), "and what cannot be used can be taken back"
    next(button for button in app.button if button.label.endswith("✕")).click().run()
    assert not app.warning


def test_a_change_that_changes_nothing_says_so(app):
    open_page(app, text=TEXT, forced="1.汤姆")
    assert any("No effect" in info.value for info in app.info)


def test_sampling_shows_the_distribution_before_and_after(app):
    open_page(app, text=TEXT, search="sample", temperature="2", top_k="3", seed="5", step="1")
    step = next(cache.model("en-zh").steps(TEXT, strategy="sample", temperature=2.0, top_k=3, seed=5))
    assert len(step.drawn_from) == 3
    said = next(text.value for text in app.markdown if "could be sampled" in text.value)
    assert "3 pieces" in said
    assert f"{step.probability:.3f}" in said
    assert f"{dict(step.drawn_from)[step.piece]:.3f}" in said
    assert len(app.get("plotly_chart")) == 1


def test_all_heads_are_measured_when_asked_for(app):
    panel._importances().clear()
    open_page(app, text=TEXT)
    before = len(app.get("bidi_component"))
    app.button(key="whatif-importance").click().run()
    assert not app.exception
    assert len(app.get("bidi_component")) > before
    found = panel.known_importance(core.Request(TEXT, "en-zh"))
    assert found.shape == (3, 3, 8)
    assert not found.flags.writeable


@pytest.mark.parametrize(("largest", "limit"), [(-1.2, 1.5), (0.1, 0.5)])
def test_the_colours_of_importance_when_drawn_reach_to_the_largest_value(app, monkeypatch, largest, limit):
    found = np.zeros((3, 3, 8), np.float32)
    found[2, 1, 4] = largest
    monkeypatch.setattr(panel, "known_importance", lambda *_: found)
    open_page(app, text=TEXT)
    (drawn,) = [view for view in views(app) if view.get("title") == said("whatif.importance")]
    assert (drawn["scale"], drawn["limit"]) == ("diverging", limit)


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(-0.004, 2, "0.00"), (-0.006, 2, "−0.01"), (0.0, 2, "0.00"), (-0.0004, 3, "0.000")]
)
def test_a_number_of_a_head_when_it_rounds_to_0_has_no_minus_sign(value, digits, text):
    assert headmap._number(value, digits)["text"] == text


def test_a_piece_that_the_vocabulary_lacks_gets_a_sentence(app):
    open_page(app, text=TEXT)
    app.text_input(key="whatif_piece").set_value("zzzzzz").run()
    next(button for button in app.button if button.label == "Force it").click().run()
    assert any("no token" in warning.value for warning in app.warning)
    app.text_input(key="whatif_piece").set_value("狗").run()
    next(button for button in app.button if button.label == "Force it").click().run()
    assert not app.warning
    assert chips(app) == ["forced at step 1: 狗 ✕"]


@pytest.mark.parametrize(
    "query",
    [
        {"attention_temperature": "50"},
        {"attention_temperature": "0.01"},
        {"search": "sample", "temperature": "0.05", "top_p": "0.01", "top_k": "1000000", "seed": "4294967295"},
        {"search": "sample", "temperature": "100"},
    ],
)
def test_a_link_when_its_numbers_are_extreme_opens_that_run(app, query):
    open_page(app, text=TEXT, **query)
    assert not app.exception
    assert not app.session_state["broken"]
    shown = app.session_state["shown"]
    for name, value in query.items():
        found = shown.intervention.temperature if name == "attention_temperature" else getattr(shown, name, value)
        assert str(found) == value or float(found) == float(value)


def test_a_measurement_that_another_message_ends_is_made_by_the_next_run(app, monkeypatch):
    from streamlit.runtime.scriptrunner_utils.exceptions import StopException

    from pages.translate import panel

    measure = panel.head_importance

    def interrupted(request, progress):
        monkeypatch.setattr(panel, "head_importance", measure)
        raise StopException

    open_page(app, lang="en", text="She likes the red car.")
    monkeypatch.setattr(panel, "head_importance", interrupted)
    app.button(key="whatif-importance").click().run()
    assert panel.head_importance is measure
    app.run()
    assert app.session_state["text"] == "She likes the red car."
    assert "importance_of" not in app.session_state
    assert not [button for button in app.button if button.key == "whatif-importance"]
