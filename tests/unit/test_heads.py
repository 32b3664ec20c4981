"""Numbers of heads: each on weights whose answer is known, and roles by those numbers."""

import math

import numpy as np
import pytest

from core.analysis import (
    ROLES,
    agreement,
    diagonality,
    distinct_words,
    divergence,
    entropy,
    measures,
    offset_share,
    on_end,
    on_specials,
    roles,
    spread,
    top_word_share,
)
from core.errors import OptionError
from core.intervention import Intervention
from core.trace import KINDS, Trace

SOURCE = ("▁He", "▁does", "n", "'", "t", "▁run", ".", "</s>")
OUTPUT = ("他", "不", "跑", "。", "</s>")
S, T = len(SOURCE), len(OUTPUT)
EQUAL = np.full((S, S), 1 / S)
CAUSAL = np.tril(np.ones((T, T))) / np.arange(1, T + 1)[:, None]
ALIGNED = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]  # words, </s> among them


def made(encoder=EQUAL, decoder=CAUSAL, cross=None, intervention=None) -> Trace:
    """A Trace of one layer; each argument is a head's weights, or a list of several heads'."""
    cross = np.full((T, S), 1 / S) if cross is None else cross
    maps = [np.array(part, np.float32).reshape(-1, *np.shape(part)[-2:])[None] for part in (encoder, decoder, cross)]
    return Trace(
        model="made", source_language="en", target_language="zh", strategy="greedy", source="He doesn't run.",
        text="他不跑。", source_pieces=SOURCE, input_pieces=("<s>", *OUTPUT[:-1]), output_pieces=OUTPUT,
        source_words=((0, 1), (1, 5), (5, 6), (6, 7), (7, 8)),
        output_words=((0, 1), (1, 2), (2, 3), (3, 4), (4, 5)),
        unknown=(), finished=True, encoder_self=maps[0], decoder_self=maps[1], cross=maps[2],
        log_probabilities=np.full(T, -0.5, np.float32), top_pieces=tuple((piece,) for piece in OUTPUT),
        top_probabilities=np.full((T, 1), np.exp(-0.5), np.float32), intervention=intervention,
    )  # fmt: skip


def looking_at(*keys, n=S):
    """Weights with all of a row on one key."""
    return np.eye(n)[list(keys)]


PREVIOUS = looking_at(0, 0, 1, 2, 3, 4, 5, 6)
NEXT = looking_at(1, 2, 3, 4, 5, 6, 7, 7)
END = looking_at(*[S - 1] * S)
WORDS = looking_at(0, 3, 5, 6, 7)  # cross: each output word on a piece of its own word


def test_entropy_and_spread_of_known_rows():
    trace = made(encoder=[np.eye(S), EQUAL])
    assert np.allclose(entropy(trace, "encoder_self"), [[0, 3]], atol=1e-6)
    assert np.allclose(spread(trace, "encoder_self"), [[0, 1]], atol=1e-6)
    assert entropy(trace, "decoder_self")[0, 0] == pytest.approx(np.log2(np.arange(1, T + 1)).mean(), abs=1e-6)
    assert spread(trace, "decoder_self")[0, 0] == pytest.approx(1)  # the first query has no choice, and does not count
    assert not np.signbit(entropy(trace, "encoder_self")).any()  # no -0.0 on a page


def test_most_attended_word_counts_its_pieces_together():
    row = np.array([0.25, 0.15, 0.15, 0.15, 0.1, 0.1, 0.05, 0.05])
    assert top_word_share(made(cross=np.tile(row, (T, 1))), "cross")[0, 0] == pytest.approx(0.55)
    assert top_word_share(made(), "cross")[0, 0] == pytest.approx(4 / 8)
    assert top_word_share(made(), "decoder_self")[0, 0] == pytest.approx(np.mean(1 / np.arange(1, T + 1)))


def test_weight_on_specials_and_on_the_sentences_end():
    trace = made(encoder=[END, EQUAL], cross=looking_at(*[7] * 4, 0))
    assert np.allclose(on_specials(trace, "encoder_self"), [[1, 1 / S]])
    assert np.allclose(on_end(trace, "encoder_self"), [[1, 1 / S]])
    assert np.allclose(on_end(trace, "cross"), [[0.8]])
    assert np.allclose(on_specials(trace, "decoder_self"), [[CAUSAL[:, 0].mean()]])  # <s>


def test_shares_of_the_previous_same_and_next_piece():
    trace = made(encoder=[PREVIOUS, np.eye(S), NEXT, EQUAL], decoder=[CAUSAL, looking_at(0, 0, 1, 2, 3, n=T)])
    found = [offset_share(trace, "encoder_self", offset)[0] for offset in (-1, 0, 1)]
    assert np.allclose(found[0], [1, 0, 0, 1 / S])  # of the queries that have a previous piece
    assert np.allclose(found[1], [1 / S, 1, 1 / S, 1 / S])
    assert np.allclose(found[2], [0, 0, 1, 1 / S])
    assert offset_share(trace, "decoder_self", -1)[0, 1] == 1
    assert np.isnan(offset_share(trace, "decoder_self", 1)).all()  # hidden by the causal mask
    assert np.isnan(offset_share(trace, "encoder_self", -S)).all()
    assert np.allclose(offset_share(trace, "encoder_self", -S + 1)[0], [0, 0, 0, 1 / S])


def test_without_the_causal_mask_the_decoder_may_look_ahead():
    trace = made(decoder=looking_at(1, 2, 3, 4, 4, n=T), intervention={"causal": False})
    assert offset_share(trace, "decoder_self", 1)[0, 0] == 1
    assert roles(trace, "decoder_self") == (("next",),)


def test_diagonality_is_1_on_the_diagonal_0_for_equal_weight_and_negative_beyond():
    trace = made(encoder=[np.eye(S), EQUAL, np.eye(S)[::-1], PREVIOUS], decoder=[CAUSAL, np.eye(T)])
    on, equal, against, previous = diagonality(trace, "encoder_self")[0]
    assert (on, equal) == (pytest.approx(1), pytest.approx(0, abs=1e-6))
    assert against < -0.3
    assert 0.5 < previous < 1
    assert np.allclose(diagonality(trace, "decoder_self"), [[0, 1]], atol=1e-6)
    long = made(cross=np.eye(S)[[0, 2, 3, 5, 7]])
    assert diagonality(long, "cross")[0, 0] > 0.8  # relative positions: the sides differ in length


def test_divergence_is_0_for_twins_and_1_bit_for_strangers():
    trace = made(encoder=[np.eye(S), np.eye(S), np.roll(np.eye(S), 2, 1)])
    assert np.allclose(divergence(trace, "encoder_self"), [[0.5, 0.5, 1]])
    one, two = np.array([0.5, 0.5]), np.array([1.0, 0.0])
    middle = (one + two) / 2
    expected = -(middle * np.log2(middle)).sum() - (1 + 0) / 2
    rows = [np.pad(np.tile(row, (T, 1)), ((0, 0), (0, S - 2))) for row in (one, two)]
    assert np.allclose(divergence(made(cross=rows), "cross"), expected, atol=1e-6)


def test_a_single_head_has_no_other_to_differ_from():
    assert np.isnan(divergence(made(), "cross")).all()


def test_agreement_with_a_word_alignment():
    trace = made(cross=[WORDS, looking_at(*[7] * T), looking_at(0, 0, 0, 0, 0)])
    assert np.allclose(agreement(trace, ALIGNED), [[1, 0.2, 0.2]])
    assert np.allclose(agreement(trace, ALIGNED[:4]), [[1, 0, 0.25]])  # output words that are not aligned do not count
    assert np.allclose(agreement(trace, {(1, 0), (1, 1)}), [[1, 0, 1]])
    assert np.isnan(agreement(trace, [])).all()


@pytest.mark.parametrize("pair", [(5, 0), (0, 5), (-1, 0), (0,), (0, 1, 2), 3, "01", (0.0, 1), None], ids=str)
def test_an_alignment_of_words_that_there_are_not_is_refused(pair):
    with pytest.raises(OptionError):
        agreement(made(), [pair])


def test_distinct_words_are_counted_without_specials():
    trace = made(cross=[WORDS, looking_at(*[7] * T), looking_at(0, 0, 5, 5, 0), looking_at(2, 2, 3, 4, 0)])
    assert np.allclose(distinct_words(trace), [[1, 0, 0.5, 0.25]])


def test_roles_are_what_the_weights_are():
    trace = made(
        encoder=[PREVIOUS, NEXT, np.eye(S), END, EQUAL, 0.3 * PREVIOUS + 0.3 * NEXT + 0.4 * np.eye(S)],
        decoder=[np.eye(T), looking_at(0, 0, 1, 2, 3, n=T), CAUSAL] * 2,
        cross=[WORDS, looking_at(*[7] * T), np.full((T, S), 1 / S), looking_at(0, 0, 0, 0, 0), WORDS, WORDS],
    )
    assert roles(trace, "encoder_self") == (("previous", "next", "same", "end", "spread", "mixed"),)
    assert roles(trace, "decoder_self")[0][:3] == ("same", "previous", "spread")
    assert roles(trace, "cross")[0][:4] == ("aligner", "end", "spread", "mixed")
    assert roles(trace, "cross", alignment=ALIGNED)[0][:4] == ("aligner", "end", "spread", "mixed")
    assert roles(trace, "cross", alignment=[(0, 4), (1, 4)])[0][0] == "mixed"  # what is given decides, not the look


def test_measures_are_those_that_have_a_meaning():
    trace = made()
    common = {"entropy", "spread", "top_word_share", "on_specials", "diagonality", "divergence"}
    assert set(measures(trace, "encoder_self")) == common | {"previous", "next", "same", "end"}
    assert set(measures(trace, "decoder_self")) == common | {"previous", "next", "same"}
    assert set(measures(trace, "cross")) == common | {"end", "distinct_words"}
    assert set(measures(trace, "cross", ALIGNED)) == common | {"end", "distinct_words", "agreement"}


@pytest.mark.parametrize("kind", ["self", "", None, 1])
def test_a_kind_that_there_is_not_is_refused(kind):
    for measure in (entropy, spread, top_word_share, on_specials, diagonality, divergence, on_end, roles, measures):
        with pytest.raises(OptionError):
            measure(made(), kind)


def test_a_kind_without_that_meaning_is_refused():
    with pytest.raises(OptionError):
        offset_share(made(), "cross", -1)
    with pytest.raises(OptionError):
        on_end(made(), "decoder_self")


@pytest.mark.parametrize("kind", KINDS)
def test_all_numbers_of_a_real_trace_are_in_their_ranges(taught, taught_pairs, kind):
    for source, _ in taught_pairs[:4]:
        trace = taught.translate(source)
        alignment = [(i, 0) for i in range(len(trace.output_words))] if kind == "cross" else None
        for name, values in measures(trace, kind, alignment).items():
            assert values.shape == (2, 4), name
            if kind == "decoder_self" and name == "next":
                assert np.isnan(values).all()
                continue
            most = math.log2(getattr(trace, kind).shape[-1]) if name == "entropy" else 1
            assert (values <= most + 1e-9).all(), name
            assert (values >= 0).all() or name == "diagonality", name
        assert {role for layer in roles(trace, kind, alignment) for role in layer} <= set(ROLES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_that_was_taken_away_has_no_numbers_and_disturbs_no_other(taught, kind):
    trace = taught.translate("Where is Jerry?", intervention=Intervention(ablate={(kind, 1, 2): "zero"}))
    alignment = [(0, 0)] if kind == "cross" else None
    for name, values in measures(trace, kind, alignment).items():
        assert np.isnan(values[1, 2]), name
        assert not np.isnan(np.delete(values.ravel(), 6)).any() or name == "next", name
    assert roles(trace, kind, alignment)[1][2] == "mixed"


def test_masked_words_do_not_count_as_keys_that_could_be_seen(taught):
    change = Intervention(masked_source=(0, 2), ablate={("cross", 0, 0): "uniform", ("encoder_self", 0, 0): "uniform"})
    trace = taught.translate("Where is Jerry?", intervention=change)
    for kind in ("cross", "encoder_self"):
        assert spread(trace, kind)[0, 0] == pytest.approx(1, abs=1e-5)
        assert diagonality(trace, kind)[0, 0] == pytest.approx(0, abs=1e-5)
        assert roles(trace, kind)[0][0] == "spread"


def test_the_shortest_sentence_has_numbers_or_none_but_no_error():
    """One source piece, one output piece: nothing to choose from."""
    one = np.ones((1, 1, 1, 1), np.float32)
    trace = Trace(
        model="made", source_language="en", target_language="zh", strategy="greedy", source="", text="",
        source_pieces=("</s>",), input_pieces=("<s>",), output_pieces=("</s>",), source_words=((0, 1),),
        output_words=((0, 1),), unknown=(), finished=True, encoder_self=one, decoder_self=one, cross=one,
        log_probabilities=np.zeros(1, np.float32), top_pieces=(("</s>",),), top_probabilities=np.ones((1, 1), np.float32),
    )  # fmt: skip
    with np.errstate(all="raise"):
        for kind in KINDS:
            assert measures(trace, kind)["entropy"][0, 0] == 0
            assert np.isnan(measures(trace, kind)["spread"][0, 0])
            assert len(roles(trace, kind)) == 1
