"""Interventions: plain data that is one object for one content, and runs that change what they say and nothing else."""

import copy
import dataclasses
import itertools
import json
import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import core
from core.config import BOS, EOS
from core.decoding import beam
from core.errors import OptionError, TraceFileError
from core.intervention import Intervention
from core.model import Change, Intervened, scaled_dot_product_attention
from core.model.attention import HeadChange
from core.records.trace import KINDS, Trace

SENTENCE = "Where is Jerry?"
FULL = Intervention(
    ablate={("cross", 0, 3): "zero", ("encoder_self", 1, 0): "uniform"},
    masked_source=(1,),
    forced={2: "汤姆"},
    positions=False,
    causal=False,
    temperature=0.5,
)
ALL_HEADS = [(kind, layer, head) for kind in KINDS for layer in range(2) for head in range(4)]


@pytest.fixture(scope="module")
def trace(taught):
    return taught.translate(SENTENCE)


def close(a: Trace, b: Trace, tolerance: float = 2e-5) -> bool:
    arrays = (*KINDS, "log_probabilities")
    return a.output_pieces == b.output_pieces and all(
        np.allclose(getattr(a, name), getattr(b, name), atol=tolerance) for name in arrays
    )


# --- Plain data


def test_equal_content_is_one_object_in_whatever_order_it_is_given():
    twin = Intervention(
        temperature=np.float64(0.5),
        ablate={("encoder_self", np.int64(1), 0): "uniform", ("cross", 0, 3): "zero"},
        masked_source=[np.int64(1), 1],
        forced={np.int32(2): "汤姆"},
        positions=False,
        causal=False,
    )
    assert twin == FULL
    assert hash(twin) == hash(FULL)
    assert len({twin, FULL, Intervention()}) == 2
    assert Intervention(masked_source=[3, 1, 2, 1]).masked_source == (1, 2, 3)
    assert Intervention(masked_source={2, 1}) == Intervention(masked_source=range(1, 3))
    assert Intervention(temperature=1) == Intervention()
    assert FULL.ablate == {("cross", 0, 3): "zero", ("encoder_self", 1, 0): "uniform"}


@pytest.mark.parametrize("change", [Intervention(), FULL], ids=["none", "full"])
def test_it_survives_a_pickle_a_copy_and_json(change):
    assert pickle.loads(pickle.dumps(change)) == change
    assert copy.deepcopy(change) == change
    assert Intervention.from_dict(json.loads(json.dumps(change.to_dict()))) == change
    assert hash(pickle.loads(pickle.dumps(change))) == hash(change)


def test_it_is_frozen_and_holds_nothing_of_what_it_was_made_from():
    given = {("cross", 0, 0): "zero"}
    change = Intervention(ablate=given)
    given[("cross", 0, 1)] = "zero"
    assert len(change.ablate) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        change.positions = False
    with pytest.raises(TypeError):
        change.ablate[("cross", 0, 1)] = "zero"


def test_nothing_changed_is_nothing():
    assert Intervention().is_none
    assert Intervention().to_dict() == {}
    assert Intervention.from_dict({}).is_none
    assert not Intervention(forced={0: "x"}).is_none
    assert not Intervention(forced={0: "x"}).changes_model
    for field in dataclasses.fields(Intervention):
        alone = Intervention(**{field.name: getattr(FULL, field.name)})
        assert not alone.is_none
        assert list(alone.to_dict()) == [field.name]
        assert alone.changes_model is (field.name != "forced")


def test_kinds_are_the_traces():
    assert KINDS == KINDS
    assert core.Intervention is Intervention


@pytest.mark.parametrize(
    "wrong",
    [
        {"ablate": 5}, {"ablate": None}, {"ablate": [("cross", 0, 0)]}, {"ablate": {"cross": "zero"}},
        {"ablate": {("cross", 0): "zero"}}, {"ablate": {("self", 0, 0): "zero"}}, {"ablate": {(1, 0, 0): "zero"}},
        {"ablate": {("cross", -1, 0): "zero"}}, {"ablate": {("cross", 0, -1): "zero"}},
        {"ablate": {("cross", 0.0, 0): "zero"}}, {"ablate": {("cross", True, 0): "zero"}},
        {"ablate": {("cross", "0", 0): "zero"}}, {"ablate": {("cross", None, 0): "zero"}},
        {"ablate": {("cross", 0, 0): "half"}}, {"ablate": {("cross", 0, 0): 0}}, {"ablate": {("cross", 0, 0): None}},
        {"masked_source": 1}, {"masked_source": "12"}, {"masked_source": (-1,)}, {"masked_source": (1.0,)},
        {"masked_source": (True,)}, {"masked_source": (None,)}, {"masked_source": {1: 2}}, {"masked_source": ([],)},
        {"forced": 5}, {"forced": ["x"]}, {"forced": {-1: "x"}}, {"forced": {0.0: "x"}}, {"forced": {"0": "x"}},
        {"forced": {True: "x"}}, {"forced": {0: ""}}, {"forced": {0: None}}, {"forced": {0: 7}},
        {"ablate": {("cross", 0, 10**400): "zero"}}, {"masked_source": (10**400,)}, {"forced": {10**400: "x"}},
        {"forced": {0: "x" * 1000}}, {"forced": {0: "\ud83d"}},
        {"positions": 1}, {"positions": "False"}, {"positions": None}, {"causal": 0}, {"causal": "yes"},
        {"temperature": 0}, {"temperature": -1}, {"temperature": math.nan}, {"temperature": math.inf},
        {"temperature": 1e-30}, {"temperature": 101}, {"temperature": 10**400}, {"temperature": "1"},
        {"temperature": True}, {"temperature": None}, {"temperature": 1j},
    ],
    ids=lambda wrong: ascii(wrong)[:60],
)  # fmt: skip
def test_what_no_model_can_do_is_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(OptionError) as caught:
        Intervention(**wrong)
    assert caught.value.values["name"] == name
    assert len(str(caught.value).encode()) < 400


@pytest.mark.parametrize(
    "wrong",
    [
        None, 5, "x", [], {"nothing": 1}, {1: 2}, {"ablate": {}}, {"ablate": [["cross", 0, 0]]}, {"ablate": ["cross"]},
        {"ablate": [["cross", [], 0, "zero"]]}, {"ablate": [["cross", 0, 0, {}]]}, {"ablate": "zero"},
        {"ablate": [["cross", 0, 0, "zero"], ["cross", 0, 0, "uniform"]]}, {"forced": {"0": "x"}}, {"forced": [[0]]},
        {"forced": [[[], "x"]]}, {"forced": [[0, "x"], [0, "y"]]}, {"masked_source": None}, {"temperature": "0.5"},
        {"temperature": [1]}, {"causal": None}, {"masked_source": [10**400]},
    ],
    ids=lambda wrong: ascii(wrong)[:60],
)  # fmt: skip
def test_a_hostile_link_is_refused(wrong):
    with pytest.raises(OptionError):
        Intervention.from_dict(wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"ablate": {("cross", 2, 0): "zero"}}, {"ablate": {("cross", 0, 4): "uniform"}},
        {"ablate": {("encoder_self", 999_999, 0): "zero"}}, {"masked_source": (99,)},
        {"masked_source": (999_999,)}, {"masked_source": tuple(range(6))}, {"forced": {40: "汤姆"}},
        {"forced": {999_999: "汤姆"}}, {"forced": {0: "dog"}}, {"forced": {0: "▁"}}, {"forced": {0: " "}},
        {"forced": {0: "汤姆\x00"}}, {"forced": {0: "龘"}},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_what_this_model_or_sentence_does_not_have_is_refused_before_anything_runs(taught, trace, change):
    if "masked_source" in change and len(change["masked_source"]) > 1:
        change = {"masked_source": tuple(range(len(trace.source_pieces)))}
    intervention, (name,) = Intervention(**change), change
    for run in (taught.translate, taught.steps):
        with pytest.raises(OptionError) as caught:
            run(SENTENCE, intervention=intervention)
        assert caught.value.values["name"] == name
        assert str(caught.value)


@pytest.mark.parametrize("wrong", [{}, {"ablate": []}, "zero", 1, {("cross", 0, 0): "zero"}], ids=str)
def test_only_an_intervention_is_one(taught, wrong):
    with pytest.raises(OptionError, match="intervention"):
        taught.translate(SENTENCE, intervention=wrong)


def test_check_knows_a_config(taught):
    Intervention(ablate={("cross", 1, 3): "zero"}).check(taught.config)
    with pytest.raises(OptionError):
        Intervention(ablate={("cross", 1, 4): "zero"}).check(taught.config)
    Intervention(masked_source=(7,)).check(taught.config)  # the sentence is not known yet
    with pytest.raises(OptionError):
        Intervention(masked_source=(7,)).check(taught.config, source_length=7)


# --- Nothing changed: today's Trace, bit for bit


@pytest.mark.parametrize("options", [{}, {"target": "汤姆追逐杰瑞。"}, {"strategy": "beam"}], ids=str)
def test_an_intervention_that_changes_nothing_is_todays_trace_bit_for_bit(taught, options):
    whole = taught.translate(SENTENCE, **options)
    assert whole.intervention is None
    for change in (Intervention(), Intervention(ablate={}), Intervention(temperature=1)):
        assert taught.translate(SENTENCE, intervention=change, **options) == whole


def test_forcing_what_would_have_been_written_is_todays_trace_bit_for_bit(taught, taught_pairs):
    for source, _ in taught_pairs[:4]:
        whole = taught.translate(source)
        for t, piece in enumerate(whole.output_pieces):
            for written in (piece, f"▁{piece}"):
                assert taught.translate(source, intervention=Intervention(forced={t: written})) == whole
        everything = Intervention(forced=dict(enumerate(whole.output_pieces)))
        assert taught.translate(source, intervention=everything) == whole
        assert taught.translate(source, intervention=Intervention(forced={39: "汤姆"})) == whole  # never reached


def test_a_forced_piece_when_its_step_is_the_first_after_the_end_is_not_recorded(taught, trace):
    assert trace.finished
    change = Intervention(forced={len(trace.output_pieces): "汤姆"})
    assert taught.translate(SENTENCE, intervention=change).intervention is None


def test_forcing_what_a_beam_would_have_found_is_todays_trace_bit_for_bit(taught):
    whole = taught.translate(SENTENCE, strategy="beam")
    change = Intervention(forced={0: whole.output_pieces[0]})
    assert taught.translate(SENTENCE, strategy="beam", intervention=change) == whole


def test_the_plain_model_with_nothing_changed_is_the_laid_out_one(taught, trace):
    """Under an intervention the modules themselves run: their numbers are the same but for rounding."""
    source = torch.tensor([taught.encode(SENTENCE)[0]])
    change = Change.of(Intervention(), taught.config, source.size(1))
    assert change.heads == {}
    run = Intervened(taught.model, change)
    with torch.inference_mode():
        memory, maps = run.encode(source, traced=True)
        assert np.allclose(maps[0].numpy(), trace.encoder_self, atol=1e-5)
        outcome = beam(taught.model, source, 20, 3, 0.6, memory, run)
        assert outcome[0].ids == beam(taught.model, source, 20, 3, 0.6)[0].ids


# --- Heads taken away


@pytest.mark.parametrize("head", ALL_HEADS, ids=str)
def test_ablating_a_head_equals_zeroing_its_slice_of_w_o_in_a_copy(taught, trace, head):
    kind, layer, index = head
    twin = copy.deepcopy(taught.model)
    part = {"encoder_self": twin.encoder, "decoder_self": twin.decoder, "cross": twin.decoder}[kind][layer]
    attention = part.cross_attention if kind == "cross" else part.self_attention
    width = taught.config.d_k
    attention.w_o.weight.data[:, index * width : (index + 1) * width] = 0
    maimed = dataclasses.replace(taught, model=twin)
    for options in ({}, {"target": trace.text}, {"strategy": "beam"}):
        changed = taught.translate(SENTENCE, intervention=Intervention(ablate={head: "zero"}), **options)
        expected = maimed.translate(SENTENCE, **options)
        maps = getattr(expected, kind).copy()
        maps[layer, index] = 0  # the copy still computes the weights that it then throws away
        assert changed.output_pieces == expected.output_pieces
        assert changed.log_probability == pytest.approx(expected.log_probability, abs=1e-4)
        for other in KINDS:
            wanted = maps if other == kind else getattr(expected, other)
            assert np.allclose(getattr(changed, other), wanted, atol=2e-5)
        assert (getattr(changed, kind)[layer, index] == 0).all()
        assert changed.intervention == Intervention(ablate={head: "zero"})


def test_uniform_is_equal_weight_on_every_key_that_may_be_seen(taught):
    heads = {(kind, 1, 2): "uniform" for kind in KINDS}
    changed = taught.translate(SENTENCE, intervention=Intervention(ablate=heads, masked_source=(0,)))
    s, t = len(changed.source_pieces), len(changed.output_pieces)
    source = np.r_[0, np.full(s - 1, 1 / (s - 1))]
    assert np.allclose(changed.encoder_self[1, 2], source)
    assert np.allclose(changed.cross[1, 2], source)
    assert np.allclose(changed.decoder_self[1, 2], np.tril(np.ones((t, t))) / np.arange(1, t + 1)[:, None])
    assert np.allclose(changed.encoder_self.sum(-1), 1, atol=1e-5)
    assert not np.allclose(changed.encoder_self[1, 1], source, atol=1e-3)


def test_without_all_heads_the_layers_of_attention_add_their_bias_and_nothing_else(taught):
    every = Intervention(ablate=dict.fromkeys(ALL_HEADS, "zero"))
    a, b = (taught.translate(text, intervention=every) for text in (SENTENCE, "Who is Jerry?"))
    assert a.output_pieces == b.output_pieces  # it reads nothing of its source
    assert np.array_equal(a.log_probabilities, b.log_probabilities)


# --- Masked words


@pytest.mark.parametrize("masked", [(0,), (1, 2), (-1,)], ids=str)
def test_nobody_attends_to_a_masked_piece_and_what_stands_there_makes_no_difference(taught, trace, masked):
    masked = tuple(i % len(trace.source_pieces) for i in masked)
    changed = taught.translate(SENTENCE, intervention=Intervention(masked_source=masked))
    for kind in ("encoder_self", "cross"):
        assert (getattr(changed, kind)[..., list(masked)] == 0).all()
        assert np.allclose(getattr(changed, kind).sum(-1), 1, atol=1e-5)
    assert not close(changed, trace)
    ids = torch.tensor([taught.encode(SENTENCE)[0]])
    other = ids.clone()
    other[0, list(masked)] = 17
    change = Change.of(Intervention(masked_source=masked), taught.config, ids.size(1))
    seen = [i for i in range(ids.size(1)) if i not in masked]
    memories = [taught.model.encode(source, change=change)[0][:, seen] for source in (ids, other)]
    assert torch.equal(*memories)


def test_a_masked_piece_is_as_padding(taught):
    """Masking the last pieces is what a model does with padding, but for the row of the masked query itself."""
    ids = torch.tensor([taught.encode(SENTENCE)[0]])
    size = ids.size(1)
    change = Change.of(Intervention(masked_source=(size - 1, size - 2)), taught.config, size)
    masked, _ = taught.model.encode(ids, change=change)
    alone, _ = taught.model.encode(ids[:, : size - 2])
    assert torch.allclose(masked[:, : size - 2], alone, atol=1e-5)


# --- Forced pieces


def test_a_forced_piece_is_written_and_decoding_goes_on_from_it(taught, trace):
    other = next(piece for piece, _ in trace.top(1) if piece not in (trace.output_pieces[1], "</s>"))
    changed = taught.translate(SENTENCE, intervention=Intervention(forced={1: other}))
    assert changed.output_pieces[0] == trace.output_pieces[0]
    assert changed.output_pieces[1] == other
    assert changed.intervention == Intervention(forced={1: other})
    assert changed.strategy == "greedy"
    # What was decided before it is as it was, the model's own opinion at the forced step included.
    assert changed.top_pieces[:2] == trace.top_pieces[:2]
    assert np.array_equal(changed.top_probabilities[:2], trace.top_probabilities[:2])
    assert math.exp(changed.log_probabilities[1]) == pytest.approx(dict(trace.top(1, 100))[other], rel=1e-4)
    for t, piece in enumerate(changed.output_pieces):
        assert t == 1 or changed.top(t, 1)[0][0] == piece


def test_forcing_the_end_ends_it_and_forcing_on_goes_on(taught, trace):
    ended = taught.translate(SENTENCE, intervention=Intervention(forced={2: "</s>"}))
    assert ended.output_pieces == (*trace.output_pieces[:2], "</s>")
    assert ended.finished
    last = len(trace.output_pieces) - 1
    longer = taught.translate(SENTENCE, intervention=Intervention(forced={last: "汤姆"}))
    assert len(longer.output_pieces) > len(trace.output_pieces)
    assert longer.output_pieces[last] == "汤姆"


def test_with_a_given_translation_a_forced_piece_replaces_that_step(taught):
    whole = taught.translate(SENTENCE, target="汤姆追逐杰瑞。")
    t = whole.output_pieces.index("杰瑞")
    changed = taught.translate(SENTENCE, target="汤姆追逐杰瑞。", intervention=Intervention(forced={t: "▁汤姆"}))
    assert changed.output_pieces == (*whole.output_pieces[:t], "汤姆", *whole.output_pieces[t + 1 :])
    assert np.allclose(changed.cross[:, :, : t + 1], whole.cross[:, :, : t + 1], atol=1e-6)
    assert changed.intervention == Intervention(forced={t: "▁汤姆"})
    same = Intervention(forced={t: "杰瑞"})
    assert taught.translate(SENTENCE, target="汤姆追逐杰瑞。", intervention=same) == whole
    ended = Intervention(forced={1: "</s>"})
    assert taught.translate(SENTENCE, target="汤姆追逐杰瑞。", intervention=ended).output_pieces[1:] == ("</s>",)


def test_every_hypothesis_of_a_beam_has_the_forced_piece(taught):
    changed = taught.translate(SENTENCE, strategy="beam", intervention=Intervention(forced={0: "汤姆"}))
    assert changed.output_pieces[0] == "汤姆"
    source = torch.tensor([taught.encode(SENTENCE)[0]])
    forced = {0: taught.encoding.target_index("汤姆"), 2: taught.encoding.target_index("。")}
    found = beam(taught.model, source, 12, 4, 0.6, forced=forced)
    assert len(found) > 1
    assert all(ids[0] == forced[0] and (len(ids) < 3 or ids[2] == forced[2]) for ids, *_ in found)


@pytest.mark.parametrize("change", [Intervention(forced={1: "汤姆"}), FULL], ids=["forced", "full"])
def test_a_beam_of_1_is_greedy_under_an_intervention_too(taught, change):
    a = taught.translate(SENTENCE, intervention=change)
    b = taught.translate(SENTENCE, strategy="beam", beam_size=1, intervention=change)
    assert close(a, b)


# --- Positions, mask, temperature


def test_without_positions_the_encoder_does_not_know_the_order(taught):
    ids = torch.tensor([taught.encode("Tom chases Jerry.")[0]])
    order = torch.randperm(ids.size(1), generator=torch.Generator().manual_seed(3))
    change = Change.of(Intervention(positions=False), taught.config, ids.size(1))
    memory, _ = taught.model.encode(ids, change=change)
    shuffled, _ = taught.model.encode(ids[:, order], change=change)
    assert torch.allclose(memory[:, order], shuffled, atol=1e-5)
    plain, _ = taught.model.encode(ids)
    assert not torch.allclose(plain[:, order], taught.model.encode(ids[:, order])[0], atol=1e-2)
    assert not torch.allclose(plain, memory, atol=1e-2)


@pytest.mark.parametrize("options", [{}, {"target": "汤姆追逐杰瑞。"}, {"strategy": "beam"}], ids=str)
def test_without_positions_equals_a_copy_whose_positions_are_zero(taught, trace, options):
    twin = copy.deepcopy(taught.model)
    twin.positions.zero_()
    expected = dataclasses.replace(taught, model=twin).translate(SENTENCE, **options)
    changed = taught.translate(SENTENCE, intervention=Intervention(positions=False), **options)
    assert close(changed, expected)
    assert not close(changed, taught.translate(SENTENCE, **options))


@pytest.mark.parametrize("options", [{}, {"target": "汤姆追逐杰瑞。"}, {"strategy": "beam"}], ids=str)
def test_without_the_causal_mask_the_weights_are_the_last_pass_and_probabilities_each_steps_own(taught, options):
    trace = taught.translate(SENTENCE, intervention=Intervention(causal=False), **options)
    assert (trace.decoder_self > 0).all()
    assert np.allclose(trace.decoder_self.sum(-1), 1, atol=1e-5)
    assert trace.intervention == Intervention(causal=False)
    ids = torch.tensor([taught.encode(SENTENCE)[0]])
    names = taught.target_tokenizer.pieces
    output = [names.index(piece) for piece in trace.output_pieces]
    change = Change.of(Intervention(causal=False), taught.config, ids.size(1))
    memory, _ = taught.model.encode(ids)
    keys = taught.model.start(memory, ids)
    for t in range(len(output)):
        inputs = torch.tensor([[BOS, *output[:t]]])
        states, _, own, cross = taught.model.decode(inputs, *keys, traced=True, change=change)
        log_probability = float(taught.model.logits(states[0, -1]).log_softmax(-1)[output[t]])
        assert trace.log_probabilities[t] == pytest.approx(log_probability, abs=1e-5)
    assert np.allclose(trace.decoder_self, own[0].numpy(), atol=1e-5)
    assert np.allclose(trace.cross, cross[0].numpy(), atol=1e-5)


def test_temperature_divides_the_scores(taught):
    draw = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(1, 2, 5, 8, generator=draw) for _ in range(3))
    for temperature in (0.25, 3.0):
        _, weights = scaled_dot_product_attention(query, key, value, change=HeadChange(temperature=temperature))
        expected = (query @ key.transpose(-2, -1) / math.sqrt(8) / temperature).softmax(-1)
        assert torch.allclose(weights, expected, atol=1e-6)
    hot = taught.translate(SENTENCE, intervention=Intervention(temperature=100))
    s, t = len(hot.source_pieces), len(hot.output_pieces)
    assert np.allclose(hot.encoder_self, 1 / s, atol=0.05)
    assert np.allclose(hot.decoder_self[..., -1, :], 1 / t, atol=0.05)
    cold = taught.translate(SENTENCE, intervention=Intervention(temperature=0.01))
    assert cold.cross.max(-1).mean() > 0.95
    assert np.isfinite(cold.log_probabilities).all()


def test_masked_rows_of_a_change_are_zero_not_nan():
    query = torch.randn(1, 2, 3, 4)
    mask = torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
    change = HeadChange(uniform=torch.tensor([True, False])[:, None, None], temperature=0.5)
    output, weights = scaled_dot_product_attention(query, query, query, mask, change)
    assert weights[0, 0].tolist() == [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0], pytest.approx([1 / 3] * 3)]
    assert not output.isnan().any()


# --- The record


@pytest.mark.parametrize("options", [{}, {"target": "汤姆追逐杰瑞。"}, {"strategy": "beam"}, {"strategy": "sample"}])
def test_a_full_intervention_runs_in_every_way_and_what_is_recorded_gives_the_same_again(taught, options):
    trace = taught.translate(SENTENCE, intervention=FULL, **options)
    assert trace.intervention in (FULL, dataclasses.replace(FULL, forced={}))
    again = taught.translate(SENTENCE, intervention=trace.intervention, **options)
    assert again == trace
    assert pickle.loads(pickle.dumps(trace)) == trace
    assert trace != dataclasses.replace(trace, intervention=None)


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_a_file_keeps_the_intervention(taught, tmp_path, suffix):
    trace = taught.translate(SENTENCE, intervention=FULL)
    trace.save(tmp_path / f"run{suffix}")
    assert Trace.load(tmp_path / f"run{suffix}") == trace
    assert Trace.load(tmp_path / f"run{suffix}").intervention == trace.intervention


def test_a_file_from_before_there_were_interventions_is_read(trace, tmp_path):
    path = tmp_path / "old.json"
    trace.save(path)
    fields = json.loads(path.read_text("utf-8"))
    assert fields.pop("intervention", "missing") is None
    path.write_text(json.dumps(fields), "utf-8")
    assert Trace.load(path) == trace


@pytest.mark.parametrize(
    "wrong", [5, "x", [], {"nothing": 1}, {"temperature": 0}, {"ablate": [[1]]}, {"masked_source": [99]}], ids=str
)
def test_a_file_with_a_hostile_intervention_is_refused(trace, tmp_path, wrong):
    path = tmp_path / "bad.json"
    trace.save(path)
    fields = json.loads(path.read_text("utf-8")) | {"intervention": wrong}
    path.write_text(json.dumps(fields), "utf-8")
    with pytest.raises(TraceFileError, match="intervention"):
        Trace.load(path)


@pytest.mark.parametrize(
    "change", [None, Intervention(forced={1: "汤姆"}), FULL, dataclasses.replace(FULL, causal=True)]
)
def test_steps_are_the_rows_of_the_trace(taught, change):
    trace, steps = taught.translate(SENTENCE, intervention=change), list(taught.steps(SENTENCE, intervention=change))
    assert tuple(step.piece for step in steps) == trace.output_pieces
    assert steps[-1].text == trace.text
    for t, step in enumerate(steps):
        assert step.probability == pytest.approx(math.exp(trace.log_probabilities[t]), abs=1e-5)
        assert step.decoder_self.shape == (2, 4, t + 1)
        assert step.drawn_from is None
        if change is None or change.causal:
            assert np.allclose(step.decoder_self, trace.decoder_self[:, :, t, : t + 1], atol=1e-5)
            assert np.allclose(step.cross, trace.cross[:, :, t], atol=1e-5)
    assert np.allclose(steps[-1].cross, trace.cross[:, :, -1], atol=1e-5)


# --- Two visitors


def test_another_visitors_trace_is_the_same_bit_for_bit_while_one_intervenes(taught, taught_pairs):
    sources = [source for source, _ in taught_pairs[:4]]
    before = [taught.translate(source) for source in sources]
    changed = [taught.translate(source, intervention=FULL) for source in sources]
    state = {name: value.clone() for name, value in taught.model.state_dict().items()}
    held = {name: dict(vars(module)) for name, module in taught.model.named_modules()}
    with ThreadPoolExecutor(4) as pool:
        jobs = []
        for _, source in itertools.product(range(6), sources):
            jobs.append(pool.submit(taught.translate, source))
            jobs.append(pool.submit(taught.translate, source, intervention=FULL))
            jobs.append(pool.submit(taught.head_importance, source))
        results = [job.result() for job in jobs]
    for i, _ in enumerate(results[::3]):
        assert results[3 * i] == before[i % 4]
        assert results[3 * i + 1] == changed[i % 4]
    assert all(torch.equal(value, state[name]) for name, value in taught.model.state_dict().items())
    assert {name: dict(vars(module)).keys() for name, module in taught.model.named_modules()} == {
        name: values.keys() for name, values in held.items()
    }


def test_ids_end_where_they_end(taught):
    assert taught.encoding.target_index("</s>") == EOS
    assert taught.encoding.target_index("<unk>") == 1
