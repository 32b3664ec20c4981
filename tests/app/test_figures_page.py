"""The page with the famous figures: its numbers are the models', and its sentences say what the pictures show."""

import numpy as np
import pytest

import core
from core.analysis import merge
from core.analysis.view import view
from pages.figures.alignment import SENTENCE, best_head, reversed_run
from pages.figures.anaphora import ANAPHORA, DISTANCE
from pages.figures.common import FRENCH, FRENCH_RECURRENT
from pages.ui import cache
from pages.ui.catalogue import plain
from tests.app.reading import open_page, packed, said, values, views, written


@pytest.fixture(scope="module")
def french():
    return core.load(FRENCH, device="cpu")


def translate(name: str, text: str, **more) -> core.Trace:
    return core.load(name, device="cpu").translate(text, **more)


def items(app):
    """The matrices on the page."""
    (view,) = [view for view in views(app) if "items" in view]
    return [item for item in view["items"] if "name" in item]


@pytest.mark.parametrize("name", [FRENCH_RECURRENT, FRENCH])
def test_the_words_in_reverse_order_are_those_of_the_heads_largest_weights(app, name):
    open_page(app, "figures", lang="en")
    trace = translate(name, SENTENCE)
    assert "zone économique européenne" in trace.text
    shown = view(trace, "cross", *best_head(trace), merged=True)
    text = written(app)
    for word, key in {"zone": "Area", "économique": "Economic", "européenne": "European"}.items():
        row, column = shown.predicts.index(word), shown.keys.index(key)
        assert shown.weights[row].argmax() == column
        assert f"to predict **{word}** it attends mostly to **{key}** ({shown.weights[row, column]:.2f})" in text


@pytest.mark.parametrize(
    ("peaks", "rows"),
    [
        ([0, 1, 2], range(0)),
        ([0, 4, 3, 2, 5], range(1, 4)),
        ([3, 2, 0, 9, 8], range(3)),
        ([1, 1], range(0)),
        ([], range(0)),
    ],
)
def test_the_longest_run_backwards_is_found(peaks, rows):
    assert reversed_run(np.array(peaks, int)) == rows


def test_a_model_that_is_not_there_is_named_and_the_other_still_shown(app, monkeypatch):
    usable = [name for name in cache.usable() if name != FRENCH_RECURRENT]
    monkeypatch.setattr(cache, "usable", lambda: usable)
    open_page(app, "figures", lang="en")
    assert [info.value for info in app.info] == [said("figures.missing", names=plain("en-fr-rnn-attention"))]
    assert "zone économique européenne" in written(app)


@pytest.mark.parametrize(("adjective", "pronoun"), [("tired", "il"), ("wide", "elle")])
def test_the_pronouns_step_shows_each_heads_weights_and_the_translation_less_one_head(app, french, adjective, pronoun):
    open_page(app, "figures", lang="en", figures_part="pronoun", figures_adjective=adjective)
    text = f"The animal didn't cross the street because it was too {adjective}."
    trace = french.translate(text)
    step = [piece.strip("▁") for piece in trace.output_pieces].index(pronoun)
    (grid,) = items(app)
    layer = trace.n_layers - 1
    rows = merge(trace.cross[layer], [(step, step + 1)], trace.source_words)[:, 0]
    np.testing.assert_allclose(values(grid), rows, atol=1e-6)
    right = np.array(french.card.pronouns["heads"]["without"]["cross"])
    head = int(right[layer].argmin())
    assert right[layer, head] == right.min()
    change = core.Intervention(ablate={("cross", layer, head): "zero"})
    removed = french.translate(text, intervention=change).text
    assert f"gives **{pronoun}** probability {np.exp(trace.log_probabilities[step]):.2f}" in written(app)
    assert f"With that head removed, the model writes “{plain(removed)}”" in written(app)


def test_what_was_measured_on_the_card_is_said(app, french):
    open_page(app, "figures", lang="en", figures_part="pronoun")
    heads = french.card.pronouns["heads"]
    finds = 100 * np.array(heads["finds"])
    assert f"in {finds.min():.0f} to {finds.max():.0f} % of sentences" in written(app)
    assert "right in 600 of 600 sentences" in written(app)
    assert f"leaves {round(np.min(heads['without']['cross']) * heads['sentences'])} of {heads['sentences']}" in written(
        app
    )


@pytest.mark.parametrize(
    ("part", "sentence", "word", "others"),
    [("distance", DISTANCE, "making", ("more", "difficult")), ("anaphora", ANAPHORA, "its", ("Law", "application"))],
)
def test_the_strongest_heads_from_a_word_are_the_models(app, part, sentence, word, others):
    open_page(app, "figures", lang="en", figures_part=part)
    trace = translate("en-zh", sentence)
    labels = [piece.strip("▁") for piece in trace.source_pieces]
    span = next(span for span in trace.source_words if labels[span[0]] == word)
    weights = merge(trace.encoder_self, [span], trace.source_words)[:, :, 0]
    for other in others:
        column = next(i for i, (start, _) in enumerate(trace.source_words) if labels[start] == other)
        layer, head = np.unravel_index(weights[..., column].argmax(), weights.shape[:2])
        assert f"at most {weights[layer, head, column]:.2f} (layer {layer + 1}, head {head + 1})" in written(app)
    ((header, _),) = packed(app)
    assert header["state"]["word"] == span[0]


def test_another_figure_begins_with_its_own_word_and_layer(app):
    open_page(app, "figures", figures_part="pronoun", figures_layer="1", figures_word="3")
    app.segmented_control(key="figures_part").set_value("distance").run()
    ((header, _),) = packed(app)
    assert header["state"]["word"] > 20
    assert not app.info


def test_a_recurrent_model_that_reads_another_way_gets_the_default_models_lines(app):
    open_page(app, "figures", lang="en", figures_part="anaphora", model="en-zh-rnn")
    assert f"These weights are those of {plain('en-zh')}" in written(app)


def test_a_model_that_attends_nowhere_has_nothing_that_grows(app):
    open_page(app, "figures", lang="en", figures_part="growth", model="en-zh-rnn")
    assert [info.value for info in app.info] == [said("figures.growth.none")]
    open_page(app, "figures", lang="en", figures_part="growth", model="en-zh-rnn-attention")
    assert "**cross-attention**, layer 1" in written(app)
