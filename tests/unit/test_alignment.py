"""The word aligner: learnt from a toy corpus whose alignment is known, written, read, and refused when damaged."""

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch

import core
from core import zoo
from core.analysis import Aligner, align, read_aligner
from core.analysis.alignment import ARRAYS, TENSION, UNALIGNED, diagonal, rows
from core.config import EOS, ModelConfig
from core.errors import DamagedModelError
from core.training.alignment import KEPT, ROUNDS, lexical, train_aligner
from core.training.corpus import encode_pairs
from core.training.data import Data
from core.training.lecture import lecture_pairs
from core.training.loop import Trainer
from core.training.options import TrainingOptions
from tests.samples import made

WORDS = ("the", "a", "dog", "cat", "bird", "sees", "likes", "big", "red", "now")
MEANINGS = dict(zip(WORDS, ("", "", "狗", "猫", "鸟", "看", "爱", "大", "红", "今"), strict=True))


class Pieces:
    """What the aligner asks of a tokenizer: its pieces."""

    def __init__(self, pieces):
        self.pieces = tuple(pieces)
        self.ids = {piece: i for i, piece in enumerate(self.pieces)}

    def __len__(self):
        return len(self.pieces)


SOURCE = Pieces(("<pad>", "<unk>", "<s>", "</s>", *("▁" + word for word in WORDS), "▁The", "."))
TARGET = Pieces(("<pad>", "<unk>", "<s>", "</s>", *(word for word in MEANINGS.values() if word), "。"))


def toy(seed: int = 1, count: int = 400) -> list[tuple[list[str], list[str]]]:
    """Sentences "the big dog sees the cat now." or "now the …", with their words' meanings: "now" before the verb."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        subject, object_ = rng.choice(["dog", "cat", "bird"], 2)
        verb, adjective = rng.choice(["sees", "likes"]), rng.choice(["big", "red", ""])
        words = [rng.choice(["the", "a"]), adjective, subject, verb, "the", object_, rng.choice(["now", ""])]
        placed = words if rng.random() < 0.5 else [words[-1], *words[:-1]]
        source = ["▁" + word for word in placed if word]
        if source[0] == "▁the" and rng.random() < 0.5:
            source[0] = "▁The"
        order = (*words[1:3], words[6], *words[3:6])
        target = [MEANINGS[word] for word in order if word and MEANINGS[word]]
        pairs.append(([*source, "."], [*target, "。"]))
    return pairs


def ids(pairs):
    return [([*(SOURCE.ids[p] for p in s), EOS], [*(TARGET.ids[p] for p in t), EOS]) for s, t in pairs]


@pytest.fixture(scope="module")
def learnt() -> Aligner:
    return train_aligner(ids(toy()), SOURCE, TARGET)


# Learning


def test_the_words_of_a_toy_corpus_find_their_meanings(learnt):
    forward, backward = learnt.lexical(SOURCE.pieces, TARGET.pieces)
    for word, meaning in MEANINGS.items():
        if meaning:
            source, target = SOURCE.ids["▁" + word], TARGET.ids[meaning]
            assert forward[source].argmax() == target
            assert forward[source, target] > 0.4  # "now" stands beside many; all others are above 0.85
            assert backward[:, target].argmax() == source


def test_new_sentences_are_aligned_as_they_were_made(learnt):
    right = wrong = missing = 0
    for source, target in toy(seed=2, count=50):
        links = dict(align(made(source, target), learnt))
        for j, piece in enumerate(target[:-1]):
            expected = {i for i, word in enumerate(source) if MEANINGS.get(word[1:].lower()) == piece}
            if j not in links:
                missing += 1
            elif links[j] in expected:
                right += 1
            else:
                wrong += 1
    assert wrong == 0
    assert missing <= 0.1 * right


def test_repeated_words_are_told_apart_by_their_places(learnt):
    trace = made(["▁the", "▁dog", "▁sees", "▁the", "▁dog", "."], ["狗", "看", "狗", "。"])
    assert align(trace, learnt) == ((0, 1), (1, 2), (2, 4))


def test_words_without_a_counterpart_marks_and_specials_are_not_aligned(learnt):
    assert align(made(["▁The", "▁dog", "."], ["狗", "。"]), learnt) == ((0, 1),)
    assert align(made(["▁big", "▁dog", "."], ["红", "。"]), learnt) == ()


def test_an_output_that_was_cut_off_is_aligned_to_its_last_word(learnt):
    assert align(made(["▁the", "▁dog", "▁sees"], ["狗", "看"], finished=False), learnt) == ((0, 1), (1, 2))


def test_words_when_only_their_case_differs_are_aligned_alike(learnt):
    assert align(made(["▁THE", "▁DOG", "▁Sees"], ["狗", "看"]), learnt) == ((0, 1), (1, 2))


def test_unknown_pieces_are_not_aligned_and_disturb_no_other(learnt):
    assert align(made(["▁the", "▁dog", "▁zebra"], ["狗", "斑"]), learnt) == ((0, 1),)
    assert align(made(["▁zebra"], ["斑"]), learnt) == ()
    assert align(made([], []), learnt) == ()


def test_pieces_of_a_word_are_aligned_together(learnt):
    """A source word's pieces add up, and an output word's are averaged."""
    trace = made(["▁big", "dog", "▁sees"], ["大", "看"])
    whole = dataclasses.replace(trace, source_words=((0, 2), (2, 3), (3, 4)))
    assert align(whole, learnt) == ((0, 0), (1, 1))


def test_probabilities_sum_to_1_before_pruning_and_to_no_more_after():
    pairs = [([p - 4 for p in s[:-1]], [p - 4 for p in t[:-1]]) for s, t in ids(toy())]
    keys, table = lexical(pairs, len(TARGET))
    sums = np.bincount(keys // len(TARGET), table)
    assert (np.diff(keys) > 0).all()
    assert np.allclose(sums[sums > 0], 1)
    assert len(sums) == len(SOURCE) - 4 + 1  # every given piece, and none
    kept = train_aligner(ids(toy()), SOURCE, TARGET)
    forward, backward = kept.lexical(SOURCE.pieces, TARGET.pieces)
    assert forward.sum(1).max() <= 1 + 2e-3  # half precision; row "▁The" is "▁the"'s
    assert np.maximum(kept.forward, kept.backward).min() >= KEPT * 0.999
    assert kept.forward_null.sum() == pytest.approx(1)
    assert kept.backward_null.sum() == pytest.approx(1)
    assert backward.max() <= 1


def test_each_round_explains_the_pairs_better():
    """Expectation maximisation never makes the training pairs less probable (Dempster, Laird and Rubin 1977)."""
    pairs = [([p - 4 for p in s[:-1]], [p - 4 for p in t[:-1]]) for s, t in ids(toy(count=60))]
    size = len(TARGET)

    def log_likelihood(rounds: int) -> float:
        keys, table = lexical(pairs, size, rounds)
        found = dict(zip(keys.tolist(), table.tolist(), strict=True))
        total = 0.0
        for given, written in pairs:
            prior = diagonal(len(written), len(given))
            for j, piece in enumerate(written):
                links = [-1, *given]
                total += np.log(sum(found[(i + 1) * size + piece] * p for i, p in zip(links, prior[j], strict=True)))
        return total

    found = [log_likelihood(rounds) for rounds in range(1, ROUNDS + 1)]
    assert all(later > earlier for earlier, later in itertools.pairwise(found))


def test_one_round_gives_the_table_worked_out_by_hand():
    """Two pairs, worked out on paper: links of equal tables are as probable as their priors."""
    keys, table = lexical([([0, 1], [0]), ([0], [1])], 2, rounds=1)
    near = (1 - UNALIGNED) / 2  # both places are as far from the middle
    one = 1 - UNALIGNED
    expected = {(-1, 0): UNALIGNED, (-1, 1): UNALIGNED, (0, 0): near, (0, 1): one, (1, 0): near}
    sums = {-1: 2 * UNALIGNED, 0: near + one, 1: near}
    found = {(int(key) // 2 - 1, int(key) % 2): value for key, value in zip(keys, table, strict=True)}
    assert found == pytest.approx({(i, j): value / sums[i] for (i, j), value in expected.items()}, abs=1e-6)


def em_reference(pairs, size: int, rounds: int) -> dict[tuple[int, int], float]:
    """p(written | given) by the papers' formulas, pair by pair: IBM Model 1's expectation maximisation (Brown et al. 1993,
    section 4.1), each link weighted by 0.08 for no piece, else by 0.92 times exp(-4 · distance), normalised (Dyer et al.
    2013, equation 1)."""
    table = {(i, j): 1 / size for given, written in pairs for i in (-1, *given) for j in written}
    for _ in range(rounds):
        counts = dict.fromkeys(table, 0.0)
        for given, written in pairs:
            for at, piece in enumerate(written):
                place = (at + 0.5) / len(written)
                near = [math.exp(-4 * abs(place - (k + 0.5) / len(given))) for k in range(len(given))]
                prior = [0.08, *(0.92 * value / sum(near) for value in near)]
                links = [table[i, piece] * p for i, p in zip((-1, *given), prior, strict=True)]
                for i, link in zip((-1, *given), links, strict=True):
                    counts[i, piece] += link / sum(links)
        totals = {i: sum(value for (k, _), value in counts.items() if k == i) for i, _ in counts}
        table = {(i, j): value / totals[i] for (i, j), value in counts.items()}
    return table


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_expectation_maximisation_equals_the_formulas_evaluated_pair_by_pair(rounds):
    pairs = [([p - 4 for p in s[:-1]], [p - 4 for p in t[:-1]]) for s, t in ids(toy(count=12))]
    size = len(TARGET)
    keys, table = lexical(pairs, size, rounds)
    found = {(int(key) // size - 1, int(key) % size): value for key, value in zip(keys, table, strict=True)}
    assert found == pytest.approx(em_reference(pairs, size, rounds), abs=1e-6)


def test_the_prior_of_two_pieces_by_two_is_the_value_worked_out_by_hand():
    """Distances are 0 and 1/2: 0.92 / (1 + e^-2) on the diagonal and 0.92 e^-2 / (1 + e^-2) beside it."""
    assert diagonal(2, 2) == pytest.approx(np.array([[0.08, 0.810333, 0.109667], [0.08, 0.109667, 0.810333]]), abs=1e-6)


def test_the_prior_is_highest_on_the_diagonal_and_sums_to_1():
    prior = diagonal(3, 6)
    assert np.allclose(prior.sum(1), 1)
    assert (prior[:, 0] == UNALIGNED).all()
    assert prior[0, 1:].argmax() in (0, 1)
    assert prior[2, 1:].argmax() in (4, 5)
    assert prior[0, 1] / prior[0, 6] == pytest.approx(np.exp(TENSION * (abs(1 / 6 - 11 / 12) - abs(1 / 6 - 1 / 12))))


def test_no_pairs_at_all_give_an_aligner_that_aligns_nothing():
    for pairs in ([], [([EOS], [EOS])], [([5, EOS], [EOS])]):
        empty = train_aligner(pairs, SOURCE, TARGET)
        assert align(made(["▁the", "▁dog"], ["狗"]), empty) == ()


def test_a_huge_corpus_is_thinned_out_evenly(monkeypatch):
    pairs = ids(toy())
    cells = sum(len(s) * (len(t) - 1) for s, t in pairs)
    fourth = train_aligner(pairs[::4], SOURCE, TARGET)
    monkeypatch.setattr("core.training.alignment.MOST_CELLS", cells // 4 + 1)
    thinned = train_aligner(pairs, SOURCE, TARGET)
    for name in ARRAYS:
        assert np.array_equal(getattr(thinned, name), getattr(fourth, name))


def test_rows_are_shared_by_pieces_that_differ_in_case_alone():
    assert rows(("</s>", "▁The", "▁the", "THE")) == {"</s>": 0, "▁the": 1, "the": 3}


# Writing and reading


@pytest.fixture
def folder(tmp_path, learnt) -> Path:
    """A folder with the learnt aligner, called "victim"."""
    path = tmp_path / "victim"
    path.mkdir()
    (path / zoo.ALIGNER).write_bytes(learnt.to_bytes())
    return path


def test_an_aligner_when_read_back_is_equal_and_read_only(folder, learnt):
    found = read_aligner(folder / zoo.ALIGNER, folder.name, SOURCE.pieces, TARGET.pieces)
    for name in ARRAYS:
        assert np.array_equal(getattr(found, name), getattr(learnt, name))
        assert getattr(found, name).dtype == getattr(learnt, name).dtype
        assert not getattr(found, name).flags.writeable
    assert (found.source, found.target) == (learnt.source, learnt.target)


def test_a_folder_without_the_file_has_no_aligner(tmp_path):
    assert read_aligner(tmp_path / zoo.ALIGNER, "x", SOURCE.pieces, TARGET.pieces) is None


def changed(**changes):
    """Write the arrays with some of them changed, or left out where the change is None."""

    def damage(path: Path) -> None:
        arrays = safetensors.numpy.load_file(path)
        for name, change in changes.items():
            if change is None:
                del arrays[name]
            else:
                arrays[name] = np.ascontiguousarray(change(arrays.get(name)))
        path.write_bytes(safetensors.numpy.save(arrays))

    return damage


def put(index, value):
    def change(array):
        array = array.copy()
        array[index] = value
        return array

    return change


DAMAGES = {
    "garbage": lambda path: path.write_bytes(b"garbage" * 99),
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "a folder": lambda path: [path.unlink(), path.mkdir()],
    "a pickle": lambda path: path.write_bytes(b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x01."),
    "an array missing": changed(backward=None),
    "an array too many": changed(extra=lambda _: np.zeros(1)),
    "other types": changed(forward=lambda a: a.astype(np.float32)),
    "integers for probabilities": changed(forward=lambda a: a.astype(np.int16)),
    "wider columns": changed(columns=lambda a: a.astype(np.uint32)),
    "another shape": changed(forward=lambda a: a[:-1]),
    "two axes": changed(columns=lambda a: a[None]),
    "no axis": changed(columns=lambda a: a[0]),
    "another vocabulary": changed(starts=lambda a: a[:-1]),
    "fewer target pieces": changed(forward_null=lambda a: a[:-1]),
    "starts that do not begin": changed(starts=put(0, 1)),
    "starts that fall": changed(starts=put(5, 10**6)),
    "starts below 0": changed(starts=put(3, -1)),
    "starts that end early": changed(starts=put(-1, 1)),
    "a column that there is not": changed(columns=put(-1, 255)),
    "columns out of order": changed(columns=lambda a: a[::-1]),
    "a probability above 1": changed(forward=put(0, 1.5)),
    "a probability below 0": changed(backward=put(0, -0.5)),
    "NaN": changed(forward_null=put(0, np.nan)),
    "infinite": changed(backward_null=put(0, np.inf)),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_file_is_refused_in_a_sentence(folder, case):
    DAMAGES[case](folder / zoo.ALIGNER)
    with pytest.raises(DamagedModelError) as caught:
        read_aligner(folder / zoo.ALIGNER, folder.name, SOURCE.pieces, TARGET.pieces)
    assert str(caught.value).startswith("The model “victim” cannot be loaded: aligner.safetensors cannot be read.")


def test_a_model_aligns_with_what_lies_in_its_folder(aligned_folder, tiny):
    model = core.load(aligned_folder, device="cpu")
    trace = model.translate("Tom chases Jerry.", target="汤姆追逐杰瑞。")

    def word(pieces, span):
        return "".join(pieces[slice(*span)]).strip("▁")

    names = {"汤姆": "Tom", "杰瑞": "Jerry", "追逐": "chases"}
    found = {(word(trace.output_pieces, trace.output_words[j]), word(trace.source_pieces, trace.source_words[i])) for j, i in model.align(trace)}  # fmt: skip
    assert found
    for output, source in found:
        assert any(output in chinese and source == english for chinese, english in names.items())
    assert model.align(trace) == align(trace, model.aligner)
    assert tiny.aligner is None
    assert tiny.align(trace) is None


def test_a_model_with_a_damaged_aligner_is_refused_by_name(aligned_folder):
    (aligned_folder / zoo.ALIGNER).write_bytes(b"?")
    with pytest.raises(DamagedModelError, match=r"“aligned”.*aligner\.safetensors"):
        core.load(aligned_folder, device="cpu")


def test_training_leaves_an_aligner_of_its_pairs_beside_the_model(tmp_path, tokenizers):
    (source, source_file), (target, target_file) = tokenizers
    pairs = lecture_pairs()
    encoded = encode_pairs(pairs, source, target, 40)
    files = {"source.model": source_file, "target.model": target_file}
    config = ModelConfig(len(source), len(target), 32, 4, 1, 64, 0.1, 40)
    data = Data(encoded, pairs[:2], encode_pairs(pairs[:2], source, target, 40), source, target, files)
    Trainer(tmp_path / "new", data, config, TrainingOptions(epochs=1, batch_tokens=8000), torch.device("cpu")).run()
    model = core.load(tmp_path / "new", device="cpu")
    assert model.aligner.to_bytes() == train_aligner(encoded, source, target).to_bytes()
    assert model.align(model.translate("Tom chases Jerry.", target="汤姆追逐杰瑞。"))
    assert model.card.heads == {}
