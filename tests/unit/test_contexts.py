"""Context vectors: the weighted sums that they are said to be, against the models' own."""

import pickle

import numpy as np
import pytest
import torch

import core
from core.config import ARCHITECTURES, ModelConfig
from core.errors import OptionError
from core.intervention import Intervention
from core.model import build
from core.records import Contexts

SENTENCE = "Where is Jerry?"
EQUAL = Intervention(ablate={("cross", 0, 0): "uniform"})


@pytest.fixture(scope="module", params=ARCHITECTURES[1:])
def recurrent(request, tmp_path_factory, tokenizers, write_folder) -> core.Translator:
    (source, _), (target, _) = tokenizers
    sizes = {"d_model": 32, "n_heads": 1, "n_layers": 2, "d_ff": 64, "max_length": 40}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = build(ModelConfig(len(source), len(target), **sizes, architecture=request.param))
    return core.load(write_folder(tmp_path_factory.mktemp("models") / request.param, model.eval()), device="cpu")


def by_hand(found: Contexts) -> np.ndarray:
    """Each head's slice of the annotations, times that head's weights, in double precision."""
    parts = np.split(found.annotations.astype(np.float64), len(found.weights), axis=1)
    return np.concatenate([weights @ part for weights, part in zip(found.weights, parts, strict=True)], 1)


def test_contexts_of_a_recurrent_model_are_its_annotations_times_its_weights(recurrent):
    trace = recurrent.translate(SENTENCE, target="杰瑞在哪里？")
    found, own = recurrent.contexts(trace), recurrent.recurrence(trace)
    assert (found.keys, found.rows) == (trace.source_pieces, trace.output_pieces)
    np.testing.assert_array_equal(found.contexts, own.contexts)
    if recurrent.config.architecture == "rnn":
        assert found.weights is None
        assert found.dispersion() == 0
        assert (found.contexts == found.contexts[0]).all()
        with pytest.raises(ValueError, match="no weighted sum"):
            found.terms(0)
        return
    np.testing.assert_allclose(found.weights, trace.cross[0], atol=1e-5)
    np.testing.assert_allclose(by_hand(found), found.contexts, atol=1e-5)
    for row in range(len(found.rows)):
        np.testing.assert_allclose(found.terms(row).sum(0), own.contexts[row], atol=1e-5)
    assert found.dispersion() > 0


def test_equal_weights_give_every_word_the_same_context_again(recurrent):
    if recurrent.config.architecture == "rnn":
        pytest.skip("it has no weights")
    trace = recurrent.translate(SENTENCE, target="杰瑞在哪里？", intervention=EQUAL)
    found = recurrent.contexts(trace)
    np.testing.assert_allclose(found.contexts, np.tile(found.annotations.mean(0), (len(found.rows), 1)), atol=1e-5)
    assert found.dispersion() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(("layer", "head"), [(0, 2), (1, 0), (None, None), (0, None)])
def test_contexts_of_a_transformer_are_its_heads_outputs(taught, layer, head):
    trace = taught.translate(SENTENCE)
    found = taught.contexts(trace, layer, head)
    layer = 1 if layer is None else layer  # the last one
    heads = range(taught.config.n_heads) if head is None else [head]
    inside = [taught.inside(trace, "cross", layer, one) for one in heads]
    np.testing.assert_allclose(found.weights, trace.cross[layer, list(heads)], atol=1e-5)
    np.testing.assert_array_equal(found.contexts, np.concatenate([one.output for one in inside], 1))
    np.testing.assert_allclose(by_hand(found), found.contexts, atol=1e-5)
    for row in range(len(found.rows)):
        np.testing.assert_allclose(found.terms(row).sum(0), found.contexts[row], atol=1e-5)
    assert found.annotations.shape == (len(trace.source_pieces), taught.config.d_k * len(heads))
    if head is None:  # joined and projected they are what the layer adds
        w_o = np.concatenate([one.w_o for one in inside])
        np.testing.assert_allclose(found.contexts @ w_o, sum(one.contribution for one in inside), atol=1e-4)


def test_how_far_contexts_lie_apart():
    def made(*rows):
        contexts = np.array(rows, np.float32)
        return Contexts(("a",) * len(rows), ("b",), np.zeros((1, 2), np.float32), None, contexts)

    assert made((3, 4), (3, 4), (3, 4)).dispersion() == 0
    assert made((0.1, 0.7), (0.1, 0.7), (0.1, 0.7)).dispersion() == 0  # whatever rounding makes of their mean
    assert made((2, 4), (4, 4)).dispersion() == pytest.approx(1 / 5)  # each 1 from (3, 4), of length 5
    assert made((1, 0), (-1, 0)).dispersion() == 0  # without a mean there is nothing to compare with


def test_they_are_read_only_also_out_of_a_pickle(taught):
    found = taught.contexts(taught.translate(SENTENCE))
    for one in (found, pickle.loads(pickle.dumps(found))):
        with pytest.raises(ValueError, match="read-only"):
            one.contexts[0] = 0


def test_what_there_is_not_is_refused_with_a_sentence(recurrent, taught):
    trace = taught.translate(SENTENCE)
    with pytest.raises(OptionError, match="choose a Trace"):
        recurrent.contexts(trace)
    with pytest.raises(OptionError, match="no layers"):
        recurrent.contexts(recurrent.translate(SENTENCE), layer=0)
    for layer, head in ((9, 0), (0, 9)):
        with pytest.raises(OptionError):
            taught.contexts(trace, layer, head)
