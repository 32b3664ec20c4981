"""The packed Trace: its bytes, its header, its name, and the state that the attention view begins with."""

import dataclasses

import numpy as np
import pytest

from core.errors import OptionError
from core.export import pack, packed, packed_id, to_frame, to_html, with_view
from core.export.packed import count_weights
from pages.ui.stage_state import stage_state
from tests.samples import make_trace, softmax, unpack


@pytest.fixture(scope="module")
def trace():
    return make_trace()


# --- Bytes


def test_packed_weights_are_all_there_in_order_and_at_most_a_five_hundredth_off(trace):
    header, body = unpack(pack(trace))
    rows, columns = np.tril_indices(5)
    expected = [trace.encoder_self, trace.decoder_self[..., rows, columns], trace.cross]
    expected = np.concatenate([part.ravel() for part in expected])
    assert header["layers"] == [3, 3, 3]
    assert header["heads"] == 8
    assert header["causal"] is True
    assert body.size == expected.size
    assert np.abs(body / 255 - expected).max() <= 0.5 / 255 + 1e-6


def test_zeros_stay_zeros_and_ones_stay_ones(trace):
    sharp = dataclasses.replace(trace, cross=np.eye(5, 6, dtype=np.float32)[None, None].repeat(3, 0).repeat(8, 1))
    _, body = unpack(pack(sharp))
    assert set(body[-3 * 8 * 30 :]) == {0, 255}


def test_a_run_without_the_causal_mask_is_packed_whole(trace):
    rng = np.random.default_rng(1)
    free = dataclasses.replace(trace, decoder_self=softmax(rng, trace.decoder_self.shape))
    header, body = unpack(pack(free))
    assert header["causal"] is False
    assert body.size == 3 * 8 * (36 + 25 + 30)
    assert len(to_frame(free).query("kind == 'decoder_self'")) == 3 * 8 * 25


def test_header_holds_ten_candidates_with_four_decimals(trace):
    header, _ = unpack(pack(trace))
    for t, (pieces, probabilities) in enumerate(header["candidates"]):
        assert [*zip(pieces, probabilities, strict=True)] == [(p, round(v, 4)) for p, v in trace.top(t, 10)]
    assert header["unknown"] == [1]
    assert header["source_specials"] == [5]
    assert header["source_words"][1] == [1, 3]


def test_twenty_by_twenty_pieces_take_at_most_forty_kilobytes():
    assert len(pack(make_trace(20, 20), state=stage_state(make_trace(20, 20)), language="zh")) <= 40_000


def test_one_packed_trace_serves_every_view(trace):
    packed = pack(trace)
    viewed = with_view(packed, language="zh", state={"step": 2})
    header, body = unpack(viewed)
    assert header["language"] == "zh"
    assert header["state"] == {"step": 2}
    assert viewed == pack(trace, language="zh", state={"step": 2})
    assert with_view(packed) == packed
    assert (body == unpack(packed)[1]).all()
    assert packed_id(viewed) == packed_id(packed)


def test_the_name_of_a_packed_trace_tells_different_ones_apart(trace):
    assert packed_id(pack(trace)) == packed_id(pack(make_trace()))
    assert packed_id(pack(trace)) != packed_id(pack(make_trace(seed=1)))
    assert packed_id(pack(trace)) != packed_id(pack(dataclasses.replace(trace, source="other")))


# --- What the stage shows


def test_the_stage_begins_with_the_last_word_in_the_last_layers_cross_attention(trace):
    expected = {
        "kind": "cross", "layer": 2, "heads": "average", "step": 3, "pinned": [],
        "merged": False, "hidden": False, "threshold": 90, "view": "map", "guess": False,
    }  # fmt: skip
    assert stage_state(trace) == expected
    for nonsense in (
        None,
        7,
        "x",
        [],
        {"kind": 3, "layer": True, "heads": "all", "step": -1, "pinned": "r1", "view": {}},
    ):
        assert stage_state(trace, nonsense) == expected


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("kind", "encoder_self", ["cross"]),
        ("layer", 0, 3),
        ("heads", [3, 1], [8, "1", None, 1.0, True]),
        ("step", 0, 5),
        ("pinned", ["r4", "c5"], ["r5", "c6", "x1", "r", "r-1", "r①", 3]),
        ("merged", True, 1),
        ("hidden", True, "yes"),
        ("threshold", 50, 101),
        ("threshold", 10, 9),
        ("view", "table", "MAP"),
        ("guess", True, 1),
    ],
)
def test_the_stage_when_a_field_is_impossible_begins_with_its_default(trace, name, good, bad):
    assert stage_state(trace, {name: good})[name] == good
    assert stage_state(trace, {name: bad}) == stage_state(trace)


def test_a_view_of_some_layers_holds_these_and_names_them(trace):
    header, body = unpack(pack(trace, [2, 0, 2]))
    assert header["only"] == [0, 2]
    assert header["layers"] == [3, 3, 3], "the model's own"
    some = dataclasses.replace(
        trace, **{kind: getattr(trace, kind)[[0, 2]] for kind in ("encoder_self", "decoder_self", "cross")}
    )
    np.testing.assert_array_equal(body, unpack(pack(some))[1])
    assert packed_id(pack(trace, [0, 2])) != packed_id(pack(trace, [0, 1])) != packed_id(pack(trace))
    assert "only" not in unpack(pack(trace))[0]


def test_a_layer_that_there_is_not_is_refused(trace):
    for layer in (3, -1, True, "1"):
        with pytest.raises(OptionError, match="from 0 to 2"):
            pack(trace, [0, layer])


def test_more_weights_than_a_view_holds_are_refused_in_a_sentence_and_some_layers_are_not(trace, monkeypatch):
    a_layer = count_weights(trace, [1])
    assert count_weights(trace) == 3 * a_layer
    monkeypatch.setattr(packed, "MOST_WEIGHTS", 2 * a_layer)
    with pytest.raises(OptionError, match=rf"layers = all .* {3 * a_layer:,} weights, .* {2 * a_layer:,}; name fewer"):
        to_html(trace)
    assert "name fewer layers" in trace._repr_html_()
    assert "<iframe" not in trace._repr_html_()
    assert "</html>" in trace.to_html(layers=[0, 2])
