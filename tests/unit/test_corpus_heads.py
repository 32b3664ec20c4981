"""Numbers of heads on a model's card: means over a corpus, written by a command."""

import dataclasses
import json

import numpy as np

import core
from core import zoo
from core.training.alignment import train_aligner
from core.training.heads import corpus_heads, main
from tests.samples import made


def test_numbers_of_heads_are_means_over_sentences_and_survive_the_card(aligned_folder):
    before = json.loads((aligned_folder / zoo.CARD).read_text("utf-8"))
    model = core.load(aligned_folder, device="cpu")
    heads = corpus_heads(model, ["Where is Jerry?", "Tom runs.", "\x07", ""])
    assert (heads["sentences"], heads["output"]) == (2, "greedy")
    for kind, found in heads["kinds"].items():
        shape = getattr(model.translate("Tom runs."), kind).shape[:2]
        assert np.shape(found["roles"]) == shape
        assert all(np.shape(values) == shape for values in found["measures"].values())
        assert found["counted"]["entropy"] == 2
    assert heads["kinds"]["decoder_self"]["counted"]["next"] == 0
    assert set(np.ravel(heads["kinds"]["decoder_self"]["measures"]["next"])) == {None}
    zoo.update_card(aligned_folder, heads=heads)
    after = json.loads((aligned_folder / zoo.CARD).read_text("utf-8"))
    assert after.pop("heads") == json.loads(json.dumps(heads, allow_nan=False))
    before.pop("heads", None)
    assert after == before
    card = zoo.read_card(aligned_folder)
    assert card.heads == heads
    assert json.loads(card.to_json())["heads"] == heads


def test_a_card_that_names_no_heads_has_none(aligned_folder):
    values = json.loads((aligned_folder / zoo.CARD).read_text("utf-8"))
    values.pop("heads", None)
    (aligned_folder / zoo.CARD).write_text(json.dumps(values), "utf-8")
    assert zoo.read_card(aligned_folder).heads == {}


def test_sentences_without_an_answer_are_left_out_of_the_mean(aligned_folder):
    """Agreement has none where no word is aligned: it is counted over those that have one."""
    model = core.load(aligned_folder, device="cpu")
    sentences = ["Tom chases Jerry.", "The dog sees the cat.", "Where is Jerry?", "I know Jerry."]
    linked = [bool(model.align(model.translate(sentence))) for sentence in sentences]
    nothing = dataclasses.replace(model, aligner=train_aligner([], model.source_tokenizer, model.target_tokenizer))
    for chosen, expected in ((model, sum(linked)), (nothing, 0)):
        found = corpus_heads(chosen, sentences)["kinds"]["cross"]
        assert found["counted"]["agreement"] == expected
        assert found["counted"]["entropy"] == 4
    without = corpus_heads(dataclasses.replace(model, aligner=None), sentences)
    assert "agreement" not in without["kinds"]["cross"]["measures"]


def test_kinds_without_layers_are_left_out(aligned_folder):
    class CrossOnly:
        """A model without self-attention, as a recurrent one is."""

        def translate(self, text):
            trace = made(["▁the", "▁dog"], ["狗"])
            return dataclasses.replace(
                trace, encoder_self=np.zeros((0, 1, 3, 3), np.float32), decoder_self=np.zeros((0, 1, 2, 2), np.float32)
            )

        def align(self, trace):
            return ((0, 1),)

    heads = corpus_heads(CrossOnly(), ["a", "b"])
    assert list(heads["kinds"]) == ["cross"]
    assert heads["sentences"] == 2
    json.dumps(heads, allow_nan=False)


def test_the_command_writes_the_card(aligned_folder, tmp_path, capsys):
    data = tmp_path / "data"
    data.mkdir()
    (data / "train.tsv").write_text("Tom runs.\t汤姆跑。\n", "utf-8")
    assert main(["--model", str(aligned_folder), "--data", str(data), "--device", "cpu"]) == 2
    assert "no dev.tsv" in capsys.readouterr().out
    (data / "dev.tsv").write_text("Tom runs.\t汤姆跑。\nWhere is Jerry?\t杰瑞在哪里？\n", "utf-8")
    assert main(["--model", str(aligned_folder), "--data", str(data), "--device", "cpu"]) == 0
    assert "cross" in capsys.readouterr().out
    assert zoo.read_card(aligned_folder).heads["sentences"] == 2
