"""The page on training: what stands on it is what the training, the recorded moments and the formulas say."""

import shutil
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import core
from core import zoo
from core.analysis.moments import best_agreement, mean_entropy, mean_on_words, phases
from core.training.process import preview
from core.training.race import read_race
from core.training.schedule import learning_rate, paper_rate
from core.training.tasks import PARTS, Experiment
from pages.training import live, recorded
from pages.training.fields import VARIANTS
from pages.ui import cache
from pages.ui.navigation import PAGES
from tests.app.conftest import ROOT, forget
from tests.app.reading import CATALOGUES, open_page, packed, said, unlinked, views, written

OWNER = "test session id"


@pytest.fixture(autouse=True)
def ended():
    """No training of a test goes on after it."""
    live.trainings.clear()
    yield
    if (training := live.trainings().of(OWNER)) is not None:
        training.end()
    live.trainings.clear()


def picture(app) -> tuple[dict, np.ndarray]:
    """What the picture of the training is drawn from."""
    (found,) = [(header, body) for header, body in packed(app) if "moments" in header]
    return found[0], np.frombuffer(found[1], "<f4")


def press(app, name: str):
    app.button(key=f"training-{name}").click().run()
    assert not app.exception
    return app


def run_until(app, condition, seconds: float = 120):
    """Look at the page each moment, as a browser does, until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        app.run()
        assert not app.exception
        time.sleep(0.2)


def disabled(app) -> dict[str, bool]:
    return {name: app.button(key=f"training-{name}").disabled for name in ("start", "pause", "step", "stop")}


def test_before_the_start_the_random_weights_are_shown(app):
    open_page(app, "training", lang="en", training_length="5")
    header, numbers = picture(app)
    start, report = preview(Experiment(length=5))
    assert header["source"] == [*"ABCDE", "</s>"]
    assert header["target"] == [*"EDCBA", "</s>"]
    assert header["moments"] == [{"step": 0, "loss": report.loss, "accuracy": 0.0}]
    size = report.cross.size
    np.testing.assert_array_equal(numbers[:size], report.cross.ravel())
    np.testing.assert_array_equal(numbers[size:], report.probabilities.ravel())
    assert disabled(app) == {"start": False, "pause": True, "step": True, "stop": True}
    assert start["steps"] == header["steps"] == 1200


def test_a_training_starts_reports_waits_steps_stops_and_leaves_a_model(app):
    open_page(app, "training", lang="en", training_length="3")
    press(app, "start")
    assert disabled(app) == {"start": True, "pause": False, "step": False, "stop": False}
    training = live.trainings().of(OWNER)
    run_until(app, lambda: len(picture(app)[0]["moments"]) > 2)
    press(app, "pause")
    run_until(app, lambda: training.paused)
    run_until(app, lambda: app.button(key="training-pause").label == said("training.resume"))
    before = training.reports[-1].step
    press(app, "step")
    run_until(app, lambda: picture(app)[0]["lines"]["step"][-1] > before)
    press(app, "stop")
    run_until(app, lambda: training.reason == "stop")
    app.run()
    header, numbers = picture(app)
    assert header["lines"]["loss"] == [report.loss for report in training.reports]
    assert header["lines"]["accuracy"] == [report.accuracy for report in training.reports]
    assert header["state_text"].startswith("Stopped at step")
    kept = [report for report in training.reports if report.cross is not None]
    each = kept[0].cross.size + kept[0].probabilities.size
    np.testing.assert_array_equal(numbers[-each:][: kept[0].cross.size], kept[-1].cross.ravel())
    assert disabled(app) == {"start": False, "pause": True, "step": True, "stop": True}
    box = app.text_input(key=f"training-text-{training.pid}")
    assert box.value == "A B C"
    box.set_value("B B A").run()
    assert training.translate("B B A").text in written(app).replace("\\", "")
    box.set_value("A <b>x</b>").run()
    (warning,) = app.warning
    assert "never seen" in warning.value
    assert "\\<b\\>x" in warning.value


def check_that_it_is_a_model_of_all_pages(app, training):
    """With the vocabulary of its own words it translates on every page, and is in nobody else's choice."""
    press(app, "use")
    name = app.session_state["model"]
    assert name.startswith("live-")
    assert app.session_state["text"] == "je suis étudiant"
    for page in PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, page
        assert app.session_state["model"] == name, page
    app.switch_page("pages/translate.py").run()
    assert app.session_state["shown"] == core.Request("je suis étudiant", name)
    trace = cache.trace(app.session_state["shown"])
    assert trace.text == "i am a student" == training.translate("je suis étudiant").text
    np.testing.assert_allclose(trace.cross, training.translate("je suis étudiant").cross, atol=2e-3)  # half precision
    other = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
    open_page(other, "translate", lang="en", model=name)
    assert other.session_state["model"] == "en-zh"
    assert any("This link" in info.value for info in other.info)
    shutil.rmtree(zoo.ADDED.pop(name))
    app.run()
    assert not app.exception
    assert app.session_state["model"] == "en-zh"


def test_a_model_that_lacks_parts_stays_on_its_page(app):
    open_page(app, "training", lang="en", training_task="pairs", training_positions="0")
    press(app, "start")
    training = live.trainings().of(OWNER)
    run_until(app, lambda: training.reason is not None)
    app.run()
    assert said("training.use.lacks") in [caption.value for caption in app.caption]
    assert "training-use" not in {button.key for button in app.button}


def test_other_controls_show_their_own_random_weights_and_the_trained_model_comes_back(app):
    open_page(app, "training", lang="en", training_task="pairs")
    press(app, "start")
    training = live.trainings().of(OWNER)
    run_until(app, lambda: training.reason is not None)
    app.run()
    assert picture(app)[0]["state_text"].startswith("Finished: 300 steps")
    assert training.reports[-1].accuracy == 1
    app.toggle(key="training_positions").set_value(False).run()
    assert [moment["step"] for moment in picture(app)[0]["moments"]] == [0]
    app.toggle(key="training_positions").set_value(True).run()
    assert picture(app)[0]["moments"][-1]["step"] == 300
    assert picture(app)[0]["measured"] == 2
    check_that_it_is_a_model_of_all_pages(app, training)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "text",
    [
        "=",
        "\n".join(f"a{i} = b{i}" for i in range(11)),
        "x" * 1000 + " = a",
        "a = b = c",
        "<script>alert(1)</script>",
        "a\u202e = b",
    ],
)
def test_pairs_that_cannot_be_learnt_get_a_sentence_and_no_process(app, language, text):
    open_page(app, "training", lang=language, training_task="pairs")
    app.text_area(key="training_pairs").set_value(text).run()
    press(app, "start")
    assert live.trainings().of(OWNER) is None
    beginnings = [CATALOGUES[language][f"error.{name}"].partition("{")[0] for name in ("PairsError", "ControlCharacterError") if f"error.{name}" in CATALOGUES[language]]  # fmt: skip
    assert app.warning
    for warning in app.warning:
        assert language == "en" or any(warning.value.startswith(beginning) for beginning in beginnings)
        assert "<script>" not in warning.value


def test_markup_in_pairs_reaches_the_picture_as_text(app):
    open_page(app, "training", lang="en", training_task="pairs", training_pairs="<b>a</b> $x$ = <i>c</i>")
    assert not app.warning
    assert picture(app)[0]["source"] == ["<b>a</b>", "$x$", "</s>"]


def test_a_third_visitor_gets_a_polite_sentence(app):
    open_page(app, "training", lang="en", training_task="pairs")
    others = [live.trainings().start(name, Experiment()) for name in ("one", "two")]
    try:
        press(app, "start")
        (warning,) = app.warning
        assert "This server runs 2 trainings already" in warning.value
        assert live.trainings().of(OWNER) is None
    finally:
        for other in others:
            other.end()


@pytest.mark.parametrize(("setting", "most"), [("1", 1), ("5", 5), ("0", 2), ("-1", 2), ("many", 2), ("", 2)])
def test_the_number_of_trainings_is_a_setting(monkeypatch, setting, most):
    monkeypatch.setenv(live.SETTING, setting)
    assert live.limit() == most


def test_what_is_switched_off_is_left_out_of_the_training(app):
    open_page(app, "training", **{f"training_{part}": "0" for part in PARTS})
    press(app, "start")
    assert live.trainings().of(OWNER).experiment == Experiment(without=PARTS)


# --- The race


@pytest.mark.parametrize("measure", ["accuracy", "loss"])
def test_the_race_draws_what_was_recorded(app, measure):
    open_page(app, "training", lang="en", training_part="race", training_measure=measure)
    race = read_race()
    (chart,) = [view for view in views(app) if "series" in view]
    assert [line["name"] for line in chart["series"]] == [said(f"training.race.{name}") for name in VARIANTS]
    for line, name in zip(chart["series"], VARIANTS, strict=True):
        assert line["y"] == list(getattr(race.runs[name], measure))
        assert f"the loss is {race.runs[name].loss[-1]:.4f} nats" in written(app)
    assert f"recorded on {race.date}" in written(app)


# --- The recorded training


@pytest.fixture(scope="module")
def moments():
    return core.read_moments("en-fr")


@pytest.mark.parametrize("at", [1, 6, 12])
@pytest.mark.parametrize("sentence", [1, 3])
def test_a_moment_shows_its_trace_and_its_measures(app, moments, at, sentence):
    open_page(
        app, "training", lang="en", training_part="recorded", training_moment=str(at), training_sentence=str(sentence)
    )
    moment = moments[at - 1]
    (header,) = [header for header, _ in packed(app) if "typed" in header]
    trace = moment.traces[sentence - 1]
    assert (header["typed"], header["text"]) == (trace.source, trace.text)
    agreement, entropy, words = best_agreement(moments), mean_entropy(moments), mean_on_words(moments)
    text = unlinked(written(app))
    assert f"Step {moment.step:,}: loss {moment.loss:.2f} nats" in text
    assert f"entropy {entropy[at - 1]:.2f} bits, with {100 * words[at - 1]:.0f} % of its weight" in text
    assert f"for {100 * agreement[at - 1]:.0f} % of the output words" in text


def test_the_charts_are_of_the_measures_at_every_step_and_mark_the_chosen_one(app, moments):
    open_page(app, "training", lang="en", training_part="recorded", training_moment="4")
    charts = [view for view in views(app) if "series" in view]
    measures = [moment.loss for moment in moments], mean_entropy(moments), best_agreement(moments)
    divided = phases(moments)
    for chart, values in zip(charts, measures, strict=True):
        line, mark = chart["series"]
        assert line["y"] == pytest.approx(list(values))
        assert line["told"] == [f"{value:.2f}" for value in values]
        assert chart["x"]["labels"] == [f"{moment.step:,}" for moment in moments]
        assert chart["x"]["ticks"] == line["x"] == chart["places"]
        assert line["x"][1:] == [moment.step for moment in moments[1:]]
        assert (mark["x"], mark["y"], mark["told"]) == ([line["x"][3]], [line["y"][3]], [""])
        assert [band["from"] for band in chart["bands"]] == [line["x"][divided.begins], line["x"][divided.ends]]


def test_the_phases_are_those_of_the_agreement(app, moments):
    open_page(app, "training", lang="en", training_part="recorded")
    agreement, divided = best_agreement(moments), phases(moments)
    risen = (agreement - agreement[0]) / (agreement[-1] - agreement[0])
    assert (risen[: divided.begins + 1] < 0.1).all()
    assert risen[divided.begins + 1] >= 0.1
    assert (risen[: divided.ends] < 0.9).all()
    assert risen[divided.ends] >= 0.9
    for first, last in ((0, divided.begins), (divided.begins, divided.ends), (divided.ends, len(moments) - 1)):
        assert f"Steps {moments[first].step:,} to {moments[last].step:,}" in written(app)


def test_a_model_with_moments_of_its_own_is_shown_and_otherwise_the_first_that_has_some(app, monkeypatch):
    asked = []
    found = core.read_moments("en-fr")
    monkeypatch.setattr(recorded, "moments", lambda name: asked.append(name) or (found if name == "en-zh" else ()))
    open_page(app, "training", lang="en", training_part="recorded")
    assert asked[0] == "en-zh"
    assert "The training of `en-zh`" in written(app)
    monkeypatch.setattr(recorded, "moments", lambda name: ())
    app.run()
    assert said("training.recorded.none") in [info.value for info in app.info]


# --- The schedule


def test_the_schedule_is_the_papers_and_the_models_own(app):
    open_page(app, "training", lang="en", training_part="schedule")
    (chart,) = [view for view in views(app) if "series" in view]
    paper, own = chart["series"]
    assert max(paper["y"]) == pytest.approx(1000 * 6.987712429686843e-4, rel=1e-12)
    assert paper["x"][int(np.argmax(paper["y"]))] == 4000
    assert paper["y"] == [1000 * paper_rate(step, 512, 4000) for step in paper["x"]]
    training = cache.cards()["en-zh"].training
    sizes = training["warmup"], training["steps"], training["peak_rate"]
    assert own["y"] == [1000 * learning_rate(step - 1, *sizes) for step in own["x"]]
    assert "peak of 6.987712 × 10⁻⁴ at step 4,000" in written(app)


def test_the_schedule_of_other_sizes_is_another(app):
    open_page(app, "training", lang="en", training_part="schedule", training_width="128", training_warmup_steps="500")
    (chart,) = [view for view in views(app) if "series" in view]
    assert max(chart["series"][0]["y"]) == pytest.approx(1000 * (128 * 500) ** -0.5)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "query",
    [
        {"training_width": "16", "training_warmup_steps": "1"},
        {"training_width": "2048", "training_warmup_steps": "20000"},
    ],
)
def test_the_ends_of_the_sliders_are_shown(app, language, query):
    open_page(app, "training", lang=language, training_part="schedule", **query)
    assert not app.exception


HOSTILE = [
    {"training_part": "none"},
    {"training_task": "sort"},
    {"training_length": "9"},
    {"training_length": "-1"},
    {"training_pairs": "x" * 2001},
    {"training_warmup": "2"},
    {"training_width": "1e9"},
    {"training_width": "nan"},
    {"training_warmup_steps": "0"},
    {"training_moment": "0"},
    {"training_sentence": "x"},
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: str(query)[:40])
def test_a_value_in_a_link_that_is_none_is_left_out_and_named(app, query):
    forget()
    open_page(app, "training", lang="en", **query)
    assert any(next(iter(query)) in info.value for info in app.info)
    assert picture(app)[0]["moments"]
