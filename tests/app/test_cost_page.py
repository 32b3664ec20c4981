"""The page on cost: Table 1 with numbers, the way, the memory of the weights, and times."""

import numpy as np
import pytest

import core
from core.analysis.cost import LAYERS, Sizes, arrivals, hops, operations
from core.training.at_once import ANSWERS, EXAMPLES, WAYS, Output, read_record
from pages.cost import measured
from pages.cost.at_once import kind
from tests.app.reading import CATALOGUES, open_page, said, unescaped, values, views, written

TEXT = "Tom chases Jerry."
CHOSEN = {"cost_n": "100", "cost_d": "256", "cost_k": "5", "cost_r": "8"}


def items(app):
    (view,) = [view for view in views(app) if "items" in view]
    return [item for item in view["items"] if "name" in item]


def test_the_table_holds_the_papers_numbers_and_frames_the_cheapest(app):
    open_page(app, "cost", lang="en", **CHOSEN)
    (table,) = items(app)
    sizes = Sizes(100, 256, 5, 8)
    assert [row[0] for row in table["texts"]] == [
        f"n² · d = {100 * 100 * 256:,}",
        f"n · d² = {100 * 256**2:,}",
        f"k · n · d² = {5 * 100 * 256**2:,}",
        f"r · n · d = {8 * 100 * 256:,}",
    ]
    assert [row[1] for row in table["texts"]] == ["1", "100", "1", "1"]
    assert [row[2] for row in table["texts"]] == ["1", "100", "2.9", "12.5"]
    assert sorted(map(tuple, table["framed"])) == [(0, 1), (0, 2), (2, 1), (3, 0), (3, 1)]
    assert values(table).max() == 1
    assert "Fewest operations: **self-attention, restricted**" in written(app)
    assert f"{operations('self_attention', sizes) / operations('recurrent', sizes):.2f} times" in written(app)


def test_the_curves_go_through_the_visitors_sentence_and_mark_where_n_is_d(app):
    text = "She likes the red car that her brother bought in the city last year, and I like it."
    open_page(app, "cost", lang="en", text=text, cost_d="256")
    (chart,) = (view for view in views(app) if "series" in view)
    *lines, own = chart["series"]
    n = len(core.load("en-zh", device="cpu").translate(text).source_pieces)
    assert own["x"] == [n] * 4
    assert own["y"] == [operations(layer, Sizes(n=n, d=256)) for layer in LAYERS]
    assert [line["name"] for line in lines] == [said(f"cost.layer.{layer}") for layer in LAYERS]
    assert chart["bands"] == [{"from": 256, "to": 256, "label": "n = d"}]


def test_the_table_with_what_it_leaves_out_counts_projections_and_a_separable_convolution(app):
    open_page(app, "cost", lang="en", cost_all="1", **CHOSEN)
    (table,) = items(app)
    attention = 100 * 100 * 256 + 4 * 100 * 256**2 + 2 * 100 * 256 * 4 * 256
    assert [row[0] for row in table["texts"]][:3] == [
        f"{attention:,}",
        f"{100 * 256**2:,}",
        f"{5 * 100 * 256 + 100 * 256**2:,}",
    ]


def test_the_way_is_counted_for_each_kind_of_layer(app):
    open_page(app, "cost", lang="en", cost_part="way", cost_n="100", cost_k="3", cost_r="8")
    sizes = Sizes(n=100, k=3, r=8)
    counts = {layer: hops(layer, sizes) for layer in LAYERS}
    assert counts == {"self_attention": 1, "recurrent": 99, "convolutional": 5, "restricted": 25}
    assert "a recurrent layer 99 steps, dilated convolutions 5 layers, restricted attention 25" in written(app)
    (picture,) = [view for view in views(app) if "rows" in view and "hops" in view["rows"][0]]
    drawn = Sizes(n=32, k=3, r=8)
    names = ["recurrent", "contiguous", "dilated", "restricted", "self_attention"]
    layers = [name.replace("dilated", "convolutional") for name in names]
    assert [row["hops"] for row in picture["rows"]] == [arrivals(layer, drawn) for layer in layers]
    assert [row["name"] for row in picture["rows"]] == [CATALOGUES["en"][f"cost.layer.{name}"] for name in names]


def test_the_memory_is_that_of_the_sentences_trace_and_of_the_models_parameters(app):
    open_page(app, "cost", lang="en", text=TEXT, cost_part="memory", cost_n="128")
    (table,) = items(app)
    trace = core.load("en-zh", device="cpu").translate(TEXT)
    (card,) = (card for card in core.list_models() if card.name == "en-zh")
    own = [f"{getattr(trace, kind).nbytes:,}" for kind in ("encoder_self", "decoder_self", "cross")]
    assert [row[0] for row in table["texts"]] == [*own, f"{4 * card.parameters:,}"]
    assert table["texts"][0][1] == f"{128 * 128 * 8 * 3 * 4:,}"
    n = int((card.parameters / (3 * 8 * 3)) ** 0.5) + 1
    assert f"at n = {n:,}" in written(app)
    assert 3 * 8 * 3 * n * n > card.parameters >= 3 * 8 * 3 * (n - 1) ** 2


def test_a_recurrent_model_has_no_weights_to_store(app):
    open_page(app, "cost", lang="en", model="en-zh-rnn", cost_part="memory")
    assert said("cost.recurrent") in [info.value for info in app.info]


def test_times_are_measured_once_and_stand_beside_the_prediction(app, monkeypatch):
    asked = []

    def timed(layer: str, sizes: Sizes) -> float:
        asked.append((layer, sizes.n))
        return sizes.n * 1e-6

    monkeypatch.setattr(measured, "time_layer", timed)
    measured.measured.clear()
    open_page(app, "cost", lang="en", cost_part="measured")
    assert len(asked) == len(set(asked)) == 3 * len(measured.LENGTHS) + 1
    assert asked[-1] == ("fused", 1024)
    (chart,) = (view for view in views(app) if "series" in view)
    assert chart["x"]["log"]
    assert chart["y"]["log"]
    for seen, predicted in zip(chart["series"][::2], chart["series"][1::2], strict=True):
        assert seen["y"] == pytest.approx([n / 1000 for n in measured.LENGTHS])
        assert (seen["dash"], predicted["dash"]) == ("solid", "dash")
        assert predicted["y"][-1] == pytest.approx(seen["y"][-1])
    assert "1.0 ms with its weights stored, and 1.0 ms in a fused kernel" in written(app)
    assert f"{1024 * 1024 * 4:,} bytes" in written(app)
    assert "grows 2.0-fold (predicted: 4). That of the GRU grows 2.0-fold (predicted: 2)" in written(app)
    app.run()
    assert len(asked) == 3 * len(measured.LENGTHS) + 1
    measured.measured.clear()


@pytest.mark.parametrize("part", ["table", "way", "memory"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_largest_and_smallest_sizes_are_shown(app, part, language):
    for value in ({"cost_n": "2048", "cost_d": "1024", "cost_k": "9", "cost_r": "256"}, {"cost_n": "2", "cost_r": "2"}):
        open_page(app, "cost", lang=language, cost_part=part, **value)
        assert not app.exception


def percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".0 %", " %")


def tables(app) -> list[dict]:
    return [item for view in views(app) if "items" in view for item in view["items"]]


def test_both_ways_to_write_an_output_have_the_numbers_of_the_record(app):
    open_page(app, "cost", lang="en", cost_part="at_once")
    record = read_record()
    for table, answers in zip(tables(app), ANSWERS, strict=False):
        assert table["rows"] == [said(f"cost.at_once.{way}") for way in WAYS]
        for way, texts, numbers in zip(WAYS, table["texts"], values(table), strict=True):
            result = record.result(way, answers)
            assert texts[:2] == [percent(result.right), percent(result.fitting)]
            assert [float(text) for text in texts[2:]] == pytest.approx([result.passes, result.milliseconds], abs=0.051)
            assert [*numbers] == pytest.approx([result.right, result.fitting, result.passes, result.milliseconds])
    one, two = ([record.result(way, answers) for way in WAYS] for answers in ANSWERS)
    text = unescaped(written(app))
    assert f"{percent(one[0].right)} come out right piece by piece, and {percent(one[1].right)} all at once" in text
    assert f"{percent(two[0].right)} are right piece by piece, {percent(two[1].right)} all at once" in text
    assert f"{one[0].milliseconds / one[1].milliseconds:.1f} times the milliseconds" in text
    assert f"{percent(two[1].fitting)} stand in a right answer at their position" in text
    assert f"{record.steps:,} steps each, seed {record.seed}" in text
    assert record.processor in text


@pytest.mark.parametrize("sequence", [1, EXAMPLES])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_chosen_sequence_is_shown_with_what_each_model_wrote(app, sequence, language):
    open_page(app, "cost", lang=language, cost_part="at_once", cost_sequence=str(sequence))
    record = read_record()
    outputs = [record.result(way, answers).outputs[sequence - 1] for answers in ANSWERS for way in WAYS]
    for table, both in zip(tables(app)[2:], (outputs[:2], outputs[2:]), strict=True):
        assert table["columns"] == [*both[0].source]
        assert table["texts"] == [[*output.written] for output in both]
        assert values(table) == pytest.approx(np.array([output.probabilities for output in both]))
        for row, output in enumerate(both):
            framed = {column for at, column in table["framed"] if at == row}
            assert all(output.written[column] == output.source[column] for column in framed)
            others = {*range(len(output.source))} - framed
            reverse = (*output.source[-2::-1], "</s>")
            assert bool(framed) == (output.written != reverse)
            if kind(output) != "other":
                assert all(output.written[column] == reverse[column] for column in others)
    for way, output in zip(WAYS, outputs[2:], strict=True):
        sentence = CATALOGUES[language][f"cost.at_once.is.{kind(output)}"]
        name = said(f"cost.at_once.{way}", language)
        assert sentence.format(way=name, written=" ".join(output.written)) in unescaped(written(app))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("CBA/", "reverse"), ("ABC/", "same"), ("ABA/", "mixed"), ("CBC/", "mixed"), ("BBA/", "other"),
     ("AB/", "other"), ("ABC", "other"), ("ABCC/", "other"), ("", "other")],
)  # fmt: skip
def test_an_output_is_named_by_the_answers_that_its_pieces_are_in(text, expected):
    assert kind(Output(tuple("ABC/"), tuple(text), ())) == expected


@pytest.mark.parametrize("query", [{"cost_sequence": "9"}, {"cost_sequence": "<b>1</b>"}, {"cost_sequence": "1e9"}])
def test_a_sequence_that_is_not_recorded_is_named_and_the_first_is_shown(app, query):
    open_page(app, "cost", lang="en", cost_part="at_once", **query)
    broken = CATALOGUES["en"]["choices.broken_link"].partition("{")[0]
    assert any(info.value.startswith(broken) for info in app.info)
    assert tables(app)[-1]["columns"] == [*read_record().result(WAYS[0], 1).outputs[0].source]
