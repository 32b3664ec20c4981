"""The facade: what a Trace holds, and how a text that cannot be used is refused."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
import torch

from core.config import BOS, EOS, UNK
from core.errors import (
    ControlCharacterError,
    EmptyTextError,
    HeadlightError,
    OptionError,
    TextTooLongError,
    UnknownLanguageError,
    UnknownTargetError,
)
from core.records.trace import KINDS, Trace
from core.request import Request
from core.translator import Translator

SENTENCE = "Where is Jerry?"
ARRAYS = [*KINDS, "log_probabilities", "top_probabilities"]


@pytest.fixture(scope="module")
def trace(taught) -> Trace:
    return taught.translate(SENTENCE)


@pytest.fixture(scope="module")
def endless(make_endless) -> Translator:
    """A Translator that writes 40 pieces and never </s>."""
    return make_endless()


def same(a: Trace, b: Trace) -> bool:
    """Equal but for the strategy's name, and numbers to 1e-5: greedy search records its steps, others one pass."""
    rest = dict.fromkeys([*ARRAYS, "strategy", "top_pieces"])  # in top_pieces near ties may change places
    return dataclasses.replace(a, **rest) == dataclasses.replace(b, **rest) and all(
        np.allclose(getattr(a, name), getattr(b, name), rtol=0, atol=1e-5) for name in ARRAYS
    )


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


def test_the_pieces_are_the_texts(trace):
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


def test_the_attention_is_the_models(taught, trace):
    source = torch.tensor([[*taught.source_tokenizer.encode(SENTENCE), EOS]])
    _, weights = taught.model.encode(source, traced=True)
    assert np.allclose(trace.encoder_self, weights[0].numpy(), atol=1e-6)
    assert not np.allclose(trace.encoder_self[0], trace.encoder_self[1])


# Forced, beam and stepwise


def test_forcing_its_own_greedy_output_gives_the_same_trace(taught, trace):
    forced = taught.translate(SENTENCE, target=trace.text)
    assert same(forced, trace)
    assert (forced.strategy, trace.strategy) == ("forced", "greedy")
    assert not same(taught.translate(SENTENCE, target="汤姆追逐杰瑞。"), trace)


def test_a_forced_translation_that_it_would_not_write_is_less_probable(taught, trace):
    forced = taught.translate(SENTENCE, target="汤姆追逐杰瑞。")
    assert forced.text == "汤姆追逐杰瑞。"
    assert forced.log_probability < trace.log_probability - 1


def test_a_beam_of_1_is_greedy(taught, taught_pairs):
    for source, _ in taught_pairs[:6]:
        assert same(taught.translate(source, strategy="beam", beam_size=1), taught.translate(source))


def test_a_beam_is_at_least_as_probable_as_greedy_without_a_length_penalty(taught, taught_pairs):
    for source, _ in taught_pairs:
        beam = taught.translate(source, strategy="beam", beam_size=4, alpha=0.0)
        assert beam.log_probability >= taught.translate(source).log_probability - 1e-4


def test_steps_are_the_rows_of_the_trace(taught, taught_pairs):
    for source, _ in taught_pairs[:4]:
        trace, steps = taught.translate(source), list(taught.steps(source))
        assert [step.t for step in steps] == list(range(len(trace.output_pieces)))
        assert tuple(step.reads for step in steps) == trace.input_pieces
        assert tuple(step.piece for step in steps) == trace.output_pieces
        assert steps[-1].text == trace.text
        for t, step in enumerate(steps):
            assert np.allclose(step.decoder_self, trace.decoder_self[:, :, t, : t + 1], atol=1e-5)
            assert np.allclose(step.cross, trace.cross[:, :, t], atol=1e-5)
            assert step.probability == pytest.approx(math.exp(trace.log_probabilities[t]), abs=1e-5)
            assert step.top(1) == [(step.piece, step.probability)]
            assert [p for _, p in step.top(100)] == pytest.approx(trace.top_probabilities[t].tolist(), abs=1e-5)
            assert trace.text.startswith(step.text)


def test_steps_leave_the_callers_code_in_its_own_mode(tiny):
    for _ in zip(range(2), tiny.steps("Tom chases Jerry."), strict=False):
        assert not torch.is_inference_mode_enabled()
        assert torch.is_grad_enabled()


@pytest.mark.parametrize("text", ["", "مرحبا", "Tom\x00", "Tom " * 10_000])
def test_steps_refuse_a_bad_text_at_once_and_not_at_the_first_step(tiny, text):
    with pytest.raises(HeadlightError):
        tiny.steps(text)


def test_what_does_not_end_is_cut_off_and_says_so(endless):
    """The limit is 50 pieces more than the source's, and max_length, here 40."""
    for strategy in ("greedy", "beam"):
        trace = endless.translate("Tom chases Jerry.", strategy=strategy)
        assert trace.finished is False
        assert trace.output_pieces == ("杰瑞",) * 40
        assert trace.input_pieces == ("<s>", *trace.output_pieces[:-1])
        assert trace.output_specials == ()
        assert trace.output_words[-1] == (39, 40)
        assert trace.decoder_self.shape[-2:] == (40, 40)
    assert len(list(endless.steps("Tom chases Jerry."))) == 40
    assert endless.translate("Tom chases Jerry.", target="杰瑞杰瑞。").finished


@pytest.mark.parametrize("strategy", ["greedy", "beam", "sample"])
def test_an_output_when_it_does_not_end_is_50_pieces_longer_than_the_source(make_endless, strategy):
    """Section 6.1 of the paper; max_length is far away."""
    trace = make_endless(max_length=100).translate("Tom chases Jerry.", strategy=strategy)
    assert len(trace.output_pieces) == len(trace.source_pieces) + 50


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


# Texts that cannot be used


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u3000", "▁", " ▁ ▁"], ids=ascii)
def test_nothing_to_translate(tiny, text):
    """▁ is the tokenizer's own sign for a space: it leaves no piece."""
    with pytest.raises(EmptyTextError):
        tiny.translate(text)
    with pytest.raises(EmptyTextError):
        tiny.translate("Tom chases Jerry.", target=text)


@pytest.mark.parametrize("text", ["Tom " * 2500, "Tom chases Jerry. " * 600, "T" * 10_000])
def test_10_000_characters_are_refused_and_counted(tiny, text):
    with pytest.raises(TextTooLongError, match="at most 39") as caught:
        tiny.translate(text)
    assert caught.value.values["length"] == len(tiny.source_tokenizer.encode(text.strip())) > 39


def test_the_limit_is_max_length_less_the_special(tiny):
    assert len(tiny.translate("Tom " * 39).source_pieces) == 40
    with pytest.raises(TextTooLongError) as caught:
        tiny.translate("Tom " * 40)
    assert caught.value.values == {"length": 40, "limit": 39}


def test_a_forced_target_may_be_as_long_as_the_model_allows_and_no_longer(tiny):
    trace = tiny.translate("Tom chases Jerry.", target="杰瑞" * 39)
    assert trace.decoder_self.shape[-1] == 40
    with pytest.raises(TextTooLongError):
        tiny.translate("Tom chases Jerry.", target="杰瑞" * 40)


@pytest.mark.parametrize(
    "text", ["Tom\x00", "\x1b[31mTom", "Tom\u202eyrreJ", "\u2067Tom", "Tom\u200b", "Tom\ud83d"], ids=ascii
)
def test_control_characters_and_direction_overrides_are_refused(tiny, text):
    with pytest.raises(ControlCharacterError):
        tiny.translate(text)
    with pytest.raises(ControlCharacterError):
        tiny.translate("Tom chases Jerry.", target=text)


@pytest.mark.parametrize(
    "text", ["مرحبا بالعالم", "😀", "👨\u200d👩\u200d👧 🎉!", "汤姆追逐杰瑞。", "Ж", "مرحبا" * 2000], ids=ascii
)
def test_a_text_of_which_no_word_is_known_is_refused(tiny, text):
    with pytest.raises(UnknownLanguageError, match="reads English"):
        tiny.translate(text)


@pytest.mark.parametrize("text", ["Tom ☃ Jerry", "Tom 汤姆 Jerry"])
def test_unknown_pieces_among_known_ones_are_read_as_unk_and_pointed_out(tiny, text):
    trace = tiny.translate(text)
    stranger = text.split()[1]
    assert [trace.source_pieces[i] for i in trace.unknown] == [stranger]
    ids, pieces = tiny.encode(text)
    assert ids[trace.unknown[0]] == UNK
    assert tuple(pieces) == trace.source_pieces


def test_a_known_sentence_has_nothing_unknown(trace):
    assert trace.unknown == ()


def test_characters_of_a_target_that_were_never_seen_are_named_once_each(tiny):
    with pytest.raises(UnknownTargetError) as caught:
        tiny.translate("Tom chases Jerry.", target="汤姆龘杰瑞☃汤姆龘。")
    assert caught.value.values == {"characters": "龘 ☃"}


@pytest.mark.parametrize("typed", ["</s>", "<s>", "<pad>", "<unk>", "<b>", "$x$"])
def test_markup_that_is_typed_is_text_and_no_special(tiny, typed):
    trace = tiny.translate(f"Tom {typed} Jerry.")
    ids, _ = tiny.encode(f"Tom {typed} Jerry.")
    assert ids.count(EOS) == 1
    assert BOS not in ids
    assert trace.source_specials == (len(trace.source_pieces) - 1,)
    assert "".join(trace.source_pieces[:-1]).replace("▁", " ").strip() == f"Tom {typed} Jerry."
    assert len(trace.source_pieces) > len(tiny.translate("Tom Jerry.").source_pieces)


def test_curly_quotes_are_read_as_straight_ones(tiny):
    curly, straight = tiny.translate("Tom doesn’t like Jerry."), tiny.translate("Tom doesn't like Jerry.")
    assert curly.source_pieces == straight.source_pieces
    assert curly.source != straight.source


# Options


@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "sampling"}, {"strategy": ""}, {"strategy": None}, {"strategy": "Greedy"}, {"strategy": "forced"},
        {"beam_size": 0}, {"beam_size": -1}, {"beam_size": 65}, {"beam_size": 2.0}, {"beam_size": "4"},
        {"beam_size": None}, {"beam_size": True}, {"alpha": -0.1}, {"alpha": 2.1}, {"alpha": math.nan},
        {"alpha": math.inf}, {"alpha": "0.6"}, {"alpha": None},
    ],
    ids=str,
)  # fmt: skip
def test_an_option_that_is_not_possible_is_refused_by_name(tiny, options):
    (name,) = options
    with pytest.raises(OptionError) as caught:
        tiny.translate("Tom chases Jerry.", **{"strategy": "beam", **options})
    assert caught.value.values["name"] == name


@pytest.mark.parametrize("options", [{"beam_size": 1}, {"beam_size": 64}, {"alpha": 0}, {"alpha": 2.0}], ids=str)
def test_options_at_their_limits_are_possible(endless, options):
    assert endless.translate("Tom", strategy="beam", **options).strategy == "beam"
