"""Numbers of heads: each on weights whose answer is known, and roles by those numbers."""

import math

import numpy as np
import pytest

from core.analysis import (
    ROLES,
    agreement,
    behind,
    chances,
    diagonality,
    distinct_words,
    divergence,
    entropy,
    measures,
    name_roles,
    offset_share,
    on_end,
    on_specials,
    peak_shares,
    roles,
    spread,
    top_word_share,
)
from core.errors import OptionError
from core.intervention import Intervention
from core.records.trace import KINDS, Trace

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
READ = looking_at(7, 0, 3, 5, 6)  # cross: each query on the word that it has just read
START = looking_at(0, 0, 0, 0, 0, n=T)


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
    trace = made(decoder=looking_at(1, 2, 3, 4, 4, n=T), intervention=Intervention(causal=False))
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


def test_diagonality_when_the_map_is_not_square_is_the_documented_formula():
    """1 - D / D_equal with |row / (rows - 1) - key / (keys - 1)|, all weight of the 5 rows on the last of the 8 keys."""
    distances = [[abs(row / 4 - key / 7) for key in range(8)] for row in range(5)]
    last = sum(row[7] for row in distances) / 5
    equal = sum(sum(row) for row in distances) / 40
    assert last == pytest.approx(0.5)
    assert diagonality(made(cross=looking_at(*[7] * 5)), "cross")[0, 0] == pytest.approx(1 - last / equal, abs=1e-6)


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


def test_the_query_after_an_aligned_word_has_just_read_it():
    trace = made(cross=[READ, WORDS, looking_at(*[7] * T), looking_at(*[3] * T)])
    assert np.allclose(behind(trace, ALIGNED), [[1, 0, 0, 0.25]])  # nothing comes after </s>: 4 words count
    assert np.allclose(agreement(trace, ALIGNED), [[0, 1, 0.2, 0.2]])
    twice = [(0, 1), (1, 1), (2, 2)]  # 他 and 不 for one word: the query that predicts 不 aligns rather than lags
    assert np.allclose(behind(trace, twice), [[1, 0, 0, 0.5]])
    assert np.isnan(behind(trace, [])).all()
    assert np.isnan(behind(trace, [(4, 4)])).all()
    with pytest.raises(OptionError):
        behind(trace, [(5, 0)])


def test_peaks_are_counted_over_queries_and_not_over_weight():
    """0.4 of the weight on each query's own piece is the heaviest place of all: a share of 1."""
    mostly = 0.4 * np.eye(S) + 0.6 / (S - 1) * (1 - np.eye(S))
    found = peak_shares(made(encoder=[mostly, PREVIOUS, NEXT, END, EQUAL]), "encoder_self")
    assert set(found) == {"peak_previous", "peak_next", "peak_same", "peak_near", "peak_end"}
    assert np.allclose(found["peak_same"], [[1, 1 / 6, 0, 0, 1 / S]])  # piece 0 has none before it
    assert np.allclose(found["peak_previous"], [[0, 1, 0, 0, 1 / S]])
    assert np.allclose(found["peak_next"], [[0, 0, 1, 0, 1 / S]])
    assert np.allclose(found["peak_near"], [[1, 1, 1, 0, (2 + 5 * 3) / 6 / S]])
    assert np.allclose(found["peak_end"], [[0, 0, 0, 1, 1 / S]])  # equally heavy keys share the query


def test_what_rests_on_a_special_is_not_taken_for_a_neighbour():
    """The queries on </s> and <s> and beside them do not count: there "next" and "end" would be one key."""
    last = END.copy()
    last[:6] = np.eye(S)[0]  # all others look at the first piece
    found = peak_shares(made(encoder=last), "encoder_self")
    assert found["peak_end"] == found["peak_next"] == 0
    found = peak_shares(made(decoder=[START, looking_at(0, 0, 1, 2, 3, n=T), np.eye(T)]), "decoder_self")
    assert np.allclose(found["peak_start"], [[1, 0, 0]])
    assert np.allclose(found["peak_previous"], [[0, 1, 0]])
    assert np.allclose(found["peak_same"], [[0, 0, 1]])
    assert np.allclose(found["peak_near"], [[0, 1, 1]])
    assert np.isnan(found["peak_next"]).all()


def test_chances_are_the_peaks_of_equal_weight():
    trace = made()
    for kind in KINDS:
        found, chance = peak_shares(trace, kind), chances(trace, kind)
        assert set(found) == set(chance)
        for name, share in found.items():
            assert share[0, 0] == pytest.approx(chance[name], abs=1e-9, nan_ok=True)
    assert chances(trace, "decoder_self")["peak_start"] == pytest.approx((1 / 3 + 1 / 4 + 1 / 5) / 3)
    assert chances(trace, "cross")["peak_end"] == pytest.approx(1 / S)
    masked = chances(made(intervention=Intervention(masked_source=(0, 1))), "cross")
    assert masked["peak_end"] == pytest.approx(1 / (S - 2))


def test_roles_are_what_the_weights_are():
    near = looking_at(1, 0, 2, 4, 3, 5, 7, 7)  # the piece after, the one before, its own, in turn
    trace = made(
        encoder=[PREVIOUS, NEXT, np.eye(S), END, EQUAL, near, looking_at(4, 5, 0, 0, 1, 1, 2, 2), PREVIOUS],
        decoder=[np.eye(T), looking_at(0, 0, 1, 2, 3, n=T), CAUSAL, START] * 2,
        cross=[
            WORDS,
            looking_at(*[7] * T),
            np.full((T, S), 1 / S),
            looking_at(0, 0, 0, 0, 0),
            READ,
            WORDS,
            WORDS,
            WORDS,
        ],
    )
    assert roles(trace, "encoder_self")[0] == ("previous", "next", "same", "end", "spread", "near", "mixed", "previous")
    assert roles(trace, "decoder_self")[0][:4] == ("same", "previous", "spread", "start")
    assert roles(trace, "cross")[0][:5] == ("aligner", "end", "spread", "mixed", "aligner")  # by its look alone
    assert roles(trace, "cross", alignment=ALIGNED)[0][:5] == ("aligner", "end", "spread", "mixed", "behind")
    assert roles(trace, "cross", alignment=[(0, 4), (1, 4)])[0][0] == "mixed"  # what is given decides, not the look


def test_a_role_is_more_than_half_and_more_than_chance():
    chance = {"peak_same": 0.2, "peak_near": 0.4, "peak_end": 0.1}

    def one(**shares) -> str:
        found = {"spread": 0.5, "peak_same": 0.0, "peak_near": 0.0, "peak_end": 0.0, **shares}
        return name_roles({name: np.array([[share]]) for name, share in found.items()}, chance)[0][0]

    assert one() == "mixed"
    assert (one(peak_same=0.5), one(peak_same=0.49)) == ("same", "mixed")
    assert (one(peak_near=0.61), one(peak_near=0.59)) == ("near", "mixed")  # 1.5 times 0.4
    assert one(peak_same=0.5, peak_near=0.9) == "same"  # the exact place goes before the neighbourhood
    assert one(peak_same=0.5, peak_end=0.6) == "end"
    assert (one(spread=0.85), one(spread=0.9, peak_near=0.7), one(spread=np.nan)) == ("spread", "near", "mixed")
    assert one(peak_same=np.nan, peak_near=np.nan) == "mixed"
    assert (one(agreement=0.5, behind=0.1), one(agreement=0.5, behind=0.7)) == ("aligner", "behind")
    assert one(agreement=0.6, behind=0.1, peak_end=0.55) == "aligner"
    assert one(agreement=0.1, behind=0.1, top_word_share=0.9, distinct_words=0.9) == "mixed"
    assert one(top_word_share=0.9, distinct_words=0.9) == "aligner"
    assert one(top_word_share=0.9, distinct_words=0.4) == "mixed"


def test_measures_are_those_that_have_a_meaning():
    trace = made()
    common = {"entropy", "spread", "top_word_share", "on_specials", "diagonality", "divergence"}
    places = common | {"previous", "next", "same", "peak_previous", "peak_next", "peak_same", "peak_near"}
    assert set(measures(trace, "encoder_self")) == places | {"end", "peak_end"}
    assert set(measures(trace, "decoder_self")) == places | {"peak_start"}
    assert set(measures(trace, "cross")) == common | {"end", "peak_end", "distinct_words"}
    aligned = set(measures(trace, "cross", ALIGNED)) - set(measures(trace, "cross"))
    assert aligned == {"agreement", "behind"}


@pytest.mark.parametrize("kind", ["self", "", None, 1])
def test_a_kind_that_there_is_not_is_refused(kind):
    for measure in (
        entropy,
        spread,
        top_word_share,
        on_specials,
        diagonality,
        divergence,
        on_end,
        roles,
        measures,
        peak_shares,
        chances,
    ):
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
        words = len(trace.output_words), len(trace.source_words)
        alignment = [(i, min(i, words[1] - 1)) for i in range(words[0])] if kind == "cross" else None
        for name, values in measures(trace, kind, alignment).items():
            assert values.shape == (2, 4), name
            if kind == "decoder_self" and name in ("next", "peak_next"):
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
        assert not np.isnan(np.delete(values.ravel(), 6)).any() or name in ("next", "peak_next"), name
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
