"""Inside of one head: what is computed anew is what the model did, number by number."""

import copy
import dataclasses
import itertools
import math
import pickle

import numpy as np
import pytest
import torch

import core
from core.analysis import positions
from core.errors import OptionError
from core.intervention import Intervention
from core.model import Change
from core.records import HeadInside
from core.records.trace import KINDS, Trace

SENTENCE = "The cat sleeps under the table."
ARRAYS = [field.name for field in dataclasses.fields(HeadInside) if field.type == "np.ndarray"]


def changes(n_heads: int) -> dict[str, Intervention | None]:
    heads = [(kind, layer, n_heads - 1) for kind in KINDS for layer in range(2)]
    return {
        "none": None,
        "zero": Intervention(ablate=dict.fromkeys(heads, "zero")),
        "uniform": Intervention(ablate=dict.fromkeys(heads, "uniform")),
        "masked": Intervention(masked_source=(0, 2)),
        "cold": Intervention(temperature=0.5),
        "no positions": Intervention(positions=False),
        "no mask": Intervention(causal=False),
        "all": Intervention(
            {heads[0]: "zero", heads[3]: "uniform", heads[4]: "uniform"}, (1,), {1: "汤姆"}, False, False, 2.0
        ),
    }


@pytest.fixture(scope="module", params=["en-zh", "en-zh-1head"])
def shipped(request, load_shipped):
    return load_shipped(request.param)


def every_head(trace: Trace):
    return itertools.product(KINDS, range(trace.n_layers), range(trace.n_heads))


@pytest.mark.parametrize("change", changes(1))
def test_the_weights_of_every_head_are_the_traces(shipped, change):
    trace = shipped.translate(SENTENCE, intervention=changes(shipped.config.n_heads)[change])
    for kind, layer, head in every_head(trace):
        found = shipped.inside(trace, kind, layer, head)
        np.testing.assert_allclose(found.weights, trace.weights(kind, layer, head), rtol=0, atol=1e-5)
        assert (found.kind, found.layer, found.head) == (kind, layer, head)


@pytest.mark.parametrize("change", changes(4))
def test_inputs_and_the_sum_of_contributions_are_those_of_the_modules(taught, change):
    """Against what the attentions of a copy are really given and really return."""
    trace = taught.translate(SENTENCE, intervention=(intervention := changes(4)[change]))
    source = torch.tensor([taught.encode(SENTENCE)[0]])
    inputs = torch.tensor([[taught.target_tokenizer.index(piece) for piece in trace.input_pieces]])
    twin, caught = copy.deepcopy(taught.model), {}
    places = {
        "encoder_self": [layer.self_attention for layer in twin.encoder],
        "decoder_self": [layer.self_attention for layer in twin.decoder],
        "cross": [layer.cross_attention for layer in twin.decoder],
    }
    for kind, attentions in places.items():
        for i, attention in enumerate(attentions):

            def keep(module, args, output, place=(kind, i)):
                caught[place] = (args[0][0].numpy(), output[0][0].numpy())

            attention.register_forward_hook(keep)
    made = None if intervention is None else Change.of(intervention, taught.config, source.size(1))
    memory, _ = twin.encode(source, change=made)
    twin.decode(inputs, *twin.start(memory, source, made), change=made)
    assert len(caught) == 6
    for (kind, layer), (query, output) in caught.items():
        heads = [taught.inside(trace, kind, layer, head) for head in range(4)]
        np.testing.assert_allclose(heads[0].x_query, query, rtol=0, atol=1e-5)
        np.testing.assert_allclose(heads[0].x_key, memory[0] if kind == "cross" else query, rtol=0, atol=1e-5)
        total = sum(head.contribution.astype(np.float64) for head in heads) + heads[0].b_o
        np.testing.assert_allclose(total, output, rtol=0, atol=2e-5)


def test_each_number_follows_from_those_before_it(taught):
    trace = taught.translate(SENTENCE, intervention=Intervention(masked_source=(1,), temperature=0.7))
    for kind, layer, head in every_head(trace):
        f = taught.inside(trace, kind, layer, head)
        rows, keys, width = len(f.rows), len(f.keys), taught.config.d_model
        assert f.d_k == taught.config.d_k == 8
        shapes = {
            "x_query": (rows, width), "x_key": (keys, width), "w_q": (width, 8), "w_k": (width, 8), "w_v": (width, 8),
            "b_q": (8,), "b_k": (8,), "b_v": (8,), "q": (rows, 8), "k": (keys, 8), "v": (keys, 8),
            "scores": (rows, keys), "scaled": (rows, keys), "masked": (rows, keys), "weights": (rows, keys),
            "output": (rows, 8), "w_o": (8, width), "b_o": (width,), "contribution": (rows, width),
        }  # fmt: skip
        assert {name: getattr(f, name).shape for name in ARRAYS} == shapes
        assert np.allclose(f.x_query @ f.w_q + f.b_q, f.q, atol=1e-5)
        assert np.allclose(f.x_key @ f.w_k + f.b_k, f.k, atol=1e-5)
        assert np.allclose(f.x_key @ f.w_v + f.b_v, f.v, atol=1e-5)
        products = f.q[:, None] * f.k[None]  # (rows, keys, d_k)
        assert np.allclose(products.sum(-1), f.scores, atol=1e-4)
        assert f.temperature == 0.7
        assert np.allclose(f.scaled, f.scores / math.sqrt(8) / 0.7, atol=1e-5)
        seen = np.tri(rows, keys, dtype=bool) if kind == "decoder_self" else np.ones((rows, keys), bool)
        if kind != "decoder_self":
            seen[:, 1] = False
        assert np.array_equal(f.masked, np.where(seen, f.scaled, -np.inf))
        powers = np.exp(f.masked - f.masked.max(-1, keepdims=True))
        assert np.allclose(f.weights, powers / powers.sum(-1, keepdims=True), atol=1e-6)
        assert (f.weights[~seen] == 0).all()
        assert np.allclose(f.weights @ f.v, f.output, atol=1e-5)
        assert np.allclose(f.output @ f.w_o, f.contribution, atol=1e-5)


def test_the_slices_are_the_heads_own(taught):
    trace = taught.translate(SENTENCE)
    for kind, layer in itertools.product(KINDS, range(2)):
        block = (taught.model.encoder if kind == "encoder_self" else taught.model.decoder)[layer]
        attention = block.cross_attention if kind == "cross" else block.self_attention
        heads = [taught.inside(trace, kind, layer, head) for head in range(4)]
        for name in ("w_q", "w_k", "w_v"):
            weight = np.concatenate([getattr(head, name) for head in heads], 1)
            assert np.array_equal(weight, getattr(attention, name).weight.numpy().T)
            bias = np.concatenate([getattr(head, name.replace("w", "b")) for head in heads])
            assert np.array_equal(bias, getattr(attention, name).bias.numpy())
        assert np.array_equal(np.concatenate([head.w_o for head in heads]), attention.w_o.weight.numpy().T)
        assert np.array_equal(heads[0].b_o, attention.w_o.bias.numpy())


def test_rows_and_keys_are_the_pieces_that_are_read(taught):
    trace = taught.translate(SENTENCE)
    read = {kind: taught.inside(trace, kind, 0, 0) for kind in KINDS}
    assert (read["encoder_self"].rows, read["encoder_self"].keys) == (trace.source_pieces, trace.source_pieces)
    assert (read["decoder_self"].rows, read["decoder_self"].keys) == (trace.input_pieces, trace.input_pieces)
    assert (read["cross"].rows, read["cross"].keys) == (trace.input_pieces, trace.source_pieces)


def test_a_head_whose_weights_are_set_says_so_and_shows_its_scores_all_the_same(taught):
    whole = taught.translate(SENTENCE)
    for mode in ("zero", "uniform"):
        head = ("encoder_self", 0, 1)
        trace = taught.translate(SENTENCE, intervention=Intervention(ablate={head: mode}, masked_source=(0,)))
        found, other = taught.inside(trace, *head), taught.inside(trace, "encoder_self", 0, 2)
        assert (found.ablation, other.ablation) == (mode, None)
        np.testing.assert_allclose(found.scores, taught.inside(whole, *head).scores, rtol=0, atol=1e-5)
        length = len(trace.source_pieces)
        expected = 0 if mode == "zero" else np.r_[0, np.full(length - 1, 1 / (length - 1))]
        np.testing.assert_allclose(found.weights, np.broadcast_to(expected, (length, length)), atol=1e-7)
        if mode == "zero":
            assert (found.contribution == 0).all()


@pytest.mark.parametrize(
    "options",
    [
        {"target": "汤姆追逐杰瑞。"}, {"target": ("汤姆",)}, {"strategy": "beam"}, {"strategy": "sample", "seed": 4},
        {"intervention": Intervention(forced={1: "汤姆"})}, {"intervention": Intervention(forced={0: "</s>"})},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("name", ["taught", "tiny"])
def test_it_reads_whatever_the_traces_decoder_read(request, name, options):
    translator = request.getfixturevalue(name)
    for text in (SENTENCE, "Tom 龘 Jerry ☂."):
        trace = translator.translate(text, **options)
        assert trace.unknown or text == SENTENCE
        for kind, layer, head in every_head(trace):
            found = translator.inside(trace, kind, layer, head)
            np.testing.assert_allclose(found.weights, trace.weights(kind, layer, head), rtol=0, atol=1e-5)


def test_a_trace_from_a_file_will_do(taught, tmp_path):
    trace = taught.translate(SENTENCE, intervention=changes(4)["all"])
    trace.save(tmp_path / "run.json")
    again = taught.inside(Trace.load(tmp_path / "run.json"), "cross", 1, 2)
    for name in ARRAYS:
        assert np.array_equal(getattr(again, name), getattr(taught.inside(trace, "cross", 1, 2), name))


def test_the_record_is_read_only_float32_and_survives_a_pickle(taught):
    found = taught.inside(taught.translate(SENTENCE), "cross", 1, 2)
    assert core.HeadInside is HeadInside
    for twin in (found, pickle.loads(pickle.dumps(found))):
        for name in ARRAYS:
            array = getattr(twin, name)
            assert array.dtype == np.float32
            assert array.flags.c_contiguous
            assert np.array_equal(array, getattr(found, name))
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.q = found.k


def test_nothing_is_stored_on_the_model_and_the_record_shares_nothing_with_it(taught):
    state = {name: value.clone() for name, value in taught.model.state_dict().items()}
    held = {name: {*vars(module)} for name, module in taught.model.named_modules()}
    trace = taught.translate(SENTENCE)
    found = taught.inside(trace, "cross", 1, 2)
    found.w_q.setflags(write=True)
    found.w_q[:] = 0
    taught.embedding("source")[:] = 0
    for part in taught.embedded(trace):
        part[:] = 0
    assert all(torch.equal(value, state[name]) for name, value in taught.model.state_dict().items())
    assert torch.equal(taught.model.positions, copy.deepcopy(taught.model).positions)
    assert taught.model.positions.abs().max() > 0.9
    assert {name: {*vars(module)} for name, module in taught.model.named_modules()} == held


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("kind", ("self", 0, 0)), ("layer", ("cross", 2, 0)), ("layer", ("cross", -1, 0)), ("layer", ("cross", "0", 0)),
        ("head", ("cross", 0, 4)), ("head", ("encoder_self", 0, None)), ("head", ("cross", 0, 1.0)),
    ],
    ids=str,
)  # fmt: skip
def test_a_head_that_there_is_not_is_refused(taught, name, place):
    trace = taught.translate(SENTENCE)
    with pytest.raises(OptionError) as caught:
        taught.inside(trace, *place)
    assert caught.value.values["name"] == name


def test_another_models_trace_is_refused(taught, tiny):
    trace = tiny.translate(SENTENCE)
    strange = dataclasses.replace(trace, model="taught", source_pieces=("▁elsewhere", *trace.source_pieces[1:]))
    narrow = dataclasses.replace(trace, model="taught", cross=trace.cross[:, :2])
    for other in (trace, strange, narrow):
        for ask in (lambda other: taught.inside(other, "cross", 0, 0), taught.embedded):
            with pytest.raises(OptionError, match="taught") as caught:
                ask(other)
            assert caught.value.values["name"] == "trace"


# --- What the first layers read


@pytest.mark.parametrize("change", [None, Intervention(positions=False)], ids=["positions", "none"])
def test_words_and_positions_sum_to_what_the_first_layers_read(shipped, change):
    trace = shipped.translate(SENTENCE, intervention=change)
    for side, kind in (("source", "encoder_self"), ("target", "decoder_self")):
        words, places = shipped.embedded(trace, side)
        np.testing.assert_allclose(words + places, shipped.inside(trace, kind, 0, 0).x_query, rtol=0, atol=1e-5)
        assert words.dtype == places.dtype == np.float32
        expected = positions.encoding(len(words), shipped.config.d_model) * (change is None)
        assert np.array_equal(places, expected)
        pieces = trace.source_pieces if side == "source" else trace.input_pieces
        tokenizer = shipped.source_tokenizer if side == "source" else shipped.target_tokenizer
        for piece, word in zip(pieces, words, strict=True):
            row = shipped.embedding(side)[tokenizer.index(piece)]
            np.testing.assert_allclose(word, row * math.sqrt(shipped.config.d_model), rtol=1e-6)
    with pytest.raises(OptionError):
        shipped.embedded(trace, "both")
    with pytest.raises(OptionError):
        shipped.embedding("both")


def test_a_tap_of_each_attention_has_its_input_and_its_mask(taught):
    """A mask is there in the decoder's self-attention alone, and only where there is more than one position."""
    source, inputs = torch.tensor([taught.encode(SENTENCE)[0]]), torch.tensor([[2, 5, 6]])
    for given in (inputs, inputs[:, :1]):
        taps = {(kind, 1): {} for kind in KINDS}
        memory, _ = taught.model.encode(source, taps=taps)
        taught.model.decode(given, *taught.model.start(memory, source), taps=taps)
        for kind, length in zip(KINDS, (source.size(1), given.size(1), given.size(1)), strict=True):
            tap = taps[kind, 1]
            keys = given.size(1) if kind == "decoder_self" else source.size(1)
            assert tap["input"].shape == (1, length, 32)
            assert tap["weights"].shape[2:] == (length, keys)
            assert ("mask" in tap) == (kind == "decoder_self" and length > 1)


def test_a_tapped_pass_is_the_same_pass(taught):
    source = torch.tensor([taught.encode(SENTENCE)[0]])
    taps = {("encoder", 0): {}, ("encoder_self", 1): {}}
    tapped, _ = taught.model.encode(source, taps=taps)
    plain, weights = taught.model.encode(source, traced=True)
    torch.testing.assert_close(tapped, plain, rtol=0, atol=1e-5)
    torch.testing.assert_close(taps["encoder_self", 1]["weights"], weights[:, 1], rtol=0, atol=1e-5)
    torch.testing.assert_close(taps["encoder", 0]["normalized"], taps["encoder_self", 1]["input"], rtol=0, atol=0)
