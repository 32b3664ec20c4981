"""The recurrent encoder-decoders: their attention by hand, padding, one step at a time, what they learn, their Traces."""

import copy
import math
import pickle
import random

import numpy as np
import pytest
import torch

import core
from core.analysis import measures, rollout
from core.config import ARCHITECTURES, BOS, EOS, PAD, ModelConfig
from core.decoding import beam, greedy
from core.errors import OptionError
from core.export import pack, to_csv, to_frame, to_html
from core.intervention import Intervention
from core.model import Change, Intervened, Recurrent, build, runner
from core.model.recurrent import AdditiveAttention, DotAttention, attention_weights
from core.plots import all_heads, heatmap
from core.records.trace import KINDS, Trace
from core.training.corpus import encode_pairs, pad, tensors
from core.training.objective import smoothed_cross_entropy
from pages.ui.stage_state import stage_state

close = torch.testing.assert_close
RECURRENT = ARCHITECTURES[1:]
ATTENDING = ("rnn-additive", "rnn-dot")
SIZES = {
    "source_vocab": 20,
    "target_vocab": 20,
    "d_model": 16,
    "n_heads": 1,
    "n_layers": 2,
    "d_ff": 24,
    "max_length": 40,
}

SOURCE = torch.tensor([[5, 9, 4, 17, 6, 3], [8, 12, 3, PAD, PAD, PAD], [7, 3, PAD, PAD, PAD, PAD]])
TARGET = torch.tensor([[2, 6, 7, 8, 19, 11, 4], [2, 10, 5, 6, 3, 9, 9], [2, 4, 4, 13, 5, 18, 2]])

each = pytest.mark.parametrize("architecture", RECURRENT)
each_attending = pytest.mark.parametrize("architecture", ATTENDING)


def make(architecture: str, seed: int = 0, **changes) -> Recurrent:
    """A model with random weights and biases, ready to run."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build(ModelConfig(**{**SIZES, "architecture": architecture, **changes}))
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() == 1:  # biases of 0 would hide a mistake
                    parameter += 0.2 * torch.randn_like(parameter)
    return model.eval().requires_grad_(False)


def decoded(model: Recurrent, source=SOURCE, target=TARGET):
    return model.decode_inside(target, *model.start(model.encode(source)[0], source))


# Scores and weights by hand


def test_additive_scores_are_those_of_an_example_worked_by_hand():
    """W_q = [[1, 0], [0, 2]], W_k = [[0, 1], [1, 0]] with bias (0, 0.5), v = (1, -1), s = (0.5, 0.25):
    W_q s = (0.5, 0.5). h_1 = (0, 0): W_k h_1 = (0, 0.5), tanh(0.5) - tanh(1) = 0.4621 - 0.7616 = -0.2995.
    h_2 = (1, -1): W_k h_2 = (-1, 1.5), tanh(-0.5) - tanh(2) = -0.4621 - 0.9640 = -1.4261.
    """
    attention = AdditiveAttention(2)
    with torch.no_grad():
        attention.w_q.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
        attention.w_k.weight.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
        attention.w_k.bias.copy_(torch.tensor([0.0, 0.5]))
        attention.v.weight.copy_(torch.tensor([[1.0, -1.0]]))
        keys = attention.keys(torch.tensor([[[0.0, 0.0], [1.0, -1.0]]]))
        scores = attention.scores(torch.tensor([[[0.5, 0.25]]]), keys)
    close(scores, torch.tensor([[[-0.2995, -1.4261]]]), rtol=0, atol=1e-4)
    first = 1 / (1 + math.exp(-1.4261 + 0.2995))
    close(attention_weights(scores), torch.tensor([[[first, 1 - first]]]), rtol=0, atol=1e-4)


def test_dot_scores_are_those_of_an_example_worked_by_hand():
    scores = DotAttention().scores(torch.tensor([[[2.0, -1.0]]]), torch.tensor([[[1.0, 1.0], [0.5, 3.0]]]))
    assert scores.tolist() == [[[1.0, -2.0]]]


def test_weights_of_a_mask_are_exactly_0_where_it_hides_and_sum_to_1():
    scores = torch.tensor([[[1.0, 2.0, 50.0], [0.0, 0.0, -3.0]]])
    mask = torch.tensor([[[True, True, False]]])
    weights = attention_weights(scores, mask)
    assert (weights[..., 2] == 0).all()
    close(weights.sum(-1), torch.ones(1, 2))
    close(weights[0, 0, 1] / weights[0, 0, 0], torch.tensor(math.e))
    assert (attention_weights(scores, torch.zeros(1, 1, 3, dtype=torch.bool)) == 0).all()  # not NaN


# Padding, batches, steps


@each
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_batch_gives_each_sentence_what_it_gets_alone(architecture, layers):
    model = make(architecture, n_layers=layers)
    together = model(SOURCE, TARGET)
    for row in range(3):
        length = int((SOURCE[row] != PAD).sum())
        alone = model(SOURCE[row : row + 1, :length], TARGET[row : row + 1])
        close(together[row : row + 1], alone, rtol=0, atol=1e-6)


@each
def test_more_padding_changes_nothing(architecture):
    model = make(architecture)
    wider = torch.cat([SOURCE, torch.full((3, 4), PAD)], 1)
    close(model(wider, TARGET), model(SOURCE, TARGET), rtol=0, atol=1e-6)
    assert (model.encode(wider)[0][:, 6:] == 0).all()


@each
def test_what_stands_under_the_padding_changes_nothing(architecture):
    model = make(architecture)
    expected = model(SOURCE, TARGET)
    model.source_embedding.weight[PAD] += 100
    assert torch.equal(model(SOURCE, TARGET), expected)


@each_attending
def test_rows_of_weights_sum_to_1_and_padding_has_exactly_0(architecture):
    weights = decoded(make(architecture)).weights
    assert weights.shape == (3, 7, 6)
    close(weights.sum(-1), torch.ones(3, 7))
    for row, length in enumerate((6, 3, 2)):
        assert (weights[row, :, :length] > 0).all()
        assert (weights[row, :, length:] == 0).all()


@each_attending
def test_contexts_are_annotations_times_weights_and_weights_the_softmax_of_scores(architecture):
    model = make(architecture)
    memory, _ = model.encode(SOURCE)
    found = decoded(model)
    close(found.contexts, found.weights @ memory)
    close(found.weights[0], found.scores[0].softmax(-1))
    close(found.weights[1, :, :3], found.scores[1, :, :3].softmax(-1))
    close(found.scores, model.attention.scores(found.queries, model.attention.keys(memory)))


def test_without_attention_the_context_is_the_encoders_last_state_at_every_step():
    model = make("rnn")
    found = decoded(model)
    assert found.weights is None
    assert found.scores is None
    memory, _ = model.encode(SOURCE)
    for row, length in enumerate((6, 3, 2)):
        last = torch.cat([memory[row, length - 1, :8], memory[row, 0, 8:]])  # forward at </s>, backward at the start
        close(found.contexts[row], last.expand(7, -1), rtol=0, atol=0)


@each
def test_what_comes_later_in_the_target_changes_nothing_before_it(architecture):
    model = make(architecture)
    changed = TARGET.clone()
    changed[:, 4:] = 13
    close(model(SOURCE, changed)[:, :4], model(SOURCE, TARGET)[:, :4], rtol=0, atol=1e-6)
    assert not torch.allclose(model(SOURCE, changed)[:, 4:], model(SOURCE, TARGET)[:, 4:], atol=1e-3)


@each
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_steps_equal_one_pass_and_the_cache_may_be_reordered(architecture, layers):
    model = make(architecture, n_layers=layers)
    keys, mask = model.start(model.encode(SOURCE)[0], SOURCE)
    states, _, own, cross = model.decode(TARGET, keys, mask, traced=True)
    attending = int(architecture != "rnn")
    assert (own.shape, cross.shape) == ((3, 0, 1, 7, 7), (3, attending, 1, 7, 6))
    cache = None
    for t in range(7):
        before = cache and cache.states.clone()
        logits, new, self_row, cross_row = model.step(TARGET[:, t], keys, mask, cache, traced=True)
        close(logits, model.logits(states[:, t]), rtol=0, atol=1e-5)
        assert self_row.shape == (0, 3, 1, 1, t + 1)
        close(cross_row, cross[:, :, :, t : t + 1].transpose(0, 1), rtol=0, atol=1e-5)
        assert cache is None or torch.equal(cache.states, before)  # hypotheses of a beam share it
        cache = new
        assert cache.length == t + 1
    rows = torch.tensor([2, 0, 2])
    picked = (type(keys[0])(*(part[rows] for part in keys[0])),)
    logits, *_ = model.step(TARGET[rows, 0], picked, mask[rows], cache.reorder(rows))
    expected, *_ = model.step(TARGET[:, 0], keys, mask, cache)
    close(logits, expected[rows], rtol=0, atol=1e-6)


@each
def test_a_beam_of_1_is_greedy_search(architecture):
    for seed in range(3):
        model = make(architecture, seed)
        for row, length in enumerate((6, 3, 2)):
            source = SOURCE[row : row + 1, :length]
            found = beam(model, source, 12, 1, 0.6)
            assert [list(hypothesis.ids) for hypothesis in found] == greedy(model, source, 12)


@each
def test_a_batch_of_greedy_outputs_is_what_each_gets_alone(architecture):
    model = make(architecture)
    alone = [greedy(model, SOURCE[row : row + 1, :length], 12)[0] for row, length in enumerate((6, 3, 2))]
    assert greedy(model, SOURCE, 12) == alone


@each
def test_a_wider_beam_finds_no_less_probable_outputs_and_scores_them_as_one_pass_does(architecture):
    model = make(architecture)
    source = SOURCE[:1]
    best = beam(model, source, 12, 6, 0.0)[0]
    narrow = beam(model, source, 12, 1, 0.0)[0]
    assert best.score >= narrow.score - 1e-6
    inputs = torch.tensor([[BOS, *best.ids[:-1]]])
    logs = model.logits(model(source, inputs)[0]).log_softmax(-1)
    assert best.log_probability == pytest.approx(float(logs[range(len(best.ids)), best.ids].sum()), abs=1e-4)


@each
def test_a_recurrent_model_is_its_own_lay_out(architecture):
    model = make(architecture)
    assert runner(model) is model


@each
def test_dropout_is_drawn_in_training_only(architecture):
    model = make(architecture, dropout=0.5)
    assert torch.equal(model(SOURCE, TARGET), model(SOURCE, TARGET))
    model.train()
    assert not torch.equal(model(SOURCE, TARGET), model(SOURCE, TARGET))


# Learning


def learn_to_reverse(architecture: str, layers: int, steps: int = 250, rows: int = 64) -> float:
    """Share of held-out sequences of 3 to 6 letters that a small model gives back reversed, after seconds of training."""
    draw = random.Random(1)
    sequences = [[draw.randint(4, 9) for _ in range(draw.randint(3, 6))] for _ in range(rows * steps + 300)]
    seen = {tuple(sequence) for sequence in sequences[:-300]}
    held_out = [sequence for sequence in sequences[-300:] if tuple(sequence) not in seen]
    assert len(held_out) > 80
    pairs = [([*sequence, EOS], [*reversed(sequence), EOS]) for sequence in sequences]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build(ModelConfig(10, 10, 32, 1, layers, 64, 0.0, 12, architecture)).train()
        optimizer = torch.optim.Adam(model.parameters())
        for step in range(steps):
            optimizer.param_groups[0]["lr"] = 1e-2 * min(1, (step + 1) / 30) * (1 - step / steps)
            source, inputs, labels = tensors(pairs, range(step * rows, (step + 1) * rows))
            real = labels != PAD
            optimizer.zero_grad()
            states = model(source, inputs)[real]
            (smoothed_cross_entropy(states, model.target_embedding.weight, labels[real], 0.0) / real.sum()).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    outputs = greedy(model.eval(), pad([[*sequence, EOS] for sequence in held_out]), 10)
    right = [output == [*reversed(sequence), EOS] for output, sequence in zip(outputs, held_out, strict=True)]
    return sum(right) / len(right)


@pytest.mark.parametrize(("architecture", "least"), [("rnn", 0.6), ("rnn-additive", 0.97), ("rnn-dot", 0.97)])
def test_it_learns_to_reverse_sequences_that_it_has_never_seen(architecture, least):
    """By chance one in 6^3 to 6^6. Without attention all of a sequence has to go through one vector."""
    assert learn_to_reverse(architecture, 1) >= least


# Whole models: Translator and Trace


@pytest.fixture(scope="module", params=RECURRENT)
def taught(request, tmp_path_factory, tokenizers, write_folder, taught_pairs) -> core.Translator:
    """A small recurrent model that was trained for some seconds: its outputs are sentences and end in </s>."""
    (source, _), (target, _) = tokenizers
    sizes = {**SIZES, "source_vocab": len(source), "target_vocab": len(target), "d_model": 32}
    model = make(request.param, **sizes).train().requires_grad_(True)
    encoded = encode_pairs(taught_pairs, source, target, 40)
    source_ids, inputs, labels = tensors(encoded, range(len(encoded)))
    real = labels != PAD
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for _ in range(100):
            optimizer.zero_grad()
            states = model(source_ids, inputs)[real]
            (smoothed_cross_entropy(states, model.target_embedding.weight, labels[real], 0.0) / real.sum()).backward()
            optimizer.step()
    folder = tmp_path_factory.mktemp("models") / request.param
    return core.load(write_folder(folder, model), device="cpu")


SENTENCE = "Where is Jerry?"


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
    np.testing.assert_allclose(found.cross.sum(-1), 1, atol=1e-6)
    ids, _ = taught.encode(SENTENCE)
    change = Change.of(masked, taught.config, len(ids))
    run = Intervened(taught.model, change)
    source, without = torch.tensor([ids]), torch.tensor([[ids[0], *ids[2:]]])
    inputs = torch.tensor([[BOS, 5, 6, 7]])
    memory, _ = run.encode(source)
    states, *_ = taught.model.decode(inputs, *run.start(memory, source), change=change)
    close(states, taught.model(without, inputs), rtol=0, atol=1e-6)
    first_and_last = Change.of(Intervention(masked_source=(0, len(ids) - 1)), taught.config, len(ids))
    run = Intervened(taught.model, first_and_last)
    states, *_ = taught.model.decode(inputs, *run.start(run.encode(source)[0], source), change=first_and_last)
    close(states, taught.model(source[:, 1:-1], inputs), rtol=0, atol=1e-6)


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


# What people take away


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
