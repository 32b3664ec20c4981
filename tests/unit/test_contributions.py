"""Contributions: norms of transformed values and ALTI on cases worked by hand, sums of rows, and removed words."""

import dataclasses
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional as F

import core
from core import zoo
from core.analysis import rollout
from core.analysis.contributions import (
    DecoderShares,
    added_vectors,
    alti,
    attention_contributions,
    compose,
    cross_shares,
    norm_shares,
    own_shares,
    rank_correlation,
    ranks,
    rollout_contributions,
    through_norm,
    value_norms,
)
from core.errors import OptionError
from core.intervention import Intervention
from core.probes.contributions import attention_taps, head_norms, summands
from core.records import METHODS
from core.training.contributions import corpus_contributions, correlations, main
from core.zoo import read_card
from tests.conftest import sure_recurrent

SENTENCE = "Where is Jerry?"


@pytest.fixture(scope="module")
def trace(taught):
    return taught.translate(SENTENCE)


# --- Formulas by hand


def test_norms_by_hand():
    """Two heads, one query, two keys: lengths 5 and 1 in the first head, 0 and 2 in the second."""
    weights = np.array([[[0.2, 0.8]], [[0.5, 0.5]]])
    transformed = np.array([[[3.0, 4.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, -2.0]]])
    assert np.allclose(value_norms(weights, transformed), [[[1.0, 0.8]], [[0.0, 1.0]]])
    assert np.allclose(added_vectors(weights, transformed), [[[0.6, 0.8], [0.8, -1.0]]])
    both = np.array([1.0, np.hypot(0.8, 1.0)])
    assert np.allclose(norm_shares(weights, transformed), [both / both.sum()])


def test_norms_when_all_values_are_equally_long_are_the_weights():
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(4), (1, 3))  # one head
    directions = rng.normal(size=(1, 4, 5))
    transformed = 7 * directions / np.linalg.norm(directions, axis=-1, keepdims=True)
    assert np.allclose(norm_shares(weights, transformed), weights[0])


def test_heads_that_cancel_each_other_out_add_nothing():
    weights = np.array([[[0.5, 0.5]], [[0.5, 0.5]]])
    transformed = np.array([[[1.0, 0.0], [0.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]]])
    assert norm_shares(weights, transformed).tolist() == [[0.0, 1.0]]
    assert norm_shares(weights, 0 * transformed).tolist() == [[0.0, 0.0]]


def test_alti_by_hand():
    """y = (2, 2), of length 4: without (2, 0) 2 is left, without (0, 1) 3, without (-1, 0) 5, which counts as 0."""
    parts = np.array([[[2.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]])
    assert np.allclose(alti(parts, np.array([[2.0, 2.0]])), [[2 / 3, 1 / 3, 0]])
    assert alti(-parts[:, :2], np.array([[2.0, 2.0]])).tolist() == [[0.0, 0.0]]


def test_the_residual_counts_for_its_own_position():
    """Two positions; the first takes 1 from the second, each has a residual of 3 and 1."""
    parts = np.array([[[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    residual = np.array([[3.0, 0.0], [0.0, 1.0]])
    outputs = parts.sum(1) + residual
    assert own_shares(parts, residual, outputs).tolist() == [[0.75, 0.25], [0.0, 1.0]]
    cross, own = cross_shares(parts, residual, outputs)
    assert cross.tolist() == [[0.0, 0.25], [0.0, 0.0]]
    assert own.tolist() == [0.75, 1.0]


def test_a_row_to_which_nothing_contributes_is_its_own():
    parts, nothing = np.zeros((2, 2, 3)), np.zeros((2, 3))
    assert own_shares(parts, nothing, nothing).tolist() == np.eye(2).tolist()
    cross, own = cross_shares(parts, nothing, nothing)
    assert not cross.any()
    assert own.tolist() == [1.0, 1.0]


def test_summands_and_bias_through_the_normalization_add_up_to_torchs():
    generator = torch.Generator().manual_seed(0)
    parts, gain, bias = (torch.randn(shape, generator=generator).double() for shape in ((4, 3, 8), (8,), (8,)))
    expected = F.layer_norm(parts.sum(1), (8,), gain, bias, 1e-5)
    found = through_norm(parts.numpy(), parts.sum(1).numpy(), gain.numpy(), 1e-5)
    assert np.allclose(found.sum(1) + bias.numpy(), expected.numpy())


def test_layers_multiply_by_hand():
    """One position and two source pieces, which the encoder swaps. Half comes from the source in either layer."""
    encoder = np.array([[0.0, 1.0], [1.0, 0.0]])
    layer = DecoderShares(np.eye(1), np.array([[0.5, 0.0]]), np.array([0.5]))
    source, target = compose(encoder, [layer])
    assert (source.tolist(), target.tolist()) == ([[0.0, 0.5]], [[0.5]])
    source, target = compose(encoder, [layer, layer])
    assert (source.tolist(), target.tolist()) == ([[0.0, 0.75]], [[0.25]])


def test_what_a_position_has_from_the_source_is_passed_on_by_self_attention():
    first = DecoderShares(np.eye(2), np.array([[1.0], [0.0]]), np.array([0.0, 1.0]))
    second = DecoderShares(np.array([[1.0, 0.0], [0.25, 0.75]]), np.zeros((2, 1)), np.ones(2))
    source, target = compose(np.eye(1), [first, second])
    assert source.tolist() == [[1.0], [0.25]]
    assert target.tolist() == [[0.0, 0.0], [0.0, 0.75]]


def test_ranks_and_their_correlation_are_those_of_pandas():
    rng = np.random.default_rng(1)
    for _ in range(20):
        a, b = rng.integers(0, 5, (2, 9))  # with ties
        assert rank_correlation(a, b) == pytest.approx(pd.DataFrame({"a": a, "b": b}).corr("spearman").loc["a", "b"])
    assert ranks(np.array([3, 1, 3, 2])).tolist() == [3.5, 1, 3.5, 2]
    assert np.isnan(rank_correlation(np.ones(3), np.arange(3)))


# --- A model


@pytest.mark.parametrize(
    "change",
    [
        None,
        Intervention(ablate={("cross", 1, head): "zero" for head in range(3)}, masked_source=(1,), temperature=0.5),
        Intervention(without={("encoder", 0, "residual"), ("decoder", 1, "norm"), ("decoder", 0, "feed_forward")}),
        Intervention(encoder_layer=0),
        Intervention(encoder_layer=1, positions=False),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", METHODS)
def test_rows_sum_to_1_and_nothing_comes_from_later_pieces(taught, method, change):
    trace = taught.translate(SENTENCE, intervention=change)
    found = taught.contributions(trace, method)
    s, t = len(trace.source_pieces), len(trace.output_pieces)
    assert (found.source.shape, found.target.shape) == ((t, s), (t, t))
    assert (found.source.dtype, found.target.dtype) == (np.float32, np.float32)
    assert (found.source >= 0).all()
    assert (found.target >= 0).all()
    assert not np.triu(found.target, 1).any()
    sums = found.source.sum(-1), found.target.sum(-1)
    if found.compares:
        assert np.allclose(sums[0] + sums[1], 1, atol=1e-5)
        assert np.allclose(found.source_share + found.target_share, 1)
        assert ((found.source_share >= 0) & (found.source_share <= 1 + 1e-6)).all()
    else:
        assert np.allclose(sums, 1, atol=1e-5)
        assert np.isnan(found.source_share).all()


def test_all_heads_of_cross_attention_removed_leave_nothing_of_the_source(taught):
    every = {("cross", layer, head): "zero" for layer in range(2) for head in range(4)}
    trace = taught.translate(SENTENCE, intervention=Intervention(ablate=every))
    for method in METHODS:
        assert not taught.contributions(trace, method).source.any()


def test_a_masked_piece_contributes_nothing(taught):
    trace = taught.translate(SENTENCE, intervention=Intervention(masked_source=(1,)))
    for method in METHODS:
        assert not taught.contributions(trace, method).source[:, 1].any(), method


def test_attention_is_the_mean_of_the_last_layer_and_rollout_that_of_the_encoder(taught, trace):
    found = taught.contributions(trace, "attention")
    assert np.allclose(found.source, trace.cross[-1].mean(0), atol=1e-6)
    assert np.allclose(found.target, trace.decoder_self[-1].mean(0), atol=1e-6)
    assert np.allclose(attention_contributions(trace)[0], found.source, atol=1e-6)
    one_layer = dataclasses.replace(trace, decoder_self=trace.decoder_self[:1], cross=trace.cross[:1])
    source, target = rollout_contributions(one_layer)
    assert np.allclose(source, 0.5 * trace.cross[0].mean(0) @ rollout(trace)[-1], atol=1e-6)
    own = trace.decoder_self[0].mean(0)
    assert np.allclose(target, 0.5 * (0.5 * own + 0.5 * np.eye(len(own))), atol=1e-6)


def test_rollouts_share_of_the_source_is_that_of_its_assumption(taught, trace):
    assert np.allclose(taught.contributions(trace, "rollout").source_share, 0.75, atol=1e-5)  # two layers, half each


def test_norms_of_heads_are_those_of_what_a_head_adds(taught, trace):
    """Against the probe of one head: its weights, its values, its W^O."""
    found = taught.norm_trace(trace)
    for kind in core.KINDS:
        inside = taught.inside(trace, kind, 1, 2)
        norms = np.linalg.norm(inside.v @ inside.w_o, axis=-1) * inside.weights
        assert np.allclose(getattr(found, kind)[1, 2], norms / norms.sum(-1, keepdims=True), atol=1e-5)


def test_norms_with_identity_matrices_and_inputs_of_equal_length_are_the_weights(make_model):
    """One head whose W^V and W^O change nothing: f(x) = x, and normalized inputs all have the same length."""
    model = make_model(0, n_heads=1)
    with torch.no_grad():
        for block in model.decoder:
            for linear in (block.cross_attention.w_v, block.cross_attention.w_o):
                linear.weight.copy_(torch.eye(32))
                linear.bias.zero_()
        norm = model.encoder[-1].norm_2
        norm.weight.fill_(1)
        norm.bias.zero_()
    source, inputs = torch.tensor([[5, 6, 7, 3]]), torch.tensor([[2, 8, 9]])
    with torch.inference_mode():
        memory, _ = model.encode(source)
        _, _, _, cross = model.decode(inputs, *model.start(memory, source), traced=True)
    assert np.allclose(head_norms(model, source, inputs)["cross"], cross[0].numpy(), atol=1e-4)


def test_alti_of_a_layer_is_written_out_by_hand(taught, trace):
    """The first layer of the encoder with loops, from what the probes of its heads return."""
    heads = [taught.inside(trace, "encoder_self", 0, head) for head in range(4)]
    norm = taught.model.encoder[0].norm_1
    x, gain, bias = heads[0].x_query, norm.weight.numpy(), norm.bias.numpy()
    expected = np.zeros((len(x), len(x)))
    for i in range(len(x)):
        total = x[i] + heads[0].b_o + sum(head.contribution[i] for head in heads)
        sigma = np.sqrt(total.var() + norm.eps)
        y = gain * (total - total.mean()) / sigma + bias
        for j in range(len(x)):
            part = sum(head.weights[i, j] * head.v[j] @ head.w_o for head in heads) + (x[i] if i == j else 0)
            expected[i, j] = max(0, np.abs(y).sum() - np.abs(y - gain * (part - part.mean()) / sigma).sum())
    expected /= expected.sum(-1, keepdims=True)
    with torch.inference_mode():
        taps = attention_taps(taught.model, *taught._ids_of(trace))
        parts = summands(taught.model, taps, "encoder_self", 0, norm)
    assert np.allclose(own_shares(*parts), expected, atol=1e-4)


def test_word_importance_is_the_loss_under_an_intervention(taught, trace):
    found = taught.word_importance(trace)
    words = trace.source_words[:-1]
    assert found.shape == (len(trace.output_pieces), len(words))
    for column, (start, end) in enumerate(words):
        change = Intervention(masked_source=tuple(range(start, end)))
        masked = taught.translate(SENTENCE, target=trace.output_pieces, intervention=change)
        assert np.allclose(found[:, column], trace.log_probabilities - masked.log_probabilities, atol=1e-4)


def test_contributions_when_they_cannot_be_are_refused(taught, trace, write_folder, tokenizers, tmp_path):
    with pytest.raises(OptionError, match="method"):
        taught.contributions(trace, "gradients")
    for method in METHODS:
        with pytest.raises(OptionError):
            taught.contributions(dataclasses.replace(trace, model="another"), method)
    sizes = len(tokenizers[0][0]), len(tokenizers[1][0])
    for architecture in ("rnn", "rnn-additive"):
        folder = write_folder(tmp_path / architecture, sure_recurrent(0, architecture, *sizes))
        recurrent = core.load(folder, device="cpu")
        own = recurrent.translate(SENTENCE)
        for method in METHODS:
            if (method, architecture) == ("attention", "rnn-additive"):
                found = recurrent.contributions(own, method)
                assert np.allclose(found.source, own.cross[0, 0], atol=1e-6)
                assert not found.target.any()
                continue
            with pytest.raises(OptionError):
                recurrent.contributions(own, method)
        with pytest.raises(OptionError):
            recurrent.word_importance(own)
        with pytest.raises(OptionError):
            corpus_contributions(recurrent, [SENTENCE])


def test_an_imported_model_of_another_shape_has_contributions(marian, tmp_path):
    imported = core.load(zoo.import_model(marian.folder, out=tmp_path / "opus"), device="cpu")
    assert imported.config.shared_embedding
    trace = imported.translate("Tom chases Jerry.")
    for method in METHODS:
        found = imported.contributions(trace, method)
        total = found.source.sum(-1) + found.target.sum(-1)
        assert np.allclose(total, 1 if found.compares else 2, atol=1e-4), method


# --- The measurement


def test_the_numbers_on_the_card_are_means_over_sentences(taught, taught_pairs):
    sentences = [source for source, _ in taught_pairs[:4]]
    found = corpus_contributions(taught, [*sentences, "Tom.", "\x07"])
    each = [correlations(taught, taught.translate(sentence)) for sentence in sentences]
    each = [(single, summed) for single, summed in each if single]
    assert found["sentences"] == len(each) > 1
    assert found["words"] == sum(len(single) for single, _ in each)
    for name in METHODS:
        single = np.mean([np.mean([word[name] for word in words]) for words, _ in each])
        summed = [sums[name] for _, sums in each]
        assert found["methods"][name]["correlation"] == pytest.approx(single, abs=1e-4)
        assert found["methods"][name]["summed"] == pytest.approx(np.mean(summed), abs=1e-4)
        assert found["methods"][name]["summed_error"] == pytest.approx(
            1.96 * np.std(summed) / len(summed) ** 0.5, abs=1e-4
        )
    nothing = corpus_contributions(taught, ["Tom."])
    assert (nothing["sentences"], nothing["methods"]) == (0, {})


def test_the_command_writes_the_card_and_nothing_else_on_it(
    tiny_model_folder, tmp_path, taught_pairs, capsys, write_folder, tokenizers
):
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_model_folder, folder)
    file = tmp_path / "pairs.tsv"
    file.write_text("".join(f"{source}\t{target}\n" for source, target in taught_pairs[:5]), encoding="utf-8")
    before = json.loads((folder / zoo.CARD).read_text(encoding="utf-8"))
    assert main(["--model", str(folder), "--data", str(file), "--device", "cpu"]) == 0
    after = json.loads((folder / zoo.CARD).read_text(encoding="utf-8"))
    assert {**after, "contributions": {}} == before
    assert read_card(folder).contributions == after["contributions"]
    assert set(after["contributions"]["methods"]) == set(METHODS)
    assert "alti" in capsys.readouterr().out
    file.write_text("Tom.\t汤姆。\n", encoding="utf-8")
    assert main(["--model", str(folder), "--data", str(file), "--device", "cpu"]) == 0
    assert read_card(folder).contributions["sentences"] == 0
    recurrent = write_folder(tmp_path / "rnn", sure_recurrent(0, "rnn", len(tokenizers[0][0]), len(tokenizers[1][0])))
    assert main(["--model", str(recurrent), "--data", str(file), "--device", "cpu"]) == 2


@pytest.mark.parametrize("value", ["0.5", None, float("nan")], ids=str)
def test_a_card_whose_correlation_is_no_number_is_refused(tiny_model_folder, tmp_path, value):
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_model_folder, folder)
    values = {"correlation": value, "error": 0.1, "summed": 0.5, "summed_error": 0.1}
    zoo.update_card(folder, contributions={"sentences": 1, "words": 1, "methods": {"alti": values}})
    with pytest.raises(core.HeadlightError):
        read_card(folder)
