"""Files with a whole Trace, NPZ or JSON. They contain no pickle, because files that are read are untrusted."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.checks import is_index
from core.config import KINDS
from core.errors import OptionError, TraceFileError
from core.intervention import Intervention
from core.records.trace import Trace
from core.request import Request

LARGEST_FILE = 512 * 2**20
"""The largest unpacked size in bytes, that of about 20 Traces of 256 by 256 pieces. Larger files are refused."""

ARRAYS = ("encoder_self", "decoder_self", "cross", "log_probabilities", "top_probabilities")
STRINGS = ("model", "source_language", "target_language", "strategy", "source", "text")
PIECES = ("source_pieces", "input_pieces", "output_pieces")
SPANS = ("source_words", "output_words")
RECORDS = ("request", "intervention")
LATER = ("byte_fallback", "specials", "guesses")
"""Fields that older files lack, as they may lack RECORDS."""

SPELLED = "spelled"
"""A part of JSON files for other programs; `load` ignores it, because it follows from the other parts."""


def save(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write the whole Trace, bit for bit, as .npz (compressed) or .json (for any program), by the path's suffix.

    Raises:
        OptionError: If the path has another suffix.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    fields, arrays = parts(trace)
    if path.suffix == ".npz":
        text = json.dumps(fields, ensure_ascii=False).encode()
        with path.open("wb") as file:  # given a name, np.savez might add a second suffix
            np.savez_compressed(file, fields=np.frombuffer(text, np.uint8), **arrays)
    elif path.suffix == ".json":
        # The conversion from float32 to float64 and back is exact.
        numbers = {name: array.astype(np.float64).tolist() for name, array in arrays.items()}
        path.write_text(json.dumps(fields | numbers | _labels(trace), ensure_ascii=False), "utf-8")
    else:
        raise _suffix_error(path)


def parts(trace: Trace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of a Trace as JSON values, and its arrays: what `check_fields` makes a Trace of."""
    fields = {field.name: getattr(trace, field.name) for field in dataclasses.fields(Trace)}
    arrays = {name: fields.pop(name) for name in ARRAYS}
    for name in RECORDS:
        fields[name] = None if fields[name] is None else fields[name].to_dict()
    return fields, arrays


def _labels(trace: Trace) -> dict[str, Any]:
    """Return the part SPELLED: the labels of pieces and the positions of bytes; {} if no piece is a byte."""
    if not trace.source_spelled and not trace.output_spelled:
        return {}
    return {
        SPELLED: {
            "source_labels": trace.source_labels,
            "output_labels": trace.output_labels,
            "source_positions": trace.source_spelled,
            "output_positions": trace.output_spelled,
        }
    }


def load(path: str | os.PathLike[str]) -> Trace:
    """Read a Trace that `save` wrote.

    The file is untrusted: nothing in it is executed, and types, shapes and ranges are checked.

    Raises:
        TraceFileError: If the file is damaged, or not a Trace.
        OptionError: If the path has another suffix.
        OSError: If the file cannot be opened.
    """
    path = Path(path)
    if path.suffix not in (".npz", ".json"):
        raise _suffix_error(path)
    if path.stat().st_size > LARGEST_FILE:
        raise TraceFileError(name=path.name, cause="large")
    try:
        fields = read_npz(path, ARRAYS) if path.suffix == ".npz" else json.loads(path.read_text("utf-8"))
        return check_fields(fields)
    except OSError:
        raise
    except Exception as error:  # a hostile file can make a reader raise anything
        why = error.values if isinstance(error, _Fault) else {"cause": "damaged"}
        raise TraceFileError(name=path.name, **why) from error


def _suffix_error(path: Path) -> OptionError:
    return OptionError(name="path", value=path.name, cause="suffix")


class _Fault(Exception):
    """A file is not valid.

    Attributes:
        values: The cause and what it mentions, for `TraceFileError`.
    """

    def __init__(self, cause: str, part: str = "") -> None:
        super().__init__(cause, part)
        self.values = {"cause": cause, "part": part}


def read_npz(path: Path, arrays: Sequence[str]) -> dict[str, Any]:
    """Read the fields, a JSON object, and the named arrays of an .npz file.

    Raises:
        Exception: If it is damaged, holds other parts, or more than LARGEST_FILE.
    """
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_FILE:
            raise _Fault("large")
        names = {f"{name}.npy" for name in ("fields", *arrays)}
        if {entry.filename for entry in archive.infolist()} != names:
            raise _Fault("parts")
        for name in names:
            if not _has_declared_size(archive, name):
                raise _Fault("sizes")
    with np.load(path, allow_pickle=False) as file:
        fields = json.loads(file["fields"].astype(np.uint8).tobytes().decode())
        return fields | {name: file[name] for name in arrays}


def _has_declared_size(archive: zipfile.ZipFile, name: str) -> bool:
    """Return whether an array has the size in its header, so that a small file cannot make NumPy allocate terabytes."""
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
        return (
            not dtype.hasobject and file.tell() + math.prod(shape) * dtype.itemsize == archive.getinfo(name).file_size
        )


def check_fields(fields: Any) -> Trace:
    """Return the Trace of these fields.

    Raises:
        Exception: If they are not those of a Trace.
    """
    expected = {field.name for field in dataclasses.fields(Trace)}
    if not isinstance(fields, dict) or {*fields, *RECORDS, *LATER} - {SPELLED} != expected:
        raise _Fault("parts")
    fields.pop(SPELLED, None)
    fallback = tuple(_check_sequence(fields.get("byte_fallback", (False, False)), "byte_fallback"))
    _require(len(fallback) == 2 and all(isinstance(value, bool) for value in fallback), "byte_fallback")
    fields["byte_fallback"] = fallback
    for name in STRINGS:
        _require(isinstance(fields[name], str), name)
        fields[name].encode()  # raises for a lone surrogate, which could not be written again
    for name in PIECES:
        fields[name] = _check_pieces(fields[name], name)
    top_pieces = _check_sequence(fields["top_pieces"], "top_pieces")
    fields["top_pieces"] = tuple(_check_pieces(row, "top_pieces") for row in top_pieces)
    source, target = len(fields["source_pieces"]), len(fields["output_pieces"])
    _require(source + target > 0 and len(fields["input_pieces"]) == target, "input_pieces")
    _require(isinstance(fields["finished"], bool), "finished")
    for name, length in zip(SPANS, (source, target), strict=True):
        fields[name] = _check_spans(fields[name], length, name)
    fields["intervention"] = _read_intervention(fields.get("intervention"), source)
    fields["request"] = _read_request(fields.get("request"))
    unknown = tuple(_check_sequence(fields["unknown"], "unknown"))
    _require(all(is_index(position, source) for position in unknown), "unknown")
    fields["unknown"] = unknown
    fields["specials"] = _check_specials(fields.get("specials"), (source, target, target))
    fields["guesses"] = _check_pieces(fields.get("guesses", ()), "guesses")
    sizes = {"encoder_self": (source, source), "decoder_self": (target, target), "cross": (target, source)}
    heads = next((len(fields[name][0]) for name in sizes if len(fields[name])), 1)
    for name, size in sizes.items():
        if isinstance(fields[name], list) and not fields[name]:  # no layers: JSON does not keep the shape
            fields[name] = np.zeros((0, heads, *size), np.float32)
    if not fields["top_pieces"] and not target:  # JSON does not keep the shape
        fields["top_probabilities"] = np.zeros((0, 0), np.float32)
    arrays = {name: _check_numbers(fields[name], name) for name in ARRAYS}
    for name, size in sizes.items():  # a kind that the model lacks has 0 layers
        _require(arrays[name].ndim == 4 and arrays[name].shape[2:] == size, name)
        _require(arrays[name].shape[1] == arrays["cross"].shape[1] > 0, name)
        _require(not len(arrays[name]) or 0 not in size, name)
    n_candidates = len(fields["top_pieces"][0]) if fields["top_pieces"] else 0
    _require(arrays["log_probabilities"].shape in ((target,), (0,)), "log_probabilities")
    _require(arrays["top_probabilities"].shape == (target, n_candidates), "top_probabilities")
    same_width = all(len(row) == n_candidates for row in fields["top_pieces"])
    _require(len(fields["top_pieces"]) == target and same_width, "top_pieces")
    for name in (*KINDS, "top_probabilities"):
        _require(bool(((arrays[name] >= 0) & (arrays[name] <= 1.001)).all()), name)
    return Trace(**(fields | arrays))


def _read_request(value: Any) -> Request | None:
    """Return the request that `Request.to_dict` wrote."""
    if value is None:
        return None
    try:
        return Request.from_dict(value)
    except (OptionError, TypeError) as error:
        raise _Fault("misfit", "request") from error


def _read_intervention(value: Any, source: int) -> Intervention | None:
    """Return the intervention that `Intervention.to_dict` wrote, for a source of this many pieces."""
    if value is None:
        return None
    try:
        change = Intervention.from_dict(value)
    except OptionError as error:
        raise _Fault("misfit", "intervention") from error
    _require(all(position < source for position in change.masked_source), "intervention")
    return None if change.is_none else change


def _require(fits: bool, name: str) -> None:
    if not fits:
        raise _Fault("misfit", name)


def _check_sequence(value: Any, name: str) -> Sequence[Any]:
    _require(isinstance(value, list | tuple), name)
    return value


def _check_pieces(value: Any, name: str) -> tuple[str, ...]:
    pieces = tuple(_check_sequence(value, name))
    _require(all(isinstance(piece, str) for piece in pieces), name)
    "".join(pieces).encode()  # raises for a lone surrogate
    return pieces


def _check_spans(value: Any, length: int, name: str) -> tuple[tuple[int, int], ...]:
    """Return half-open ranges, which must cover all positions in order."""
    spans = tuple(tuple(_check_sequence(span, name)) for span in _check_sequence(value, name))
    _require(all(len(span) == 2 and all(is_index(end, length + 1) for end in span) for span in spans), name)
    starts, ends = [0, *(end for _, end in spans)], [*(start for start, _ in spans), length]
    _require(starts == ends and all(start < end for start, end in spans), name)
    return spans


def _check_specials(value: Any, lengths: tuple[int, ...]) -> tuple[tuple[int, ...], ...] | None:
    """Return the positions of specials among source, input and output pieces."""
    if value is None:
        return None
    sides = tuple(tuple(_check_sequence(side, "specials")) for side in _check_sequence(value, "specials"))
    _require(len(sides) == len(lengths), "specials")
    for side, length in zip(sides, lengths, strict=True):
        _require(all(is_index(position, length) for position in side), "specials")
    return sides


def _check_numbers(value: Any, name: str) -> np.ndarray:
    """Return an array as float32; its numbers must be finite."""
    array = np.asarray(value)
    _require(array.dtype in (np.float32, np.float64), name)
    array = np.ascontiguousarray(array, dtype=np.float32)
    _require(bool(np.isfinite(array).all()), name)
    return array
