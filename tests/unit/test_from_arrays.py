"""A Trace from arrays of any program: it fits every view, export and figure, and says what does not fit."""

import json

import numpy as np
import pytest
import torch

import core
from core.adapters.tokens import byte_level_piece, guess_join, looks_special, to_pieces
from core.analysis import measures, view
from core.errors import OptionError
from core.export import pack, packed_id, to_csv
from core.export.animation import growth_svg
from core.plots import all_heads
from core.records import Trace
from pages.ui.stage_state import stage_state

SOURCE = ("▁The", "▁ani", "mal", "▁slept", ".", "</s>")
OUTPUT = ("▁L", "'", "animal", "▁dormait", "</s>")
SIZES = {"cross": (5, 6), "encoder_self": (6, 6), "decoder_self": (5, 5)}


def attention(*shape: int, causal: bool = False, seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    if causal:
        scores = np.where(np.tri(*shape[-2:], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def arrays(layers: int = 2, heads: int = 3, **sizes: tuple[int, int]) -> dict[str, np.ndarray]:
    return {
        kind: attention(layers, heads, *size, causal=kind == "decoder_self", seed=i)
        for i, (kind, size) in enumerate({**SIZES, **sizes}.items())
    }


def header_of(trace: Trace) -> dict:
    packed = pack(trace)
    return json.loads(packed[4 : 4 + int.from_bytes(packed[:4], "little")])


def use_all(trace: Trace, folder) -> None:
    """Everything that takes a Trace."""
    assert len(trace.to_frame()) == sum(1 for _ in to_csv(trace).splitlines()) - 1
    for kind in trace.kinds:
        for head, merged, hidden in ((None, False, False), (0, True, True)):
            trace.figure(kind, 0, head, merged=merged, hidden=hidden)
        all_heads(trace, kind)
        rows = trace.weights(kind, 0, 0).sum(-1)
        assert np.allclose(rows, 1, atol=0.03)
        assert np.allclose(view(trace, kind, 0, 0, merged=True).weights.sum(-1), 1, atol=0.03)
    assert packed_id(pack(trace)) == packed_id(pack(trace))
    header = header_of(trace)
    assert header["layers"] == [len(trace.encoder_self), len(trace.decoder_self), len(trace.cross)]
    assert "NaN" not in json.dumps(header)
    assert "<iframe" in trace._repr_html_()
    assert "</html>" in trace.to_html("zh")
    assert trace.model in repr(trace)
    for name in ("run.npz", "run.json"):
        trace.save(folder / name)
        assert Trace.load(folder / name) == trace


@pytest.mark.parametrize(
    "kinds", [("cross",), ("encoder_self",), ("decoder_self",), ("cross", "decoder_self"), (*SIZES,)]
)
def test_any_of_the_kinds_make_a_trace_that_every_export_takes(kinds, tmp_path):
    given = {kind: value for kind, value in arrays().items() if kind in kinds}
    tokens = (
        SOURCE if {"cross", "encoder_self"} & {*kinds} else (),
        OUTPUT if {"cross", "decoder_self"} & {*kinds} else (),
    )
    trace = Trace.from_arrays(*tokens, **given, model="mine")
    assert {*trace.kinds} == {*kinds}
    for kind, value in given.items():
        assert getattr(trace, kind).dtype == np.float32
        assert np.array_equal(getattr(trace, kind), value)
    use_all(trace, tmp_path)


def test_the_arrays_may_be_of_any_library_and_nested_in_any_way():
    given = arrays()
    trace = Trace.from_arrays(SOURCE, OUTPUT, **given)
    forms = {
        "lists": lambda a: a.tolist(),
        "a tuple of tensors with a batch axis": lambda a: tuple(torch.tensor(layer)[None] for layer in a),
        "tensors that need gradients": lambda a: torch.tensor(a).requires_grad_(),
        "double": lambda a: [layer.astype(np.float64) for layer in a],
        "a batch axis in the array": lambda a: a[:, None],
        "steps of generate": lambda a: tuple(
            tuple(torch.tensor(layer[None, :, t : t + 1, : t + 1 if a.shape[2] == a.shape[3] else None]) for layer in a)
            for t in range(a.shape[2])
        ),
    }
    for name, form in forms.items():
        kinds = ("cross", "decoder_self") if name.startswith("steps") else tuple(given)
        again = Trace.from_arrays(SOURCE, OUTPUT, **{kind: form(given[kind]) for kind in kinds})
        for kind in kinds:
            assert np.array_equal(getattr(again, kind), getattr(trace, kind)), name


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_rows_of_half_precision_may_sum_to_almost_one(dtype, tmp_path):
    given = {kind: torch.tensor(value).to(dtype) for kind, value in arrays(encoder_self=(6, 6)).items()}
    trace = Trace.from_arrays(SOURCE, OUTPUT, **given)
    assert np.array_equal(trace.cross, given["cross"].float().numpy())  # not rescaled
    use_all(trace, tmp_path)
    long = torch.tensor(attention(1, 2, 512, 512)).to(dtype)
    assert Trace.from_arrays([f"▁w{i}" for i in range(512)], encoder_self=long).encoder_self.shape == (1, 2, 512, 512)


@pytest.mark.parametrize(("layers", "heads", "length"), [(1, 1, 1), (24, 32, 3), (1, 1, 512), (1, 32, 2), (24, 1, 40)])
def test_small_and_large_models_fit(layers, heads, length, tmp_path):
    tokens = [f"▁w{i}" for i in range(length)]
    kinds = ("cross", "encoder_self", "decoder_self")
    given = arrays(layers, heads, **dict.fromkeys(kinds, (length, length)))
    trace = Trace.from_arrays(tokens, tokens, **given)
    assert trace.cross.shape == (layers, heads, length, length)
    trace.to_html()
    trace.save(tmp_path / "run.npz")
    assert Trace.load(tmp_path / "run.npz") == trace


def test_kinds_may_have_other_numbers_of_layers_but_not_of_heads(tmp_path):
    deep = Trace.from_arrays(SOURCE, OUTPUT, encoder_self=attention(6, 3, 6, 6), cross=attention(2, 3, 5, 6))
    assert (deep.n_layers, deep.n_heads) == (6, 3)
    use_all(deep, tmp_path)
    with pytest.raises(OptionError, match="layer 0 has 2 heads, and encoder_self has 3"):
        Trace.from_arrays(SOURCE, OUTPUT, encoder_self=attention(6, 3, 6, 6), cross=attention(2, 2, 5, 6))
    with pytest.raises(OptionError, match=r"layer 1 has 2 heads, and cross\[0\] has 3"):
        Trace.from_arrays(SOURCE, OUTPUT, cross=[attention(3, 5, 6), attention(2, 5, 6)])


CROSS = attention(2, 3, 5, 6)


def changed(value: float) -> np.ndarray:
    array = CROSS.copy()
    array[1, 2, 3, 4] = value
    return array


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cross": CROSS[..., :5]}, "its last axis, the keys, has 5 entries, and source_tokens has 6"),
        ({"cross": CROSS[:, :, :4]}, "its second-last axis, the queries, has 4 entries, and output_tokens has 5"),
        ({"encoder_self": CROSS}, "the queries, has 5 entries, and source_tokens has 6"),
        ({"decoder_self": CROSS}, "the keys, has 6 entries, and output_tokens has 5"),
        ({"cross": CROSS.swapaxes(2, 3)}, "the queries, has 6 entries, and output_tokens has 5"),
        ({"cross": CROSS[0]}, "layer 0 has 2 axes"),
        ({"cross": CROSS[0, 0, 0]}, "layer 0 has 0 axes"),
        ({"cross": np.stack([CROSS, CROSS], 1)}, "its batch axis has 2 sentences"),
        ({"cross": changed(-0.1)}, "head 2 of layer 1 has a negative weight, -0.1"),
        ({"cross": changed(np.nan)}, "head 2 of layer 1 has a weight that is no finite number"),
        ({"cross": changed(1.5)}, "head 2 of layer 1 has a weight above 1, 1.5"),
        ({"cross": changed(0.9)}, "row 3 of head 2 of layer 1 sums to"),
        ({"cross": 2 * CROSS / 3}, "row 0 of head 0 of layer 0 sums to 0.6667, and must sum to 1"),
        ({"cross": np.log(CROSS)}, "negative weight"),
        ({"cross": []}, "at least one layer and one head"),
        ({"cross": CROSS[:, :0]}, "at least one layer and one head"),
        ({"cross": "weights"}, "no array of numbers"),
        ({"cross": [["a"]]}, "no array of numbers"),
        ({"cross": [[[1.0], [0.5, 0.5]]]}, "no array of numbers"),
        ({}, "give at least one of cross, encoder_self and decoder_self"),
        ({"cross": CROSS, "probabilities": [0.5] * 4}, "it has 4 entries, and output_tokens has 5"),
        ({"cross": CROSS, "probabilities": [0.5] * 4 + [1.5]}, "entry 4 is 1.5"),
        ({"cross": CROSS, "probabilities": ["a"] * 5}, "every cell must hold a number"),
        ({"cross": CROSS, "top": [[("a", 0.5)]] * 4}, "it has 4 entries, and output_tokens has 5"),
        ({"cross": CROSS, "top": [[("a", 0.5)]] * 4 + [[]]}, "as many pairs of a token and its probability"),
        ({"cross": CROSS, "top": [[("a", -0.5)]] * 5}, "entry 0 is -0.5"),
        ({"cross": CROSS, "join": "glue"}, "choose one of sentencepiece"),
        ({"cross": CROSS, "strategy": "luck"}, "choose one of greedy"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_the_axis_and_both_sizes(given, said):
    with pytest.raises(OptionError) as caught:
        Trace.from_arrays(SOURCE, OUTPUT, **given)
    assert said in str(caught.value)


@pytest.mark.parametrize("tokens", ["▁The", 7, [1, 2], None, [b"a"]])
def test_tokens_must_be_a_list_of_texts(tokens):
    with pytest.raises(OptionError, match=r"source_tokens = .*write a list of texts"):
        Trace.from_arrays(tokens, OUTPUT, cross=CROSS)


def test_a_trace_without_probabilities_invents_none():
    trace = Trace.from_arrays(SOURCE, OUTPUT, cross=CROSS)
    assert not trace.has_probabilities
    assert np.isnan(trace.log_probability)
    assert trace.top_pieces == ((),) * 5
    with pytest.raises(OptionError, match="no probabilities"):
        trace.top(0)
    assert header_of(trace)["chosen"] == []
    assert header_of(trace)["candidates"] == [[[], []]] * 5


def test_probabilities_are_the_given_ones(tmp_path):
    top = [[(token, 0.5), ("▁x", 0.25)] for token in OUTPUT]
    trace = Trace.from_arrays(SOURCE, OUTPUT, cross=CROSS, probabilities=torch.full((5,), 0.5), top=top)
    assert trace.has_probabilities
    assert trace.log_probability == pytest.approx(5 * np.log(0.5))
    assert trace.top(1, 2) == [("'", 0.5), ("▁x", 0.25)]
    use_all(trace, tmp_path)


def test_specials_and_words_are_given_or_guessed_and_it_is_said():
    guessed = Trace.from_arrays(SOURCE, OUTPUT, cross=CROSS)
    assert guessed.guesses == ("specials=</s> <s>", "join=sentencepiece")
    assert "join=sentencepiece" in repr(guessed)
    assert (guessed.source, guessed.text) == ("The animal slept.", "L'animal dormait")
    assert guessed.source_words == ((0, 1), (1, 3), (3, 4), (4, 5), (5, 6))
    assert (guessed.source_specials, guessed.input_specials, guessed.output_specials) == ((5,), (0,), (4,))
    assert guessed.finished
    given = Trace.from_arrays(SOURCE, OUTPUT, cross=CROSS, specials=("<s>",), join="none")
    assert given.guesses == ()
    assert (given.source_specials, given.output_specials, given.finished) == ((), (), False)
    assert len(given.source_words) == 6


@pytest.mark.parametrize(
    ("tokens", "join", "text", "words"),
    [
        (
            ["[CLS]", "play", "##ing", "it", ".", "[SEP]"],
            "wordpiece",
            "playing it .",
            ["[CLS]", "playing", "it", ".", "[SEP]"],
        ),
        (["<s>", "The", "Ġk", "ö", "l", "n", "</s>"], "bpe", "The köln", ["<s>", "The", "köln", "</s>"]),
        (["the</w>", "ani", "mal</w>"], "end", "the animal", ["the", "animal"]),
        (["the", "ani@@", "mal"], "continued", "the animal", ["the", "animal"]),
        (["the", "animal"], "none", "the animal", ["the", "animal"]),
    ],
)
def test_the_notations_of_others_become_words(tokens, join, text, words):
    if join == "bpe":
        tokens = [token.replace("ö", "Ã¶") for token in tokens]
    trace = Trace.from_arrays(tokens, encoder_self=attention(1, 1, len(tokens), len(tokens)))
    assert trace.guesses[1] == f"join={join}"
    assert trace.source == text
    assert list(view(trace, "encoder_self", 0, 0, merged=True).keys) == words


def test_bytes_of_a_character_are_shown_as_its_bytes():
    assert byte_level_piece("Ġcat") == "▁cat"
    assert byte_level_piece("ä½ł") == "你"
    assert [byte_level_piece(token) for token in "ä½ł"] == ["<0xE4>", "<0xBD>", "<0xA0>"]
    assert byte_level_piece("ä½") == "ä½"  # two of three bytes in one token: as the vocabulary writes it
    assert byte_level_piece("Ċ") == "Ċ"
    trace = Trace.from_arrays(["Ġa", *"ä½ł"], encoder_self=attention(1, 1, 4, 4))
    assert trace.source_labels == ("▁a", "你₁", "你₂", "你₃")
    assert trace.source == "a你"


def test_what_looks_like_a_special():
    for token in (
        "<s>",
        "</s>",
        "<|endoftext|>",
        "[CLS]",
        "<pad>",
        "__en__",
        "zh_CN",
        "zho_Hans",
        ">>fra<<",
        "<extra_id_0>",
    ):
        assert looks_special(token), token
    for token in ("s", "<", "<0xE4>", "<unk>", "[UNK]", "▁<s>", "[", "don_t", "</w>", "<a b>"):
        assert not looks_special(token), token


def test_a_vocabulary_is_of_the_notation_that_most_of_it_has():
    assert guess_join(["▁a", "▁b", "##c"]) == "sentencepiece"
    assert guess_join(["#", "##"]) == "none"
    assert to_pieces(["a", "<s>", "b@@", "c"], [1], "continued") == ("▁a", "<s>", "▁b", "c")


def test_unknown_pieces_and_broken_text_are_marked():
    trace = Trace.from_arrays(["<unk>", "a\ud800"], encoder_self=attention(1, 1, 2, 2))
    assert trace.unknown == (0,)
    assert trace.source_pieces[1] == "▁a?"


def test_chinese_is_cut_piece_by_piece_where_the_language_is_not_given():
    trace = Trace.from_arrays(["▁", "你好", "世界"], encoder_self=attention(1, 1, 3, 3))
    assert trace.source_words == ((0, 1), (1, 2), (2, 3))
    assert trace.source_language == "und"


def test_a_decoder_alone_may_read_a_word_first():
    trace = Trace.from_arrays((), ["Ġworld", "Ġ!"], decoder_self=attention(1, 2, 2, 2, causal=True), start="Hello")
    assert trace.input_specials == ()
    assert trace.text == "Hello world !"
    assert trace.input_pieces == ("Hello", "▁world")


def test_damaged_specials_in_a_file_are_refused(tmp_path):
    trace = Trace.from_arrays(SOURCE, OUTPUT, cross=CROSS)
    path = tmp_path / "run.json"
    trace.save(path)
    fields = json.loads(path.read_text())
    for specials in ([[9], [], []], [[0]], "x", [[0], [0], [True]], [[-1], [], []]):
        path.write_text(json.dumps({**fields, "specials": specials}))
        with pytest.raises(core.HeadlightError):
            Trace.load(path)


def test_measures_of_a_kind_that_is_missing_are_refused():
    trace = Trace.from_arrays(SOURCE, encoder_self=arrays()["encoder_self"])
    assert measures(trace, "encoder_self")["entropy"].shape == (2, 3)
    for kind in ("cross", "decoder_self"):
        with pytest.raises(OptionError, match="no attention of this kind"):
            measures(trace, kind)
        with pytest.raises(OptionError, match="no attention of this kind"):
            trace.figure(kind)
        with pytest.raises(OptionError):
            growth_svg(trace, kind)
    assert "</svg>" in growth_svg(Trace.from_arrays(SOURCE, OUTPUT, cross=CROSS), "cross")


def test_a_text_that_begins_within_a_character_is_read_whole():
    """A decoder alone reads a text from its first byte on, which the output lacks."""
    tokens = [*"ä½ł", "Ġok"]
    trace = Trace.from_arrays((), tokens[1:], decoder_self=attention(1, 1, 3, 3, causal=True), start=tokens[0])
    assert trace.input_labels == ("你₁", "你₂", "你₃")
    assert trace.output_labels == ("你₂", "你₃", "▁ok")
    assert trace.output_spelled == (0, 1)
    assert trace.spelled_characters == ("你",)
    assert trace.text == "你 ok"
    assert len(trace.to_frame()) == 6
    trace.to_html()


def test_the_view_opens_at_the_last_piece_that_is_no_special():
    """Models that write the language first have a special there too."""
    tokens = ["zh_CN", "▁a", "▁b", "</s>"]
    trace = Trace.from_arrays(SOURCE, tokens, cross=attention(1, 1, 4, 6), start="</s>")
    assert (trace.input_specials, trace.output_specials) == ((0, 1), (0, 3))
    assert stage_state(trace)["step"] == 2
    assert stage_state(Trace.from_arrays(SOURCE, encoder_self=attention(1, 1, 6, 6)))["kind"] == "encoder_self"
