"""The record of a beam search: its numbers can be found again, and its best leaf is the translation."""

import dataclasses
import functools
import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

import core
from core.decoding import length_penalty
from core.errors import EmptyTextError, OptionError
from core.intervention import Intervention
from core.records.beam_search import BeamHypothesis, BeamSearch, Node
from tests.conftest import sure_recurrent

SENTENCE = "Where is Jerry?"
CHANGED = Intervention(ablate={("cross", 0, 3): "zero"}, masked_source=(1,), forced={2: "汤姆"}, temperature=0.5)
FREE = Intervention(causal=False, positions=False)


# --- The record, by hand


def by_hand() -> BeamSearch:
    """<s> -> a (kept) -> c, d; <s> -> b (pruned)"""
    rows = [(None, 0, "a", "kept"), (None, 0, "b", "pruned"), (0, 1, "</s>", "finished"), (0, 1, "d", "cut")]
    nodes = tuple(
        Node(i, parent, step, piece, -1.0, 0.5, -1.0, i % 2, status)
        for i, (parent, step, piece, status) in enumerate(rows)
    )
    ends = BeamHypothesis(2, ("a", "</s>"), "a", -1.0, -1.0, True), BeamHypothesis(3, ("a", "d"), "ad", -2, -2, False)
    return BeamSearch("m", "A", ("A", "</s>"), 2, 0.6, nodes, (2, 2), ends, ("a", "x", "</s>"), "ax", -3.0, -2.5)


def test_levels_children_and_paths_are_those_of_a_tree_made_by_hand():
    search = by_hand()
    assert search.winner.length == 2
    assert search.n_steps == 2
    assert [[node.id for node in level] for level in search.levels] == [[0, 1], [2, 3]]
    assert search.children == {None: (0, 1), 0: (2, 3), 1: (), 2: (), 3: ()}
    assert search.path(3) == (0, 3)
    assert search.path(1) == (1,)
    assert search.pieces(3) == ("a", "d")
    assert search.parts_at == 1
    assert search.follow(search.greedy_pieces) == (0,)
    assert search.follow(("a", "d")) == (0, 3)
    assert search.follow(("z",)) == ()
    assert dataclasses.replace(search, greedy_pieces=("a", "</s>")).parts_at is None


def test_a_beam_search_is_frozen_and_survives_a_pickle():
    search = by_hand()
    assert search.children  # computed once, and no part of what makes two equal
    assert pickle.loads(pickle.dumps(search)) == search == by_hand()
    for record in (search, search.nodes[0], search.winner):
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.score = 0


# --- A translator's search


RUNS = [
    (size, alpha, change)
    for size, alpha in ((1, 0.6), (2, 0.0), (4, 0.6), (6, 2.0))
    for change in (None, CHANGED, FREE, Intervention(forced={0: "汤姆"}))
]


@pytest.fixture(scope="module", params=["taught", "tiny"])
def translator(request):
    """One that ends its sentences, and one that writes on to the limit."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def search_for(translator):
    """search_for(size, alpha, change): the search for SENTENCE, made once for all tests of it."""
    return functools.cache(functools.partial(translator.beam_search, SENTENCE))


@pytest.fixture(scope="module")
def greedily(translator):
    """greedily(change): the greedy Trace of SENTENCE under this intervention, made once."""
    return functools.cache(lambda change: translator.translate(SENTENCE, intervention=change))


@pytest.mark.parametrize(("size", "alpha", "change"), RUNS)
def test_the_winner_is_the_translation(translator, search_for, greedily, size, alpha, change):
    search = search_for(size, alpha, change)
    trace = translator.translate(SENTENCE, strategy="beam", beam_size=size, alpha=alpha, intervention=change)
    assert search.winner.pieces == trace.output_pieces
    assert search.winner.text == trace.text
    assert search.winner.finished == trace.finished
    assert search.winner.log_probability == pytest.approx(trace.log_probability, abs=1e-4)
    assert (search.model, search.source, search.source_pieces) == (trace.model, SENTENCE, trace.source_pieces)
    assert (search.beam_size, search.alpha) == (size, alpha)
    assert search.intervention == change
    greedy = greedily(change)
    assert search.greedy_pieces == greedy.output_pieces
    assert search.greedy_text == greedy.text
    assert search.greedy_log_probability == pytest.approx(greedy.log_probability, abs=1e-4)
    parts = [a == b for a, b in zip(trace.output_pieces, greedy.output_pieces, strict=False)]
    assert search.parts_at == (parts.index(False) if False in parts else None)
    assert (search.parts_at is None) == (trace.output_pieces == greedy.output_pieces)
    if size == 1:
        assert search.parts_at is None
        assert search.follow(search.greedy_pieces) == search.path(search.winner.node)


@pytest.mark.parametrize(("size", "alpha", "change"), RUNS)
def test_scores_recompute_from_the_probabilities(search_for, size, alpha, change):
    search = search_for(size, alpha, change)
    for node in search.nodes:
        path = [search.nodes[i] for i in search.path(node.id)]
        assert search.nodes[node.id] is node
        assert node.log_probability == pytest.approx(sum(math.log(n.probability) for n in path), abs=1e-4)
        assert node.score == pytest.approx(node.log_probability / ((6 + node.step) / 6) ** alpha, abs=1e-9)
        assert node.step == len(path) - 1
    for hypothesis in search.hypotheses:
        node = search.nodes[hypothesis.node]
        assert node.status == ("finished" if hypothesis.finished else "cut")
        assert (node.log_probability, node.score) == (hypothesis.log_probability, hypothesis.score)
        assert search.pieces(node.id) == hypothesis.pieces
        assert search.follow(hypothesis.pieces) == search.path(node.id)
        assert hypothesis.length == len(hypothesis.pieces) == node.step + 1
    ends = {node.id for node in search.nodes if node.status in ("finished", "cut")}
    assert ends == {hypothesis.node for hypothesis in search.hypotheses}
    assert [h.score for h in search.hypotheses] == sorted((h.score for h in search.hypotheses), reverse=True)
    assert search.greedy_score == pytest.approx(
        search.greedy_log_probability / length_penalty(len(search.greedy_pieces), alpha)
    )


@pytest.mark.parametrize("architecture", ["rnn", "rnn-additive", "rnn-dot"])
@pytest.mark.parametrize(
    "change", [None, Intervention(masked_source=(1,), forced={1: "汤姆"})], ids=["none", "changed"]
)
def test_a_recurrent_translators_search_agrees_with_its_translations(taught, architecture, change):
    model = sure_recurrent(3, architecture, len(taught.source_tokenizer), len(taught.target_tokenizer))
    translator = dataclasses.replace(taught, card=dataclasses.replace(taught.card, config=model.config), model=model)
    search = translator.beam_search(SENTENCE, 3, 0.6, change)
    trace = translator.translate(SENTENCE, strategy="beam", beam_size=3, intervention=change)
    assert search.winner.pieces == trace.output_pieces
    assert search.greedy_pieces == translator.translate(SENTENCE, intervention=change).output_pieces
    for hypothesis in search.hypotheses:
        given = translator.translate(SENTENCE, target=hypothesis.pieces, intervention=change)
        assert given.output_pieces == hypothesis.pieces
        assert given.log_probability == pytest.approx(hypothesis.log_probability, abs=1e-4)
    for ask in (lambda: translator.inside(trace, "cross", 0, 0), lambda: translator.embedded(trace)):
        with pytest.raises(OptionError, match="recurrent"):
            ask()


def test_a_node_is_as_probable_as_a_trace_says(taught):
    """Its probabilities are those of a given output, and its siblings stand in the Trace's list."""
    search = taught.beam_search(SENTENCE, 4)
    trace = taught.translate(SENTENCE, target=search.winner.pieces)
    for t, i in enumerate(search.path(search.winner.node)):
        assert search.nodes[i].probability == pytest.approx(math.exp(trace.log_probabilities[t]), abs=1e-5)
        listed = dict(trace.top(t, 100))
        for sibling in search.children[search.nodes[i].parent]:
            node = search.nodes[sibling]
            assert node.probability == pytest.approx(listed[node.piece], abs=1e-5)


def test_beam_and_greedy_part_somewhere(taught, tiny, taught_pairs):
    """So that the tests above say something of both cases."""
    searches = [model.beam_search(source, 4) for model in (taught, tiny) for source, _ in taught_pairs[:6]]
    assert {search.parts_at is None for search in searches} == {True, False}
    for search in searches:
        t = search.parts_at
        if t is not None:
            assert search.winner.pieces[:t] == search.greedy_pieces[:t]
            assert search.winner.pieces[t] != search.greedy_pieces[t]
            walked = search.follow(search.greedy_pieces)
            assert search.pieces(walked[-1]) == search.greedy_pieces[: len(walked)]
            if len(walked) == len(search.greedy_pieces):  # it was considered to its end, and lost there
                assert search.nodes[walked[-1]].status == "pruned" or search.greedy_score <= search.winner.score + 1e-5
            else:
                assert search.nodes[walked[-1]].status in ("pruned", "stopped")


def test_an_intervention_that_changes_nothing_gives_the_plain_search(taught):
    assert taught.beam_search(SENTENCE, intervention=Intervention()) == taught.beam_search(SENTENCE)
    assert taught.beam_search(SENTENCE, intervention=CHANGED) != taught.beam_search(SENTENCE)


def test_many_visitors_search_at_once(taught, taught_pairs):
    sources = [source for source, _ in taught_pairs[:4]]
    alone = [taught.beam_search(source) for source in sources]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(taught.beam_search, sources * 4)) == alone * 4


@pytest.mark.parametrize(
    "wrong",
    [{"beam_size": 0}, {"beam_size": 65}, {"beam_size": 2.0}, {"alpha": -1}, {"alpha": "1"}, {"intervention": {}}],
    ids=str,
)
def test_an_option_that_is_not_possible_is_refused_by_name(tiny, wrong):
    with pytest.raises(OptionError) as caught:
        tiny.beam_search(SENTENCE, **wrong)
    assert caught.value.values["name"] == next(iter(wrong))


def test_a_blank_text_is_refused(tiny):
    with pytest.raises(EmptyTextError):
        tiny.beam_search(" ")


def test_the_records_of_a_beam_search_are_public():
    assert core.BeamSearch is BeamSearch
    assert core.BeamHypothesis is BeamHypothesis


# --- An output that is given piece by piece


@pytest.mark.parametrize("change", [None, Intervention(temperature=0.5), FREE], ids=["none", "cold", "free"])
def test_a_hypothesis_is_translated_to_exactly_itself(translator, taught_pairs, change):
    for source, _ in taught_pairs[:3]:
        for hypothesis in translator.beam_search(source, 4, 0.6, change).hypotheses:
            trace = translator.translate(source, target=hypothesis.pieces, intervention=change)
            assert trace.strategy == "forced"
            assert trace.output_pieces == hypothesis.pieces
            assert trace.text == hypothesis.text
            assert trace.finished == hypothesis.finished
            assert trace.log_probability == pytest.approx(hypothesis.log_probability, abs=1e-4)
