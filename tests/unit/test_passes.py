"""Passes over given pieces: a padded batch, a changed piece, teacher forcing; and the numbers made of them."""

import copy
import math

import numpy as np
import pytest
import torch

from core.analysis import masks
from core.config import BOS, PAD
from core.errors import HeadlightError, OptionError, UnknownTargetError
from core.model import causal_mask, padded, padding_mask
from core.probes import teacher_forcing
from core.records import WAYS

TEXTS = ("She is a teacher.", "I love you")


@pytest.fixture(scope="module", params=["en-zh", "en-zh-1head"])
def shipped(request, load_shipped):
    return load_shipped(request.param)


def test_padding_stands_behind_the_shorter_sentences():
    assert padded([[5, 3], [7, 8, 9, 3]]).tolist() == [[5, 3, PAD, PAD], [7, 8, 9, 3]]


def every_head(translator):
    return [(n, h) for n in range(translator.config.n_layers) for h in range(translator.config.n_heads)]


def test_in_a_padded_batch_every_sentence_is_as_it_is_alone(shipped):
    for layer, head in every_head(shipped):
        found = shipped.padded_head(TEXTS, layer, head)
        assert found.lengths == tuple(len(shipped.encode(text)[0]) for text in TEXTS)
        assert max(found.differences) < 1e-5
        for i, (text, length) in enumerate(zip(TEXTS, found.lengths, strict=True)):
            alone = shipped.translate(text).encoder_self[layer, head]
            np.testing.assert_allclose(found.weights[i, :length, :length], alone, rtol=0, atol=1e-5)
            assert not found.weights[i, :, length:].any(), "a masked cell is exactly 0"
            assert not masks.on_padding(found.weights[i], length).any()


def test_scores_mask_and_weights_of_a_batch_belong_together(shipped):
    for masked in (True, False):
        found = shipped.padded_head(TEXTS, 1, 0, masked)
        seen = padding_mask(torch.tensor(found.ids)).numpy()[:, 0]  # (B, 1, S)
        hidden = np.broadcast_to(~seen, found.scaled.shape) & masked
        assert np.array_equal(np.isneginf(found.masked), hidden)
        assert np.array_equal(found.masked[~hidden], found.scaled[~hidden])
        assert np.isfinite(found.scaled).all(), "the scores of padding are real numbers too"
        weights = np.exp(found.masked.astype(float) - found.masked.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        np.testing.assert_allclose(found.weights, weights, rtol=0, atol=1e-6)
        for array in (found.ids, found.scaled, found.masked, found.weights):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_the_scores_of_a_batch_are_those_of_the_head_alone(shipped):
    found = shipped.padded_head(TEXTS, 2, 0)
    inside = shipped.inside(shipped.translate(TEXTS[1]), "encoder_self", 2, 0)
    length = found.lengths[1]
    np.testing.assert_allclose(found.scaled[1, :length, :length], inside.scaled, rtol=1e-4, atol=1e-4)


def test_without_its_mask_padding_is_read_and_moves_the_sentence(shipped):
    found = shipped.padded_head(TEXTS, 0, 0, masked=False)
    longer, shorter = found.differences
    assert longer < 1e-5 < 0.1 < shorter
    assert (masks.on_padding(found.weights[1], found.lengths[1]) > 0).all()
    source = torch.tensor(found.ids)
    bare = copy.deepcopy(shipped.model)
    with torch.no_grad():  # against the model itself, for which padding is made a piece like any other
        bare.source_embedding.weight[0], free = bare.source_embedding.weight[PAD].clone(), source.clone()
        unused = next(i for i in range(bare.config.source_vocab) if i not in source)
        bare.source_embedding.weight[unused] = bare.source_embedding.weight[PAD]
        free[free == PAD] = unused
        memory, _ = bare.encode(free)
        alone, _ = shipped.model.encode(source[1:, : found.lengths[1]])
    assert shorter == pytest.approx(float((memory[1, : found.lengths[1]] - alone[0]).abs().max()), abs=1e-4)


@pytest.mark.parametrize(("layer", "head"), [(3, 0), (0, 8), (-1, 0), (0, None), ("1", 0)])
def test_a_head_that_there_is_not(shipped, layer, head):
    with pytest.raises(OptionError):
        shipped.padded_head(TEXTS, layer, head)


def test_the_parallel_pass_is_the_trace(shipped):
    trace = shipped.translate("Tom chases Jerry.")
    states, probabilities = shipped.parallel_pass(trace.source, trace.output_pieces)
    length = len(trace.output_pieces)
    assert states.shape == (shipped.config.n_layers, length, shipped.config.d_model)
    pieces = shipped.target_tokenizer.pieces
    chosen = [probabilities[t, pieces.index(piece)] for t, piece in enumerate(trace.output_pieces)]
    np.testing.assert_allclose(np.log(chosen), trace.log_probabilities, rtol=0, atol=1e-4)
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-5)
    with torch.inference_mode():  # the last layer's output is what the whole model gives
        source = torch.tensor([shipped.encode(trace.source)[0]])
        inputs = torch.tensor([[BOS, *(pieces.index(piece) for piece in trace.output_pieces[:-1])]])
        np.testing.assert_allclose(states[-1], shipped.model(source, inputs)[0].numpy(), rtol=0, atol=1e-4)


def test_what_comes_later_changes_nothing_before_it_with_the_mask_and_everything_without(shipped):
    trace = shipped.translate("Tom chases Jerry.")
    for step in range(len(trace.output_pieces) - 1):
        other = [*trace.output_pieces]
        other[step] = next(piece for piece, _ in trace.top(step) if piece not in (other[step], "</s>"))
        for causal in (True, False):
            runs = [shipped.parallel_pass(trace.source, pieces, causal) for pieces in (trace.output_pieces, other)]
            found = masks.displacement(*runs)
            assert found.states.shape == (len(other), shipped.config.n_layers)
            rows = np.c_[found.states, found.predictions]
            # Piece `step` is read by the row after the one that predicts it.
            assert rows[step + 1].min() > 0
            if causal:
                assert not rows[: step + 1].any(), "not a bit"
            else:
                assert rows[: step + 1].min() > 1e-9


def test_how_far_things_moved_by_hand():
    before = np.array([[[3.0, 4.0], [1.0, 0.0]]]), np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    after = np.array([[[3.0, 4.0], [0.0, 2.0]]]), np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]])
    found = masks.displacement(before, after)
    np.testing.assert_allclose(found.states, [[0.0], [math.sqrt(5)]])
    np.testing.assert_allclose(found.predictions, [0.0, 0.75])


def test_shares_by_hand():
    weights = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.0, 0.4, 0.6]])
    np.testing.assert_allclose(masks.on_later(weights), [0.8, 0.1, 0.0])
    np.testing.assert_allclose(masks.on_padding(weights, 2), [0.5, 0.1])
    np.testing.assert_allclose(masks.on_later(np.stack([weights, weights.T]))[1], [0.1, 0.4, 0.0])


@pytest.mark.parametrize(
    ("source", "target"), [((6, 4), (5, 4)), ((3,), (1,)), ((2, 2, 2), (4, 4, 1)), ((9, 1, 5), (3, 7, 2))]
)
def test_hidden_cells_are_those_of_the_models_masks(source, target):
    found = masks.hidden_cells(source, target)
    ids = padded([[5] * length for length in source])
    rows, s, t = len(source), max(source), max(target)
    seen = padding_mask(ids)
    seen = torch.ones(rows, 1, 1, s, dtype=torch.bool) if seen is None else seen
    shapes = {"encoder_self": (seen, s, s), "cross": (seen, t, s), "decoder_self": (causal_mask(t), t, t)}
    for kind, (mask, queries, keys) in shapes.items():
        full = mask.expand(rows, 1, queries, keys)
        assert found[kind] == (int((~full).sum()), full.numel())


def test_padding_of_the_target_needs_no_mask_of_its_own(shipped):
    """It stands behind all real pieces, so that the causal mask hides it from them."""
    trace = shipped.translate("Tom chases Jerry.")
    whole, _ = shipped.parallel_pass(trace.source, trace.output_pieces)
    pieces = shipped.target_tokenizer.pieces
    ids = [BOS, *(pieces.index(piece) for piece in trace.output_pieces[:-1])]
    with torch.inference_mode():
        source = torch.tensor([shipped.encode(trace.source)[0]])
        states = shipped.model(source, torch.tensor([[*ids, PAD, PAD, PAD]]))[0]
    np.testing.assert_allclose(states[: len(ids)].numpy(), whole[-1], rtol=0, atol=1e-5)


def test_teacher_forcing_in_one_pass_and_one_by_one(shipped):
    trace = shipped.translate("Tom chases Jerry.")
    length = len(trace.output_pieces)
    found = shipped.teacher_forcing(trace.source, trace.output_pieces, runs=3, budget=600)
    assert tuple(found) == WAYS
    assert [found[way].passes for way in WAYS] == [1, length, length]
    assert [found[way].positions for way in WAYS] == [length, length, length * (length + 1) // 2]
    for timed in found.values():
        assert len(timed.seconds) == 3
        assert min(timed.seconds) > 0
        np.testing.assert_allclose(timed.log_probabilities, trace.log_probabilities, rtol=0, atol=1e-4)


def test_passes_and_positions_are_those_that_the_decoder_makes(shipped, monkeypatch):
    trace = shipped.translate("I love you.")
    given = shipped._given(trace.source, trace.output_pieces)
    model, calls = copy.copy(shipped.model), []  # other tests have the model too
    decode = model.decode

    def counted(target, *arguments, **options):
        calls.append(target.size(1))
        return decode(target, *arguments, **options)

    monkeypatch.setattr(model, "decode", counted)
    found = teacher_forcing(model, *given, runs=1)
    made = [found[way] for way in WAYS]
    assert len(calls) == 2 * sum(timed.passes for timed in made), "once for nothing, once for the clock"
    assert sum(calls) == 2 * sum(timed.positions for timed in made)


def test_time_is_what_the_clock_says_and_the_budget_ends_it(shipped):
    trace = shipped.translate("I love you.")
    given = shipped._given(trace.source, trace.output_pieces)
    ticks = iter(range(10_000))
    found = teacher_forcing(shipped.model, *given, runs=100, budget=20, clock=lambda: next(ticks))
    counts = {len(timed.seconds) for timed in found.values()}
    assert all(second == 1 for timed in found.values() for second in timed.seconds)
    assert counts == {3}, "two readings a way and one a round: the fourth round would begin after 20"
    ticks = iter(range(10_000))
    found = teacher_forcing(shipped.model, *given, runs=100, budget=0, clock=lambda: next(ticks))
    assert {len(timed.seconds) for timed in found.values()} == {1}, "once at least"


def test_what_cannot_be_given(shipped):
    with pytest.raises(UnknownTargetError):
        shipped.parallel_pass("Tom chases Jerry.", ["no such piece"])
    with pytest.raises(HeadlightError):
        shipped.teacher_forcing("", ["。"])
