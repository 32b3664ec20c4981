"""The whole Trace in a file, NPZ or JSON, and back to an equal one. Without pickle: a file that is read is untrusted."""

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
"""Bytes that a file may unpack to: some 20 Traces of 256 by 256 pieces. What claims more is not read."""

ARRAYS = ("encoder_self", "decoder_self", "cross", "log_probabilities", "top_probabilities")
STRINGS = ("model", "source_language", "target_language", "strategy", "source", "text")
PIECES = ("source_pieces", "input_pieces", "output_pieces")
SPANS = ("source_words", "output_words")
ASKED = ("request", "intervention")
SPELLED = "spelled"
"""A part of a JSON file that follows from the others: `load` makes it anew."""


def save(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write the whole Trace, bit for bit, as .npz (compressed) or .json (readable anywhere), by the path's suffix.

    Raises `OptionError` for another suffix and OSError where nothing can be written.
    """
    path = Path(path)
    fields = {field.name: getattr(trace, field.name) for field in dataclasses.fields(Trace)}
    arrays = {name: fields.pop(name) for name in ARRAYS}
    for name in ASKED:
        fields[name] = None if fields[name] is None else fields[name].to_dict()
    if path.suffix == ".npz":
        text = json.dumps(fields, ensure_ascii=False).encode()
        with path.open("wb") as file:  # np.savez would add a second suffix to a name that it does not know
            np.savez_compressed(file, fields=np.frombuffer(text, np.uint8), **arrays)
    elif path.suffix == ".json":
        # A float32 written as the float64 of the same value comes back as the same float32.
        numbers = {name: array.astype(np.float64).tolist() for name, array in arrays.items()}
        path.write_text(json.dumps(fields | numbers | _labels(trace), ensure_ascii=False), "utf-8")
    else:
        raise _suffix_error(path)


def _labels(trace: Trace) -> dict[str, Any]:
    """For who reads the file elsewhere: pieces as people see them, and which are bytes. {} where no piece is one."""
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

    Nothing in the file is run and nothing is believed: types, shapes and ranges are checked first. Raises
    `TraceFileError` for a damaged or foreign file, `OptionError` for another suffix, OSError for one that is not there.
    """
    path = Path(path)
    if path.suffix not in (".npz", ".json"):
        raise _suffix_error(path)
    if path.stat().st_size > LARGEST_FILE:
        raise TraceFileError(name=path.name, reason="it is larger than any Trace")
    try:
        fields = _read_npz(path) if path.suffix == ".npz" else json.loads(path.read_text("utf-8"))
        return _checked(fields)
    except OSError:
        raise
    except Exception as error:  # whatever a hostile file makes a reader raise, the caller gets one sentence
        reason = str(error) if isinstance(error, _Fault) else "it is damaged, or not a Trace"
        raise TraceFileError(name=path.name, reason=reason) from error


def _suffix_error(path: Path) -> OptionError:
    return OptionError(name="path", value=path.name, cause="suffix")


class _Fault(Exception):
    """What is wrong with a file, in words."""


def _read_npz(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_FILE:
            raise _Fault("it unpacks to more than any Trace")
        names = {f"{name}.npy" for name in ("fields", *ARRAYS)}
        if {entry.filename for entry in archive.infolist()} != names:
            raise _Fault("parts are missing or added")
        for name in names:
            if not _declares_what_it_holds(archive, name):
                raise _Fault("it declares other sizes than it holds")
    with np.load(path, allow_pickle=False) as file:
        fields = json.loads(file["fields"].astype(np.uint8).tobytes().decode())
        return fields | {name: file[name] for name in ARRAYS}


def _declares_what_it_holds(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether an array's header asks for as many bytes as follow it, so that a small file cannot claim terabytes."""
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
        return (
            not dtype.hasobject and file.tell() + math.prod(shape) * dtype.itemsize == archive.getinfo(name).file_size
        )


def _checked(fields: Any) -> Trace:
    """A Trace of these fields. Raises `_Fault` where they cannot be those of one."""
    wanted = {field.name for field in dataclasses.fields(Trace)}
    # Older files have no intervention, no byte fallback or no request.
    if not isinstance(fields, dict) or {*fields, *ASKED, "byte_fallback"} - {SPELLED} != wanted:
        raise _Fault("parts are missing or added")
    fields.pop(SPELLED, None)
    fallback = tuple(_sequence(fields.get("byte_fallback", (False, False)), "byte_fallback"))
    _need(len(fallback) == 2 and all(isinstance(value, bool) for value in fallback), "byte_fallback")
    fields["byte_fallback"] = fallback
    for name in STRINGS:
        _need(isinstance(fields[name], str), name)
        fields[name].encode()  # half a surrogate pair would break whatever writes it next
    for name in PIECES:
        fields[name] = _pieces(fields[name], name)
    fields["top_pieces"] = tuple(_pieces(row, "top_pieces") for row in _sequence(fields["top_pieces"], "top_pieces"))
    source, target = len(fields["source_pieces"]), len(fields["output_pieces"])
    _need(source > 0 and target > 0 and len(fields["input_pieces"]) == target, "input_pieces")
    _need(isinstance(fields["finished"], bool), "finished")
    for name, length in zip(SPANS, (source, target), strict=True):
        fields[name] = _spans(fields[name], length, name)
    fields["intervention"] = _intervention(fields.get("intervention"), source)
    fields["request"] = _request(fields.get("request"))
    unknown = tuple(_sequence(fields["unknown"], "unknown"))
    _need(all(is_index(position, source) for position in unknown), "unknown")
    fields["unknown"] = unknown
    sizes = {"encoder_self": (source, source), "decoder_self": (target, target), "cross": (target, source)}
    for name, size in sizes.items():
        if isinstance(fields[name], list) and not fields[name]:  # no layers, in JSON, which keeps no shape of nothing
            fields[name] = np.zeros((0, 1, *size), np.float32)
    arrays = {name: _numbers(fields[name], name) for name in ARRAYS}
    layers, heads = arrays["cross"].shape[:2] if arrays["cross"].ndim == 4 else (0, 0)
    recurrent = not len(arrays["encoder_self"])  # such a model has no self-attention, and may have no other
    kept = len(fields["top_pieces"][0]) if fields["top_pieces"] else 0
    shapes = {
        "encoder_self": (len(arrays["encoder_self"]), heads, *sizes["encoder_self"]),
        "decoder_self": (0 if recurrent else layers, heads, *sizes["decoder_self"]),
        "cross": (layers, heads, *sizes["cross"]),
        "log_probabilities": (target,),
        "top_probabilities": (target, kept),
    }
    for name, shape in shapes.items():
        _need(arrays[name].shape == shape and 0 not in (shape[1:] if name in KINDS and recurrent else shape), name)
    _need(len(fields["top_pieces"]) == target and all(len(row) == kept for row in fields["top_pieces"]), "top_pieces")
    for name in (*KINDS, "top_probabilities"):
        _need(bool(((arrays[name] >= 0) & (arrays[name] <= 1.001)).all()), name)
    return Trace(**(fields | arrays))


def _request(value: Any) -> Request | None:
    """What was asked for, from `Request.to_dict`."""
    if value is None:
        return None
    try:
        return Request.from_dict(value)
    except (OptionError, TypeError) as error:
        raise _Fault("its part request does not fit the rest") from error


def _intervention(value: Any, source: int) -> Intervention | None:
    """What was changed, from `Intervention.to_dict`, for a source of so many pieces."""
    if value is None:
        return None
    try:
        change = Intervention.from_dict(value)
    except OptionError as error:
        raise _Fault("its part intervention does not fit the rest") from error
    _need(all(position < source for position in change.masked_source), "intervention")
    return None if change.is_none else change


def _need(fits: bool, name: str) -> None:
    if not fits:
        raise _Fault(f"its part {name} does not fit the rest")


def _sequence(value: Any, name: str) -> Sequence[Any]:
    _need(isinstance(value, list | tuple), name)
    return value


def _pieces(value: Any, name: str) -> tuple[str, ...]:
    pieces = tuple(_sequence(value, name))
    _need(all(isinstance(piece, str) for piece in pieces), name)
    "".join(pieces).encode()
    return pieces


def _spans(value: Any, length: int, name: str) -> tuple[tuple[int, int], ...]:
    """Half-open ranges that cover all positions in order."""
    spans = tuple(tuple(_sequence(span, name)) for span in _sequence(value, name))
    _need(all(len(span) == 2 and all(is_index(end, length + 1) for end in span) for span in spans), name)
    starts, ends = [0, *(end for _, end in spans)], [*(start for start, _ in spans), length]
    _need(starts == ends and all(start < end for start, end in spans), name)
    return spans


def _numbers(value: Any, name: str) -> np.ndarray:
    """A float32 array of finite numbers."""
    array = np.asarray(value)
    _need(array.dtype in (np.float32, np.float64), name)
    array = np.ascontiguousarray(array, dtype=np.float32)
    _need(bool(np.isfinite(array).all()), name)
    return array
