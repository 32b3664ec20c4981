"""Contributions in a shipped model, against what happens when a source word is masked."""

import numpy as np
import pytest

import core
from core.records import METHODS
from core.training.contributions import corpus_contributions

SENTENCES = (
    "Tom chases Jerry.",
    "The animal didn't cross the street because it was too tired.",
    "Where did you buy the book that you gave me yesterday?",
    "I would like to go to the park with my friends tomorrow.",
    "She bought two red apples at the market.",
    "My brother can't swim very fast.",
)


@pytest.fixture(scope="module")
def model(load_shipped):
    return load_shipped("en-zh")


def test_the_word_that_contributes_most_is_the_one_whose_loss_is_largest(model):
    trace = model.translate("Tom chases Jerry.")
    losses = model.word_importance(trace)
    written = {piece: t for t, piece in enumerate(trace.output_pieces)}
    for method in METHODS:
        found = model.contributions(trace, method)
        for target, source in (("汤姆", 0), ("追逐", 1), ("杰瑞", 2)):
            t = written[target]
            assert found.source[t, :4].argmax() == losses[t].argmax() == source, (method, target)


def test_contributions_agree_with_masked_words_more_than_chance(model):
    found = corpus_contributions(model, SENTENCES)
    assert found["sentences"] == len(SENTENCES)
    for name in METHODS:
        values = found["methods"][name]
        assert values["correlation"] > 0.1, name
        assert values["summed"] - values["summed_error"] > 0, name


def test_the_share_of_the_source_differs_from_step_to_step(model):
    trace = model.translate(SENTENCES[1])
    share = model.contributions(trace, "alti").source_share
    assert np.ptp(share) > 0.1
    assert 0.3 < share.mean() < 0.95


def test_the_card_has_the_numbers_of_all_methods():
    card = next(card for card in core.list_models() if card.name == "en-zh")
    assert set(card.contributions["methods"]) == set(METHODS)
    assert card.contributions["sentences"] == 200
