"""Runs under an intervention: they change what it says and nothing else."""

import copy
import dataclasses
import itertools
import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from core.config import BOS, EOS
from core.decoding import beam
from core.intervention import Intervention
from core.model import Change, Intervened, scaled_dot_product_attention
from core.model.attention import HeadChange
from core.records.trace import KINDS, Trace
from tests.conftest import FULL

SENTENCE = "Where is Jerry?"
ALL_HEADS = [(kind, layer, head) for kind in KINDS for layer in range(2) for head in range(4)]


@pytest.fixture(scope="module")
def trace(taught):
    return taught.translate(SENTENCE)


def close(a: Trace, b: Trace, tolerance: float = 2e-5) -> bool:
    arrays = (*KINDS, "log_probabilities")
    return a.output_pieces == b.output_pieces and all(
        np.allclose(getattr(a, name), getattr(b, name), atol=tolerance) for name in arrays
    )


# --- Nothing changed


@pytest.mark.parametrize("options", [{}, {"target": "汤姆追逐杰瑞。"}, {"strategy": "beam"}], ids=str)
def test_an_intervention_that_changes_nothing_gives_the_plain_trace_bit_for_bit(taught, options):
    whole = taught.translate(SENTENCE, **options)
    assert whole.intervention is None
    for change in (Intervention(), Intervention(ablate={}), Intervention(temperature=1)):
        assert taught.translate(SENTENCE, intervention=change, **options) == whole


def test_forcing_the_piece_that_greedy_writes_gives_the_plain_trace_bit_for_bit(taught, taught_pairs):
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


def test_forcing_the_piece_that_a_beam_finds_gives_the_plain_trace_bit_for_bit(taught):
    whole = taught.translate(SENTENCE, strategy="beam")
    change = Intervention(forced={0: whole.output_pieces[0]})
    assert taught.translate(SENTENCE, strategy="beam", intervention=change) == whole


def test_the_modules_when_nothing_is_changed_give_the_incremental_runs_numbers(taught, trace):
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


# --- Heads removed


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


def test_target_index_of_a_special_is_its_id(taught):
    assert taught.encoding.target_index("</s>") == EOS
    assert taught.encoding.target_index("<unk>") == 1
