"""What each head is worth to a translation: as removing them one by one finds it."""

import numpy as np
import pytest
import torch

from core.config import BOS
from core.errors import HeadlightError
from core.intervention import Intervention
from core.model import Change
from core.records.trace import KINDS, Trace

SENTENCE = "Where is Jerry?"
ALL_HEADS = [(kind, layer, head) for kind in KINDS for layer in range(2) for head in range(4)]


def close(a: Trace, b: Trace, tolerance: float = 2e-5) -> bool:
    arrays = (*KINDS, "log_probabilities")
    return a.output_pieces == b.output_pieces and all(
        np.allclose(getattr(a, name), getattr(b, name), atol=tolerance) for name in arrays
    )


def test_importance_is_what_ablating_one_by_one_finds(taught, taught_pairs):
    for source, _ in taught_pairs[:3]:
        whole = taught.translate(source)
        found = taught.head_importance(source)
        assert found.dtype == np.float32
        assert found.shape == (3, 2, 4)
        for kind, layer, head in ALL_HEADS:
            without = taught.translate(
                source, target=whole.text, intervention=Intervention(ablate={(kind, layer, head): "zero"})
            )
            assert without.output_pieces == whole.output_pieces
            lost = whole.log_probability - without.log_probability
            assert found[KINDS.index(kind), layer, head] == pytest.approx(lost, abs=1e-4)
        assert np.abs(found).max() > 0.01


def test_importance_of_a_random_model_whose_output_does_not_end(tiny):
    """Biases and gains of all sizes, and outputs that no text can be given for."""
    found = tiny.head_importance("Tom chases Jerry.")
    whole = tiny.translate("Tom chases Jerry.")
    names = tiny.target_tokenizer.pieces
    output = [names.index(piece) for piece in whole.output_pieces]
    source = torch.tensor([tiny.encode("Tom chases Jerry.")[0]])
    for kind, layer, head in ALL_HEADS:
        change = Change.of(Intervention(ablate={(kind, layer, head): "zero"}), tiny.config, source.size(1))
        memory, _ = tiny.model.encode(source, change=change)
        keys = tiny.model.start(memory, source, change)
        states, *_ = tiny.model.decode(torch.tensor([[BOS, *output[:-1]]]), *keys, change=change)
        scores = tiny.model.logits(states[0]).double().log_softmax(-1)
        without = float(scores[range(len(output)), output].sum())
        assert found[KINDS.index(kind), layer, head] == pytest.approx(whole.log_probability - without, abs=1e-4)


def test_importance_in_many_small_batches_is_the_same(taught, monkeypatch):
    whole = taught.head_importance(SENTENCE)
    monkeypatch.setattr("core.probes.importance.LOGITS_AT_ONCE", 1)
    assert np.allclose(taught.head_importance(SENTENCE), whole, atol=1e-5)


def test_importance_tells_how_far_it_is(taught):
    told = []
    taught.head_importance(SENTENCE, progress=told.append)
    assert told == sorted(told)
    assert 0 < told[0] < 0.5
    assert told[-1] == pytest.approx(1)
    assert len(told) == 2 * taught.config.n_layers


@pytest.mark.parametrize("text", ["", "مرحبا", "Tom\x00", "Tom " * 10_000], ids=lambda text: ascii(text)[:20])
def test_importance_refuses_a_bad_text(tiny, text):
    with pytest.raises(HeadlightError):
        tiny.head_importance(text)
