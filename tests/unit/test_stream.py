"""Parts of layers removed, the decoder reading an earlier encoder layer, the residual stream and its read-out."""

import copy
import dataclasses
import json

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.analysis.choice import cross_entropy, smoothed_targets, softmax
from core.config import BOS
from core.errors import OptionError
from core.intervention import PARTS, STACKS, Intervention
from core.records.stream import ORIGINS, HalfStep

SENTENCE = "Where is Jerry?"
PLACES = [(stack, layer, part) for stack in STACKS for layer in range(2) for part in PARTS]


@pytest.fixture(scope="module")
def trace(taught):
    return taught.translate(SENTENCE)


# --- Parts of layers removed


def layer_by_hand(layer, x, removed, memory=None):
    """An encoder layer, or with a memory a decoder layer, written out with torch's own functions (1, T, d_model)."""
    mask = torch.ones(x.size(1), x.size(1)).tril().bool() if memory is not None else None

    def attend(module, query, keys, mask=None):
        q, k, v = (
            linear(values).unflatten(-1, (module.n_heads, -1)).transpose(1, 2)
            for linear, values in ((module.w_q, query), (module.w_k, keys), (module.w_v, keys))
        )
        return module.w_o(F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2))

    def add_norm(norm, x, inner):
        total = inner if "residual" in removed else x + inner
        if "norm" in removed:
            return total
        return F.layer_norm(total, norm.normalized_shape, norm.weight, norm.bias, norm.eps)

    norms = [layer.norm_1, layer.norm_2]
    x = add_norm(layer.norm_1, x, attend(layer.self_attention, x, x, mask))
    if memory is not None:
        x = add_norm(layer.norm_2, x, attend(layer.cross_attention, x, memory))
        norms.append(layer.norm_3)
    inner = layer.feed_forward.w_2(layer.feed_forward.activation(layer.feed_forward.w_1(x)))
    return add_norm(norms[-1], x, torch.zeros_like(x) if "feed_forward" in removed else inner)


@pytest.mark.parametrize("removed", [[place] for place in PLACES] + [PLACES[:4], PLACES[5:]], ids=str)
def test_removed_parts_are_left_out_of_their_layer_and_of_no_other(taught, trace, removed):
    model = taught.model
    intervention = Intervention(without=frozenset(removed))
    changed = taught.translate(SENTENCE, target=trace.output_pieces, intervention=intervention)
    parts = {(stack, layer): {p for s, i, p in removed if (s, i) == (stack, layer)} for stack, layer, _ in PLACES}
    with torch.inference_mode():
        memory = model.embed(model.source_embedding, torch.tensor([taught.encode(SENTENCE)[0]]))
        for i, layer in enumerate(model.encoder):
            memory = layer_by_hand(layer, memory, parts["encoder", i])
        output = taught.encode_target(trace.output_pieces)
        x = model.embed(model.target_embedding, torch.tensor([[BOS, *output[:-1]]]))
        for i, layer in enumerate(model.decoder):
            x = layer_by_hand(layer, x, parts["decoder", i], memory)
        expected = model.logits(x[0]).log_softmax(-1).gather(1, torch.tensor(output)[:, None])[:, 0]
    assert np.allclose(changed.log_probabilities, expected.numpy(), atol=1e-3)
    assert not np.allclose(changed.log_probabilities, trace.log_probabilities, atol=1e-3)
    assert changed.intervention == intervention


def test_removed_parts_when_decoding_freely_give_the_numbers_of_one_pass(taught):
    for place in PLACES:
        change = Intervention(without={place})
        free = taught.translate(SENTENCE, intervention=change)
        forced = taught.translate(SENTENCE, target=free.output_pieces, intervention=change)
        assert np.allclose(free.log_probabilities, forced.log_probabilities, atol=1e-4)


# --- An earlier encoder layer


def test_encoder_layer_when_it_is_the_last_gives_the_plain_trace_bit_for_bit(taught, trace):
    again = taught.translate(SENTENCE, encoder_layer=taught.config.n_layers)
    assert np.array_equal(again.cross, trace.cross)
    assert np.array_equal(again.log_probabilities, trace.log_probabilities)
    assert again.intervention is None


@pytest.mark.parametrize("strategy", ["greedy", "beam", "sample"])
@pytest.mark.parametrize("layer", [0, 1])
def test_encoder_layer_equals_a_copy_of_the_model_with_that_many_layers(taught, layer, strategy):
    twin = copy.deepcopy(taught.model)
    twin.encoder = twin.encoder[:layer]
    source = torch.tensor([taught.encode(SENTENCE)[0]])
    trace = taught.translate(SENTENCE, strategy=strategy, encoder_layer=layer)
    assert trace.intervention == Intervention(encoder_layer=layer)
    assert trace.encoder_self.shape[0] == 2, "the layers above are computed too"
    with torch.inference_mode():
        memory = twin.embed(twin.source_embedding, source)
        for block in twin.encoder:
            memory, _ = block(memory, None, False)
        output = taught.encode_target(trace.output_pieces)
        states, *_ = twin.decode(torch.tensor([[BOS, *output[:-1]]]), *twin.start(memory, source))
        expected = twin.logits(states[0]).log_softmax(-1).gather(1, torch.tensor(output)[:, None])[:, 0]
    assert np.allclose(trace.log_probabilities, expected.numpy(), atol=1e-4)


# --- Values that cannot be


@pytest.mark.parametrize(
    "values",
    [
        {"without": {("encoder", 0, "heads")}},
        {"without": {("middle", 0, "norm")}},
        {"without": {("encoder", -1, "norm")}},
        {"without": {("encoder", 0.5, "norm")}},
        {"without": {("encoder", 0)}},
        {"without": "norm"},
        {"without": {"norm": 1}},
        {"encoder_layer": -1},
        {"encoder_layer": 1.5},
        {"encoder_layer": True},
        {"encoder_layer": "1"},
    ],
    ids=str,
)
def test_an_intervention_when_a_value_fits_no_model_is_refused(values):
    with pytest.raises(OptionError) as caught:
        Intervention(**values)
    assert next(iter(values)) in str(caught.value)


@pytest.mark.parametrize("values", [{"without": {("decoder", 2, "norm")}}, {"encoder_layer": 3}], ids=str)
def test_an_intervention_when_this_model_has_too_few_layers_is_refused(taught, values):
    with pytest.raises(OptionError, match="layer"):
        taught.translate(SENTENCE, intervention=Intervention(**values))


def test_an_intervention_with_parts_and_layer_when_written_as_json_is_read_as_the_same():
    change = Intervention(without={("decoder", 1, "norm"), ("encoder", 0, "residual")}, encoder_layer=0)
    plain = change.to_dict()
    assert plain == {
        "without": [["decoder", 1, "norm"], ["encoder", 0, "residual"]],
        "encoder_layer": 0,
    }
    again = Intervention.from_dict(json.loads(json.dumps(plain)))
    assert again == change
    assert hash(again) == hash(change)


# --- The residual stream


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    "change",
    [None, Intervention(positions=False), *(Intervention(without={place}) for place in PLACES[:3] + PLACES[6:9])],
    ids=str,
)
def test_summands_add_up_to_the_vectors_that_the_model_computes(taught, stack, change):
    trace = taught.translate(SENTENCE, intervention=change)
    stream = taught.residual_stream(trace, stack)
    assert stream.half_steps == HalfStep.all(stack, 2)
    assert stream.summands.shape == (len(stream.half_steps), len(ORIGINS), len(stream.pieces), taught.config.d_model)
    if stack == "decoder":
        projected = torch.tensor(stream.vectors[-1]) @ taught.model.target_embedding.weight.detach().T
        chosen = projected.log_softmax(-1).gather(1, torch.tensor(taught.encode_target(trace.output_pieces))[:, None])
        assert np.allclose(chosen[:, 0].numpy(), trace.log_probabilities, atol=2e-3)
    else:
        intervened = taught._change_of(trace)
        with torch.inference_mode():
            memory, _ = taught.model.encode(torch.tensor([taught.encode(SENTENCE)[0]]), change=intervened)
        assert np.allclose(stream.vectors[-1], memory[0].numpy(), atol=1e-4)


def test_the_stream_begins_with_words_and_positions_alone(taught, trace):
    stream = taught.residual_stream(trace, "encoder")
    words, positions = taught.embedded(trace)
    assert np.allclose(stream.summands[0, ORIGINS.index("word")], words, atol=1e-6)
    assert np.allclose(stream.summands[0, ORIGINS.index("position")], positions, atol=1e-6)
    assert not stream.summands[0, 2:].any()
    assert np.allclose(stream.sums[0], np.linalg.norm(words + positions, axis=-1), atol=1e-5)
    assert (stream.scales[0] == 1).all()


def test_the_first_sum_is_the_input_and_what_attention_adds(taught, trace):
    stream = taught.residual_stream(trace, "encoder")
    words, positions = taught.embedded(trace)
    heads = [taught.inside(trace, "encoder_self", 0, head) for head in range(taught.config.n_heads)]
    total = words + positions + sum(head.contribution for head in heads) + heads[0].b_o
    assert np.allclose(stream.sums[1], np.linalg.norm(total, axis=-1), atol=1e-4)
    assert np.allclose(stream.scales[1], 1 / np.sqrt(total.var(-1) + 1e-5), rtol=1e-4)


def test_shares_sum_to_1_and_are_0_for_a_vector_of_length_0(taught, trace):
    stream = taught.residual_stream(trace)
    assert np.allclose(stream.shares.sum(1), 1, atol=1e-4)
    assert not dataclasses.replace(stream, summands=np.zeros_like(stream.summands)).shares.any()


def test_the_stream_when_asked_for_what_is_not_there_is_refused(taught, trace):
    with pytest.raises(OptionError, match="stack"):
        taught.residual_stream(trace, "middle")
    with pytest.raises(OptionError):
        taught.residual_stream(dataclasses.replace(trace, model="another"))


# --- The read-out


@pytest.mark.parametrize("change", [None, Intervention(causal=False), Intervention(without={PLACES[0]})], ids=str)
def test_the_last_row_of_the_read_out_is_the_traces_own_distribution(taught, change):
    trace = taught.translate(SENTENCE, intervention=change)
    read = taught.read_out(trace)
    assert read.names[0] == "input"
    assert read.names[-1] == "1 feed_forward"
    assert np.isfinite(read.probabilities).all()
    steps = range(len(trace.output_pieces))
    if change is None or change.causal:
        assert read.pieces[-1] == tuple(trace.top_pieces)
        assert np.allclose(read.probabilities[-1], trace.top_probabilities, atol=1e-5)
        assert np.allclose(read.written_probabilities[-1], np.exp(trace.log_probabilities), atol=1e-5)
    last = steps[-1]  # without the causal mask only the last step's pass is the one that is read
    assert read.pieces[-1][last] == trace.top_pieces[last]
    for i in range(len(read.names)):
        for t in steps:
            assert (np.diff(read.probabilities[i, t]) <= 0).all()
            if read.written_ranks[i, t] < len(read.pieces[i][t]):
                assert read.pieces[i][t][read.written_ranks[i, t]] == trace.output_pieces[t]


def test_settled_is_where_the_written_piece_ranks_first_and_stays_first(taught, trace):
    read = taught.read_out(trace, k=1)
    ranks = np.zeros_like(read.written_ranks)
    ranks[0, 0], ranks[3, 0] = 1, 2  # first again only after half-step 3
    ranks[-1, 1] = 1  # never, where the last one is not first
    ranked = dataclasses.replace(read, written_ranks=ranks)
    assert ranked.settled[:3].tolist() == [4, len(read.names), 0]
    assert (read.settled < len(read.names)).all(), "a greedy output ranks first at the end"


@pytest.mark.parametrize("k", [0, -1, 1.5, 10**9])
def test_the_read_out_when_k_is_out_of_range_is_refused(taught, trace, k):
    with pytest.raises(OptionError, match="k"):
        taught.read_out(trace, k=k)


@pytest.mark.parametrize("step", [0, 2])
def test_the_pieces_followed_are_those_that_rank_among_the_first_three_in_any_state(taught, trace, step):
    every = taught.read_out(trace, k=taught.config.target_vocab)
    followed = taught.follow(trace, step)
    firsts = [piece for row in every.pieces for piece in row[step][:3]]
    assert followed.pieces == tuple(dict.fromkeys(firsts))
    assert followed.half_steps == every.half_steps
    for i, row in enumerate(every.pieces):
        for piece, probability in zip(followed.pieces, followed.probabilities[i], strict=True):
            assert probability == pytest.approx(every.probabilities[i, step][row[step].index(piece)], abs=1e-6)


@pytest.mark.parametrize("wrong", [{"step": -1}, {"step": 999}, {"step": 0, "ranks": 0}, {"step": True}])
def test_what_cannot_be_followed_is_refused(taught, trace, wrong):
    with pytest.raises(OptionError):
        taught.follow(trace, **wrong)


@pytest.mark.parametrize("change", [None, Intervention(ablate={("cross", 0, 1): "zero"})], ids=str)
def test_the_softmax_of_the_logits_is_the_traces_own_distribution(taught, change):
    trace = taught.translate(SENTENCE, intervention=change)
    logits = taught.logits(trace)
    assert logits.shape == (len(trace.output_pieces), taught.config.target_vocab)
    probabilities = softmax(logits)
    best = np.sort(probabilities, -1)[:, : -trace.top_probabilities.shape[1] - 1 : -1]
    np.testing.assert_allclose(best, trace.top_probabilities, atol=1e-6)
    tempered = F.softmax(torch.tensor(logits).double() / 0.4, -1).numpy()
    np.testing.assert_allclose(softmax(logits, 0.4), tempered, atol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_smoothed_targets_and_their_cross_entropy_are_torchs(smoothing):
    scores = torch.randn(5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([2, 1, 0, 4, 5])
    targets = smoothed_targets(labels.numpy(), 6, smoothing)
    np.testing.assert_allclose(targets.sum(-1), 1)
    expected = F.cross_entropy(scores, labels, label_smoothing=smoothing, reduction="none").numpy()
    np.testing.assert_allclose(cross_entropy(targets, softmax(scores.numpy())), expected, atol=1e-12)


@pytest.mark.parametrize("temperature", [0, -1, float("nan")])
def test_a_softmax_at_an_impossible_temperature_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature"):
        softmax(np.zeros(3), temperature)
