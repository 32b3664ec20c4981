"""A small English-French model, made by a recipe, and how well it resolves "it"."""

import numpy as np
import pytest

import core
from core.analysis import word
from core.errors import OptionError
from core.training import make, pronouns
from core.training.antecedents import build_case, held_out_cases
from core.training.french import Adjective, Noun
from core.training.recipe import Recipe, normalize, read_corpus

RECIPE = """
seed = 1
languages = ["en", "fr"]
[tokenizers]
vocab = 700
[generated]
counts = { pronouns = 400, genders = 60, signed = 60, copied = 40 }
weights = { pronouns = 0.5, genders = 0.5, signed = 0.5, copied = 0.5, lecture = 0.2 }
variants = 0.1
[training]
epochs = 1
batch_tokens = 600
warmup = 5
[models.small]
d_model = 16
d_ff = 16
n_layers = 1
n_heads = 2
max_length = 120
[models.recurrent]
architecture = "rnn-additive"
d_model = 16
d_ff = 16
n_layers = 1
n_heads = 1
max_length = 120
[sets.everyday]
file = "dev.tsv"
[sets.pronouns]
held_out = 8
[sources.everyday]
file = "everyday.tsv"
weight = 1.0
title = "Everyday"
licence = "CC0"
credit = "someone"
"""
SHARES = {"sentences", "right", "both", "none", "il"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    case = held_out_cases(8, 1)[0]
    rows = [*(f"I have {n} cats.\tJ'ai {n} chats." for n in range(30)), "\t".join(case.pair)]
    (folder / "everyday.tsv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "dev.tsv").write_text("I have a cat.\tJ'ai un chat.\nWhere is it?\tOù est-il ?\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(data, tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    arguments = ["--data", str(data), "--recipe", str(data / "recipe.toml"), "--device", "cpu", "--threads", "1"]
    assert make.main([*arguments, "--work", str(root / "work"), "--out", str(root / "models")]) == 0
    return root / "models"


@pytest.fixture(scope="module")
def model(made):
    return core.load(made / "small", device="cpu")


def test_no_held_out_sentence_is_trained_on(data):
    corpus = read_corpus(Recipe.read(data / "recipe.toml"), data)
    assert corpus.sets["pronouns"] == [case.pair for case in held_out_cases(8, 1)]
    trained = {normalize(sentence) for pair in corpus.pairs for sentence in pair}
    assert not any(normalize(sentence) in trained for pair in corpus.sets["pronouns"] for sentence in pair)
    assert corpus.counts().keys() == {"everyday", "pronouns", "genders", "signed", "copied", "lecture"}


def test_the_card_says_how_often_the_pronoun_is_right(made, model):
    card = model.card
    assert card.sets.keys() == {"everyday", "pronouns"}
    assert card.pronouns.keys() == {"unseen pair", "unseen adjective", "heads", "removed"}
    assert all(card.pronouns[kind].keys() == SHARES for kind in ("unseen pair", "unseen adjective"))
    heads = card.pronouns["heads"]
    assert {kind: np.shape(table) for kind, table in heads["without"].items()} == dict.fromkeys(core.KINDS, (1, 2))
    assert np.shape(heads["to_right"]) == np.shape(heads["finds"]) == (1, 2)
    assert [len(entry["heads"]) for entry in card.pronouns["removed"]] == [1, 2]
    recurrent = core.load(made / "recurrent", device="cpu").card
    assert recurrent.pronouns.keys() == {"unseen pair", "unseen adjective"}


def test_weights_from_it_to_both_nouns_are_those_of_the_trace(model):
    nouns = Noun.parse("bed|lit|m"), Noun.parse("living room|salon|m")
    fit = "fit in|rentrer dans|rentré dans|rentre dans|rentrera dans|imparfait"
    case = build_case(fit, nouns, 1, Adjective.parse("small|petit|petite"), ("did", "short", "too", "because"))
    trace = model.translate(case.pair[0])
    found = pronouns.noun_weights(trace, case)
    words = {word(trace.source_spelling, span): span for span in trace.source_words}
    it, right, other = (slice(*words[name]) for name in ("it", "room", "bed"))
    for i, columns in enumerate((right, other)):
        expected = trace.encoder_self[:, :, it, columns].sum(-1).mean(-1)
        np.testing.assert_allclose(found[..., i], expected, rtol=1e-5)


def test_the_preference_is_the_difference_of_both_log_probabilities(model):
    case = held_out_cases(8, 1)[0]
    right, wrong = (model.translate(case.pair[0], target=target) for target in (case.pair[1], case.wrong))
    found = pronouns.preferences(model, case)
    assert found.shape == (1 + 3 * 1 * 2,)
    assert found[0] == pytest.approx(right.log_probability - wrong.log_probability, abs=1e-3)
    change = core.Intervention(ablate={("encoder_self", 0, 1): "zero"})
    right, wrong = (
        model.translate(case.pair[0], target=target, intervention=change) for target in (case.pair[1], case.wrong)
    )
    assert found[2] == pytest.approx(right.log_probability - wrong.log_probability, abs=1e-3)


def test_heads_of_a_recurrent_model_cannot_be_probed(made):
    with pytest.raises(OptionError, match="Transformer"):
        pronouns.preferences(core.load(made / "recurrent", device="cpu"), held_out_cases(8, 1)[0])


def test_the_command_writes_the_same_to_the_card(made, capsys, model):
    assert pronouns.main(["--model", str(made / "small"), "--count", "8", "--device", "cpu"]) == 0
    assert core.load(made / "small", device="cpu").card.pronouns == model.card.pronouns
    assert '"unseen pair"' in capsys.readouterr().out
    assert pronouns.main(["--model", "nowhere"]) == 2
