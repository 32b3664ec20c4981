"""The page on how vectors become words: its numbers are the model's, and its sentences say what the pictures show."""

import dataclasses
import re

import numpy as np
import pytest

import core
from core.records.contributions import METHODS
from core.text import surface
from pages.ui import cache
from pages.ui.catalogue import signed
from tests.app.reading import CATALOGUES, open_page, said, type_in, values, views, written

TEXT = "Tom chases Jerry."


@pytest.fixture(scope="module")
def model():
    return core.load("en-zh", device="cpu")


@pytest.fixture(scope="module")
def trace(model):
    return model.translate(TEXT)


def items(app):
    """The matrices on the page."""
    return [item for view in views(app) if "items" in view for item in view["items"] if "name" in item]


@pytest.mark.parametrize("step", [1, 3, 5])
def test_the_scores_of_a_step_are_the_models_and_their_softmax_is_what_is_written(app, model, trace, step):
    open_page(app, "words", lang="en", text=TEXT, words_step=str(step), words_temperature="0.5")
    logits, usual, tempered = items(app)
    scores = model.logits(trace)[step - 1]
    best = np.argsort(-scores)[:8]
    names = [surface(model.target_tokenizer.pieces[i]) for i in best]
    assert logits["rows"] == usual["rows"] == names
    assert names[0] == surface(trace.output_pieces[step - 1])
    np.testing.assert_allclose(values(logits)[:, 0], scores[best], atol=1e-4)
    powers = np.exp(scores.astype(float) - scores.max())
    np.testing.assert_allclose(values(usual)[:, 0], (powers / powers.sum())[best], atol=1e-4)
    sharp = powers**2
    np.testing.assert_allclose(values(tempered)[:, 0], (sharp / sharp.sum())[best], atol=1e-4)
    assert f"probability {powers.max() / powers.sum():.2f}" in written(app)


def test_a_piece_that_is_to_be_guessed_is_hidden_until_it_is_revealed_and_the_next_step_again(app):
    open_page(app, "words", lang="en", text=TEXT, words_step="2", words_guess="1")
    assert items(app) == []
    assert "追逐" not in written(app)
    app.button(key="words-reveal").click().run()
    assert len(items(app)) == 3
    assert "writes **追逐**" in written(app)
    app.segmented_control(key="words_step").set_value(2).run()
    assert items(app) == []


def test_targets_are_one_hot_and_smoothed_and_their_entropy_is_the_least_loss(app):
    open_page(app, "words", lang="en", words_part="targets", words_smoothing="0.3")
    plain, smooth = (values(item) for item in items(app))
    assert plain.tolist() == np.eye(6)[[2, 1, 0, 4, 5]].tolist()
    np.testing.assert_allclose(smooth, 0.7 * plain + 0.05, atol=1e-6)
    entropy = -(0.75 * np.log(0.75) + 5 * 0.05 * np.log(0.05))
    assert f"{entropy:.3f} nats" in written(app)


def test_the_read_out_says_each_states_best_piece_and_frames_where_the_written_one_stays_first(app, model, trace):
    open_page(app, "words", lang="en", text=TEXT, words_part="layers")
    grid, _ = items(app)
    found = model.read_out(trace)
    assert grid["texts"] == [[surface(cell[0]) for cell in row] for row in found.pieces]
    assert grid["texts"][-1] == [surface(piece) for piece in trace.output_pieces]
    np.testing.assert_allclose(values(grid), found.written_probabilities, atol=1e-4)
    np.testing.assert_allclose(values(grid)[-1], np.exp(trace.log_probabilities), atol=1e-4)
    for row, step in grid["framed"]:
        assert (found.written_ranks[row:, step] == 0).all()
        assert row == 0 or found.written_ranks[row - 1, step] > 0
    assert {step for _, step in grid["framed"]} == {*range(5)}
    assert len(grid["rows"]) == 1 + 3 * model.config.n_layers


@pytest.mark.parametrize("step", [1, 4])
def test_the_pieces_that_compete_are_followed_through_all_states(app, model, trace, step):
    open_page(app, "words", lang="en", text=TEXT, words_part="layers", words_step=str(step))
    _, grid = items(app)
    found = model.follow(trace, step - 1)
    assert grid["columns"] == [surface(piece) for piece in found.pieces]
    np.testing.assert_allclose(values(grid), found.probabilities, atol=1e-6)
    assert grid["framed"] == [[row, best] for row, best in enumerate(found.probabilities.argmax(1))]
    assert f"The last state ranks **{surface(trace.output_pieces[step - 1])}** first" in written(app)


def test_the_decoder_reads_each_encoder_layer_and_the_last_is_the_translation_itself(app, model, trace):
    open_page(app, "words", lang="en", text="She is a teacher.", words_part="earlier", words_layer="2")
    text = written(app)
    for layer in range(model.config.n_layers + 1):
        run = model.translate("She is a teacher.", encoder_layer=layer)
        assert f"{run.text} (log-probability {signed(run.log_probability, 1)})" in text
    assert run.text == model.translate("She is a teacher.").text
    assert app.session_state["words_stage"]["kind"] == "cross"


@pytest.mark.parametrize("part", ["choice", "targets", "layers", "earlier"])
def test_a_recurrent_model_gets_a_sentence(app, part):
    open_page(app, "words", lang="en", model="en-zh-rnn", words_part=part)
    assert said("words.recurrent") in [info.value for info in app.info]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_speaks_of_the_sentence_that_is_typed(app, language):
    open_page(app, "words", lang=language, words_part="layers")
    type_in(app, "I love you.")
    words = CATALOGUES[language]["words.layers.found"]
    assert re.search(re.escape(words.partition("{")[0]), written(app))
    assert len(items(app)[0]["columns"]) == len(cache.trace(core.Request("I love you.", "en-zh")).output_pieces)


# --- Where a word comes from


@pytest.mark.parametrize("method", METHODS)
def test_contributions_are_the_models_and_the_sentence_says_the_largest(app, model, trace, method):
    open_page(app, "words", lang="en", text=TEXT, words_part="origin", words_method=method, words_step="3")
    found = model.contributions(trace, method)
    source, target, *rest = items(app)
    np.testing.assert_allclose(values(source), found.source, atol=1e-4)
    below = np.tril_indices(len(found.target))
    np.testing.assert_allclose(values(target)[below], found.target[below], atol=1e-4)
    assert np.isnan(values(target)[np.triu_indices(len(found.target), 1)]).all()
    text = written(app)
    assert f"**{surface(trace.source_pieces[int(found.source[2].argmax())])}** ({found.source[2].max():.2f})" in text
    compared = method in ("rollout", "alti")
    assert (rest[0]["name"] == said("words.origin.share")) == compared
    if compared:
        np.testing.assert_allclose(values(rest[0])[:, 0], found.source_share, atol=1e-4)
        assert f"{found.source_share[2]:.0%} comes from the source" in text
    else:
        assert "does not compare the two" in text


def test_losses_are_those_of_masked_words_and_the_four_correlations_are_the_cards(app, model, trace):
    open_page(app, "words", lang="en", text=TEXT, words_part="origin", words_step="2")
    lost, agreement = items(app)[-2:]
    expected = model.word_importance(trace)
    np.testing.assert_allclose(values(lost), expected, atol=1e-3)
    assert lost["columns"] == ["Tom", "chases", "Jerry", "."]
    assert (
        f"**{surface(trace.output_pieces[1])}** loses most when **chases** is masked: {expected[1, 1]:.1f}"
        in written(app)
    )
    measured = model.card.contributions["methods"]
    assert [row[1].split(" ")[0] for row in agreement["texts"]] == [
        f"{measured[name]['summed']:.3f}" for name in METHODS
    ]
    assert values(agreement)[:, 0] == pytest.approx([measured[name]["correlation"] for name in METHODS])


def test_a_model_whose_contributions_were_not_measured_shows_no_correlations(app, monkeypatch):
    cards = {name: dataclasses.replace(card, contributions={}) for name, card in cache.cards().items()}
    monkeypatch.setattr(cache, "cards", lambda: cards)
    open_page(app, "words", lang="en", text=TEXT, words_part="origin")
    assert [item["name"] for item in items(app)][-1] == said("words.origin.loss")
