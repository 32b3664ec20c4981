"""Traces in files: read back equal, and refused with one typed error when damaged."""

import dataclasses
import io
import json
import zipfile

import numpy as np
import pytest

from core.errors import OptionError, TraceFileError
from core.export import load, save
from core.records.trace import Trace
from tests.samples import HOSTILE, make_trace


@pytest.fixture(scope="module")
def trace():
    return make_trace()


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
def test_a_file_with_another_suffix_is_refused(tmp_path, trace, path):
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
