"""What people take away: the stage's bytes, tables, files and the page of its own."""

import base64
import dataclasses
import html
import io
import json
import re
import zipfile
import zlib

import numpy as np
import pandas as pd
import pytest

from core.errors import OptionError, TraceFileError
from core.export import load, pack, packed_id, save, to_csv, to_frame, to_html, with_view
from core.export.bundle import ASSETS, view_sources
from core.records.trace import KINDS, Trace
from pages.ui.stage_state import stage_state

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><b>x</b>',
    "<!--",
    "▁=1+1",
    "שלום",
    "👩‍🚀",
    "e\u0301",
    "\u2028",
    "&amp;",
    "'",
)


def softmax(rng, shape, mask=None):
    logits = rng.normal(size=shape) * 2
    logits = logits if mask is None else np.where(mask, logits, -np.inf)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)


def make_trace(source=6, target=5, layers=3, heads=8, pieces=None, seed=0) -> Trace:
    """A Trace with random weights; `pieces` are repeated on both sides."""
    rng = np.random.default_rng(seed)
    pieces = pieces or ("▁Tom", "▁cha", "ses", "▁Jerry", ".")
    read = (*(pieces * source)[: source - 1], "</s>")
    written = (*(pieces * target)[: target - 1], "</s>")
    top = np.sort(softmax(rng, (target, 12)))[:, ::-1].copy()
    return Trace(
        model="m", source_language="en", target_language="zh", strategy="greedy",
        source=" ".join(read[:-1]), text="".join(written[:-1]),
        source_pieces=read, input_pieces=("<s>", *written[:-1]), output_pieces=written,
        source_words=((0, 1), (1, 3), *((i, i + 1) for i in range(3, source))),
        output_words=tuple((i, i + 1) for i in range(target)),
        unknown=(1,), finished=True,
        encoder_self=softmax(rng, (layers, heads, source, source)),
        decoder_self=softmax(rng, (layers, heads, target, target), np.tri(target, dtype=bool)),
        cross=softmax(rng, (layers, heads, target, source)),
        log_probabilities=np.log(top[:, 0]),
        top_pieces=tuple((piece, *map(str, range(11))) for piece in written), top_probabilities=top,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trace():
    return make_trace()


def unpack(packed: bytes) -> tuple[dict, np.ndarray]:
    end = 4 + int.from_bytes(packed[:4], "little")
    header = json.loads(packed[4:end])
    body = zlib.decompress(packed[end:]) if header["deflate"] else packed[end:]
    return header, np.frombuffer(body, np.uint8)


# --- The stage's bytes


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
        "merged": False, "hidden": False, "threshold": 90, "view": "map",
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
    ],
)
def test_possible_wishes_are_kept_and_impossible_ones_replaced(trace, name, good, bad):
    assert stage_state(trace, {name: good})[name] == good
    assert stage_state(trace, {name: bad}) == stage_state(trace)


# --- Tables


def test_frame_lists_every_cell_that_may_be_attended_to_once(trace):
    frame = to_frame(trace)
    assert [*frame.columns] == [
        "kind",
        "layer",
        "head",
        "row",
        "column",
        "reads",
        "predicts",
        "key",
        "weight",
        "spelled",
    ]
    assert frame.groupby("kind").size().to_dict() == {
        "encoder_self": 24 * 36,
        "decoder_self": 24 * 15,
        "cross": 24 * 30,
    }
    assert not frame.duplicated(["kind", "layer", "head", "row", "column"]).any()
    sums = frame.groupby(["kind", "layer", "head", "row"])["weight"].sum()
    assert np.allclose(sums, 1, atol=1e-5)
    for kind in KINDS:
        part = frame[frame.kind == kind]
        assert (getattr(trace, kind)[part.layer, part["head"], part.row, part.column] == part.weight).all()


def test_frame_names_what_a_row_reads_what_it_predicts_and_what_a_column_stands_for(trace):
    frame = to_frame(trace)
    row = frame.query("kind == 'cross' and layer == 1 and head == 7 and row == 2 and column == 3").iloc[0]
    assert (row.reads, row.predicts, row.key) == ("▁cha", "ses", "▁Jerry")
    row = frame.query("kind == 'decoder_self' and row == 2 and column == 0").iloc[0]
    assert (row.reads, row.predicts, row.key) == ("▁cha", "ses", "<s>")
    row = frame.query("kind == 'encoder_self' and row == 5 and column == 1").iloc[0]
    assert (row.reads, row.predicts, row.key) == ("</s>", "", "▁cha")


def test_csv_reads_back_to_the_same_weights_with_all_digits(trace):
    frame = pd.read_csv(io.StringIO(to_csv(trace)), keep_default_na=False)
    assert (frame.weight.astype(np.float32) == to_frame(trace).weight).all()
    assert [*frame.key] == [*to_frame(trace).key]


def test_csv_runs_no_formula_and_breaks_no_line():
    pieces = ("=cmd|'/c calc'!A0", "-", '"quoted, piece"', "@SUM(1)", "+1\n2")
    frame = pd.read_csv(io.StringIO(to_csv(make_trace(pieces=pieces))), keep_default_na=False)
    assert set(frame.key) == {"<s>", "</s>", "'=cmd|'/c calc'!A0", "-", '"quoted, piece"', "'@SUM(1)", "'+1\n2"}


# --- Files


@pytest.mark.parametrize("suffix", [".npz", ".json"])
@pytest.mark.parametrize("pieces", [None, HOSTILE], ids=["plain", "hostile"])
def test_a_saved_trace_is_read_back_equal(tmp_path, suffix, pieces):
    trace = make_trace(11, 9, pieces=pieces)
    save(trace, tmp_path / f"run{suffix}")
    again = load(str(tmp_path / f"run{suffix}"))
    assert again == trace
    assert again.cross.dtype == np.float32
    assert not again.cross.flags.writeable
    assert isinstance(again.source_words[0], tuple)
    assert isinstance(again.top_pieces[0], tuple)
    assert [entry.name for entry in tmp_path.iterdir()] == [f"run{suffix}"]


def test_json_is_json_that_others_read_too(tmp_path, trace):
    save(trace, tmp_path / "run.json")
    fields = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert set(fields) == {field.name for field in dataclasses.fields(Trace)}
    assert np.array(fields["cross"], np.float32).tobytes() == trace.cross.tobytes()


@pytest.mark.parametrize("path", ["run.pkl", "run", "run.npz.exe"])
def test_other_suffixes_are_refused(tmp_path, trace, path):
    with pytest.raises(OptionError):
        save(trace, tmp_path / path)
    with pytest.raises(OptionError):
        load(tmp_path / path)
    assert not [*tmp_path.iterdir()]


def test_a_missing_file_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json")


def _json(change):
    def write(path, trace):
        save(trace, path)
        fields = json.loads(path.read_text())
        change(fields)
        path.write_text(json.dumps(fields))

    return write


DAMAGES = {
    "empty": lambda path, trace: path.write_bytes(b""),
    "not json": lambda path, trace: path.write_bytes(b"{"),
    "not text": lambda path, trace: path.write_bytes(b"\xff\xfe\x00"),
    "a list": lambda path, trace: path.write_text("[]"),
    "deep": lambda path, trace: path.write_text("[" * 100_000),
    "missing": _json(lambda fields: fields.pop("cross")),
    "added": _json(lambda fields: fields.update(extra=1)),
    "ragged": _json(lambda fields: fields["cross"][0][0].append([1.0])),
    "other size": _json(lambda fields: fields["cross"][0][0].pop()),
    "not a number": _json(lambda fields: fields["log_probabilities"].__setitem__(0, float("nan"))),
    "strings for numbers": _json(lambda fields: fields.update(log_probabilities=["x"] * 5)),
    "negative": _json(lambda fields: fields["cross"][0][0][0].__setitem__(0, -0.5)),
    "above one": _json(lambda fields: fields["cross"][0][0][0].__setitem__(0, 7.0)),
    "words that overlap": _json(lambda fields: fields.update(source_words=[[0, 3], [2, 6]])),
    "words with gaps": _json(lambda fields: fields.update(output_words=[[0, 1], [2, 5]])),
    "unknown outside": _json(lambda fields: fields.update(unknown=[6])),
    "pieces of other types": _json(lambda fields: fields["source_pieces"].__setitem__(0, None)),
    "half a character": _json(lambda fields: fields.update(text="\ud800")),
    "fewer pieces": _json(lambda fields: fields["input_pieces"].pop()),
    "a string for a flag": _json(lambda fields: fields.update(finished="yes")),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_json_is_one_typed_error(tmp_path, trace, damage):
    damage(tmp_path / "run.json", trace)
    with pytest.raises(TraceFileError, match=r"run\.json"):
        load(tmp_path / "run.json")


def _parts(path, change):
    """Rewrite an archive's parts, given as a dict of their bytes."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _array(value, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, value, **options)
    return file.getvalue()


CHANGES = {
    "pickled": lambda parts: parts.update({"cross.npy": _array(np.array([{}], dtype=object), allow_pickle=True)}),
    "missing": lambda parts: parts.pop("cross.npy"),
    "added": lambda parts: parts.update({"../evil.npy": b""}),
    "other size": lambda parts: parts.update({"cross.npy": _array(np.zeros((3, 8, 5, 7), np.float32))}),
    "integers": lambda parts: parts.update({"cross.npy": _array(np.zeros((3, 8, 5, 6), int))}),
    "claims terabytes": lambda parts: parts.update(
        {"cross.npy": _array(np.zeros((3, 8, 5, 6), np.float32)).replace(b"(3, 8, 5, 6)", b"(3,8,9**9,6)")}
    ),
    "claims more": lambda parts: parts.update(
        {"cross.npy": _array(np.zeros((3, 8, 5, 6), np.float32)).replace(b"(3, 8, 5, 6), ", b"(999999999,8)")}
    ),
    "cut": lambda parts: parts.update({"cross.npy": parts["cross.npy"][:-4]}),
    "no fields": lambda parts: parts.update({"fields.npy": _array(np.zeros(3, np.uint8))}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_hostile_npz_is_one_typed_error(tmp_path, trace, change):
    save(trace, tmp_path / "run.npz")
    _parts(tmp_path / "run.npz", change)
    with pytest.raises(TraceFileError, match=r"run\.npz"):
        load(tmp_path / "run.npz")


@pytest.mark.parametrize("kept", [0, 10, 0.5, -1])
def test_a_cut_npz_is_one_typed_error(tmp_path, trace, kept):
    path = tmp_path / "run.npz"
    save(trace, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(TraceFileError):
        load(path)


def test_a_file_that_would_unpack_to_too_much_is_not_unpacked(tmp_path, trace, monkeypatch):
    for suffix in (".npz", ".json"):
        save(trace, tmp_path / f"run{suffix}")
    monkeypatch.setattr("core.export.files.LARGEST_FILE", 1000)
    for suffix in (".npz", ".json"):
        with pytest.raises(TraceFileError, match="any Trace"):
            load(tmp_path / f"run{suffix}")


# --- The page of its own


def test_page_asks_for_nothing_from_anywhere(trace):
    page = to_html(trace)
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']""", page)
    assert not re.search(r"@import|url\(", page)
    addresses = set(re.findall(r"https?://[\w./]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of a format, never fetched


def test_page_runs_nothing_that_was_typed():
    trace = make_trace(11, 11, pieces=HOSTILE)
    trace = dataclasses.replace(trace, source=HOSTILE[0], text="</title>" + HOSTILE[1])
    page = to_html(trace)
    plain = to_html(make_trace())
    for tag in ("script", "title", "b", "img", "!--"):
        for bracket in (f"<{tag}", f"</{tag}"):
            assert page.lower().count(bracket) == plain.lower().count(bracket), bracket
    assert "&lt;/script&gt;" in page.split("</title>")[0]


def test_page_begins_with_the_state_that_is_asked_for(trace):
    page = to_html(trace, state={"kind": "decoder_self", "heads": [3, 1], "step": 2})
    packed = base64.b64decode(re.search(r'id="trace">(.*?)</script>', page)[1])
    assert unpack(packed)[0]["state"] == {"kind": "decoder_self", "heads": [3, 1], "step": 2}


def test_page_speaks_both_languages_and_refuses_others(trace):
    assert '<html lang="en">' in to_html(trace)
    assert '<html lang="zh-Hans">' in to_html(trace, "zh", "dark")
    for options in ({"language": "xx"}, {"theme": "pink"}):
        with pytest.raises(OptionError):
            to_html(trace, **options)


VIEWS = sorted(path.stem for path in (ASSETS / "views").glob("*.js"))


@pytest.mark.parametrize("view", VIEWS)
def test_both_languages_of_a_view_have_the_same_words_and_placeholders(view):
    words = json.loads((ASSETS / "views" / f"{view}.json").read_text("utf-8"))

    def shape(value):
        if isinstance(value, dict):
            return {key: shape(part) for key, part in value.items()}
        if isinstance(value, list):
            return [shape(part) for part in value]
        return set(re.findall(r"\{\w+\}", value))

    assert shape(words["en"]) == shape(words["zh"])
    script = view_sources(view)["js"]
    computed = {"finding_cross", "finding_decoder_self"}  # made of the kind's name
    assert not [name for name in words["en"] if name not in computed and not re.search(rf"\b{name}\b", script)]


def test_a_trace_shows_itself_in_a_notebook(trace):
    shown = trace._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert html.unescape(re.search(r'srcdoc="(.*?)"', shown, re.DOTALL)[1]) == trace.to_html()
