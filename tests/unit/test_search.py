"""The record of a beam search: a whole tree, whose numbers can be found again, and whose best leaf is the translation."""

import dataclasses
import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import core
from core.config import BOS, EOS, ModelConfig
from core.decoding import BeamCandidate, BeamRecorder, beam, greedy, length_penalty
from core.errors import EmptyTextError, OptionError, TextTooLongError, UnknownTargetError
from core.intervention import Intervention
from core.model import build
from core.records.beam_search import STATUSES, BeamHypothesis, BeamSearch, Node

SENTENCE = "Where is Jerry?"
SOURCE = torch.tensor([[5, 6, 7, 8, EOS]])
CHANGED = Intervention(ablate={("cross", 0, 3): "zero"}, masked_source=(1,), forced={2: "汤姆"}, temperature=0.5)
FREE = Intervention(causal=False, positions=False)


def considered(model, size: int, alpha: float, max_length: int = 7, forced: dict | None = None) -> tuple:
    """-> hypotheses, and all that was considered on the way"""
    record = BeamRecorder(size)
    return beam(model, SOURCE, max_length, size, alpha, forced=forced, considered=record), record


def plain_levels(model, size: int, max_length: int) -> list[dict[tuple[int, ...], float]]:
    """A beam search without a cache and without an early stop: every candidate of every step, best first."""
    running, ended, levels = {(): 0.0}, 0, []
    for length in range(1, max_length + 1):
        grown = {}
        for ids, total in running.items():
            states = model(SOURCE, torch.tensor([[BOS, *ids]]))
            row = model.logits(states[0, -1]).log_softmax(-1)
            grown |= {(*ids, piece): total + float(row[piece]) for piece in range(len(row))}
        grown = dict(sorted(grown.items(), key=lambda item: -item[1]))
        levels.append(grown)
        taken = list(grown)[: size - ended]
        running = {ids: grown[ids] for ids in taken if ids[-1] != EOS and length < max_length}
        ended += len(taken) - len(running)
        if not running:
            break
    return levels


# --- All that is considered, in ids


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("seed", range(4))
def test_the_steps_best_candidates_are_those_of_a_search_written_plainly(make_model, seed, size, alpha):
    model = make_model(seed, target_vocab=8)
    _, record = considered(model, size, alpha)
    levels = plain_levels(model, size, 7)
    assert 1 <= len(record.widths) <= len(levels)
    open_before = {()}
    for step, width in enumerate(record.widths):
        found = {record.ids(i): node for i, node in enumerate(record.nodes) if node.step == step}
        expected = levels[step]
        best = list(expected)[: 2 * size]
        assert list(found)[: len(best)] == best
        for place, (ids, node) in enumerate(found.items()):
            assert node.log_probability == pytest.approx(expected[ids], abs=1e-4)
            assert node.rank == list(expected).index(ids)
            assert (node.status == "pruned") == (place >= width)
        # Beyond the best there is only what an open hypothesis would have gone on with, were it not for better ones.
        for ids in list(found)[len(best) :]:
            assert ids == next(other for other in expected if other[:-1] == ids[:-1])
            assert all(other[:-1] != ids[:-1] for other in best)
        assert {ids[:-1] for ids in found} == open_before
        open_before = {ids for ids, node in found.items() if node.status == "kept"}
    if all(node.status != "stopped" for node in record.nodes):
        assert len(record.widths) == len(levels)


def recurrent(seed: int, architecture: str, source_vocab: int = 20, target_vocab: int = 8):
    sizes = {"d_model": 16, "n_heads": 1, "n_layers": 2, "d_ff": 24, "max_length": 40}
    config = ModelConfig(source_vocab, target_vocab, architecture=architecture, **sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build(config).eval().requires_grad_(False)
        model.target_embedding.weight *= 3  # so that a random model is sure of some pieces
    return model


@pytest.mark.parametrize("architecture", ["rnn", "rnn-additive", "rnn-dot"])
def test_recurrent_models_are_searched_too(architecture):
    best = set()
    for seed in range(6):
        model = recurrent(seed, architecture)
        hypotheses, record = considered(model, 3, 0.6)
        check(record, hypotheses, 3, 7)
        for step, level in enumerate(plain_levels(model, 3, 7)[: len(record.widths)]):
            found = [record.ids(i) for i, node in enumerate(record.nodes) if node.step == step]
            assert found[:6] == list(level)[:6]
        (alone,), _ = considered(model, 1, 0.6)
        assert [list(alone.ids)] == greedy(model, SOURCE, 7)
        best.add(hypotheses[0].ids)
    assert len(best) > 1


def check(record: BeamRecorder, hypotheses: list, size: int, max_length: int) -> None:
    """What holds for every search."""
    nodes = record.nodes
    parents = {node.parent for node in nodes}
    leaves = {i for i in range(len(nodes)) if i not in parents}
    assert leaves == {i for i, node in enumerate(nodes) if node.status != "kept"}
    assert all(node.status in STATUSES for node in nodes)
    for node in nodes:
        if node.parent is None:
            assert node.step == 0
            before = 0.0
        else:
            parent = nodes[node.parent]
            assert parent.status == "kept"
            assert parent.step == node.step - 1
            assert parent.piece != EOS
            before = parent.log_probability
        assert node.log_probability == pytest.approx(before + node.piece_log_probability, abs=1e-5)
        assert node.piece_log_probability <= 0
        if node.status == "finished":
            assert node.piece == EOS
        if node.status in ("kept", "stopped", "cut"):
            assert node.piece != EOS
        assert (node.status == "cut") <= (node.step == max_length - 1)
        assert (node.status == "stopped") <= (node.step == len(record.widths) - 1)
    ended = {record.ids(i): node for i, node in enumerate(nodes) if node.status in ("finished", "cut")}
    assert ended.keys() == {hypothesis.ids for hypothesis in hypotheses}
    assert all(ended[hypothesis.ids].log_probability == hypothesis.log_probability for hypothesis in hypotheses)
    ends = 0
    for step, width in enumerate(record.widths):
        level = [node for node in nodes if node.step == step]
        assert width == size - ends
        taken = [node for node in level if node.status != "pruned"]
        assert len(taken) <= width
        assert [node.status == "pruned" for node in level] == sorted(node.status == "pruned" for node in level)
        assert [node.log_probability for node in level] == sorted((n.log_probability for n in level), reverse=True)
        assert [node.rank for node in level] == sorted(node.rank for node in level)
        ends += sum(node.status == "finished" for node in taken)


def test_what_holds_for_every_search_and_no_search_changes_by_being_written_down(make_model):
    seen = set()
    for seed in range(6):
        model = make_model(seed, target_vocab=8)
        for size in (1, 2, 5, 30):
            for alpha in (0.0, 0.6, 2.0):
                for forced in (None, {1: 4}, {0: 5, 2: EOS}):
                    hypotheses, record = considered(model, size, alpha, 6, forced)
                    assert hypotheses == beam(model, SOURCE, 6, size, alpha, forced=forced)
                    check(record, hypotheses, size, 6)
                    seen |= {node.status for node in record.nodes}
                    for step, piece in (forced or {}).items():
                        assert {node.piece for node in record.nodes if node.step == step} <= {piece}
    assert seen == set(STATUSES)


def test_a_search_stops_when_nothing_open_can_win_any_more(make_model):
    stopped = 0
    for seed in range(6):
        for alpha in (0.6, 1.0):
            hypotheses, record = considered(make_model(seed, target_vocab=8), 3, alpha)
            best = hypotheses[0].score
            for node in record.nodes:
                if node.status == "stopped":
                    stopped += 1
                    assert node.log_probability / length_penalty(7, alpha) <= best
    assert stopped > 3


def test_a_node_is_a_hypothesis():
    record = BeamRecorder(2)
    record.nodes = [
        BeamCandidate(None, 0, 7, -1.0, -1.0, 0, "kept"),
        BeamCandidate(None, 0, 8, -2.0, -2.0, 1, "pruned"),
        BeamCandidate(0, 1, 9, -1.5, -0.5, 0, "finished"),
    ]
    assert [record.ids(i) for i in range(3)] == [(7,), (8,), (7, 9)]


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


def test_the_tree_by_hand():
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


def test_it_is_frozen_light_and_survives_a_pickle():
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


@pytest.fixture(params=["taught", "tiny"])
def translator(request):
    """One that ends its sentences, and one that writes on to the limit."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(("size", "alpha", "change"), RUNS)
def test_the_winner_is_the_translation(translator, size, alpha, change):
    search = translator.beam_search(SENTENCE, size, alpha, change)
    trace = translator.translate(SENTENCE, strategy="beam", beam_size=size, alpha=alpha, intervention=change)
    assert search.winner.pieces == trace.output_pieces
    assert search.winner.text == trace.text
    assert search.winner.finished == trace.finished
    assert search.winner.log_probability == pytest.approx(trace.log_probability, abs=1e-4)
    assert (search.model, search.source, search.source_pieces) == (trace.model, SENTENCE, trace.source_pieces)
    assert (search.beam_size, search.alpha) == (size, alpha)
    assert search.intervention == change
    greedy = translator.translate(SENTENCE, intervention=change)
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
def test_scores_recompute_from_the_probabilities(translator, size, alpha, change):
    search = translator.beam_search(SENTENCE, size, alpha, change)
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
def test_a_recurrent_translators_search(taught, architecture, change):
    model = recurrent(3, architecture, len(taught.source_tokenizer), len(taught.target_tokenizer))
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


def test_an_intervention_that_changes_nothing_changes_nothing(taught):
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


def test_it_is_public():
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


def test_pieces_are_taken_as_they_are(taught):
    whole = taught.translate(SENTENCE)
    assert taught.translate(SENTENCE, target=list(whole.output_pieces)) == taught.translate(
        SENTENCE, target=whole.output_pieces
    )
    cut = taught.translate(SENTENCE, target=whole.output_pieces[:-1])
    assert cut.output_pieces == whole.output_pieces[:-1]
    assert not cut.finished
    np.testing.assert_allclose(cut.cross, whole.cross[:, :, :-1], atol=1e-6)
    names = taught.target_tokenizer.pieces
    single = next(name for name in names if len(name) > 1 and all(character in names for character in name))
    divided = taught.translate(SENTENCE, target=[*single, "</s>"])
    assert divided.output_pieces == (*single, "</s>")
    assert divided.text == taught.translate(SENTENCE, target=[single, "</s>"]).text == single
    assert taught.translate(SENTENCE, target=single).output_pieces == (single, "</s>")  # as a text it is one piece


def test_a_forced_piece_replaces_one_that_is_given(taught):
    whole = taught.translate(SENTENCE)
    forced = Intervention(forced={0: "汤姆"})
    changed = taught.translate(SENTENCE, target=whole.output_pieces, intervention=forced)
    assert changed.output_pieces == ("汤姆", *whole.output_pieces[1:])
    same = Intervention(forced={0: whole.output_pieces[0]})
    assert taught.translate(SENTENCE, target=whole.output_pieces, intervention=same).intervention is None


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (("汤姆", "dog"), UnknownTargetError), (["\ud83d"], UnknownTargetError), ([""], UnknownTargetError),
        (("▁",), UnknownTargetError), ((), OptionError), (("</s>", "汤姆"), OptionError), (("汤姆", 5), OptionError),
        ({"汤姆"}, OptionError), (5, OptionError), (b"x", OptionError), (("汤姆",) * 41, TextTooLongError),
    ],
    ids=lambda value: ascii(value)[:20],
)  # fmt: skip
def test_what_no_output_can_be_is_refused(taught, target, error):
    with pytest.raises(error) as caught:
        taught.translate(SENTENCE, target=target)
    assert str(caught.value).encode()
    if error is OptionError:
        assert caught.value.values["name"] == "target"
