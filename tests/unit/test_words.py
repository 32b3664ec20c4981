"""The words on the screen: the field's terms, short sentences, and a glossary that explains every term that is marked."""

import json
import re
from pathlib import Path

import pytest

from core.export.bundle import explanations, glossary, view_sources

ASSETS = Path(__file__).parents[2] / "assets"
VIEWS = sorted(path.stem for path in (ASSETS / "views").glob("*.json") if path.stem != "package")
LANGUAGES = ("en", "zh")
MARK = re.compile(r"\[\[([\w-]+)\|(.+?)\]\]")

FORBIDDEN = {
    "en": r"\b(without|(is|are) read|(?<!select )several(?= *$)|tak(e|es|en|ing) away|draw(n|s)? by chance|look(s|ing)? at)\b",
    "zh": r"被读|抽取|拿走|拿掉|带走|子词|在看哪",
}
"""Words that the field does not use for what is meant: see source (keys), remove heads, select several, sample."""


def strings(value, key=""):
    """Every text of a catalogue with its key."""
    if isinstance(value, str):
        yield key, value
    elif value is not None:
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings(part, f"{key}.{name}".strip("."))


def on_screen(language: str) -> list[tuple[str, str]]:
    """All texts of one language, of pages and views, with marked terms as plain words."""
    found = []
    for path in sorted((ASSETS / "text").glob("*.json")):
        for key, texts in json.loads(path.read_text("utf-8")).items():
            if key == "terms":
                found += [(f"{term}.text", entry["text"][language]) for term, entry in texts.items()]
            elif language in texts:
                found.append((key, texts[language]))
    for view in VIEWS:
        words = json.loads((ASSETS / "views" / f"{view}.json").read_text("utf-8"))
        found += strings(words[language], view)
    return [(key, MARK.sub(r"\2", text)) for key, text in found]


def sentences(text: str) -> list[str]:
    text = re.sub(r"\bet al\.", "et al", text)
    return [part for part in re.split(r"(?<=[.!?])[*_]*\s+|(?<=[。！？])|\n+", text) if re.search(r"\w", part)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_on_screen_when_searched_for_forbidden_words_have_none(language):
    texts = on_screen(language)
    assert len(texts) > 500
    assert [(key, text) for key, text in texts if re.search(FORBIDDEN[language], text, re.IGNORECASE)] == []


def test_forbidden_words_when_they_occur_are_found():
    for text in ("Remove it. Without it", "several", "is read mostly from", "Take away", "drawn by chance"):
        assert re.search(FORBIDDEN["en"], text, re.IGNORECASE)
    for text in ("Select several heads at once", "This model reads English", "Sampled", "read the paper"):
        assert not re.search(FORBIDDEN["en"], text, re.IGNORECASE)


def test_english_sentences_on_screen_have_at_most_20_words():
    def words(sentence: str) -> int:
        return sum(bool(re.search(r"\w", word)) for word in sentence.split())

    assert [(key, s) for key, text in on_screen("en") for s in sentences(text) if words(s) > 20] == []


@pytest.mark.parametrize("term", glossary())
def test_a_term_when_explained_has_both_languages_and_at_most_two_sentences(term):
    entry = glossary()[term]
    for language in LANGUAGES:
        assert entry["term"][language]
        assert 1 <= len(sentences(entry["text"][language])) <= 2
        assert entry["text"][language].endswith("." if language == "en" else "。")
    assert not re.search(r"[一-鿿]", entry.get("formula", ""))
    assert re.fullmatch(r"\d(\.\d){0,2}", entry.get("section", "1"))


def test_terms_in_chinese_when_explained_have_the_english_one_in_brackets():
    named = explanations("zh", ["query", "bleu", "piece"])
    assert [entry["term"] for entry in named.values()] == ["查询（query）", "BLEU", "片段（token）"]


def test_terms_when_marked_in_a_text_are_in_the_glossary_and_the_same_in_both_languages():
    marked = set()
    for path in (ASSETS / "text").glob("*.json"):
        for key, texts in json.loads(path.read_text("utf-8")).items():
            if key == "terms" or key.startswith("error."):
                continue
            english, chinese = ({mark[0] for mark in MARK.findall(texts[language])} for language in LANGUAGES)
            assert english == chinese, key
            marked |= english
    assert len(marked) > 30
    assert marked <= glossary().keys()


@pytest.mark.parametrize("view", VIEWS)
def test_terms_when_marked_in_a_view_are_those_that_it_is_sent(view):
    listed = set(json.loads((ASSETS / "views" / f"{view}.json").read_text("utf-8")).get("terms", ()))
    assert listed <= glossary().keys()
    sources = view_sources(view)
    marked = set(re.findall(r'"data-term": "([\w-]+)"', sources["js"]))
    marked |= set(re.findall(r'\.explained\([^"()]+, "([\w-]+)"\)', sources["js"]))
    if "KIND_TERMS[kind]" in sources["js"]:
        marked |= {"encoder-self", "masked-self", "cross-attention"}
    assert marked == listed
    assert json.loads(sources["assets"])["terms"]["zh"].keys() == listed
