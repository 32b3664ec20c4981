"""The models that are shipped: they translate, and their cross-attention finds the right word."""

import numpy as np
import pytest

import core
from core import zoo
from core.analysis import join, merge
from core.examples import STORED, path, sentences
from tests.models.gold import GOLD

SHIPPED = ("en-zh", "en-zh-1head")
RECURRENT = ("en-zh-rnn", "en-zh-rnn-attention")
EVERY = (*SHIPPED, *RECURRENT, "zh-en")


@pytest.fixture
def model(load_shipped):
    return load_shipped("en-zh")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Tom chases Jerry.", "汤姆追逐杰瑞。"),
        ("Tom chase Jerry", "汤姆追逐杰瑞。"),
        ("Jerry chases Tom.", "杰瑞追逐汤姆。"),
        ("Jerry chase Tom", "杰瑞追逐汤姆。"),
    ],
)
def test_the_lecture_sentence_comes_out(model, source, target):
    assert model.translate(source).text == target
    assert model.translate(source, strategy="beam").text == target


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("汤姆追逐杰瑞。", "Tom chases Jerry."),
        ("杰瑞追逐汤姆", "Jerry chases Tom."),
        ("我叫安娜，我住在柏林。", "My name is Anna and I live in Berlin."),
        ("河岸被洪水淹没了。", "The river bank was flooded."),
        ("她的生日是1998年5月3日。", "Her birthday is May 3, 1998."),
    ],
)
def test_chinese_sentences_come_out(load_shipped, source, target):
    assert load_shipped("zh-en").translate(source).text == target


def test_the_shipped_models_are_these():
    assert {card.name for card in core.list_models()} >= {*EVERY}


def test_names_are_whole_pieces(model):
    assert model.translate("Tom chases Jerry.").source_pieces == ("▁Tom", "▁chases", "▁Jerry", ".", "</s>")


def agreement(model) -> np.ndarray:
    """Share of GOLD's content words for which a head's largest weight falls on the right word. -> (layers, heads)"""
    hits = []
    for english, chinese, pairs in GOLD:
        trace = model.translate(english, target=chinese)
        words = [join(trace.source_pieces[a:b]) for a, b in trace.source_words]
        # Where each output piece begins in the text, so that a Chinese word of several pieces is found.
        ends = np.cumsum([len(piece) for piece in trace.output_pieces[:-1]])
        starts = np.concatenate([[0], ends[:-1]])
        for word, right in pairs.items():
            first = chinese.index(word)
            rows = np.flatnonzero((starts < first + len(word)) & (ends > first))
            weights = merge(trace.cross, [(rows[0], rows[-1] + 1)], trace.source_words)[:, :, 0]
            hits.append(weights.argmax(-1) == words.index(right))
    return np.mean(hits, 0)


def test_the_best_head_finds_the_right_word(model):
    found = agreement(model)
    assert found.max() >= 0.8, found.round(2)


def test_additive_attention_finds_the_right_word(load_shipped):
    found = agreement(load_shipped("en-zh-rnn-attention"))
    assert found.shape == (1, 1)
    assert found.max() >= 0.8, found.round(2)


@pytest.mark.parametrize("name", EVERY)
def test_cards_hold_what_was_measured(name, load_shipped):
    card = zoo.read_card(zoo.MODELS / name)
    assert card.scores["greedy"]["bleu"] > 20
    assert card.scores["beam"]["bleu"] > 20
    assert {"perplexity", "sentences"} <= card.scores.keys()
    assert {"pairs", "steps", "minutes", "device", "seed", "history"} <= card.training.keys()
    assert card.training["pairs"] > sum(source["pairs"] for source in card.sources) > 250_000  # variants are more pairs
    assert all(source["title"] and source["credit"] and source["licence"] for source in card.sources if source["title"])
    assert {"everyday", "grammar", "captions", "dialogues", "news"} == card.sets.keys()
    assert card.parameters == sum(p.numel() for p in load_shipped(name).model.parameters())


def test_the_three_that_are_compared_were_trained_on_the_same_for_as_long():
    """What their quality by sentence length is compared for: attention or none, not more training or more weights."""
    cards = [zoo.read_card(zoo.MODELS / name) for name in ("en-zh", *RECURRENT)]
    for name in ("pairs", "epochs", "epochs_done", "batch_tokens"):
        assert len({card.training[name] for card in cards}) == 1, name
    sizes = [card.parameters for card in cards]
    assert max(sizes) / min(sizes) < 1.05
    rnn, attention = (card.lengths["buckets"][-1] for card in cards[1:])
    assert attention["chrf"] > rnn["chrf"]


def test_the_two_differ_in_heads_alone():
    many, one = (zoo.read_card(zoo.MODELS / name) for name in SHIPPED)
    assert (many.config.n_heads, one.config.n_heads) == (8, 1)
    assert many.parameters == one.parameters
    for name in ("seed", "steps", "pairs", "epochs", "dropout", "batch_tokens", "peak_rate"):
        assert many.training.get(name) == one.training.get(name)
    assert many.config == type(one.config)(**{**vars(one.config), "n_heads": 8})


@pytest.mark.parametrize("name", EVERY)
def test_a_model_is_small_enough_to_ship(name):
    folder, card = zoo.MODELS / name, zoo.read_card(zoo.MODELS / name)
    files = {*folder.iterdir(), *(zoo.find_file(folder, card, shared) for shared in card.shared)}
    assert sum(file.stat().st_size for file in files) <= 25_000_000


@pytest.mark.parametrize("name", EVERY)
def test_stored_examples_are_what_the_model_does(name, load_shipped):
    for text in sentences(zoo.read_card(zoo.MODELS / name).source_language)[:STORED]:
        stored = core.Trace.load(path(name, text))
        fresh = load_shipped(name).translate(text)
        assert stored.output_pieces == fresh.output_pieces
        for kind in core.KINDS:
            np.testing.assert_allclose(getattr(stored, kind), getattr(fresh, kind), atol=1e-5)
