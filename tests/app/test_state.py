"""The address holds all of the state, and gives it back."""

import pytest

from pages.ui import state
from tests.app.reading import open_page

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
    "seed": ("-3", "1234567"),
    "beam_size": ("0", "9", "4.0", ""),
    "alpha": ("-1", "2.1", "nan", ""),
    "hypothesis": ("", " ", "汤姆  。", " 汤姆"),
    "inside_kind": ("self", ""),
    "inside_layer": ("0", "x", "9"),
    "inside_head": ("", "1,2", "99"),
    "inside_query": ("-1", "99", "²"),
    "compare": ("heads", ""),
    "side_a": ("../en-zh",),
    "side_b": ("",),
    "difference": ("yes",),
    "what_a": ("magic",),
    "what_b": ("",),
    "word_a": ("0", "99"),
    "word_b": ("x",),
    "gone_a": ("cross.9.9", "self.1.1"),
    "gone_b": ("cross.0.1", "cross.1", ""),
    "sharpness_a": ("3", "nan"),
    "sharpness_b": ("",),
    "pair_kind": ("self", ""),
    "pair_layer": ("0", "9"),
    "pair_head_a": ("9", ""),
    "pair_head_b": ("0", "99", "averages"),
    "pair_step": ("99", "x"),
    "below": ("charts",),
    "over": ("",),
    "why_part": ("both", ""),
    "why_weights": ("none",),
    "why_same": ("yes",),
    "why_layer": ("0", "9"),
    "why_head": ("0", "99", "averages"),
    "why_model": ("lstm",),
    "why_row": ("x", "99"),
    "why_metric": ("ter",),
    "heads_sentence": ("mine", ""),
    "heads_part": ("all", ""),
    "heads_layer": ("0", "9"),
    "heads_drawn": ("three", "9", "1,,2", ""),
    "heads_word": ("0", "99"),
    "heads_wide": ("yes",),
    "masks_sentence": ("mine", ""),
    "masks_part": ("all", ""),
    "masks_layer": ("0", "9"),
    "masks_head": ("x", "99"),
    "masks_on": ("yes",),
    "masks_step": ("0", "99"),
    "masks_piece": ("您您", "", "</s>"),
    "pos_part": ("curves", ""),
    "pos_d_model": ("2", "7", "514", "64.0"),
    "pos_length": ("1", "201", "²"),
    "pos_base": ("2", "10,000", "nan"),
    "pos_dims": ("512", "1,1", "-1", "0,1,2,3,4,5,6,7,8", "0,,1"),
    "pos_at": ("200", "-1"),
    "pos_shift": ("21", "-3", "x"),
    "pos_order": ("0,1,2,3", "1,1,2,3", "1,2,3", ""),
    "pos_with": ("yes",),
    "pos_without": ("2",),
    "pos_head": ("0", "9"),
    "pos_piece": ("0", "6"),
    "qkv_part": ("search ", ""),
    "qkv_layer": ("0", "x"),
    "qkv_head": ("", "1,2"),
    "qkv_query": ("-1", "99", "²"),
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
NEEDS = {
    **{key: {"masks_part": "later"} for key in ("masks_step", "masks_piece")},
    **{key: {"pos_part": "shuffle"} for key in ("pos_order", "pos_with")},
    **{key: {"pos_part": "terms"} for key in ("pos_head", "pos_without")},
    "pos_piece": {"pos_part": "sum"},
    "why_row": {"why_part": "sum"},
    "other_text": {"compare": "sentences"},
    "pair_head_a": {"side_a": "en-zh"},
    **{f"what_{side}": {"compare": "changes"} for side in "ab"},
    **{
        f"{part}_{side}": {"compare": "changes", f"what_{side}": what}
        for part, what in (("word", "word"), ("gone", "head"), ("sharpness", "temperature"))
        for side in "ab"
    },
}
"""What else a link must hold for a part of it to count."""


def page_of(name: str) -> str:
    """The page that a part belongs to; the Translate page for what all share."""
    return {**state.APP, **state.OWN, **state.STAGE}[name].page or "translate"


def test_every_part_is_tried():
    assert TWO_VALUES.keys() == {**state.APP, **state.OWN, **state.STAGE}.keys()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in TWO_VALUES.items() for value in values])
def test_a_link_goes_round_trip(app, name, value):
    query = {"text": "Tom chases Jerry.", **NEEDS.get(name, {}), name: value}
    if name == "heads" and value != "average":
        query["model"] = "en-zh"
    open_page(app, page_of(name), **query)
    assert not any("This link" in info.value for info in app.info)
    assert app.query_params[name] in (value, [value])


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BROKEN.items() for value in values])
def test_what_is_broken_in_a_link_is_named_and_the_rest_is_used(app, name, value):
    open_page(app, page_of(name), text="Jerry chases Tom.", **NEEDS.get(name, {}), **{name: value})
    assert any(name in info.value for info in app.info)
    assert app.text_input(key="text").value == "Jerry chases Tom."
    assert app.query_params.get(name) not in (value, [value])


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


def test_what_this_trace_does_not_have_is_named_too(app):
    open_page(app, text="Jerry chases Tom.", layer="9", heads="12", step="99")
    assert any(all(name in info.value for name in ("layer", "heads", "step")) for info in app.info)
