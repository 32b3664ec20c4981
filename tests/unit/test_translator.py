"""The facade: the ways to the same output agree, and a text or an option that cannot be used is refused."""

import dataclasses
import math

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
)
from core.records.trace import KINDS, Trace
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


# Forced, beam and stepwise


def test_forcing_its_own_greedy_output_gives_the_same_trace(taught, trace):
    forced = taught.translate(SENTENCE, target=trace.text)
    assert same(forced, trace)
    assert (forced.strategy, trace.strategy) == ("forced", "greedy")
    assert not same(taught.translate(SENTENCE, target="汤姆追逐杰瑞。"), trace)


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


# Texts that cannot be used


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u3000", "▁", " ▁ ▁"], ids=ascii)
def test_a_text_that_leaves_no_piece_is_refused(tiny, text):
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
