"""The generated pairs of English and French: agreement, elision, and what is kept out of training."""

import re
from collections import Counter

import pytest

from core.training import french
from core.training.antecedents import build_case, held_out_cases, pronoun_pairs
from core.training.french import Adjective, Noun
from core.training.pronouns import accuracy, written_pronoun
from core.training.recipe import RECIPE, Recipe

ANIMAL, STREET = Noun.parse("animal|animal|m"), Noun.parse("street|rue|f")
CROSS = "cross|traverser|traversé|traverse|traversera"
ENTER = "enter|entrer dans|entré dans|entre dans|entrera dans|être"
FIT = "fit in|rentrer dans|rentré dans|rentre dans|rentrera dans|imparfait"
TIRED, WIDE = Adjective.parse("tired|fatigué|fatiguée"), Adjective.parse("wide|large")
PLAIN = ("did", "short", "too", "because")


@pytest.fixture(scope="module")
def trained():
    return pronoun_pairs(12000, 1)


@pytest.mark.parametrize(
    ("entry", "forms"),
    [
        ("street|rue|f", ("la rue", "une rue", "cette rue", "ma rue")),
        ("path|chemin|m", ("le chemin", "un chemin", "ce chemin", "mon chemin")),
        ("animal|animal|m", ("l'animal", "un animal", "cet animal", "mon animal")),
        ("spider|araignée|f", ("l'araignée", "une araignée", "cette araignée", "mon araignée")),
        ("hedge|haie|fh", ("la haie", "une haie", "cette haie", "ma haie")),
        ("egg|œuf|m", ("l'œuf", "un œuf", "cet œuf", "mon œuf")),
    ],
)
def test_articles_agree_and_elide(entry, forms):
    noun = Noun.parse(entry)
    assert (noun.the(), noun.a(), noun.this(), noun.my()) == forms


@pytest.mark.parametrize(
    ("meant", "adjective", "pair"),
    [
        (0, TIRED, ("The animal didn't cross the street because it was too tired.",
                    "L'animal n'a pas traversé la rue parce qu'il était trop fatigué.")),
        (1, WIDE, ("The animal didn't cross the street because it was too wide.",
                   "L'animal n'a pas traversé la rue parce qu'elle était trop large.")),
    ],
)  # fmt: skip
def test_the_famous_sentence_has_the_pronoun_of_the_noun_that_is_meant(meant, adjective, pair):
    case = build_case(CROSS, (ANIMAL, STREET), meant, adjective, PLAIN)
    assert case.pair == pair
    assert case.pronoun == ("il", "elle")[meant]
    assert case.kind == "unseen pair"


def test_the_wrong_translation_differs_in_pronoun_and_adjective_alone():
    case = build_case(CROSS, (ANIMAL, STREET), 0, TIRED, PLAIN)
    assert case.wrong == "L'animal n'a pas traversé la rue parce qu'elle était trop fatiguée."


@pytest.mark.parametrize(
    ("verb", "style", "french"),
    [
        (ENTER, PLAIN, "La vache n'est pas entrée dans la rue parce qu'elle avait trop faim."),
        (ENTER, ("will", "long", "", "because"), "La vache n'entrera pas dans la rue parce qu'elle a faim."),
        (ENTER, ("want", "short", "very", "because"), "La vache ne voulait pas entrer dans la rue parce qu'elle avait très faim."),
        (CROSS, ("does", "short", "too", "so"), "La vache a trop faim, donc elle ne traverse pas la rue."),
        (CROSS, ("could", "short", "too", "because"), "La vache n'a pas pu traverser la rue parce qu'elle avait trop faim."),
        (FIT, PLAIN, "La vache ne rentrait pas dans la rue parce qu'elle avait trop faim."),
    ],
)  # fmt: skip
def test_verbs_are_negated_in_every_form(verb, style, french):
    nouns = Noun.parse("cow|vache|f"), STREET
    case = build_case(verb, nouns, 0, Adjective.parse("hungry|avoir faim"), style)
    assert case.pair[1] == french


def test_contractions_are_written_out_in_the_long_style():
    case = build_case(CROSS, (ANIMAL, STREET), 0, TIRED, ("could", "long", "very", "so"))
    assert case.pair[0] == "The animal was very tired, so it could not cross the street."


def test_no_generated_french_breaks_a_rule_of_elision(trained):
    pairs = [*trained, *french.gender_pairs(3000, 1), *french.signed_pairs(3000, 1), *french.chase_pairs()]
    aspirated = {
        noun.french for nouns in french.NOUNS.values() for noun in nouns if noun.french[0] == "h" and not noun.elides
    }
    assert aspirated == {"hérisson", "hangar", "haie"}
    wrong = re.compile(rf"\b(?:le|la|ne|que|je|ce) (?!(?:{'|'.join(aspirated)})\b)[{french.VOWELS}]", re.IGNORECASE)
    assert wrong.search("Je vois la araignée.")
    assert [target for _, target in pairs if wrong.search(target)] == []
    assert all(target[0].isupper() or not target[0].isalpha() for _, target in pairs)
    assert not any(character in sentence for pair in pairs for sentence in pair for character in "{}|")


def test_held_out_pairs_of_nouns_are_in_no_training_pair_and_their_nouns_in_others(trained):
    held_out = [case for case in held_out_cases(60, 1) if case.kind == "unseen pair"]
    for case in held_out:
        first, second = (re.compile(rf"\b{noun.english}\b") for noun in case.nouns)
        assert not any(first.search(source) and second.search(source) for source, _ in trained), case.pair
        assert any(first.search(source) for source, _ in trained)
        assert any(second.search(source) for source, _ in trained)


def test_held_out_adjectives_occur_with_other_nouns_alone(trained):
    held_out = [case for case in held_out_cases(60, 1) if case.kind == "unseen adjective"]
    assert len(held_out) == 30
    for case in held_out:
        words = [re.compile(rf"\b{word}\b") for word in (case.adjective, *(noun.english for noun in case.nouns))]
        assert not any(all(word.search(source) for word in words) for source, _ in trained), case.pair
        assert any(words[0].search(source) for source, _ in trained)


def test_held_out_cases_are_minimal_pairs_with_both_pronouns():
    cases = held_out_cases(80, 1)
    assert cases == held_out_cases(80, 1)
    for one, other in zip(cases[::2], cases[1::2], strict=True):
        assert [case.meant for case in (one, other)] == [0, 1]
        assert {one.pronoun, other.pronoun} == {"il", "elle"}
        sources = [case.pair[0].removesuffix(f"{case.adjective}.") for case in (one, other)]
        assert sources[0] == sources[1]
    assert Counter(case.kind for case in cases) == {"unseen pair": 40, "unseen adjective": 40}


def test_a_treaty_is_translated_with_its_adjectives_in_french_order():
    pairs = dict(french.signed_pairs(6000, 1))
    assert not any("greement on the European Economic Area" in source for source in pairs)
    assert sum("European Economic Area was signed" in source for source in pairs) > 10
    months = dict(entry.split("|") for entry in french.WORDS["signed"]["months"])
    pattern = re.compile(r"The \w+ on the European Economic Area was \w+ in (\w+) (\d+)\.")
    found = [(match, pairs[source]) for source in pairs if (match := pattern.fullmatch(source))]
    assert found
    for match, target in found:
        assert " sur la zone économique européenne a été " in target
        assert target.endswith(f" en {months[match[1]]} {match[2]}.")


def test_the_recipe_from_english_to_french_names_a_licence_and_a_credit_for_every_source():
    recipe = Recipe.read(RECIPE.with_name("recipe-en-fr.toml"))
    assert recipe.languages == ("en", "fr")
    assert {"en-fr", "en-fr-rnn-attention"} == recipe.models.keys()
    for name, table in recipe.sources.items():
        assert {"title", "licence", "credit", "file", "weight"} <= table.keys(), name
    assert {*recipe.generated["counts"], "lecture"} == recipe.generated["weights"].keys()


# Scores


def test_the_pronoun_is_the_one_after_because():
    assert written_pronoun("Il n'a pas mangé parce qu'elle était froide.") == "elle"
    assert written_pronoun("Il n'a pas mangé.") == ""


def test_accuracy_of_always_il_is_a_half_and_of_the_references_one():
    cases = held_out_cases(40, 1)
    always = accuracy(cases, ["… parce qu'il était …"] * 40)
    assert always == {"sentences": 40, "right": 0.5, "both": 0.0, "none": 0.0, "il": 1.0}
    assert accuracy(cases, [case.pair[1] for case in cases])["both"] == 1
    assert accuracy(cases, [case.wrong for case in cases])["right"] == 0
    assert accuracy(cases, ["…"] * 40)["none"] == 1
