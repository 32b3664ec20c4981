"""The address holds all of the state, and gives it back."""

import pytest

from pages.ui import navigation
from pages.ui import session as session_module
from pages.ui.address import PAGES, Field, fields, register, sentences
from pages.ui.views import View
from tests.app.reading import open_page, type_in

TWO_VALUES = {
    "lang": ("en", "zh"),
    "model": ("en-zh", "en-zh-1head"),
    "text": ("Jerry chases Tom.", "<b>1 & 2</b> = $x$ + “é” 汉"),
    "search": ("greedy", "beam", "sample"),
    "kind": ("encoder_self", "decoder_self"),
    "layer": ("1", "2"),
    "heads": ("average", "1,4"),
    "step": ("1", "3"),
    "pinned": ("r2", "r1,c3"),
    "merged": ("0", "1"),
    "hidden": ("0", "1"),
    "threshold": ("50", "100"),
    "view": ("map", "table"),
    "ablate": ("cross.1.4.zero", "cross.3.8.uniform,decoder_self.2.1.zero,encoder_self.1.1.zero"),
    "masked": ("1", "2,3"),
    "forced": ("1.玛丽", "1.,,2.。"),
    "positions": ("0",),
    "causal": ("0",),
    "attention_temperature": ("0.5", "3"),
    "temperature": ("0.7", "2"),
    "top_k": ("1", "40"),
    "top_p": ("0.5", "0.95"),
    "seed": ("1", "99999"),
    "beam_size": ("1", "8"),
    "alpha": ("0", "1.3"),
    "hypothesis": ("汤姆", "汤姆 追逐 杰瑞"),
    "inside_kind": ("encoder_self", "decoder_self"),
    "inside_layer": ("1", "2"),
    "inside_head": ("1", "8"),
    "inside_query": ("1", "5"),
    "compare": ("sentences", "changes"),
    "side_a": ("en-zh",),
    "side_b": ("en-zh-1head",),
    "other_text": ("I love you.", "<b>1 & 2</b> = $x$ + “é” 汉"),
    "difference": ("1",),
    "what_a": ("word", "causal"),
    "what_b": ("none", "positions"),
    "word_a": ("1", "3"),
    "word_b": ("2", "4"),
    "gone_a": ("cross.1.4", "decoder_self.2.1"),
    "gone_b": ("encoder_self.3.8",),
    "sharpness_a": ("0.25", "10"),
    "sharpness_b": ("2",),
    "pair_kind": ("encoder_self", "decoder_self"),
    "pair_layer": ("1", "2"),
    "pair_head_a": ("3", "average"),
    "pair_head_b": ("8", "average"),
    "pair_step": ("1", "3"),
    "below": ("roles", "rollout"),
    "over": ("corpus",),
    "qkv_part": ("similarity", "steps", "head", "scale", "vector"),
    "qkv_layer": ("1", "2"),
    "qkv_head": ("1", "8"),
    "qkv_query": ("1", "5"),
    "qkv_kind": ("decoder_self", "cross"),
    "qkv_vectors": ("head",),
    "qkv_angle": ("-180", "95"),
    "qkv_longer": ("0.5", "4"),
    "qkv_step": ("1", "6"),
    "qkv_projection": ("k", "v"),
    "qkv_token": ("1", "4"),
    "qkv_divide": ("0",),
    "qkv_causal": ("1",),
    "qkv_table": ("w_q", "w_k", "w_v"),
    "qkv_x": ("1,0,1,0,0;0,1,0,0,0.5;1,0,0,1,0;0,0,-3,0,1",),
    **dict.fromkeys(("qkv_w_q", "qkv_w_k", "qkv_w_v"), ("0,2,0;2,0,0;0,0,1;0,0,-1;1,0.25,7",)),
    "qkv_d_k": ("1", "512"),
    "qkv_draw": ("2", "999"),
    "qkv_numbers": ("1", "4"),
    "why_part": ("sum", "length"),
    "why_weights": ("equal",),
    "why_same": ("1",),
    "why_layer": ("1", "2"),
    "why_head": ("1", "8"),
    "why_model": ("transformer", "rnn"),
    "why_row": ("2", "3"),
    "why_metric": ("bleu",),
    "heads_sentence": ("example", "own"),
    "heads_part": ("combine", "cost"),
    "heads_layer": ("1", "3"),
    "heads_drawn": ("1", "2,8"),
    "heads_word": ("1", "15"),
    "heads_wide": ("1",),
    "masks_sentence": ("example", "own"),
    "masks_part": ("padding", "when"),
    "masks_layer": ("1", "2"),
    "masks_head": ("1", "8"),
    "masks_on": ("0",),
    "masks_step": ("1", "3"),
    "masks_piece": ("您",),
    "pos_part": ("turn", "recipes"),
    "pos_d_model": ("4", "512", "100"),
    "pos_length": ("2", "200"),
    "pos_base": ("1", "100000"),
    "pos_dims": ("0", "7,3,191", ""),
    "pos_at": ("0", "199"),
    "pos_shift": ("0", "20"),
    "pos_order": ("4,3,2,1",),
    "pos_with": ("1",),
    "pos_without": ("1",),
    "pos_head": ("1", "8"),
    "pos_piece": ("1", "5"),
}
BROKEN = {
    "lang": ("fr", ""),
    "model": ("../en-zh", "<b>"),
    "search": ("sampling", ""),
    "kind": ("self", ""),
    "layer": ("0", "-1", "x", "1e3", "9" * 40, "²"),
    "heads": ("", "1,,2", "0", "averages"),
    "step": ("0", "one", ""),
    "pinned": ("q1", "r", "r0"),
    "merged": ("yes", "2"),
    "hidden": ("true",),
    "threshold": ("5", "101", "-50"),
    "view": ("picture",),
    "ablate": (
        "cross.0.1.zero",
        "cross.1.1",
        "cross.1.1.half",
        "self.1.1.zero",
        "",
        "cross.1.1.zero,",
        "cross.9999999.1.zero",
    ),
    "masked": ("0", "a", "", "1,,2"),
    "forced": ("1.", "狗", "0.狗", "", "1"),
    "positions": ("no",),
    "causal": ("2",),
    "attention_temperature": ("0", "-1", "nan", "1e9", "inf"),
    "temperature": ("0", "x", "101"),
    "top_k": ("-1", "1.5"),
    "top_p": ("0", "1.1"),
    "seed": ("-3", "4294967296"),
    "beam_size": ("0", "9", "4.0", ""),
    "alpha": ("-1", "2.1", "nan", ""),
    "hypothesis": ("", " ", "汤姆  。", " 汤姆"),
    "inside_kind": ("self", ""),
    "inside_layer": ("0", "x"),
    "inside_head": ("", "1,2"),
    "inside_query": ("-1", "²"),
    "compare": ("heads", ""),
    "side_a": ("../en-zh",),
    "side_b": ("",),
    "difference": ("yes",),
    "what_a": ("magic",),
    "what_b": ("",),
    "word_a": ("0",),
    "word_b": ("x",),
    "gone_a": ("self.1.1",),
    "gone_b": ("cross.0.1", "cross.1", ""),
    "sharpness_a": ("3", "nan"),
    "sharpness_b": ("",),
    "pair_kind": ("self", ""),
    "pair_layer": ("0",),
    "pair_head_a": ("",),
    "pair_head_b": ("0", "averages"),
    "pair_step": ("x",),
    "below": ("charts",),
    "over": ("",),
    "why_part": ("both", ""),
    "why_weights": ("none",),
    "why_same": ("yes",),
    "why_layer": ("0",),
    "why_head": ("0", "averages"),
    "why_model": ("lstm",),
    "why_row": ("x",),
    "why_metric": ("ter",),
    "heads_sentence": ("mine", ""),
    "heads_part": ("all", ""),
    "heads_layer": ("0",),
    "heads_drawn": ("three", "1,,2", ""),
    "heads_word": ("0",),
    "heads_wide": ("yes",),
    "masks_sentence": ("mine", ""),
    "masks_part": ("all", ""),
    "masks_layer": ("0",),
    "masks_head": ("x",),
    "masks_on": ("yes",),
    "masks_step": ("0",),
    "pos_part": ("curves", ""),
    "pos_d_model": ("2", "7", "514", "64.0"),
    "pos_length": ("1", "201", "²"),
    "pos_base": ("2", "10,000", "nan"),
    "pos_dims": ("512", "1,1", "-1", "0,1,2,3,4,5,6,7,8", "0,,1"),
    "pos_at": ("200", "-1"),
    "pos_shift": ("21", "-3", "x"),
    "pos_order": ("0,1,2,3", "1,1,2,3", ""),
    "pos_with": ("yes",),
    "pos_without": ("2",),
    "pos_head": ("0",),
    "pos_piece": ("0",),
    "qkv_part": ("search ", ""),
    "qkv_layer": ("0", "x"),
    "qkv_head": ("", "1,2"),
    "qkv_query": ("-1", "²"),
    "qkv_kind": ("self", ""),
    "qkv_vectors": ("both",),
    "qkv_angle": ("3", "185", "60.0", ""),
    "qkv_longer": ("3", "0", "x"),
    "qkv_step": ("7", "-1", "one"),
    "qkv_projection": ("o", ""),
    "qkv_token": ("0", "x"),
    "qkv_divide": ("no",),
    "qkv_causal": ("2",),
    "qkv_table": ("w_o",),
    "qkv_x": (
        "",
        "1",
        "nan,0,0,0,0;0,0,0,0,0;0,0,0,0,0;0,0,0,0,0",
        ";".join(["1001,0,0,0,0"] * 4),
        ";".join(["1,2"] * 4),
    ),
    "qkv_w_q": (";".join(["1,2,3"] * 4),),
    "qkv_w_k": (";".join(["1,2,1e9"] * 5),),
    "qkv_w_v": (";".join(["1,2,"] * 5),),
    "qkv_d_k": ("3", "0", "64.0"),
    "qkv_draw": ("0", "1000"),
    "qkv_numbers": ("0", "513", "x"),
}
LINKS = {
    "translate": {
        "lang": "zh",
        "model": "en-zh",
        "temperature": "0.7",
        "top_k": "40",
        "top_p": "0.95",
        "seed": "7",
        "ablate": "cross.3.4.zero",
        "masked": "2",
        "kind": "decoder_self",
        "layer": "2",
        "heads": "1,4",
        "step": "3",
        "pinned": "r1,c3",
        "merged": "1",
        "hidden": "1",
        "threshold": "50",
        "view": "table",
    },
    "compare": {
        "compare": "changes",
        "what_a": "word",
        "word_a": "3",
        "what_b": "temperature",
        "sharpness_b": "2",
        "difference": "1",
        "pair_kind": "encoder_self",
        "pair_layer": "2",
        "pair_step": "3",
        "below": "roles",
    },
    "beams": {"beam_size": "8", "alpha": "1.3", "hypothesis": "汤姆 追逐 杰瑞"},
    "inside": {"inside_kind": "decoder_self", "inside_layer": "2", "inside_head": "8", "inside_query": "4"},
    "why": {"why_part": "sum", "why_layer": "2", "why_head": "8", "why_model": "transformer", "why_row": "3"},
    "attention": {"qkv_layer": "2", "qkv_head": "8", "qkv_query": "4"},
    "heads": {"heads_sentence": "own", "heads_layer": "3", "heads_drawn": "2,8", "heads_word": "3"},
    "masks": {"masks_sentence": "own", "masks_layer": "2", "masks_head": "8", "masks_on": "0"},
    "positions": {"pos_part": "shuffle", "pos_order": "4,3,2,1", "pos_with": "1"},
}
"""A link to each page, with many parts at once."""

BEYOND = {
    "inside": [{"inside_layer": "4", "inside_head": "9", "inside_query": "99"}],
    "attention": [{"qkv_layer": "4", "qkv_head": "9", "qkv_query": "99"}],
    "compare": [
        {"pair_layer": "4", "pair_head_a": "9", "pair_head_b": "9", "pair_step": "99"},
        {"word_a": "99", "gone_b": "cross.9.9"},
    ],
    "why": [{"why_layer": "4", "why_head": "9"}, {"why_row": "99"}],
    "heads": [{"heads_layer": "4", "heads_drawn": "9", "heads_word": "99"}],
    "masks": [
        {"masks_layer": "4", "masks_head": "9"},
        {"masks_step": "99", "masks_piece": "您您"},
        {"masks_piece": ""},
        {"masks_piece": "</s>"},
    ],
    "positions": [{"pos_order": "1,2,3"}, {"pos_head": "9"}, {"pos_piece": "6"}],
}
"""What can stand in a link, but is not there in this model (3 layers, 8 heads) or sentence; by page, what fits together."""

NEEDS = {
    "masks_step": {"masks_part": "later"},
    "masks_piece": {"masks_part": "later"},
    "pos_order": {"pos_part": "shuffle"},
    "pos_head": {"pos_part": "terms"},
    "pos_piece": {"pos_part": "sum"},
    "why_row": {"why_part": "sum"},
    "pair_layer": {"side_a": "en-zh"},
    "word_a": {"compare": "changes", "what_a": "word", "what_b": "head"},
}
"""What else a link must hold for these to count."""

ALL = fields()


def address(app) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def test_every_part_is_tried():
    assert TWO_VALUES.keys() == ALL.keys()


def test_every_page_with_parts_of_its_own_is_tried():
    assert LINKS.keys() == {field.page for field in PAGES.values()}
    assert LINKS.keys() <= {*navigation.PAGES}


@pytest.mark.parametrize("name", ["text", "step", "beam_size"])
def test_a_page_when_it_registers_a_name_that_is_taken_gets_an_error(name):
    with pytest.raises(ValueError, match=name):
        register("inside", {name: Field(str)})
    assert ALL[name] is fields()[name]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in TWO_VALUES.items() for value in values])
def test_a_part_when_parsed_and_written_is_the_same_text(name, value):
    assert ALL[name].write(ALL[name].parse(value)) == value


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BROKEN.items() for value in values])
def test_a_part_when_it_cannot_be_parsed_is_a_value_error(name, value):
    with pytest.raises(ValueError):  # noqa: PT011  of float, int or the state: `read` names each of them
        ALL[name].parse(value)


@pytest.mark.parametrize("page", LINKS)
def test_a_link_to_a_page_when_opened_is_the_address_again(app, page):
    query = {"text": "Tom chases Jerry.", **LINKS[page]}
    open_page(app, page, **query)
    assert not any("This link" in info.value or "这个链接" in info.value for info in app.info)
    assert {name: value for name, value in address(app).items() if name in query} == query


def test_a_link_when_a_part_cannot_be_parsed_names_it_and_uses_the_rest(app):
    open_page(app, "inside", text="Jerry chases Tom.", inside_kind="self", inside_layer="2", search="sampling")
    (info,) = app.info
    assert "inside_kind" in info.value
    assert "search" in info.value
    assert "inside_layer" not in info.value
    assert app.text_input(key="text").value == "Jerry chases Tom."
    assert address(app)["inside_layer"] == "2"
    assert "inside_kind" not in address(app)


@pytest.mark.parametrize(("page", "query"), [(page, query) for page, queries in BEYOND.items() for query in queries])
def test_a_link_when_a_page_does_not_have_its_parts_names_each_and_uses_the_rest(app, page, query):
    needs = {key: value for name in query for key, value in NEEDS.get(name, {}).items()}
    open_page(app, page, text="Jerry chases Tom.", **needs, **query)
    named = ", ".join(info.value for info in app.info)
    assert [name for name in query if name not in named] == []
    assert [name for name in needs if name in named] == []
    assert app.text_input(key="text").value == "Jerry chases Tom."
    assert not query.items() & address(app).items()


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("masked", ()),
        ("forced", ()),
        *((name, None) for name in ("word_a", "word_b", "hypothesis", "pos_order", "pos_piece")),
        ("broken", []),
        ("asked", {}),
    ],
)
def test_forget_link_when_a_part_names_pieces_of_the_old_sentence_empties_it(session, name, empty):
    session.update(dict.fromkeys((*PAGES, "broken", "asked"), "of the old sentence"))
    session_module.forget_link()
    assert session[name] == empty


def test_forget_link_when_a_part_names_a_head_keeps_it(session):
    session["ablate"] = (("cross", 2, 3, "zero"),)
    session_module.forget_link()
    assert session["ablate"] == (("cross", 2, 3, "zero"),)


@pytest.mark.parametrize("name", sentences())
def test_a_text_when_it_is_longer_than_2000_characters_is_not_in_the_address(session, name):
    session.update(dict.fromkeys(sentences(), "Tom chases Jerry."), stage={})
    session[name] = "x" * 2000
    assert session_module.address([name]) == {name: "x" * 2000}
    session[name] = "x" * 2001
    assert session_module.address([name]) == {}


def test_going_back_in_the_history_restores_what_the_address_held(app):
    open_page(app, text="Jerry chases Tom.", search="beam")
    app.text_input(key="text").set_value("I love you.").run()
    assert app.query_params["text"] in ("I love you.", ["I love you."])
    app.query_params["text"] = "Jerry chases Tom."
    app.run()
    assert app.text_input(key="text").value == "Jerry chases Tom."


def test_an_act_that_overtakes_the_newest_address_is_not_undone(app):
    """The browser sends each act with the address it knows, which may be the one before."""
    open_page(app, text="Jerry chases Tom.")
    app.text_input(key="text").set_value("I love you.").run()
    app.query_params["text"] = "Jerry chases Tom."
    app.text_input(key="text").set_value("She is a teacher.").run()
    assert app.text_input(key="text").value == "She is a teacher."
    assert app.query_params["text"] in ("She is a teacher.", ["She is a teacher."])


def test_a_new_sentence_when_something_was_pinned_begins_at_its_last_word_without_pins(app):
    open_page(app, text="Jerry chases Tom.", layer="2", step="1", pinned="r2")
    type_in(app, "Tom chases Jerry.")
    assert app.session_state["stage"]["pinned"] == []
    assert app.session_state["stage"]["step"] == 3
    assert app.session_state["stage"]["layer"] == 1


VIEW = View.__new__(View)  # without its sources: only what it remembers in the session


def test_a_view_when_its_state_is_of_the_subject_shown_tells_it(session):
    session.update(_map_shown=("this", 2), map_view={"state": {"row": 3, "shown": 2}})
    assert VIEW.selection("map") == {"row": 3, "shown": 2}


@pytest.mark.parametrize("told", [{"row": 3, "shown": 1}, {"row": 3}, "row", None])
def test_a_view_when_its_state_is_of_a_subject_before_tells_nothing(session, told):
    session.update(_map_shown=("this", 2), map_view={"state": told})
    assert VIEW.selection("map") == {}


def test_what_this_trace_does_not_have_is_named_too(app):
    open_page(app, text="Jerry chases Tom.", layer="9", heads="12", step="99")
    assert any(all(name in info.value for name in ("layer", "heads", "step")) for info in app.info)
