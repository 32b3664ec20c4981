"""The shipped file with what every head does over a corpus: it is small, and what it says is what the model does."""

import numpy as np
import pytest

import core
from core.records.corpus_heads import BANDS
from core.zoo import CORPUS_HEADS, MODELS


@pytest.fixture(scope="module")
def found():
    return core.read_corpus_heads("en-zh")


def test_the_file_is_of_a_thousand_sentences_and_at_most_a_megabyte(found):
    assert (MODELS / "en-zh" / CORPUS_HEADS).stat().st_size <= 1_000_000
    assert found.sentences >= 990
    assert found.importance_sentences >= 30
    assert len(found.heads) == 72
    for head in found.heads:
        assert head.histogram.sum() == found.sentences
        assert np.isfinite([head.activation, head.distance, head.offset, head.importance]).all()
        assert np.isfinite(head.agreement) == (head.kind == "cross")
        for band, examples in enumerate(head.samples):
            assert all(band <= BANDS * example.activation + 1e-9 for example in examples)
            assert all(BANDS * example.activation < band + 1 for example in examples)


@pytest.mark.parametrize("place", [("encoder_self", 2, 6), ("decoder_self", 0, 3), ("cross", 2, 3)])
def test_examples_are_what_the_model_does(found, load_shipped, place):
    model, head = load_shipped("en-zh"), found.head(*place)
    sampled = [examples[0] for examples in head.samples if examples]
    for example in (*head.strongest[:2], *sampled[:2]):
        text = found.texts[example.sentence]
        trace = model.translate(text.source)
        assert trace.text == text.output
        weight = getattr(trace, place[0])[(*place[1:], example.query, example.key)]
        assert weight == pytest.approx(example.weight, abs=2e-3)
        shown = np.frombuffer(example.weights, np.uint8) / 255
        assert np.abs(shown - getattr(trace, place[0])[place[1:]].ravel()).max() <= 4e-3


def test_roles_are_those_of_the_card(found):
    """The card's are of the same sentences, but for one."""
    card = next(card for card in core.list_models() if card.name == "en-zh")
    same = [card.heads["kinds"][h.kind]["roles"][h.layer][h.head] == h.role for h in found.heads]
    assert np.mean(same) > 0.95
