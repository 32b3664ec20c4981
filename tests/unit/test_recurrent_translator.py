"""A Translator around a recurrent model: its Traces, its interventions, and what it has not and refuses."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch

import core
from core.analysis import measures, rollout
from core.config import ARCHITECTURES, BOS
from core.errors import OptionError
from core.export import pack, to_csv, to_frame, to_html
from core.intervention import Intervention
from core.model import Change, Intervened
from core.plots import all_heads, heatmap
from core.records.trace import KINDS, Trace
from core.training.corpus import encode_pairs
from pages.ui.stage_state import stage_state
from tests.conftest import build, teach

close = torch.testing.assert_close
ATTENDING = ("rnn-additive", "rnn-dot")
SENTENCE = "Where is Jerry?"


@pytest.fixture(scope="module", params=ARCHITECTURES[1:])
def taught(request, tmp_path_factory, tokenizers, write_folder, taught_pairs) -> core.Translator:
    """A small recurrent model that was trained for some seconds: its outputs are sentences and end in </s>."""
    (source, _), (target, _) = tokenizers
    model = build(architecture=request.param, source_vocab=len(source), target_vocab=len(target), n_heads=1, d_ff=24)
    teach(model, encode_pairs(taught_pairs, source, target, 40), 60, 1e-2)
    folder = tmp_path_factory.mktemp("models") / request.param
    return core.load(write_folder(folder, model), device="cpu")


@pytest.fixture(scope="module")
def trace(taught) -> Trace:
    return taught.translate(SENTENCE)


def attends(translator: core.Translator) -> bool:
    return translator.config.architecture in ATTENDING


def test_taught_sentences_are_translated(taught, taught_pairs):
    right = sum(taught.translate(source).text == target for source, target in taught_pairs)
    assert right >= len(taught_pairs) - 2


def test_a_trace_has_the_kinds_that_the_model_has(taught, trace):
    source, target = len(trace.source_pieces), len(trace.output_pieces)
    layers = int(attends(taught))
    assert trace.encoder_self.shape == (0, 1, source, source)
    assert trace.decoder_self.shape == (0, 1, target, target)
    assert trace.cross.shape == (layers, 1, target, source)
    assert trace.kinds == (("cross",) if layers else ())
    assert (trace.n_layers, trace.n_heads) == (layers, 1)
    assert [taught.config.attention_layers(kind) for kind in KINDS] == [0, 0, layers]
    np.testing.assert_allclose(trace.cross.sum(-1), 1, atol=1e-6)
    with pytest.raises(OptionError, match="no attention of this kind"):
        trace.weights("encoder_self", 0, 0)
    if layers:
        assert trace.weights("cross", 0, None).shape == (target, source)
        with pytest.raises(OptionError, match="from 0 to 0"):
            trace.weights("cross", 1, 0)
    else:
        with pytest.raises(OptionError, match="no attention of this kind"):
            trace.weights("cross", 0, None)


def same(a: Trace, b: Trace) -> None:
    assert (a.output_pieces, a.source_pieces, a.finished) == (b.output_pieces, b.source_pieces, b.finished)
    for name in (*KINDS, "log_probabilities", "top_probabilities"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=0, atol=1e-5)


def test_all_ways_to_the_same_output_give_the_same_trace(taught, trace):
    same(taught.translate(SENTENCE, strategy="beam", beam_size=1), trace)
    same(taught.translate(SENTENCE, target=trace.text), trace)
    same(taught.translate(SENTENCE, target=trace.output_pieces), trace)
    same(taught.translate(SENTENCE, strategy="sample", top_k=1), trace)
    same(taught.translate(SENTENCE, intervention=Intervention()), trace)


def test_steps_are_the_rows_of_the_trace(taught, trace):
    steps = list(taught.steps(SENTENCE))
    assert [step.piece for step in steps] == list(trace.output_pieces)
    for step in steps:
        assert step.decoder_self.shape == (0, 1, step.t + 1)
        np.testing.assert_allclose(step.cross, trace.cross[:, :, step.t], atol=1e-6)
        assert step.probability == pytest.approx(math.exp(trace.log_probabilities[step.t]), abs=1e-5)


def test_beams_and_drawn_outputs_are_recorded_as_one_pass_scores_them(taught):
    for options in ({"strategy": "beam", "beam_size": 3}, {"strategy": "sample", "temperature": 2.0, "seed": 3}):
        found = taught.translate(SENTENCE, **options)
        same(taught.translate(SENTENCE, target=found.output_pieces), found)
    search = taught.beam_search(SENTENCE, beam_size=3)
    assert search.hypotheses[0].text == taught.translate(SENTENCE, strategy="beam", beam_size=3).text
    assert search.greedy_text == taught.translate(SENTENCE).text


def test_forced_pieces_are_written_and_gone_on_from(taught, trace):
    other = next(piece for piece, _ in trace.top(0, 3)[1:] if piece != "</s>")
    changed = taught.translate(SENTENCE, intervention=Intervention(forced={0: other}))
    assert changed.output_pieces[0] == other
    assert changed.intervention == Intervention(forced={0: other})
    same(taught.translate(SENTENCE, target=changed.output_pieces), changed)


def test_a_masked_source_piece_is_neither_read_nor_attended_to(taught, trace):
    """A sentence with pieces masked is translated as one without them, at its ends too."""
    masked = Intervention(masked_source=(1,))
    found = taught.translate(SENTENCE, intervention=masked)
    assert (found.cross[..., 1] == 0).all()
    np.testing.assert_allclose(found.cross.sum(-1), 1, atol=1e-5)
    ids, _ = taught.encode(SENTENCE)
    change = Change.of(masked, taught.config, len(ids))
    run = Intervened(taught.model, change)
    source, without = torch.tensor([ids]), torch.tensor([[ids[0], *ids[2:]]])
    inputs = torch.tensor([[BOS, 5, 6, 7]])
    memory, _ = run.encode(source)
    states, *_ = taught.model.decode(inputs, *run.start(memory, source), change=change)
    close(states, taught.model(without, inputs), rtol=0, atol=1e-5)
    first_and_last = Change.of(Intervention(masked_source=(0, len(ids) - 1)), taught.config, len(ids))
    run = Intervened(taught.model, first_and_last)
    states, *_ = taught.model.decode(inputs, *run.start(run.encode(source)[0], source), change=first_and_last)
    close(states, taught.model(source[:, 1:-1], inputs), rtol=0, atol=1e-5)


def test_interventions_on_attention_change_its_weights(taught, trace):
    if not attends(taught):
        for change in (Intervention(ablate={("cross", 0, 0): "zero"}), Intervention(temperature=2.0)):
            with pytest.raises(OptionError, match="recurrent, and has no attention"):
                taught.translate(SENTENCE, intervention=change)
        return
    same_output = {"target": trace.output_pieces}
    zero = taught.translate(SENTENCE, **same_output, intervention=Intervention(ablate={("cross", 0, 0): "zero"}))
    assert (zero.cross == 0).all()
    assert zero.log_probability < trace.log_probability
    even = taught.translate(SENTENCE, **same_output, intervention=Intervention(ablate={("cross", 0, 0): "uniform"}))
    np.testing.assert_allclose(even.cross, 1 / len(trace.source_pieces), atol=1e-7)
    sharp = taught.translate(SENTENCE, **same_output, intervention=Intervention(temperature=0.5))
    squared = trace.cross**2
    np.testing.assert_allclose(sharp.cross, squared / squared.sum(-1, keepdims=True), atol=1e-5)
    both = Intervention(ablate={("cross", 0, 0): "uniform"}, masked_source=(0,))
    assert (taught.translate(SENTENCE, intervention=both).cross[..., 0] == 0).all()


@pytest.mark.parametrize(
    "change",
    [
        {"positions": False},
        {"causal": False},
        {"ablate": {("encoder_self", 0, 0): "zero"}},
        {"ablate": {("decoder_self", 0, 0): "uniform"}},
        {"ablate": {("cross", 1, 0): "zero"}},
        {"ablate": {("cross", 0, 1): "zero"}},
        {"without": {("encoder", 0, "norm")}},
        {"encoder_layer": 0},
    ],
    ids=str,
)
def test_what_a_recurrent_model_does_not_have_is_refused_with_a_sentence(taught, change):
    with pytest.raises(OptionError) as caught:
        taught.translate(SENTENCE, intervention=Intervention(**change))
    assert str(caught.value).endswith(".")
    assert next(iter(change)) in str(caught.value)


def test_what_looks_inside_of_heads_is_refused_with_a_sentence(taught, trace):
    for ask in (
        lambda: taught.head_importance(SENTENCE),
        lambda: taught.inside(trace, "cross", 0, 0),
        lambda: taught.embedded(trace),
        lambda: rollout(trace),
    ):
        with pytest.raises(OptionError, match=r"recurrent|no self-attention"):
            ask()
    assert taught.embedding("source").shape == (taught.config.source_vocab, 32)


def test_a_transformer_has_no_recurrence(tiny):
    with pytest.raises(OptionError, match="Transformer"):
        tiny.recurrence(tiny.translate(SENTENCE))


@pytest.mark.parametrize("change", [None, Intervention(masked_source=(1,)), Intervention(forced={0: "汤姆"})], ids=str)
def test_recurrence_gives_annotations_states_and_contexts_of_a_trace(taught, change):
    trace = taught.translate(SENTENCE, intervention=change)
    inside = taught.recurrence(trace)
    source, target = len(trace.source_pieces), len(trace.output_pieces)
    assert (inside.keys, inside.rows) == (trace.source_pieces, trace.input_pieces)
    assert inside.annotations.shape == (source, 32)
    assert inside.queries.shape == inside.contexts.shape == (target, 32)
    if attends(taught):
        np.testing.assert_allclose(inside.weights, trace.cross[0, 0], atol=1e-5)
        np.testing.assert_allclose(inside.contexts, inside.weights @ inside.annotations, atol=1e-5)
        assert inside.scores.shape == (target, source)
    else:
        assert inside.weights is None
        assert inside.scores is None
        assert (inside.contexts == inside.contexts[0]).all()
    if change is not None and change.masked_source:
        assert (inside.annotations[1] == 0).all()
    with pytest.raises(ValueError, match="read-only"):
        pickle.loads(pickle.dumps(inside)).contexts[0] = 0


def test_recurrence_refuses_another_models_trace(taught, trace, tiny):
    with pytest.raises(OptionError, match="choose a Trace of the model"):
        taught.recurrence(tiny.translate(SENTENCE))


# Files, tables, figures


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_a_trace_is_saved_and_read_bit_for_bit(trace, tmp_path, suffix):
    trace.save(tmp_path / f"trace.{suffix}")
    assert Trace.load(tmp_path / f"trace.{suffix}") == trace
    assert pickle.loads(pickle.dumps(trace)) == trace


def test_the_stages_bytes_its_page_and_the_table_hold_the_weights_that_there_are(trace):
    packed = pack(trace)
    end = 4 + int.from_bytes(packed[:4], "little")
    assert f'"layers":[0,0,{trace.n_layers}]' in packed[4:end].decode()
    frame = to_frame(trace)
    assert len(frame) == trace.cross.size
    assert set(frame["kind"]) == set(trace.kinds)
    assert to_csv(trace).count("\n") == 1 + trace.cross.size
    assert trace.text in to_html(trace)


@pytest.mark.parametrize(
    "wanted", [None, {"kind": "encoder_self", "layer": 2}, {"kind": "cross", "heads": [0, 3]}], ids=str
)
def test_the_stage_begins_where_there_is_something_or_where_it_would_be(trace, wanted):
    state = stage_state(trace, wanted)
    assert (state["kind"], state["layer"]) == ("cross", 0)
    assert state["heads"] in ("average", [0])


def test_figures_and_measures_answer_for_the_kinds_that_there_are(trace):
    for kind in KINDS:
        found = measures(trace, kind)
        assert {values.shape for values in found.values()} == {(len(getattr(trace, kind)), 1)}
        if kind in trace.kinds:
            assert heatmap(trace, kind).data
            assert all_heads(trace, kind).data
        else:
            for draw in (heatmap, all_heads):
                with pytest.raises(OptionError, match="no attention of this kind"):
                    draw(trace, kind)


def test_a_run_changes_nothing_in_the_model(taught):
    before = copy.deepcopy(taught.model.state_dict())
    names = set(vars(taught.model))
    taught.translate(SENTENCE, strategy="beam", intervention=Intervention(masked_source=(0,)))
    assert set(vars(taught.model)) == names
    assert all(torch.equal(value, before[name]) for name, value in taught.model.state_dict().items())
