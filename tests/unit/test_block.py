"""The other parts of a layer: normalizations, parts removed, the position-wise network, positions read, parameters."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

import core
from core.analysis import parameters, ridge
from core.analysis.norms import batch_norm, layer_norm
from core.analysis.units import bands
from core.config import PAD
from core.errors import OptionError
from core.examples import everyday
from core.intervention import PARTS, STACKS, Intervention
from core.plots import Flow, errors_by_step, river
from core.probes import block
from core.records.stream import ORIGINS
from core.zoo import MODELS, list_models

SENTENCE = "Where is Jerry?"
TEXTS = (SENTENCE, "Tom is here.", "Where is the big cat of Tom?")


@pytest.fixture(scope="module")
def trace(taught):
    return taught.translate(SENTENCE)


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(2, 3, shape)


# --- Normalization


@pytest.mark.parametrize("epsilon", [1e-5, 1e-2])
@pytest.mark.parametrize("shape", [(3, 7, 16), (1, 5, 4), (2, 1, 3)])
def test_normalizations_are_torchs(shape, epsilon):
    x = numbers(*shape)
    tensor = torch.tensor(x)
    layer = nn.LayerNorm(shape[-1], eps=epsilon, elementwise_affine=False, dtype=torch.float64)
    np.testing.assert_allclose(layer_norm(x, epsilon), layer(tensor).numpy(), atol=1e-12)
    batch = nn.BatchNorm1d(shape[-1], eps=epsilon, affine=False, dtype=torch.float64).train()
    expected = batch(tensor.transpose(1, 2)).transpose(1, 2).numpy()
    np.testing.assert_allclose(batch_norm(x, epsilon), expected, atol=1e-12)


def test_batch_norm_of_a_single_vector_is_0_and_torch_refuses_it():
    x = numbers(1, 1, 6)
    assert not batch_norm(x).any()
    assert layer_norm(x).any()
    with pytest.raises(ValueError, match="more than 1 value"):
        nn.BatchNorm1d(6).train()(torch.tensor(x[:, 0]).float())


def test_padding_moves_batch_norm_only(taught):
    plain, padded = (block.sums_before_norm(taught, TEXTS, 1, padding) for padding in (0, 3))
    assert padded.sums.shape[1] == plain.sums.shape[1] + 3
    real = len(plain.pieces[0])
    np.testing.assert_allclose(padded.sums[0, :real], plain.sums[0, :real], atol=1e-4)
    np.testing.assert_allclose(layer_norm(padded.sums)[0, :real], layer_norm(plain.sums)[0, :real], atol=1e-4)
    assert np.abs(batch_norm(padded.sums)[0, :real] - batch_norm(plain.sums)[0, :real]).max() > 1e-3


@pytest.mark.parametrize("layer", [0, 1])
def test_sums_are_those_that_the_models_own_layer_norm_normalizes(taught, layer):
    found = block.sums_before_norm(taught, TEXTS, layer)
    norm = taught.model.encoder[layer].norm_1
    ids = [taught.encode(text)[0] for text in TEXTS]
    width = max(map(len, ids))
    seen = []
    handle = norm.register_forward_hook(lambda module, arguments, output: seen.append(output))
    with torch.inference_mode():
        taught.model.encode(torch.tensor([row + [PAD] * (width - len(row)) for row in ids]))
    handle.remove()
    weight, bias = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    np.testing.assert_allclose(layer_norm(found.sums, norm.eps) * weight + bias, seen[0].numpy(), atol=1e-4)
    assert [len(pieces) for pieces in found.pieces] == [len(row) for row in ids]


def test_no_more_padding_is_added_than_the_model_has_positions(taught):
    assert block.sums_before_norm(taught, TEXTS, 0, 10_000).sums.shape[1] == taught.config.max_length


# --- Parts removed


def test_what_a_part_costs_is_what_a_forced_translation_loses(taught, trace):
    done = []
    lost = block.parts_removed(taught, SENTENCE, trace.output_pieces, done.append)
    assert lost.shape == (len(STACKS), taught.config.n_layers, len(PARTS))
    for i, j, k in np.ndindex(lost.shape):
        change = Intervention(without={(STACKS[i], j, PARTS[k])})
        forced = taught.translate(SENTENCE, target=trace.output_pieces, intervention=change)
        assert lost[i, j, k] == pytest.approx(trace.log_probability - forced.log_probability, abs=1e-3)
    assert done == pytest.approx(np.arange(1, lost.size + 1) / lost.size)


# --- The position-wise network


@pytest.mark.parametrize("layer", [0, 1])
def test_the_network_shuffles_along_and_is_a_convolution(taught, trace, layer):
    size = len(trace.source_pieces)
    order = np.random.default_rng(3).permutation(size).tolist()
    found = block.position_wise(taught, trace, layer, order)
    network = taught.model.encoder[layer].feed_forward
    with torch.inference_mode():
        expected = network(torch.tensor(found.inputs)).numpy()
        convolutions = nn.Sequential(
            nn.Conv1d(taught.config.d_model, taught.config.d_ff, 1), nn.ReLU(), nn.Conv1d(taught.config.d_ff, taught.config.d_model, 1)
        )  # fmt: skip
        for convolution, linear in ((convolutions[0], network.w_1), (convolutions[2], network.w_2)):
            convolution.weight.copy_(linear.weight[:, :, None])
            convolution.bias.copy_(linear.bias)
        convolved = convolutions(torch.tensor(found.inputs).T[None])[0].T.numpy()
    np.testing.assert_allclose(found.outputs, expected, atol=1e-5)
    np.testing.assert_allclose(found.outputs, convolved, atol=1e-5)
    np.testing.assert_allclose(found.shuffled, expected[order], atol=1e-5)
    assert found.moved == pytest.approx(np.abs(found.shuffled - found.outputs[order]).max())
    assert max(found.moved, found.convolution) < 1e-5
    assert (found.hidden >= 0).all()


def test_activations_over_many_sentences_are_those_of_each_alone(taught):
    together = block.activations(taught, TEXTS, 1)
    alone = [block.activations(taught, [text], 1) for text in TEXTS]
    assert together.pieces == tuple(piece for part in alone for piece in part.pieces)
    np.testing.assert_allclose(together.values, np.concatenate([part.values for part in alone]), atol=1e-4)


def test_bands_hold_each_occurrence_once_the_most_active_first():
    pieces = ["a", "b", "a", "c", "d", "e", "f"]
    values = np.array([3.0, 2.9, 0.5, 1.5, 0.0, -1.0, 2.0])
    found = bands(pieces, values)
    assert [band.pieces for band in found] == [("a", "b"), ("f", "c"), ("a",), ("d", "e")]
    assert [band.occurrences for band in found] == [2, 2, 1, 2]
    assert [band.high for band in found] == pytest.approx([3, 2, 1, 0])
    (only,) = bands(pieces, -np.abs(values))
    assert only.occurrences == len(pieces)
    assert bands([], np.array([]))[0].occurrences == 0


# --- Position


def test_vectors_are_those_of_the_encoder_and_of_one_with_no_residual_connection(taught):
    change = Intervention(without={("encoder", layer, "residual") for layer in range(taught.config.n_layers)})
    for residual, intervention in ((True, None), (False, change)):
        vectors = block.encoder_vectors(taught, TEXTS, residual)
        for text, states in zip(TEXTS, vectors, strict=True):
            trace = taught.translate(text, intervention=intervention)
            expected = taught.residual_stream(trace, "encoder").vectors
            np.testing.assert_allclose(states, expected, atol=1e-3)


def test_ridge_regression_is_least_squares_on_the_augmented_system():
    x, y = numbers(30, 5), numbers(30, seed=1)
    found = ridge.fit(x, y, 0.1)
    centred = x - x.mean(0)
    strength = 0.1 * np.square(centred).sum() / 5
    augmented = np.concatenate([np.c_[x, np.ones(30)], np.c_[np.sqrt(strength) * np.eye(5), np.zeros(5)]])
    expected = np.linalg.lstsq(augmented, np.r_[y, np.zeros(5)], rcond=None)[0]
    np.testing.assert_allclose(np.r_[found.weights, found.intercept], expected, atol=1e-9)


def test_ridge_regression_by_hand():
    """Two points (0, 0) and (2, 2): w minimizes 2 (1 - w)² + lambda w², with lambda = 0.5 · 2, so that w = 2 / 3."""
    found = ridge.fit(np.array([[0.0], [2.0]]), np.array([0.0, 2.0]), 0.5)
    assert found.weights[0] == pytest.approx(2 / 3)
    assert found.predict(np.array([[1.0]]))[0] == pytest.approx(1)
    constant = ridge.fit(np.ones((4, 2)), np.arange(4.0), 0.5)
    assert constant.predict(np.ones((1, 2)))[0] == pytest.approx(1.5)


def test_held_out_sentences_are_predicted_where_there_is_something_to_read():
    lengths = [4, 5, 6, 7, 8] * 4
    y = [np.arange(length) for length in lengths]
    noise = np.random.default_rng(0)
    readable = [np.c_[values, noise.normal(size=(len(values), 3))] for values in y]
    random = [noise.normal(size=(len(values), 4)) for values in y]
    good, bad = ridge.held_out(readable, y), ridge.held_out(random, y)
    assert good.error < 0.1 < bad.error
    assert good.r2 > 0.99
    assert bad.r2 < 0.1
    assert good.baseline == bad.baseline
    means = [np.concatenate([y[i] for i in range(20) if i % 5 != fold]).mean() for fold in range(5)]
    apart = np.concatenate([np.abs(y[i] - means[i % 5]) for i in range(20)])
    assert good.baseline == pytest.approx(apart.mean())
    with pytest.raises(ValueError, match="folds"):
        ridge.held_out(readable[:2], y[:2])


def test_everyday_sentences_are_there_in_both_languages():
    english, chinese = everyday("en"), everyday("zh")
    assert len(english) > 90
    assert len(chinese) > 90
    assert everyday("fr") == english
    assert not any("\t" in text for text in english)


# --- Parameters


@pytest.mark.parametrize("name", [card.name for card in list_models() if not card.config.recurrent])
def test_parameters_by_part_add_up_to_those_of_the_card_and_of_the_model(name):
    model = core.load(name, device="cpu")
    found = parameters.count(name)
    assert sum(found.values()) == model.card.parameters == sum(p.numel() for p in model.model.parameters())
    config, d = model.config, model.config.d_model
    assert found["self_attention", "encoder"] == config.n_layers * (4 * d * d + 4 * d)
    assert found["feed_forward", "decoder"] == config.n_layers * (2 * d * config.d_ff + config.d_ff + d)
    assert (found["norm", "encoder"], found["norm", "decoder"]) == (4 * d * config.n_layers, 6 * d * config.n_layers)
    assert found["cross_attention", "encoder"] == 0


def test_parameters_of_a_recurrent_model_have_no_such_parts():
    with pytest.raises(ValueError, match="parameter"):
        parameters.count(MODELS / "en-zh-rnn")


# --- The river


@pytest.mark.parametrize("stack", STACKS)
def test_the_rivers_shares_add_up_to_1_and_its_lengths_are_those_of_the_stream(taught, trace, stack):
    stream = taught.residual_stream(trace, stack)
    np.testing.assert_allclose(stream.sum_shares.sum(1), 1, atol=1e-4)
    flow = Flow.all(stream)[1]
    assert len(flow.x) == 1 + 2 * (len(stream.half_steps) - 1)
    np.testing.assert_allclose(flow.lengths[1::2], stream.sums[1:, 1])
    np.testing.assert_allclose(flow.lengths[2::2], np.linalg.norm(stream.vectors[1:, 1], axis=-1))
    np.testing.assert_allclose(flow.shares[:, 2::2].T, stream.shares[1:, :, 1])
    assert flow.normalized.tolist() == [False, *[False, True] * (len(stream.half_steps) - 1)]
    # Before the first normalization: words and positions, and what attention adds.
    first = flow.shares[:, 1]
    assert not first[[ORIGINS.index(name) for name in ("cross_attention", "feed_forward", "bias")]].any()


def test_the_river_draws_what_is_negative_below_the_axis(taught, trace):
    flow = Flow.all(taught.residual_stream(trace, "decoder"))[1]
    shares = flow.shares.copy()
    shares[0, 3], shares[1, 3] = shares[0, 3] + 0.4, shares[1, 3] - 0.4
    names = {origin: origin for origin in ORIGINS}
    steps = [str(i) for i in range((len(flow.x) + 1) // 2)]
    figure = river(flow._replace(shares=shares), names, steps, ("length", "total", "norm"), "target")
    bands_of = {(trace.name, trace.stackgroup): np.array(trace.y) for trace in figure.data if trace.stackgroup}
    above = sum(y for (_, group), y in bands_of.items() if group == "side1")
    below = sum(y for (_, group), y in bands_of.items() if group == "side-1")
    np.testing.assert_allclose(above + below, flow.lengths, atol=1e-3)
    assert (above >= 0).all()
    assert (below <= 0).all()
    assert bands_of["position", "side-1"][3] == pytest.approx(shares[1, 3] * flow.lengths[3], abs=1e-3)


def test_errors_by_step_have_a_curve_each_and_a_line_of_chance():
    figure = errors_by_step({"a": [1, 2, 3], "<b>": [3, 2, 1]}, ("mean", 2.5), ["x", "y", "<i>"], "error")
    assert [trace.name for trace in figure.data] == ["a", "&lt;b&gt;", "mean"]
    assert list(figure.data[2].y) == [2.5, 2.5]
    assert list(figure.layout.xaxis.ticktext) == ["x", "y", "&lt;i&gt;"]


# --- What cannot be


def test_a_probe_when_there_is_no_such_layer_or_order_is_refused(taught, trace):
    for probe in (
        lambda: block.sums_before_norm(taught, TEXTS, 2),
        lambda: block.position_wise(taught, trace, -1, range(len(trace.source_pieces))),
        lambda: block.position_wise(taught, trace, 0, [0, 0]),
        lambda: block.activations(taught, TEXTS, 9),
        lambda: taught.residual_stream(dataclasses.replace(trace, model="another")),
    ):
        with pytest.raises(OptionError):
            probe()


def test_a_probe_of_a_recurrent_model_is_refused():
    model = core.load("en-zh-rnn", device="cpu")
    for probe in (
        lambda: block.parts_removed(model, SENTENCE, ("</s>",)),
        lambda: block.sums_before_norm(model, TEXTS, 0),
        lambda: block.activations(model, TEXTS, 0),
        lambda: block.encoder_vectors(model, TEXTS),
    ):
        with pytest.raises(OptionError, match="Transformer"):
            probe()
