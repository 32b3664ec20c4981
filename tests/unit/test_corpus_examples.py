"""Every head of a model over a corpus: its numbers, the command, and its untrusted file."""

import base64
import dataclasses
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import core
from core.analysis import corpus as formulas
from core.analysis.corpus import (
    SAMPLED,
    STRONGEST,
    activations,
    distances,
    key_pieces,
    peaks,
    query_pieces,
)
from core.errors import DamagedModelError, OptionError, UnknownModelError
from core.export import corpus_heads as files_of_heads
from core.export import write_corpus_heads
from core.records.corpus_heads import BANDS
from core.training import corpus_heads
from core.training.alignment import train_aligner
from core.training.corpus import encode_pairs
from core.training.corpus_heads import EVERY, first_different, main, measure_heads, read_sentences
from core.training.heads import corpus_heads as means_of_heads
from core.training.lecture import lecture_pairs
from core.zoo import ALIGNER, CORPUS_HEADS
from tests.conftest import sure_recurrent

ROOT = Path(__file__).parents[2]
SENTENCES = ["Where is Jerry?", "Tom runs.", "Tom chases Jerry.", "The dog sees the cat."]


@pytest.fixture(scope="module")
def aligned(taught, tokenizers, write_folder, tmp_path_factory):
    """The folder of `taught` with an aligner."""
    folder = write_folder(tmp_path_factory.mktemp("models") / "aligned", taught.model)
    (source, _), (target, _) = tokenizers
    pairs = encode_pairs(lecture_pairs(), source, target, 40)
    (folder / ALIGNER).write_bytes(train_aligner(pairs, source, target).to_bytes())
    return folder


@pytest.fixture
def aligned_folder(aligned, tmp_path):
    """A copy of that folder."""
    return shutil.copytree(aligned, tmp_path / "aligned")


@pytest.fixture(scope="module")
def model(aligned):
    return core.load(aligned, device="cpu")


# --- A model


@pytest.fixture(scope="module")
def found(model):
    return measure_heads(model, [*SENTENCES, "\x07", ""])


def test_every_head_is_there_with_the_role_that_the_card_would_have(model, found):
    assert (found.sentences, found.importance_sentences) == (4, 1)
    card = means_of_heads(model, SENTENCES)["kinds"]
    for kind in core.KINDS:
        for layer in range(2):
            for head in range(4):
                one = found.head(kind, layer, head)
                assert one.role == card[kind]["roles"][layer][head]
                assert one.histogram.sum() == 4
                assert np.isnan(one.agreement) or kind == "cross"
                if kind == "cross":
                    agreement = card[kind]["measures"]["agreement"][layer][head]
                    assert one.agreement == pytest.approx(agreement, abs=1e-4)
    with pytest.raises(OptionError, match="kind"):
        found.head("other", 0, 0)
    for place in ((2, 0), (0, 4), (-1, 0), ("0", 0)):
        with pytest.raises(OptionError):
            found.head("cross", *place)


def test_numbers_are_those_of_the_traces(model, found):
    traces = [model.translate(sentence) for sentence in SENTENCES]
    importance = model.head_importance(SENTENCES[0])
    for kind in core.KINDS:
        each = np.array([activations(peaks(trace, kind)) for trace in traces])
        sums = np.sum([distances(trace, kind) for trace in traces], 0)
        for one in (head for head in found.heads if head.kind == kind):
            at = one.layer, one.head
            values = each[(slice(None), *at)]
            assert one.activation == pytest.approx(values.mean(), abs=1e-4)
            assert one.distance == pytest.approx(sums[1][at] / sums[0][at], abs=1e-4)
            assert one.offset == pytest.approx(sums[2][at] / sums[0][at], abs=1e-4)
            assert one.importance == pytest.approx(importance[(core.KINDS.index(kind), *at)], abs=1e-4)
            order = [found.texts[item.sentence][0] for item in one.strongest]
            assert order == [SENTENCES[i] for i in np.argsort(-values.round(4), kind="stable")]
            for item in one.strongest:
                text = found.texts[item.sentence]
                trace = traces[SENTENCES.index(text.source)]
                assert text.output == trace.text
                queries, keys = text.labels(kind)
                assert (queries, keys) == (query_pieces(trace, kind), key_pieces(trace, kind))
                weights = np.frombuffer(item.weights, np.uint8).reshape(len(queries), len(keys)) / 255
                assert np.abs(weights - getattr(trace, kind)[at]).max() <= 0.5 / 255 + 1e-6
                assert getattr(trace, kind)[(*at, item.query, item.key)] == pytest.approx(item.weight, abs=1e-4)


def test_attended_pieces_share_the_whole_weight(model, found):
    traces = [model.translate(sentence) for sentence in SENTENCES]
    pieces = Counter(piece for trace in traces for piece in trace.source_pieces)
    rows = sum(len(trace.output_pieces) for trace in traces)
    for one in (head for head in found.heads if head.kind == "cross"):
        for piece, share, times in one.attended:
            weight = sum(
                trace.cross[one.layer, one.head, :, i].sum()
                for trace in traces
                for i, name in enumerate(trace.source_pieces)
                if name == piece
            )
            assert share == pytest.approx(weight / rows, abs=1e-4)
            assert times == pieces[piece]
        assert [item.value for item in one.attended] == sorted((item.value for item in one.attended), reverse=True)


def test_pieces_that_attend_are_no_specials_and_not_rare(model):
    found = measure_heads(model, SENTENCES * 5)
    seen = [item for head in found.heads for item in head.attending]
    assert seen
    assert all(item.times >= 5 and item.piece not in ("<s>", "</s>") and 0 < item.value <= 1 for item in seen)


def test_a_model_without_attention_is_refused_and_one_with_a_single_one_is_not(write_folder, tokenizers, tmp_path):
    sizes = len(tokenizers[0][0]), len(tokenizers[1][0])
    plain = core.load(write_folder(tmp_path / "plain", sure_recurrent(0, "rnn", *sizes)), device="cpu")
    with pytest.raises(OptionError):
        measure_heads(plain, SENTENCES)
    attends = core.load(write_folder(tmp_path / "attends", sure_recurrent(0, "rnn-additive", *sizes)), device="cpu")
    found = measure_heads(attends, SENTENCES)
    (head,) = found.heads
    assert (head.kind, found.importance_sentences) == ("cross", 0)
    assert np.isnan(head.importance)
    write_corpus_heads(tmp_path / "attends" / CORPUS_HEADS, found)
    assert core.read_corpus_heads(tmp_path / "attends").heads[0].strongest == head.strongest


def test_no_sentence_that_can_be_translated_is_said(model):
    with pytest.raises(OptionError, match="no sentence"):
        measure_heads(model, ["", "\x07"])


def test_texts_that_are_no_examples_are_forgotten(model, monkeypatch):
    """Bounded memory: what is kept does not grow with the corpus."""
    trace = model.translate(SENTENCES[0])
    sizes = []

    class Same:
        """The model, with one Trace for every sentence: sampling is all that takes time."""

        def __getattr__(self, name):
            return getattr(model, name)

        def translate(self, text):
            return dataclasses.replace(trace, source=text, text=text)

        def align(self, trace):
            return ()

        def head_importance(self, text):
            return np.zeros((3, 2, 4))

    kept = corpus_heads._kept
    monkeypatch.setattr(corpus_heads, "_kept", lambda kinds: sizes.append(len(kept(kinds))) or kept(kinds))
    monkeypatch.setattr(corpus_heads.HeadMeasures, "add", count_once(corpus_heads.HeadMeasures.add))
    found = measure_heads(Same(), (str(i) for i in range(2500)))
    assert found.sentences == 2500
    assert found.importance_sentences == -(-2500 // EVERY)
    assert len(sizes) == 3
    assert max(sizes) <= 24 * (STRONGEST + BANDS * SAMPLED)
    for head in found.heads:
        assert sorted(int(found.texts[item.sentence][0]) for item in head.strongest) == list(range(STRONGEST))


def count_once(add):
    """Measures of the first Trace alone; the others are counted."""

    def once(self, trace, alignment):
        if self.sentences:
            self.sentences += 1
        else:
            add(self, trace, alignment)

    return once


# --- Sentences of files


def test_sentences_are_read_line_by_line_with_or_without_columns_and_ids(tmp_path):
    file = tmp_path / "corpus.tsv"
    file.write_bytes(
        "\ufeffTom runs.\t汤姆跑。\n17\tTom  sees Jerry.\t9\t汤姆看见杰瑞。\n\nA \x07 line\nplain\r\n".encode()
    )
    assert list(read_sentences([file], "en")) == ["Tom runs.", "Tom sees Jerry.", "plain"]
    assert list(read_sentences([file], "zh", 2)) == ["汤姆跑。", "汤姆看见杰瑞。"]
    assert list(first_different(iter("abacb"), 10)) == ["a", "b", "c"]
    assert list(first_different(iter("abacb"), 2)) == ["a", "b"]
    for path, content in ((tmp_path / "none.tsv", None), (tmp_path / "latin.tsv", b"\xff\xfe\xe9\n")):
        if content:
            path.write_bytes(content)
        with pytest.raises(OptionError, match="UTF-8"):
            list(read_sentences([path], "en"))


# --- The command and its file


def test_the_command_writes_the_file_and_again_the_same_bytes(aligned_folder, tmp_path, capsys):
    data = tmp_path / "corpus.txt"
    data.write_text("\n".join([*SENTENCES, SENTENCES[0]]), "utf-8")
    arguments = ["--model", str(aligned_folder), "--data", str(data), "--device", "cpu"]
    before = {path.name: path.read_bytes() for path in aligned_folder.iterdir()}
    assert core.read_corpus_heads(aligned_folder) is None
    assert main(arguments) == 0
    path = aligned_folder / CORPUS_HEADS
    written = path.read_bytes()
    assert "4 sentences" in capsys.readouterr().out
    command = [sys.executable, "-m", "core.analysis.corpus", *arguments]  # another process hashes texts otherwise
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    assert path.read_bytes() == written
    assert {item.name for item in aligned_folder.iterdir()} == {*before, CORPUS_HEADS}
    assert all((aligned_folder / name).read_bytes() == content for name, content in before.items())
    assert main([*arguments, "--sentences", "2"]) == 0
    assert core.read_corpus_heads(aligned_folder).sentences == 2
    assert main(["--model", "nothing", "--data", str(data)]) == 2
    assert main(["--model", str(aligned_folder), "--data", str(tmp_path / "none.txt")]) == 2
    with pytest.raises(SystemExit):
        main([*arguments, "--column", "0"])


def test_what_is_read_is_what_was_measured(aligned_folder, found):
    write_corpus_heads(aligned_folder / CORPUS_HEADS, found)
    again = core.read_corpus_heads(aligned_folder)
    for name in ("sentences", "importance_sentences", "texts"):
        assert getattr(again, name) == getattr(found, name)
    for one, other in zip(found.heads, again.heads, strict=True):
        for field in dataclasses.fields(one):
            np.testing.assert_equal(getattr(other, field.name), getattr(one, field.name))
    with pytest.raises(UnknownModelError):
        core.read_corpus_heads("nothing")


def test_the_weights_of_long_sentences_are_left_out(aligned_folder, model, monkeypatch):
    for module in (formulas, files_of_heads):
        monkeypatch.setattr(module, "MOST_CELLS", 40)
    found = measure_heads(model, SENTENCES)
    write_corpus_heads(aligned_folder / CORPUS_HEADS, found)
    again = core.read_corpus_heads(aligned_folder)
    assert [head.strongest for head in again.heads] == [head.strongest for head in found.heads]
    sizes = set()
    for head in again.heads:
        for item in head.strongest:
            queries, keys = found.texts[item.sentence].labels(head.kind)
            sizes.add(len(item.weights))
            assert len(item.weights) == (len(queries) * len(keys) if len(queries) * len(keys) <= 40 else 0)
    assert 0 in sizes
    assert len(sizes) > 1


def change_example(place, value):
    """Replace one part of the first example."""
    return lambda values: values["heads"][0]["strongest"][0].__setitem__(place, value)


CHANGES = {
    "no object": lambda values: [1],
    "a part too few": lambda values: values.pop("texts"),
    "a part too many": lambda values: values.update(more=1),
    "a head too few": lambda values: values["heads"].pop(),
    "a head twice": lambda values: values["heads"].append(values["heads"][0]),
    "heads in another order": lambda values: values["heads"].reverse(),
    "an unknown role": lambda values: values["heads"][0].update(role="king"),
    "a kind that is a list": lambda values: values["heads"][0].update(kind=["cross"]),
    "a layer below 0": lambda values: values["heads"][0].update(layer=-1),
    "an activation above 1": lambda values: values["heads"][0].update(activation=1.5),
    "an importance that is text": lambda values: values["heads"][0].update(importance="1"),
    "an importance that is infinite": lambda values: values["heads"][0].update(importance=float("inf")),
    "an offset of NaN": lambda values: values["heads"][0].update(offset=float("nan")),
    "a distance below 0": lambda values: values["heads"][0].update(distance=-1),
    "a histogram of another length": lambda values: values["heads"][0]["histogram"].pop(),
    "more in the histogram than sentences": lambda values: values["heads"][0].update(histogram=[10**6] * BANDS),
    "an example without a sentence": change_example(0, 10**6),
    "an example with a part too few": lambda values: values["heads"][0]["strongest"][0].pop(),
    "a weight above 1": change_example(4, 2),
    "a position that is no number": change_example(2, True),
    "a query that is not there": change_example(2, 99),
    "a key that is not there": change_example(3, 99),
    "another heaviest weight": change_example(4, 0.0001),
    "weights that are no bytes": change_example(5, "…"),
    "weights of fewer pieces": change_example(5, base64.b64encode(b"\xff").decode()),
    "weights that do not sum to 1": lambda values: change_example(
        5, base64.b64encode(bytes(len(base64.b64decode(values["heads"][0]["strongest"][0][5])))).decode()
    )(values),
    "a band too few": lambda values: values["heads"][0]["samples"].pop(),
    "a piece that is a number": lambda values: values["heads"][0]["attended"].append([1, 0.5, 3]),
    "a text that cannot be written": lambda values: values["texts"][0].__setitem__(0, "\ud800"),
    "a text without pieces": lambda values: values["texts"][0].pop(),
    "a piece of a text that is a number": lambda values: values["texts"][0][2].__setitem__(0, 1),
    "more texts than sentences": lambda values: values.update(sentences=0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_damaged_file_is_refused_with_a_sentence(aligned_folder, found, change):
    path = aligned_folder / CORPUS_HEADS
    write_corpus_heads(path, found)
    values = json.loads(path.read_text("utf-8"))
    changed = change(values)
    path.write_text(json.dumps(changed if isinstance(changed, list) and changed == [1] else values), "utf-8")
    with pytest.raises(DamagedModelError, match="aligned"):
        core.read_corpus_heads(aligned_folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b" " * (5 * 2**20)], ids=range(5))
def test_a_file_that_is_no_json_is_refused_with_a_sentence(aligned_folder, content):
    (aligned_folder / CORPUS_HEADS).write_bytes(content)
    with pytest.raises(DamagedModelError, match="aligned"):
        core.read_corpus_heads(aligned_folder)


def test_the_file_of_another_model_is_refused(aligned_folder):
    shutil.copy(ROOT / "assets" / "models" / "en-zh" / CORPUS_HEADS, aligned_folder / CORPUS_HEADS)
    with pytest.raises(DamagedModelError, match="aligned"):
        core.read_corpus_heads(aligned_folder)
