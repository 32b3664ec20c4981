"""From a recipe and raw files to weighted pairs, sets to measure on, and finished models."""

import json
import random
import re
from collections import Counter

import pytest

import core
from core.errors import OptionError
from core.training import make
from core.training.checkpoints import moment_steps
from core.training.corpus import make_batches, vary_spelling
from core.training.generated import TEMPLATES, generated_pairs
from core.training.lecture import lecture_pairs
from core.training.recipe import Corpus, Recipe, normalize, read_corpus, training_pairs

RECIPE = """
seed = 1
languages = ["en", "zh"]
lexicon = "lexicon.tsv"
[tokenizers]
vocab = 560
[generated]
count = 60
copied = 20
weight = 0.5
lecture = 1.0
variants = 0.2
[training]
epochs = 2
batch_tokens = 400
warmup = 5
average = 2
patience = 0
[moments]
count = 4
sentences = ["Tom chases Jerry.", "Jerry is here."]
[models.small]
probed = true
d_model = 16
d_ff = 16
n_layers = 1
n_heads = 2
max_length = 40
[models.back]
source = "zh"
target = "en"
d_model = 16
d_ff = 16
n_layers = 1
n_heads = 2
max_length = 40
[sets.everyday]
file = "dev.tsv"
[sets.captions]
from = ["captions"]
count = 5
[sets.grammar]
file = "grammar.tsv"
yields = true
[sources.everyday]
file = "everyday.tsv"
weight = 1.5
title = "Everyday"
licence = "CC0"
credit = "someone"
[sources.captions]
file = "mixed.tsv"
weight = 1.0
[sources.manuals]
file = "mixed.tsv"
weight = 0.25
model_weights = { back = 2.0 }
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A recipe and the raw files that it names."""
    folder = tmp_path_factory.mktemp("raw")
    pairs = lecture_pairs()

    def write(name: str, rows) -> None:
        (folder / name).write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")

    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    write("lexicon.tsv", [("Bern", "伯尔尼", "cities"), ("Latin", "拉丁语", "languages")])
    write("dev.tsv", [(f"{a} {b}", f"{b}，{a}") for a, b in [("One", "一"), ("Two", "二"), ("Three", "三")]])
    write(
        "everyday.tsv", [*pairs[:60], ("one 一!", "别的。"), ("No Chinese here.", "None."), ("Broken.", "坏\ufffd。")]
    )
    captions = [(f"A cat number {n}.", f"第{n}只猫。", "captions") for n in range(30)]
    write("mixed.tsv", [*captions, *((f"Press key {n}.", f"按{n}键。", "manuals") for n in range(30))])
    write("grammar.tsv", [("A CAT NUMBER 3", "第3只猫"), ("She sings.", "她唱歌。")])
    return folder


@pytest.fixture(scope="module")
def recipe(data):
    return Recipe.read(data / "recipe.toml")


@pytest.fixture(scope="module")
def corpus(recipe, data):
    return read_corpus(recipe, data)


def test_sources_of_one_file_are_told_apart_by_its_third_column(corpus):
    counts = corpus.counts()
    assert (counts["captions"], counts["manuals"]) == (25, 30)
    assert all(
        pair[0].startswith("Press") for pair, name in zip(corpus.pairs, corpus.source, strict=True) if name == "manuals"
    )


def test_no_sentence_of_a_set_is_trained_on_in_any_spelling(corpus):
    """'one 一!' is the dev sentence 'One 一' but for case and punctuation."""
    trained = {normalize(sentence) for pair in corpus.pairs for sentence in pair}
    for pairs in corpus.sets.values():
        for pair in pairs:
            assert trained.isdisjoint(map(normalize, pair))
    assert len(corpus.sets["captions"]) == 5


def test_a_set_that_yields_leaves_out_what_the_corpus_holds(corpus, data):
    captions = {normalize(pair[0]) for pair in corpus.sets["captions"]}
    expected = [("She sings.", "她唱歌。")]
    if normalize("A cat number 3.") in captions:
        expected.insert(0, ("A CAT NUMBER 3", "第3只猫"))
    assert corpus.sets["grammar"] == expected


def test_pairs_that_are_no_translations_are_left_out(corpus):
    assert not any("None." in pair or "\ufffd" in pair[1] for pair in corpus.pairs)


def test_weights_are_those_of_the_source_and_of_the_model(corpus, recipe):
    for model, manuals in (("small", 0.25), ("back", 2.0)):
        found = dict(zip(corpus.source, corpus.weights(recipe, model), strict=True))
        assert found == {"everyday": 1.5, "captions": 1.0, "manuals": manuals, "generated": 0.5, "lecture": 1.0}


def test_a_model_of_the_other_direction_gets_the_pairs_turned_round(corpus, recipe):
    there, back = (training_pairs(recipe, corpus, model)[0] for model in ("small", "back"))
    count = len(corpus.pairs)
    assert [pair[::-1] for pair in there[:count]] == back[:count]


def test_hurried_variants_keep_their_translation_and_their_weight(corpus, recipe):
    pairs, weights = training_pairs(recipe, corpus, "small")
    assert len(pairs) == len(weights)
    added = pairs[len(corpus.pairs) :]
    able = sum(name != "lecture" for name in corpus.source)  # the lecture's pairs have their own spellings
    assert 0.05 < len(added) / able < 0.3
    originals = Counter(target for _, target in corpus.pairs)
    assert all(target in originals for _, target in added)


@pytest.mark.parametrize("content", ["", "seed = ", "seed = 1\nlanguages = 3", "[models]\n"], ids=str)
def test_a_file_that_is_no_recipe_is_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "recipe.toml").write_text(content, encoding="utf-8")
    with pytest.raises(OptionError, match="no recipe"):
        Recipe.read(tmp_path / "recipe.toml")


def test_a_source_that_its_file_does_not_hold_is_refused_by_name(tmp_path, data):
    text = RECIPE.replace("[sources.manuals]", "[sources.poems]")
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    with pytest.raises(OptionError, match="poems"):
        read_corpus(Recipe.read(tmp_path / "recipe.toml"), data)


def test_the_shipped_recipe_names_a_licence_and_a_credit_for_every_source():
    recipe = Recipe.read()
    for name, table in recipe.sources.items():
        assert {"title", "licence", "credit", "file", "weight"} <= table.keys(), name
    assert {"en-zh", "en-zh-1head", "en-zh-rnn", "en-zh-rnn-attention", "zh-en"} == recipe.models.keys()


# Batches by weight


def test_a_pair_is_in_an_epoch_as_often_as_its_weight_says():
    pairs = [([5], [6])] * 3
    weights = [0.25, 1.0, 1.5]
    seen = Counter(
        i for epoch in range(2000) for batch in make_batches(pairs, 10, random.Random(epoch), weights) for i in batch
    )
    assert seen[1] == 2000
    assert abs(seen[0] / 2000 - 0.25) < 0.05
    assert abs(seen[2] / 2000 - 1.5) < 0.05


# Variants and generated pairs


def test_variants_are_the_sentence_in_another_spelling():
    rng = random.Random(0)
    found = {vary_spelling("I'm sure you don't know it.", "en", rng) for _ in range(200)}
    assert {"i'm sure you don't know it", "im sure you dont know it"} <= found
    assert {vary_spelling("你好吗？", "zh", rng) for _ in range(50)} == {"你好吗", "你好吗?"}


def test_generated_pairs_are_the_same_for_the_same_seed_and_fill_every_slot():
    lexicon = {"cities": [("Bern", "伯尔尼")], "languages": [("Latin", "拉丁语")]}
    pairs = generated_pairs(3000, 1500, 1, lexicon)
    assert pairs == generated_pairs(3000, 1500, 1, lexicon) != generated_pairs(3000, 1500, 2, lexicon)
    assert len(set(pairs)) == len(pairs) > 3000
    assert not any(
        character in sentence for pair in pairs for sentence in pair for character in "{}|_" if "_2" not in sentence
    )


def test_both_sides_of_a_template_have_the_same_slots():
    for english, chinese in [*TEMPLATES["translated"], *TEMPLATES["copied"]]:
        slots = [re.findall(r"{(\w+)}", side) for side in (english, chinese)]
        assert sorted(slots[0]) == sorted(slots[1]), english


@pytest.fixture(scope="module")
def translated():
    """Generated pairs enough for every number to be among them."""
    return dict(generated_pairs(40000, 0, 3, {}))


@pytest.mark.parametrize(
    ("english", "number", "chinese"),
    [
        ("I am {agewords} years old.", "twenty-one", "二十一"),
        ("I have {countwords} books.", "two", "两"),
        ("I have {countwords} books.", "twelve", "十二"),
    ],
)
def test_numbers_in_words_are_translated(translated, english, number, chinese):
    assert chinese in translated[english.format(agewords=number, countwords=number)]


def test_copied_words_stand_on_both_sides():
    for english, chinese in generated_pairs(0, 800, 5, {}):
        assert set(re.findall(r"[\U0001f300-\U0001faff]", english)) == set(
            re.findall(r"[\U0001f300-\U0001faff]", chinese)
        )
        for address in re.findall(r"\S+@\S+\w", english):
            assert address in chinese


# The whole making


@pytest.fixture(scope="module")
def made(data, tmp_path_factory):
    """Both models of the small recipe, made by the command."""
    root = tmp_path_factory.mktemp("made")
    arguments = ["--data", str(data), "--recipe", str(data / "recipe.toml"), "--device", "cpu", "--threads", "1"]
    arguments += ["--work", str(root / "work"), "--out", str(root / "models")]
    assert make.main(arguments) == 0
    return root, arguments


def test_one_command_makes_every_model_of_a_recipe(made):
    root, _ = made
    cards = {card.name: card for card in core.list_models(root / "models")}
    assert cards.keys() == {"small", "back"}
    for name, card in cards.items():
        assert card.problem is None
        assert card.training["epochs_done"] == 2
        assert card.sets.keys() == {"everyday", "captions", "grammar"}
        assert {"bleu", "chrf"} == card.sets["captions"]["greedy"].keys()
        assert {"source", "reference", "output"} == card.sets["captions"]["example"].keys()
        assert {entry["name"] for entry in card.sources} == {"everyday", "captions", "manuals", "generated", "lecture"}
        assert card.heads["sentences"] == card.sets["everyday"]["sentences"]
        assert card.lengths["buckets"]
        assert card.variants
        assert not (root / "models" / name / "checkpoints").exists()
        assert core.load(root / "models" / name, device="cpu").align is not None
    assert (cards["back"].source_language, cards["back"].target_language) == ("zh", "en")


def test_moments_of_the_training_are_recorded_from_random_weights_to_the_finished_model(made):
    root, _ = made
    model = core.load(root / "models" / "small", device="cpu")
    moments = core.read_moments(root / "models" / "small")
    steps = [moment.step for moment in moments]
    assert steps == [*moment_steps(model.card.training["steps"], 4), model.card.training["steps"]]
    assert steps[0] == 0
    assert moments[0].loss > moments[-1].loss
    assert [trace.source for trace in moments[-1].traces] == ["Tom chases Jerry.", "Jerry is here."]
    assert moments[-1].traces[0].text == model.translate("Tom chases Jerry.").text
    assert moments[0].entropy.shape == moments[0].on_words.shape == moments[0].agreement.shape == (1, 2)


def test_a_probed_model_has_contributions_and_its_heads_over_the_first_set(made):
    root, _ = made
    small, back = (core.load(root / "models" / name, device="cpu").card for name in ("small", "back"))
    assert small.contributions["masked"] == "source word"
    assert core.read_corpus_heads(root / "models" / "small").sentences == small.heads["sentences"]
    assert not back.contributions
    assert core.read_corpus_heads(root / "models" / "back") is None


def test_both_directions_share_their_tokenizers(made):
    root, _ = made
    small, back = (
        card.shared for card in sorted(core.list_models(root / "models"), key=lambda c: c.name, reverse=True)
    )
    assert (small["source.model"], small["target.model"]) == (back["target.model"], back["source.model"])
    assert small["aligner.safetensors"] != back["aligner.safetensors"]
    assert len(list((root / "models" / "shared").iterdir())) == 4


def test_nothing_that_is_typed_is_unknown(made):
    model = core.load(made[0] / "models" / "small", device="cpu")
    trace = model.translate("Zoë 龘 😀 chases 1,234.")
    assert "<unk>" not in trace.source_pieces
    assert model.source_tokenizer.decode(model.encode("Zoë 龘 😀 chases 1,234.")[0]) == "Zoë 龘 😀 chases 1,234."


def test_resume_makes_only_what_is_missing(made, monkeypatch):
    root, arguments = made
    folder = root / "work" / "small"
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    scores = card.pop("lengths")
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    done = []
    monkeypatch.setattr(make.Trainer, "run", lambda self: done.append("trained"))
    monkeypatch.setattr(make, "write_heads", lambda *_: done.append("heads"))
    monkeypatch.setattr(make, "record_moments", lambda *_: done.append("moments"))
    monkeypatch.setattr(make, "write_contributions", lambda *_: done.append("contributions"))
    monkeypatch.setattr(make, "write_heads_over", lambda *_: done.append("heads over a corpus"))
    assert make.main([*arguments, "--models", "small", "--resume"]) == 0
    assert done == []
    again = json.loads((root / "models" / "small" / "card.json").read_text(encoding="utf-8"))
    assert again["lengths"] == scores


def test_a_model_that_was_stopped_by_hand_is_not_published_and_resume_goes_on(made, tmp_path, stop_at, capsys):
    _, arguments = made
    arguments = [*arguments, "--work", str(tmp_path / "work"), "--out", str(tmp_path / "out"), "--models", "small"]
    stop_at(3, KeyboardInterrupt)
    assert make.main(arguments) == 130
    assert "--resume" in capsys.readouterr().out
    assert not (tmp_path / "out" / "small").exists()
    assert make.main([*arguments, "--resume"]) == 0
    assert "resumed at 3" in capsys.readouterr().out
    assert core.load(tmp_path / "out" / "small", device="cpu").card.training["epochs_done"] == 2


@pytest.mark.parametrize(
    "changed", [["--models", "large"], ["--recipe", "nowhere.toml"], ["--data", "nowhere"]], ids=" ".join
)
def test_what_cannot_be_made_is_refused_with_a_sentence(made, capsys, changed):
    _, arguments = made
    assert make.main([*arguments, *changed]) == 2
    said = capsys.readouterr().out
    assert changed[1] in said
    assert "Traceback" not in said
    assert said.count("\n") == 1


def test_a_corpus_knows_which_pairs_are_of_which_source():
    corpus = Corpus([("a", "b"), ("c", "d")], ["x", "y"], {})
    assert corpus.counts() == {"x": 1, "y": 1}
