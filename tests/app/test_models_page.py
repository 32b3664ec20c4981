"""The page on models: what stands on the cards, and nothing that does not."""

import dataclasses

import pytest

from core import zoo
from pages.ui.catalogue import LANGUAGES, plain
from tests.app.conftest import use_models
from tests.app.reading import CATALOGUES, open_page, said

EXAMPLE = {"source": "A man <b>rides</b> a *bike*.", "reference": "一个人在骑车。", "output": "一个人骑自行车。"}
SETS = {
    "everyday": {
        "sentences": 1200,
        "perplexity": 6.5,
        "greedy": {"bleu": 31.25, "chrf": 27.5},
        "beam": {"bleu": 32.125, "chrf": 28.0},
        "example": EXAMPLE,
    },
    "news": {"sentences": 10, "perplexity": 99.0, "greedy": {"bleu": 3.5, "chrf": 7.25}},
    "a set of our own": {"sentences": 3, "greedy": {"bleu": 50.0}},
}
SOURCES = [
    {"name": "3am", "title": "3AM", "pairs": 24483, "weight": 2.0, "licence": "MIT", "credit": "MaxyLee/3AM"},
    {"name": "generated", "pairs": 5, "weight": 1.0},
]
REACH = {
    "length": 24,
    "spelled": 0.125,
    "probability": 0.4567,
    "measured": {
        "sentences": 2500,
        "poor_below": 15.0,
        "flagged": 0.15,
        "poor_flagged": 0.75,
        "poor_others": 0.2,
        "bleu_flagged": 8.5,
        "bleu_others": 40.0,
    },
}


@pytest.fixture
def carded(app, monkeypatch, tmp_path):
    """carded(**fields): the app with one model, en-zh, whose card has these fields."""

    def write(**fields):
        folder = tmp_path / "en-zh"
        folder.mkdir()
        (tmp_path / zoo.SHARED).symlink_to(zoo.MODELS / zoo.SHARED)
        for file in (zoo.MODELS / "en-zh").iterdir():
            if file.name != zoo.CARD:
                (folder / file.name).symlink_to(file)
        card = dataclasses.replace(zoo.read_card(zoo.MODELS / "en-zh"), **fields)
        (folder / zoo.CARD).write_text(card.to_json(), encoding="utf-8")
        use_models(monkeypatch, tmp_path)
        return app

    return write


def texts(app) -> list[str]:
    return [element.value for element in (*app.markdown, *app.caption, *app.subheader)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_set_has_its_name_its_scores_and_an_example(carded, language):
    app = open_page(carded(sets=SETS), "models", lang=language)
    words, found = CATALOGUES[language], texts(app)
    for name in (words["models.set.everyday"], words["models.set.news"], "a set of our own"):
        assert f"**{plain(name)}**" in found
    assert words["models.set.scores"].format(bleu="31.25", chrf="27.50") in found
    assert words["models.set.scores"].format(bleu="50.00", chrf="–") in found
    more = words["models.set.more"].format(perplexity="6.50", sentences="1,200")
    assert f"{more}  \n{words['models.set.beam'].format(bleu='32.12')}" in found
    examples = "\n".join(text for text in found if any(plain(value) in text for value in EXAMPLE.values()))
    for part, value in EXAMPLE.items():
        assert words[f"models.example.{part}"] in examples
        assert plain(value) in examples, "typed marks stay marks"
    table = app.dataframe[1].value
    assert list(table.columns[1:]) == [words["models.set.everyday"], words["models.set.news"], "a set of our own"]
    assert table.iloc[0, 1:].tolist() == [31.25, 3.5, 50.0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_data_has_licences_and_credits(carded, language):
    app = open_page(carded(sources=SOURCES), "models", lang=language)
    words = CATALOGUES[language]
    (listed,) = (text for text in texts(app) if text.startswith("- "))
    first, second = listed.split("\n")
    assert first == " · ".join(
        (
            "- **3AM**",
            words["models.source.pairs"].format(pairs="24,483"),
            words["models.source.weight"].format(weight="2"),
            "MIT",
            plain("MaxyLee/3AM"),
        )
    )
    assert second == f"- **generated** · {words['models.source.pairs'].format(pairs='5')}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_limits_are_told_with_the_numbers_they_were_drawn_from(carded, language):
    app = open_page(carded(reach=REACH), "models", lang=language)
    told = next(text for text in texts(app) if "24" in text and "0.46" in text)
    for part in ("12", "15", "2,500", "75", "20", "8.50", "40.00"):
        assert part in told, part


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_limit_of_short_sentences_when_a_card_has_one_is_told(carded, language):
    app = open_page(carded(reach={**REACH, "short": 0.2345}), "models", lang=language)
    told = said("models.reach.short", language, words=5, limit="0.23")
    assert any(told in text for text in texts(app))


def test_a_limit_that_was_not_measured_is_not_told(carded):
    app = open_page(carded(reach={"length": 24}), "models", lang="en")
    (told,) = (text for text in texts(app) if "24 pieces" in text)
    assert told == said("models.reach.text", limits=said("models.reach.length", limit="24"))


def test_a_card_without_sets_shows_scores_training_and_credit_and_no_empty_parts(carded):
    data = {"credit": "Tatoeba contributors", "licence": "CC BY 2.0 FR"}
    app = open_page(carded(sources=[], sets={}, reach={}, variants={}, data=data), "models", lang="en")
    assert len(app.dataframe) == 1
    found = texts(app)
    assert not any(said("models.reach") in text or said("models.sets") in text for text in found)
    assert said("models.data", credit="Tatoeba contributors", licence="CC BY 2.0 FR") in found
    assert len(app.expander) == len([card for card in zoo.list_models() if card.training])


def test_a_model_that_was_not_trained_here_has_its_credit_all_the_same(carded):
    app = open_page(carded(training={}, sources=[], data={"credit": "Somebody"}), "models", lang="en")
    assert said("models.data", credit="Somebody", licence="–") in texts(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reference_and_notebook_are_offered(app, language):
    open_page(app, "models", lang=language)
    names = [said(f"models.{kind}", language) for kind in ("reference", "notebook")]
    assert [button.label for button in app.get("download_button")] == names
