"""The lecture's page on masks: every number on it against the model and its formulas."""

import dataclasses
import json
import re
import statistics

import numpy as np
import pytest
import torch

import core
from core.analysis import masks
from core.model import causal_mask, padding_mask
from core.text import surface
from pages.masks import later
from pages.masks.common import companion
from pages.masks.fields import PARTS as MASKS_PARTS
from pages.masks.forcing import teacher_forcing
from pages.ui import cache
from pages.ui.catalogue import small
from tests.app import reading
from tests.app.reading import BAD, open_page, unlinked, values, views, written

EXAMPLE = "She loves you"
PARTS = MASKS_PARTS


@pytest.fixture(scope="module")
def shipped():
    return {name: core.load(name, device="cpu") for name in ("en-zh", "en-zh-1head")}


def drawn(app) -> dict[str, dict]:
    """All matrices on the page by name."""
    return {item["name"]: item for data in views(app) for item in data["items"] if "sign" not in item}


def said(key: str, language: str = "en", **given) -> str:
    return reading.said(f"masks.{key}", language, **given)


def open_part(app, part: str, **query: str):
    return open_page(app, "masks", masks_part=part, **query)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_in_every_language(app, part, language):
    open_part(app, part, lang=language)
    assert not app.warning
    assert not app.info
    assert bool(drawn(app)) == (part in ("causal", "padding", "later"))
    assert bool(app.get("plotly_chart")) == (part == "forcing")
    assert bool(app.table) == (part == "when")


@pytest.mark.parametrize("text", [*BAD, "$x$ <b>*Tom*</b> | `a_b` [c](d)", "word " * 60, "a", "汤姆"])
@pytest.mark.parametrize("part", PARTS)
def test_nothing_typed_breaks_a_part(app, part, text):
    open_part(app, part)
    app.text_input(key="text").set_value(text).run()
    assert not app.exception


def test_the_pages_own_sentence_comes_first_and_a_typed_one_at_once(app):
    open_part(app, "causal")
    assert app.segmented_control(key="masks_sentence").value == "example"
    assert app.session_state["masks_shown"].text == EXAMPLE
    app.text_input(key="text").set_value("She is a teacher.").run()
    assert app.segmented_control(key="masks_sentence").value == "own"
    assert app.session_state["masks_shown"].text == "She is a teacher."
    app.segmented_control(key="masks_sentence").set_value("example").run()
    assert app.session_state["masks_shown"].text == EXAMPLE


def test_a_sentence_from_a_link_is_shown_at_once(app):
    open_part(app, "causal", text="Jerry chases Tom.")
    assert app.session_state["masks_shown"].text == "Jerry chases Tom."


def test_a_recurrent_model_gets_a_sentence(app, monkeypatch):
    open_part(app, "causal")
    cards = dict(cache.cards())
    config = dataclasses.replace(cards["en-zh"].config, architecture="rnn", n_heads=1)
    monkeypatch.setattr(cache, "cards", lambda: {**cards, "en-zh": dataclasses.replace(cards["en-zh"], config=config)})
    app.run()
    assert [info.value for info in app.info] == [said("recurrent")]
    assert not drawn(app)


def test_what_does_not_fit_another_model_is_nobodys_broken_link(app):
    open_part(app, "causal", masks_head="5")
    app.selectbox(key="model").set_value("en-zh-1head").run()
    assert app.session_state["masks_head"] == 0
    assert not app.info


# --- The causal mask


@pytest.mark.parametrize(("model", "layer", "head"), [("en-zh", 0, 3), ("en-zh", 2, 0), ("en-zh-1head", 1, 0)])
@pytest.mark.parametrize("masked", [True, False])
def test_causal_scores_and_weights_are_the_models(app, shipped, model, layer, head, masked):
    open_part(
        app, "causal", model=model, masks_layer=str(layer + 1), masks_head=str(head + 1), masks_on=str(int(masked))
    )
    translator = shipped[model]
    trace = translator.translate(EXAMPLE)
    if not masked:
        change = core.Intervention(causal=False)
        trace = translator.translate(EXAMPLE, target=trace.output_pieces, intervention=change)
    inside = translator.inside(trace, "decoder_self", layer, head)
    found = drawn(app)
    scaled, summed, weights = (values(found[name]) for name in ("S = QKᵀ / √dₖ", "S + M", "A"))
    np.testing.assert_allclose(scaled, inside.q @ inside.k.T / np.sqrt(inside.d_k), rtol=0, atol=1e-4)
    seen = causal_mask(len(scaled)).numpy() if masked else np.ones_like(scaled, dtype=bool)
    assert np.array_equal(np.isnan(summed), ~seen)
    assert np.array_equal(np.isnan(weights), ~seen)
    np.testing.assert_allclose(summed[seen], scaled[seen])
    np.testing.assert_allclose(weights[seen], trace.decoder_self[layer, head][seen], rtol=0, atol=1e-5)
    np.testing.assert_allclose(np.nansum(weights, 1), 1, atol=1e-5)
    assert found["A"]["masked_as"] == "0"
    assert found["S + M"]["masked_as"] == "−∞"
    pairs = zip(trace.input_pieces, trace.output_pieces, strict=True)
    assert found["A"]["rows"] == [f"{surface(read)} → {surface(piece)}" for read, piece in pairs]
    assert found["A"]["columns"] == [surface(piece) for piece in trace.input_pieces]
    later = masks.on_later(trace.decoder_self[layer, head].astype(float))
    if masked:
        length = len(scaled)
        hidden = int((~causal_mask(length)).sum())
        assert said("causal.hidden", hidden=hidden, cells=length**2, later="0") in written(app)
        assert not later.any()
    else:
        assert f"puts {later.max():.2f} of its weight there; the mean over the rows is {later.mean():.2f}" in written(
            app
        )


# --- The padding mask


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("text", [EXAMPLE, "Tom chases Jerry.", "She likes tea."])
def test_padding_scores_and_weights_are_the_models(app, shipped, masked, text):
    query = {} if text == EXAMPLE else {"text": text, "masks_sentence": "own"}
    open_part(app, "padding", masks_layer="2", masks_head="3", masks_on=str(int(masked)), **query)
    translator = shipped["en-zh"]
    texts = (text, companion(core.Request(text, "en-zh")))
    lengths = [len(translator.encode(one)[0]) for one in texts]
    assert lengths[0] != lengths[1], "one of the two is padded"
    short = int(np.argmin(lengths))
    expected = translator.padded_head(texts, 1, 2, masked)
    found = drawn(app)
    assert found["Batch"]["values"] == expected.ids.tolist()
    seen = padding_mask(torch.tensor(expected.ids)).numpy()[short, 0]  # (1, S)
    seen = np.broadcast_to(seen, expected.scaled[short].shape) if masked else np.ones_like(expected.scaled[short], bool)
    np.testing.assert_allclose(values(found["S = QKᵀ / √dₖ"]), expected.scaled[short], rtol=0, atol=1e-5)
    for name, numbers in (("S + M", expected.scaled[short]), ("A", expected.weights[short])):
        drawn_numbers = values(found[name])
        assert np.array_equal(np.isnan(drawn_numbers), ~seen)
        np.testing.assert_allclose(drawn_numbers[seen], numbers[seen], rtol=0, atol=1e-5)
    pieces = [surface(piece) for piece in translator.encode(texts[short])[1]]
    assert found["A"]["columns"] == pieces + ["<pad>"] * (max(lengths) - min(lengths))
    moved = small(expected.differences[short])
    on_padding = masks.on_padding(expected.weights[short], lengths[short])
    assert moved in written(app)
    assert (f"on padding is {on_padding.max():g}" if masked else f"{on_padding.mean():.2f} of their weight") in written(
        app
    )
    assert (expected.differences[short] < 1e-5) == masked


# --- A later piece is another


@pytest.mark.parametrize("step", [0, 1, 2])
def test_how_far_rows_move_is_what_two_passes_give(app, shipped, step):
    open_part(app, "later", masks_step=str(step + 1))
    translator = shipped["en-zh"]
    trace = translator.translate(EXAMPLE)
    piece = app.selectbox(key="masks_piece").value
    assert piece in [name for name, _ in trace.top(step)]
    assert piece != trace.output_pieces[step]
    other = [*trace.output_pieces]
    other[step] = piece
    earlier = []
    for causal, name in ((True, "With the mask"), (False, "Mask removed")):
        before, after = (translator.parallel_pass(EXAMPLE, given, causal) for given in (trace.output_pieces, other))
        found = drawn(app)[name]
        numbers = np.nan_to_num(values(found))
        distance = np.linalg.norm((after[0] - before[0]).astype(float), axis=-1) / np.linalg.norm(before[0], axis=-1)
        gone = np.maximum(after[1].astype(float) - before[1], 0).sum(-1)  # what is gained is what others have lost
        np.testing.assert_allclose(numbers[:, :-1], distance.T, rtol=0, atol=1e-5)
        np.testing.assert_allclose(numbers[:, -1], gone, rtol=0, atol=1e-5)
        assert found["columns"] == ["Layer 1", "Layer 2", "Layer 3", "p"]
        assert found["rows"][step + 1] == f"{surface(trace.output_pieces[step])} ⇒ {surface(piece)}"
        hidden = np.isnan(values(found))
        assert np.array_equal(hidden, numbers == 0)
        if causal:
            assert hidden[: step + 1].all(), "rows before the change are drawn as unmoved"
            assert not hidden[step + 1].any()
        earlier.append(numbers[: step + 1].max())
    assert earlier[0] == 0 < earlier[1]
    assert f"change by 0 with the mask. With it removed they change by up to {earlier[1]:.2f}." in unlinked(
        written(app)
    )


def test_another_step_and_piece_are_shown(app):
    open_part(app, "later")
    app.selectbox(key="masks_step").set_value(0).run()
    first = app.selectbox(key="masks_piece").value
    app.selectbox(key="masks_piece").select_index(1).run()
    second = app.selectbox(key="masks_piece").value
    assert first != second
    assert surface(second) in drawn(app)["With the mask"]["rows"][1]
    assert not app.info
    assert app.query_params["masks_piece"] in (second, [second])


@pytest.mark.parametrize("step", [1, 4, 7])
def test_of_a_long_translation_a_window_around_the_change_is_shown(app, shipped, monkeypatch, step):
    monkeypatch.setattr(later, "ROWS", 6)
    text = "I would like to go to the park with my friends tomorrow."
    length = len(shipped["en-zh"].translate(text).output_pieces)
    open_part(app, "later", text=text, masks_step=str(step + 1))
    found = drawn(app)["With the mask"]
    assert len(found["rows"]) == later.ROWS
    assert any("⇒" in row for row in found["rows"])
    assert re.search(rf"Rows \d+ to \d+ of {length}\.", written(app))


# --- Teacher forcing


def test_passes_and_times_are_those_that_were_measured(app, shipped):
    open_part(app, "forcing")
    trace = shipped["en-zh"].translate(EXAMPLE)
    length = len(trace.output_pieces)
    measured = teacher_forcing(core.Request(EXAMPLE, "en-zh"), app.session_state["masks_measured"])
    (chart,) = app.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    bars = figure["data"][0]
    times = [statistics.median(found.seconds) * 1000 for found in measured.values()]
    np.testing.assert_allclose(bars["x"], times)
    labels = [note["text"] for note in figure["layout"]["annotations"]]
    positions = [length, length, length * (length + 1) // 2]
    for label, passes, count, time in zip(labels, [1, length, length], positions, times, strict=True):
        assert said("forcing.told", passes=passes, positions=count, ms=f"{time:.1f}") in label
    text = written(app)
    assert f"takes {times[1] / times[0]:.1f} times as long" in text
    assert f"the median of {len(measured['parallel'].seconds)} runs" in text
    difference = max(np.abs(found.log_probabilities - trace.log_probabilities).max() for found in measured.values())
    assert small(float(difference)) in text
    assert difference < 1e-4


def test_a_new_measurement_is_a_new_one(app):
    open_part(app, "forcing")
    first = app.session_state["masks_measured"]
    app.run()
    assert app.session_state["masks_measured"] == first, "nothing is measured anew unasked"
    app.button(key="masks-again").click().run()
    assert app.session_state["masks_measured"] != first


# --- What is masked when


def test_hidden_cells_are_counted_for_the_batch_that_is_named(app, shipped):
    open_part(app, "when")
    translator = shipped["en-zh"]
    texts = (EXAMPLE, companion(core.Request(EXAMPLE, "en-zh")))
    traces = [translator.translate(text) for text in texts]
    ids = translator.padded_head(texts, 0, 0).ids
    width, length = ids.shape[1], max(len(trace.input_pieces) for trace in traces)
    seen = padding_mask(torch.tensor(ids))
    expected = [
        seen.expand(2, 1, width, width),
        causal_mask(length).expand(2, 1, length, length),
        seen.expand(2, 1, length, width),
    ]
    (table,) = app.table
    cells = table.value["Hidden cells"].tolist()
    assert cells == [f"{int((~mask).sum())} of {mask.numel()}" for mask in expected]
    assert f"{width} source pieces and {length} target pieces" in written(app)


def test_in_use_the_model_really_has_no_mask(shipped, monkeypatch):
    """What the table says of use: no padding mask for one sentence, and no causal mask where pieces come one by one."""
    assert padding_mask(torch.tensor([shipped["en-zh"].encode(EXAMPLE)[0]])) is None
    model = shipped["en-zh"].model
    seen = []
    for layer in model.decoder:
        forward = layer.self_attention.forward

        def watched(query, memory, mask=None, *rest, forward=forward, **more):
            seen.append(mask)
            return forward(query, memory, mask, *rest, **more)

        monkeypatch.setattr(layer.self_attention, "forward", watched)
    with torch.inference_mode():
        source = torch.tensor([shipped["en-zh"].encode(EXAMPLE)[0]])
        start = model.start(model.encode(source)[0], source)
        _, cache, *_ = model.decode(torch.tensor([[2]]), *start)
        model.decode(torch.tensor([[5]]), *start, cache=cache)
        assert seen == [None] * 6
        model.decode(torch.tensor([[2, 5]]), *start)
    assert all(torch.equal(mask, causal_mask(2)) for mask in seen[6:])
