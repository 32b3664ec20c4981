"""The Compare page: both sides, every number beside what core computes, links and hostile input."""

import dataclasses
import math

import numpy as np
import pytest

import core
from core.analysis import measures, roles, rollout, rollout_trace
from core.records.trace import KINDS
from pages.compare import fields
from pages.ui import cache
from pages.ui.catalogue import catalogue
from pages.ui.pair import VIEWS, pair_state
from tests.app.reading import BAD, CATALOGUES, header_and_body, open_page, packed, type_in, unlinked, views

TEXT = "Tom chases Jerry."
LONGER = "My father has been teaching English for 20 years."
COLUMNS = ("entropy", "top_word_share", "divergence", "diagonality", "on_specials", "agreement")


def pictures(app) -> list[dict]:
    """What the browser gets for each pair on the page, with both Traces' own headers."""
    found = []
    for about, body in packed(app):
        first = about["lengths"][0]
        assert len(body) == sum(about["lengths"])
        found.append({**about, "traces": [header_and_body(part)[0] for part in (body[:first], body[first:])]})
    return found


def shown(app) -> list[tuple[str, str]]:
    """The pieces of both translations."""
    return [tuple(trace["output"]) for trace in pictures(app)[0]["traces"]]


def translate(model: str, text: str = TEXT, **options) -> core.Trace:
    return cache.model(model).translate(text, **options)


def text(value: float) -> str:
    return "–" if math.isnan(value) else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def plain(cell: str) -> str:
    return cell.strip("*").replace("\u00a0", " ")


def table(app, at: int = 0) -> dict[str, list[str]]:
    frame = app.table[at].value
    return {plain(name): [plain(cell) for cell in row] for name, row in zip(frame.index, frame.to_numpy(), strict=True)}


def test_it_opens_with_one_head_beside_eight_and_needs_no_model(app, monkeypatch):
    monkeypatch.setattr(cache, "warm_up", lambda: None)
    monkeypatch.setattr(cache, "model", lambda name: pytest.fail("a model was loaded"))
    open_page(app, "compare")
    (picture,) = pictures(app)
    assert [side["name"] for side in picture["sides"]] == ["en-zh-1head", "en-zh"]
    assert [trace["heads"] for trace in picture["traces"]] == [1, 8]
    assert (picture["state"]["head_a"], picture["state"]["head_b"]) == (0, "all")
    assert [trace["source"] for trace in picture["traces"]] == [["▁Tom", "▁chases", "▁Jerry", ".", "</s>"]] * 2


def test_both_sides_show_what_the_models_write(app):
    open_page(app, "compare", text=LONGER)
    assert shown(app) == [translate(name, LONGER).output_pieces for name in ("en-zh-1head", "en-zh")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", [0, 2])
def test_every_number_of_the_table_is_core_s(app, kind, layer):
    open_page(app, "compare", text=LONGER, pair_kind=kind, pair_layer=str(layer + 1))
    expected, columns = {}, COLUMNS if kind == "cross" else COLUMNS[:-1]
    for letter, name in (("A", "en-zh-1head"), ("B", "en-zh")):
        trace = translate(name, LONGER)
        alignment = cache.model(name).align(trace)
        found = measures(trace, kind, alignment)
        for head in range(trace.n_heads):
            expected[f"{letter} · head {head + 1}"] = [text(found[column][layer, head]) for column in columns]
        if trace.n_heads > 1:
            means = [found[column][layer].mean() for column in columns]
            expected["B · mean of the 8 heads"] = [text(mean) for mean in means]
            average = dataclasses.replace(trace, **{kind: getattr(trace, kind).mean(1, keepdims=True)})
            found = measures(average, kind, alignment)
            expected["B · their average map"] = [text(found[column][layer, 0]) for column in columns]
    assert table(app) == expected


def test_the_averaged_map_spreads_at_least_as_much_as_its_heads_on_average(app):
    open_page(app, "compare", text=LONGER)
    rows = table(app)
    assert float(rows["B · their average map"][0]) >= float(rows["B · mean of the 8 heads"][0])


def test_over_the_dev_set_the_numbers_are_those_of_the_cards(app):
    open_page(app, "compare", over="corpus", pair_layer="2")
    rows = table(app)
    for letter, name in (("A", "en-zh-1head"), ("B", "en-zh")):
        card = cache.cards()[name]
        found = {
            measure: np.array(values, float)[1] for measure, values in card.heads["kinds"]["cross"]["measures"].items()
        }
        for head in range(card.config.n_heads):
            assert rows[f"{letter} · head {head + 1}"] == [text(found[column][head]) for column in COLUMNS]
    assert len(rows) == 1 + 8 + 1
    said = unlinked(" ".join(caption.value for caption in app.caption))
    assert f"{cache.cards()['en-zh'].heads['sentences']} dev sentences" in said


@pytest.mark.parametrize("below", ["numbers", "roles"])
def test_a_card_without_such_numbers_says_so(app, monkeypatch, below):
    without = {name: dataclasses.replace(card, heads={}) for name, card in cache.cards().items()}
    monkeypatch.setattr(cache, "cards", lambda: without)
    open_page(app, "compare", over="corpus", below=below)
    assert any("holds no numbers" in caption.value for caption in app.caption)


def test_the_scores_are_those_of_the_cards(app):
    open_page(app, "compare")
    frame = app.table[-1].value
    assert list(frame.index) == ["en-zh-1head", "en-zh"]
    for name, row in zip(frame.index, frame.to_numpy(), strict=True):
        card = cache.cards()[name]
        greedy = card.scores["greedy"]
        scores = [f"{value:.2f}" for value in (greedy["bleu"], greedy["chrf"], card.scores["perplexity"])]
        width = card.config.d_model // card.config.n_heads
        assert list(row) == [
            f"{card.scores['sentences']:,}", *scores, f"{card.parameters:,}", f"{card.config.n_heads} × {width}"
        ]  # fmt: skip
    assert any("same number of parameters" in unlinked(caption.value) for caption in app.caption)


def roles_shown(app) -> list[dict]:
    maps = views(app)
    return [
        {one["kind"]: [[cell["role"] for cell in row] for row in one["cells"]] for one in data["maps"]}
        for data in maps
        if "maps" in data
    ]


def test_roles_are_those_of_this_sentence(app):
    open_page(app, "compare", text=LONGER, below="roles")
    expected = []
    for name in ("en-zh-1head", "en-zh"):
        trace = translate(name, LONGER)
        alignment = cache.model(name).align(trace)
        expected.append({k: [list(row) for row in roles(trace, k, alignment if k == "cross" else None)] for k in KINDS})
    assert roles_shown(app) == expected


def test_roles_over_the_dev_set_are_those_of_the_cards(app):
    open_page(app, "compare", text=LONGER, below="roles", over="corpus")
    cards = [cache.cards()[name].heads["kinds"] for name in ("en-zh-1head", "en-zh")]
    assert roles_shown(app) == [{kind: card[kind]["roles"] for kind in KINDS} for card in cards]


def test_rollout_is_drawn_from_core_s_with_rows_that_sum_to_one(app):
    open_page(app, "compare", below="rollout")
    first, second = pictures(app)
    assert (first["rollout"], second["rollout"]) == (False, True)
    assert [trace["layers"] for trace in second["traces"]] == [[3, 0, 0]] * 2
    assert second["state"]["kind"] == "encoder_self"
    trace = translate("en-zh")
    maps = rollout_trace(trace)
    assert np.allclose(maps.encoder_self[:, 0], rollout(trace), atol=1e-7)
    assert np.allclose(maps.encoder_self.sum(-1), 1, atol=1e-6)


def test_a_new_sentence_keeps_the_view_but_neither_step_nor_row(app):
    open_page(
        app, "compare", text="Tom chases Jerry.", pair_kind="encoder_self", pair_layer="2", pair_step="1", pair_row="3"
    )
    type_in(app, "I love you.")
    assert [app.session_state[f"pair_{name}"] for name in ("kind", "layer", "row")] == ["encoder_self", 1, 0]
    assert app.session_state["pair_step"] > 0, "the last word"


def test_two_sentences(app):
    open_page(app, "compare", compare="sentences", model="en-zh", other_text="I love you.")
    assert shown(app) == [translate("en-zh").output_pieces, translate("en-zh", "I love you.").output_pieces]
    app.text_input(key="other_text").set_value(LONGER).run()
    assert shown(app)[1] == translate("en-zh", LONGER).output_pieces


CHANGES = {
    "word": ({"word_b": "3"}, core.Intervention(masked_source=(2,))),
    "head": ({"gone_b": "cross.3.4"}, core.Intervention(ablate={("cross", 2, 3): "zero"})),
    "positions": ({}, core.Intervention(positions=False)),
    "causal": ({}, core.Intervention(causal=False)),
    "temperature": ({"sharpness_b": "4"}, core.Intervention(temperature=4.0)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_run_stands_beside_the_model_as_it_is(app, what):
    more, change = CHANGES[what]
    open_page(app, "compare", compare="changes", what_b=what, difference="1", **more)
    (picture,) = pictures(app)
    changed = translate("en-zh", intervention=change)
    assert shown(app) == [translate("en-zh").output_pieces, changed.output_pieces]
    assert picture["difference"] is True
    assert picture["sides"][0] == {"name": "unchanged", "masked": [], "ablated": []}
    assert picture["sides"][1]["masked"] == list(change.masked_source)
    assert picture["sides"][1]["ablated"] == [[*head, mode] for head, mode in change.ablate.items()]
    assert picture["traces"][1]["chosen"] == np.exp(changed.log_probabilities.astype(float)).round(4).tolist()


def test_both_sides_can_be_changed(app):
    query = {"what_a": "temperature", "sharpness_a": "0.25", "what_b": "word", "word_b": "1"}
    open_page(app, "compare", compare="changes", **query)
    expected = [core.Intervention(temperature=0.25), core.Intervention(masked_source=(0,))]
    assert shown(app) == [translate("en-zh", intervention=change).output_pieces for change in expected]


def test_a_removed_head_has_no_numbers_and_the_others_do(app):
    open_page(app, "compare", compare="changes", what_b="head", gone_b="cross.3.4")
    rows = table(app)
    assert set(rows["B · head 4"]) == {"–"}
    assert "–" not in rows["B · head 5"]


def test_a_word_of_several_pieces_is_masked_whole(app):
    text = "Unbelievably, Tom chases Jerry."
    trace = translate("en-zh", text)
    place = next(i for i, (start, end) in enumerate(trace.source_words) if end - start > 1)
    open_page(app, "compare", text=text, compare="changes", what_b="word", word_b=str(place + 1))
    assert pictures(app)[0]["sides"][1]["masked"] == list(range(*trace.source_words[place]))


def test_the_row_of_the_head_that_is_shown_is_bold(app):
    open_page(app, "compare", pair_head_b="3")
    bold = [plain(name) for name in app.table[0].value.index if name.startswith("**")]
    assert bold == ["A · head 1", "B · head 3"]


@pytest.mark.parametrize(("typed", "error"), BAD.items(), ids=[repr(typed[:12]) for typed in BAD])
def test_bad_input_gets_a_sentence_and_the_last_pair_stays(app, typed, error):
    open_page(app, "compare")
    app.text_input(key="text").set_value(typed).run()
    assert not app.exception
    fixed = max(error.sentence.replace("}", "{").split("{")[::2], key=len)
    assert any(fixed in warning.value for warning in app.warning)
    assert shown(app) == [translate(name).output_pieces for name in ("en-zh-1head", "en-zh")]


@pytest.mark.parametrize("mode", ["models", "sentences", "changes"])
@pytest.mark.parametrize("typed", ["<b>bold</b> Tom", "$x$ is **here**", "</s> hello", "[Tom](http://x)"])
def test_marks_typed_as_text_are_text_on_both_sides(app, mode, typed):
    open_page(app, "compare", text=typed, other_text=typed, compare=mode, what_b="word", below="roles")
    assert not app.warning
    assert pictures(app)[0]["traces"][1]["typed"] == typed


def test_a_word_that_the_next_sentence_does_not_have_is_no_broken_link(app):
    open_page(app, "compare", text=LONGER, compare="changes", what_b="word", word_b="8")
    app.text_input(key="text").set_value("I love you.").run()
    assert not app.exception
    assert not app.info
    assert app.selectbox(key="word_b").options == ["I", "love", "you", "."]
    app.selectbox(key="what_b").set_value("head").run()
    assert app.session_state["gone_b"] == ("cross", 2, 7)
    app.session_state["model"] = "en-zh-1head"  # which has no eighth head
    app.run()
    assert not app.exception
    assert not app.info
    assert app.session_state["gone_b"] == ("cross", 2, 0)


def test_each_kind_of_comparison_begins_with_the_heads_that_are_usual_there(app):
    open_page(app, "compare", pair_head_b="3")
    for mode, head in (("changes", "average"), ("models", "all")):
        app.segmented_control(key="compare").set_value(mode).run()
        assert pictures(app)[0]["state"]["head_b"] == head


def test_the_views_in_an_address_are_those_of_the_picture():
    assert fields.VIEWS == VIEWS


def test_every_change_has_a_name_in_both_languages():
    for language in ("en", "zh"):
        assert all(f"compare.what.{name}" in catalogue(language) for name in fields.CHANGES)


def test_errors_are_told_in_chinese_too(app):
    open_page(app, "compare", lang="zh", compare="sentences", other_text="   ")
    assert [warning.value for warning in app.warning] == [CATALOGUES["zh"]["error.EmptyTextError"]]


# --- What the picture shows ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair_of_traces():
    return translate("en-zh-1head"), translate("en-zh")


def test_what_is_not_possible_is_replaced(pair_of_traces):
    usual = {"kind": "cross", "layer": 2, "head_a": 0, "head_b": "all", "step": 3, "row": 0, "view": "maps"}
    wrong = (
        {},
        None,
        [],
        {"kind": "self", "layer": 3, "head_a": 7, "head_b": 8, "step": 5, "row": 5, "view": "map"},
        {"layer": True, "step": "1", "head_b": ["all"], "row": "1", "view": ["lines"]},
    )
    for wanted in wrong:
        assert pair_state(*pair_of_traces, wanted) == usual
    wanted = {"kind": "decoder_self", "layer": 0, "head_a": 0, "head_b": 7, "step": 0, "row": 4, "view": "lines"}
    assert pair_state(*pair_of_traces, wanted) == wanted


def test_with_the_difference_the_same_head_is_shown_on_both_sides(pair_of_traces):
    one, eight = pair_of_traces
    assert pair_state(eight, eight, difference=True)["head_b"] == "average"
    assert pair_state(eight, eight, {"head_a": "all"}, difference=True)["head_b"] == "all"
    assert pair_state(one, eight, difference=True)["head_b"] == "all"
    assert pair_state(eight, eight, {"head_a": 3, "head_b": 5}, difference=True)["head_b"] == 3
    assert pair_state(eight, eight, {"head_a": 3, "head_b": 5})["head_b"] == 5
    assert pair_state(one, eight, {"head_a": 0, "head_b": 5}, difference=True)["head_b"] == 5


def test_models_without_some_kinds_of_attention_are_compared_in_those_they_have(pair_of_traces):
    _, trace = pair_of_traces
    recurrent = dataclasses.replace(
        trace,
        encoder_self=trace.encoder_self[:0, :1],
        decoder_self=trace.decoder_self[:0, :1],
        cross=trace.cross[:1, :1],
    )
    nothing = dataclasses.replace(recurrent, cross=trace.cross[:0, :1])
    state = pair_state(recurrent, trace)
    assert (state["kind"], state["layer"], state["head_a"], state["head_b"]) == ("cross", 2, 0, "all")
    assert pair_state(recurrent, nothing, {"kind": "encoder_self"})["kind"] == "cross"
    assert pair_state(nothing, nothing) == {
        "kind": "cross",
        "layer": 0,
        "head_a": 0,
        "head_b": 0,
        "step": 3,
        "row": 0,
        "view": "maps",
    }
