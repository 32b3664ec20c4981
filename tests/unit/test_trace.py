"""What a Trace holds: shapes, pieces and probabilities that agree with the model, frozen, read-only, equal, pickled."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
import torch

from core.config import BOS, EOS
from core.errors import (
    OptionError,
)
from core.records.trace import KINDS, Trace
from core.request import Request

SENTENCE = "Where is Jerry?"
ARRAYS = [*KINDS, "log_probabilities", "top_probabilities"]


@pytest.fixture(scope="module")
def trace(taught) -> Trace:
    return taught.translate(SENTENCE)


# What a Trace holds


def test_a_taught_sentence_is_translated(taught, taught_pairs):
    right = sum(taught.translate(source).text == target for source, target in taught_pairs)
    assert right >= len(taught_pairs) - 2


@pytest.mark.parametrize("options", [{}, {"strategy": "beam"}, {"target": "汤姆追逐杰瑞。"}], ids=str)
def test_shapes_are_layers_heads_queries_keys(taught, options):
    trace = taught.translate(SENTENCE, **options)
    source, target = len(trace.source_pieces), len(trace.output_pieces)
    assert trace.encoder_self.shape == (2, 4, source, source)
    assert trace.decoder_self.shape == (2, 4, target, target)
    assert trace.cross.shape == (2, 4, target, source)
    assert trace.log_probabilities.shape == (target,)
    assert trace.top_probabilities.shape == (target, 100)
    assert [len(row) for row in trace.top_pieces] == [100] * target
    assert (trace.n_layers, trace.n_heads) == (2, 4)
    assert {getattr(trace, name).dtype for name in ARRAYS} == {np.dtype(np.float32)}


@pytest.mark.parametrize("options", [{}, {"strategy": "beam"}, {"target": "汤姆追逐杰瑞。"}], ids=str)
def test_the_input_is_the_output_shifted_by_one(taught, options):
    trace = taught.translate(SENTENCE, **options)
    assert trace.input_pieces == ("<s>", *trace.output_pieces[:-1])
    assert trace.output_pieces[-1] == "</s>"
    assert trace.source_pieces[-1] == "</s>"
    assert trace.finished
    assert trace.strategy == ("forced" if "target" in options else options.get("strategy", "greedy"))
    for pieces in (trace.source_pieces, trace.input_pieces, trace.output_pieces):
        assert type(pieces) is tuple
        assert {type(piece) for piece in pieces} == {str}


def test_rows_sum_to_1_and_no_position_sees_the_future(trace):
    for kind in KINDS:
        assert np.allclose(getattr(trace, kind).sum(-1), 1, atol=1e-5)
    assert (np.triu(trace.decoder_self, 1) == 0).all()
    assert (np.tril(trace.decoder_self).sum(-1) > 0.99).all()


def test_joined_pieces_are_the_texts(trace):
    assert "".join(trace.source_pieces[:-1]).replace("▁", " ").strip() == SENTENCE
    assert "".join(trace.output_pieces[:-1]) == trace.text
    assert trace.source_specials == (len(trace.source_pieces) - 1,)
    assert trace.input_specials == (0,)
    assert trace.output_specials == (len(trace.output_pieces) - 1,)


def test_words_cover_the_pieces(trace):
    for spans, pieces in ((trace.source_words, trace.source_pieces), (trace.output_words, trace.output_pieces)):
        assert [i for start, end in spans for i in range(start, end)] == list(range(len(pieces)))
        assert spans[-1] == (len(pieces) - 1, len(pieces))


def test_the_source_is_kept_as_it_was_typed(taught):
    typed = "  Where  is\tJerry?\n"
    trace = taught.translate(typed)
    assert trace.source == typed
    assert trace.source_pieces == taught.translate(SENTENCE).source_pieces


def test_a_trace_is_the_same_every_time(taught, trace):
    """Dropout is 0.1 in the config: it is off."""
    assert taught.translate(SENTENCE) == trace
    assert taught.translate("Who is Jerry?") != trace


def test_log_probabilities_and_candidates_are_the_softmax_of_the_logits(taught, trace):
    names, model = taught.target_tokenizer.pieces, taught.model
    source = torch.tensor([[*taught.source_tokenizer.encode(SENTENCE), EOS]])
    output = [names.index(piece) for piece in trace.output_pieces]
    states = model(source, torch.tensor([[BOS, *output[:-1]]]))
    probabilities = model.logits(states)[0].softmax(-1).numpy()
    for t, index in enumerate(output):
        assert trace.log_probabilities[t] == pytest.approx(math.log(probabilities[t, index]), abs=1e-4)
        order = np.argsort(-probabilities[t])
        assert trace.top(t, 1)[0][0] == names[order[0]]
        for piece, probability in trace.top(t, 100):
            assert probability == pytest.approx(probabilities[t, names.index(piece)], abs=1e-5)
        assert np.all(np.diff(trace.top_probabilities[t]) <= 0)
    assert trace.log_probability == pytest.approx(float(trace.log_probabilities.sum()), abs=1e-4)


def test_greedy_wrote_the_first_candidate_of_each_step(trace):
    for t, piece in enumerate(trace.output_pieces):
        (best, probability), *_ = trace.top(t)
        assert best == piece
        assert math.log(probability) == pytest.approx(float(trace.log_probabilities[t]), abs=1e-5)
    assert len(trace.top(0)) == 10


def test_all_candidates_of_a_small_vocabulary_sum_to_1(trace):
    assert np.allclose(trace.top_probabilities.sum(-1), 1, atol=1e-4)  # the tiny vocabulary has just 100 pieces


def test_encoder_attention_equals_the_models(taught, trace):
    source = torch.tensor([[*taught.source_tokenizer.encode(SENTENCE), EOS]])
    _, weights = taught.model.encode(source, traced=True)
    assert np.allclose(trace.encoder_self, weights[0].numpy(), atol=1e-6)
    assert not np.allclose(trace.encoder_self[0], trace.encoder_self[1])


# Frozen, read-only, equal, pickled


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_read_only(trace, name):
    with pytest.raises(ValueError, match="read-only"):
        getattr(trace, name)[:] = 0


def test_a_trace_is_frozen_and_not_hashable(trace):
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.text = ""
    with pytest.raises(TypeError):
        hash(trace)


def test_a_trace_comes_out_of_a_pickle_equal(trace):
    assert pickle.loads(pickle.dumps(trace)) == trace


def test_a_trace_comes_out_of_a_pickle_read_only(trace):
    """Streamlit's cache of data pickles."""
    twin = pickle.loads(pickle.dumps(trace))
    assert not any(getattr(twin, name).flags.writeable for name in ARRAYS)


def test_traces_differ_where_any_field_does(trace):
    for field in dataclasses.fields(Trace):
        value = getattr(trace, field.name)
        if isinstance(value, np.ndarray):
            other = value.copy()
            other.flat[0] = np.nextafter(other.flat[0], np.float32(2))
        else:
            other = f"{value}x" if isinstance(value, str) else (not value if isinstance(value, bool) else (value, 1))
        differs = dataclasses.replace(trace, **{field.name: other}) != trace
        assert differs == (field.name != "request"), field.name
    assert trace != "a Trace"


def test_no_tensor_is_in_a_trace(trace):
    for field in dataclasses.fields(Trace):
        plain = str | tuple | bool | None | np.ndarray | Request
        assert isinstance(getattr(trace, field.name), plain)


# Asking a Trace


def test_weights_are_one_heads_or_the_layers_average(trace):
    for kind in KINDS:
        maps = getattr(trace, kind)
        assert np.array_equal(trace.weights(kind, 1, 2), maps[1, 2])
        average = trace.weights(kind, 0, None)
        assert np.allclose(average, maps[0].mean(0))
        assert np.allclose(average.sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        ("self", 0, 0), ("", 0, 0), ("text", 0, 0), ("cross", 2, 0), ("cross", -1, 0), ("cross", None, 0),
        ("cross", 0, 4), ("cross", 0, -1), ("cross", 0, "1"), ("cross", 0.0, 0),
    ],
)  # fmt: skip
def test_a_kind_layer_or_head_that_there_is_not_is_refused(trace, wrong):
    with pytest.raises(OptionError):
        trace.weights(*wrong)


@pytest.mark.parametrize(("t", "k"), [(-1, 1), (99, 1), (0, 0), (0, -3), (0, 101)])
def test_a_step_or_number_of_candidates_that_there_is_not_is_refused(trace, t, k):
    with pytest.raises(OptionError):
        trace.top(t, k)
