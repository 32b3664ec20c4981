"""The shipped aligner beside alignments made by hand, and what the models' cards say of their heads."""

import hashlib
import json

import numpy as np
import pytest

import core
from core import zoo
from core.analysis import ROLES, agreement, join, measures, roles
from core.training.heads import corpus_heads
from tests.models.gold import FREE, GOLD

SHIPPED = ("en-zh", "en-zh-1head")


@pytest.fixture
def model(load_shipped):
    return load_shipped("en-zh")


def linked(model, english: str, chinese: str) -> tuple[list[tuple[int, int]], set[tuple[int, int]], list[str]]:
    """Where each output piece stands in the text, the links found (output piece, source word), and the source words.

    Chinese pieces are words: the positions of both are the same.
    """
    trace = model.translate(english, target=chinese)
    ends = np.cumsum([len(piece) for piece in trace.output_pieces[:-1]])
    places = list(zip(np.concatenate([[0], ends[:-1]]).tolist(), ends.tolist(), strict=True))
    return places, set(model.align(trace)), [join(trace.source_pieces[a:b]) for a, b in trace.source_words]


def pieces_at(places: list[tuple[int, int]], start: int, end: int) -> list[int]:
    return [piece for piece, (first, last) in enumerate(places) if first < end and last > start]


def test_content_words_of_short_sentences_are_linked_rightly(model):
    """40 sentences: 105 of 110 links are found."""
    right = count = 0
    for english, chinese, words in GOLD:
        places, links, source = linked(model, english, chinese)
        for word, meaning in words.items():
            first = chinese.index(word)
            for piece in pieces_at(places, first, first + len(word)):
                count += 1
                right += (piece, source.index(meaning)) in links
    assert count == 110
    assert right >= 102


def test_links_in_free_translations_are_mostly_right(model):
    """All words of 34 sentences: 191 of 210 links are right, and 191 of 254 words find theirs."""
    links_right = links_found = words_right = words = 0
    for english, chinese, listed in FREE:
        places, links, _ = linked(model, english, chinese)
        allowed, cursor = {}, 0
        for item in listed.split():
            text, numbers = item.split(":")
            cursor = chinese.index(text, cursor)
            for piece in pieces_at(places, cursor, cursor + len(text)):
                allowed[piece] = {int(number) for number in numbers.split(",")}
            cursor += len(text)
        links_found += len(links)
        links_right += sum(source in allowed.get(piece, ()) for piece, source in links)
        words += len(allowed)
        words_right += sum(any((piece, source) in links for source in right) for piece, right in allowed.items())
    assert links_right / links_found >= 0.87, (links_right, links_found)
    assert words_right / words >= 0.70, (words_right, words)


def test_the_lectures_sentence_is_aligned(model):
    for text, expected in {
        "Tom chases Jerry.": ((0, 0), (1, 1), (2, 2)),
        "Jerry chases Tom.": ((0, 0), (1, 1), (2, 2)),
        "TOM CHASES JERRY.": None,  # other pieces: no rule for it but that it is aligned without an error
    }.items():
        found = model.align(model.translate(text))
        assert expected is None or found == expected
        assert all(isinstance(index, int) for pair in found for index in pair)


@pytest.mark.parametrize("text", ["Hello", "...", "1234567890", "ÀÉ ŒŒ Tom", "a " * 60])
def test_any_sentence_is_aligned_within_its_words_and_never_to_specials_or_marks(model, text):
    trace = model.translate(text)
    links = model.align(trace)
    assert not np.isnan(agreement(trace, links)).any() or not links
    for output, source in links:
        (start, end), (first, last) = trace.output_words[output], trace.source_words[source]
        assert any(c.isalnum() for piece in trace.output_pieces[start:end] for c in piece)
        assert any(c.isalnum() for piece in trace.source_pieces[first:last] for c in piece)
        assert start not in trace.output_specials
        assert first not in trace.source_specials
    assert list(links) == sorted(links)


def test_both_models_have_the_same_aligner_and_it_is_small():
    one, other = (zoo.find_file(zoo.MODELS / name, zoo.read_card(zoo.MODELS / name), zoo.ALIGNER) for name in SHIPPED)
    assert one == other
    assert one.stat().st_size <= 2_000_000


def test_no_two_files_of_the_shipped_models_are_the_same():
    files = [path for path in zoo.MODELS.rglob("*") if path.is_file()]
    assert len({hashlib.sha256(path.read_bytes()).digest() for path in files}) == len(files)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_has_the_numbers_of_all_heads(name, load_shipped):
    card = zoo.read_card(zoo.MODELS / name)
    shape = card.config.n_layers, card.config.n_heads
    assert (card.heads["sentences"], card.heads["output"]) == (card.scores["sentences"], "greedy")
    assert tuple(card.heads["kinds"]) == core.KINDS
    trace = load_shipped(name).translate("Tom chases Jerry.")
    for kind, found in card.heads["kinds"].items():
        assert np.shape(found["roles"]) == shape
        assert {role for layer in found["roles"] for role in layer} <= set(ROLES)
        assert set(found["measures"]) == set(measures(trace, kind, [(0, 0)] if kind == "cross" else None))
        for measure, values in found["measures"].items():
            values = np.array(values, float)
            assert values.shape == shape
            assert np.isnan(values).any() == (found["counted"][measure] == 0), measure


def test_a_cards_numbers_are_those_of_its_model(model):
    """Recounted over three sentences: what the card says of 999 was made by the same code from other sentences."""
    sentences = ["Tom chases Jerry.", "I like dogs.", ""]
    heads = corpus_heads(model, sentences)
    assert heads["sentences"] == 2  # the empty one is refused
    traces = [model.translate(sentence) for sentence in sentences[:2]]
    found = heads["kinds"]["cross"]["measures"]
    by_hand = np.mean([agreement(trace, model.align(trace)) for trace in traces], 0)
    assert np.allclose(found["agreement"], by_hand, atol=5e-5)
    json.dumps(heads, allow_nan=False)


def test_a_head_of_the_first_layer_looks_one_word_behind(model):
    """What the card says of the corpus shows in a sentence of its own."""
    card = zoo.read_card(zoo.MODELS / "en-zh")
    head = card.heads["kinds"]["cross"]["roles"][0].index("behind")
    trace = model.translate("My sister works in a bank.")
    assert roles(trace, "cross", model.align(trace))[0][head] == "behind"
