"""All that a beam search considers, in ids: a whole tree, as a search written plainly finds it."""

import pytest
import torch

from core.config import BOS, EOS
from core.decoding import BeamCandidate, BeamRecorder, beam, greedy, length_penalty
from core.records.beam_search import STATUSES
from tests.conftest import sure_recurrent

SOURCE = torch.tensor([[5, 6, 7, 8, EOS]])


def considered(model, size: int, alpha: float, max_length: int = 7, forced: dict | None = None) -> tuple:
    """-> hypotheses, and all that was considered on the way"""
    record = BeamRecorder(size)
    return beam(model, SOURCE, max_length, size, alpha, forced=forced, recorder=record), record


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


@pytest.mark.parametrize("architecture", ["rnn", "rnn-additive", "rnn-dot"])
def test_recurrent_models_are_searched_too(architecture):
    best = set()
    for seed in range(6):
        model = sure_recurrent(seed, architecture)
        hypotheses, record = considered(model, 3, 0.6)
        check(record, hypotheses, 3, 7)
        for step, level in enumerate(plain_levels(model, 3, 7)[: len(record.widths)]):
            found = [record.ids(i) for i, node in enumerate(record.nodes) if node.step == step]
            assert found[:6] == list(level)[:6]
        (alone,), _ = considered(model, 1, 0.6)
        assert [list(alone.ids)] == greedy(model, SOURCE, 7)
        best.add(hypotheses[0].ids)
    assert len(best) > 1


def test_a_recorded_search_is_consistent_and_finds_what_an_unrecorded_one_finds(make_model):
    seen = set()
    for seed in range(3):
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


def test_ids_of_a_node_are_the_pieces_on_the_path_to_it():
    record = BeamRecorder(2)
    record.nodes = [
        BeamCandidate(None, 0, 7, -1.0, -1.0, 0, "kept"),
        BeamCandidate(None, 0, 8, -2.0, -2.0, 1, "pruned"),
        BeamCandidate(0, 1, 9, -1.5, -0.5, 0, "finished"),
    ]
    assert [record.ids(i) for i in range(3)] == [(7,), (8,), (7, 9)]
