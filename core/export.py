"""What people take away from a Trace: numbers, files, and a page of its own. No Streamlit, no network, no pickle.

pack        bytes for the stage in the browser: what it draws, weights as 8-bit numbers
to_frame    one row a weight; to_csv the same as text
save, load  the whole Trace as NPZ or JSON, and back to an equal one
to_html     one HTML file with the stage and the Trace inside
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import html
import json
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import OptionError, TraceFileError
from core.intervention import Intervention
from core.request import Request
from core.spelling import next_label
from core.trace import KINDS, Trace

ASSETS = Path(__file__).parents[1] / "assets"
SHOWN_CANDIDATES = 10
LARGEST_FILE = 512 * 2**20
"""Bytes that a file may unpack to: some 20 Traces of 256 by 256 pieces. What claims more is not read."""

ARRAYS = ("encoder_self", "decoder_self", "cross", "log_probabilities", "top_probabilities")
STRINGS = ("model", "source_language", "target_language", "strategy", "source", "text")
PIECES = ("source_pieces", "input_pieces", "output_pieces")
SPANS = ("source_words", "output_words")
ASKED = ("request", "intervention")
SPELLED = "spelled"
"""A part of a JSON file that follows from the others: `load` makes it anew."""
VIEWS = ("map", "table")
DEFAULT_STATE = {
    "kind": "cross",
    "layer": None,  # the last one
    "heads": "average",
    "step": None,  # the last one that predicts a word, so that the whole translation is there
    "pinned": [],
    "merged": False,
    "hidden": False,
    "threshold": 90,
    "view": "map",
}


# --- The stage ----------------------------------------------------------------------------------------------------------


def pack(trace: Trace, **view: Any) -> bytes:
    """All that the stage draws, as bytes: a length of 4 bytes (little-endian), a JSON header of that length, the weights.

    The weights are round(255 w), at most 0.002 off: encoder_self (layers, heads, S, S), the lower triangles of
    decoder_self row by row (all of it for a run without the causal mask), cross (layers, heads, T, S), as a zlib stream
    where that is smaller. `view` (state, language, theme) goes into the header as it is. The same Trace and view give
    the same bytes.
    """
    rows, columns = np.nonzero(_allowed(trace, "decoder_self"))
    triangles = trace.decoder_self[..., rows, columns]
    weights = b"".join(_eight_bit(array) for array in (trace.encoder_self, triangles, trace.cross))
    squeezed = zlib.compress(weights, 6)
    small = len(squeezed) < len(weights)
    described = _described(trace)
    identity = hashlib.blake2s(repr(described).encode("utf-8", "surrogatepass") + weights, digest_size=8).hexdigest()
    header = _json({**described, "id": identity, "deflate": small}).encode()
    return with_view(len(header).to_bytes(4, "little") + header + (squeezed if small else weights), **view)


def with_view(packed: bytes, **view: Any) -> bytes:
    """The same packed Trace with more in its header, so that one packed Trace can serve every visitor."""
    if not view:
        return packed
    end = 4 + int.from_bytes(packed[:4], "little")
    header = packed[4 : end - 1] + b"," + _json(view).encode()[1:]
    return len(header).to_bytes(4, "little") + header + packed[end:]


def packed_id(packed: bytes) -> str:
    """The name by which the stage knows a packed Trace: the same for the same Trace only."""
    return json.loads(packed[4 : 4 + int.from_bytes(packed[:4], "little")])["id"]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_causal(trace: Trace) -> bool:
    """Whether no query reads what comes after it. Without the causal mask, in an experiment, it may."""
    return not np.triu(trace.decoder_self, 1).any()


def _allowed(trace: Trace, kind: str) -> np.ndarray:
    """Which cells may be attended to, bool (rows, columns)."""
    shape = getattr(trace, kind).shape[2:]
    return np.tri(*shape, dtype=bool) if kind == "decoder_self" and _is_causal(trace) else np.ones(shape, bool)


def _eight_bit(weights: np.ndarray) -> bytes:
    return np.rint(np.clip(weights, 0, 1) * 255).astype(np.uint8).tobytes()


def _described(trace: Trace) -> dict[str, Any]:
    """The header without the weights: pieces, words, candidates, shapes."""
    kept = min(SHOWN_CANDIDATES, trace.top_probabilities.shape[1])
    probabilities = trace.top_probabilities[:, :kept].astype(np.float64).round(4).tolist()
    return {
        "source": trace.source_labels,
        "output": trace.output_labels,
        "input": trace.input_labels,
        "source_words": trace.source_words,
        "output_words": trace.output_words,
        "source_specials": trace.source_specials,
        "output_specials": trace.output_specials,
        "unknown": trace.unknown,
        "languages": [trace.source_language, trace.target_language],
        "typed": trace.source,
        "text": trace.text,
        "strategy": trace.strategy,
        "layers": [trace.encoder_self.shape[0], trace.decoder_self.shape[0], trace.cross.shape[0]],
        "heads": trace.n_heads,
        "causal": _is_causal(trace),
        "change": trace.intervention.to_dict() if trace.intervention else {},
        "chosen": np.exp(trace.log_probabilities.astype(np.float64)).round(4).tolist(),
        "candidates": [_candidates(trace, t, row) for t, row in enumerate(probabilities)],
        **_spelled(trace),
    }


def _candidates(trace: Trace, t: int, probabilities: list[float]) -> list[Any]:
    """The candidates of one step: their labels, their probabilities, and where a label is another the pieces themselves.

    The byte that was written has the label that it has in the output, so that the two can be told to be the same.
    """
    pieces = trace.top_pieces[t][: len(probabilities)]
    if not trace.byte_fallback[1]:
        return [pieces, probabilities]
    before = trace.output_pieces[max(0, t - 3) : t]
    written = trace.output_pieces[t]
    labels = tuple(trace.output_labels[t] if piece == written else next_label(before, piece) for piece in pieces)
    return [labels, probabilities, pieces] if labels != pieces else [pieces, probabilities]


def _spelled(trace: Trace) -> dict[str, Any]:
    """Whether a candidate may be a byte; of a run with bytes which pieces are, by position, and what each piece adds to
    the text. {} without any."""
    flag = {"bytes": True} if trace.byte_fallback[1] else {}
    if not trace.source_spelled and not trace.output_spelled:
        return flag
    return flag | {
        "spelled": {
            "source": {i: trace.source_pieces[i] for i in trace.source_spelled},
            "output": {i: trace.output_pieces[i] for i in trace.output_spelled},
            "characters": trace.spelled_characters,
        },
        "texts": {
            "source": trace.source_spelling.texts,
            "output": trace.output_spelling.texts,
            "input": trace.input_spelling.texts,
        },
    }


def stage_state(trace: Trace, wanted: Any = None) -> dict[str, Any]:
    """What the stage shows, complete and possible for this Trace, from what a link or a browser asked for.

    Whatever is missing, of the wrong type or out of range is replaced by its default; nothing is raised.
    """
    wanted = wanted if isinstance(wanted, dict) else {}
    steps = len(trace.output_pieces)
    kind = wanted.get("kind")
    kinds = trace.kinds or (DEFAULT_STATE["kind"],)  # without attention there is only where it would be
    if kind not in kinds:
        kind = DEFAULT_STATE["kind"] if DEFAULT_STATE["kind"] in kinds else kinds[0]
    layers = getattr(trace, kind).shape[0]
    heads = wanted.get("heads")
    heads = heads if isinstance(heads, list | tuple) else []
    chosen = list(dict.fromkeys(head for head in heads if _counts(head, trace.n_heads)))
    pinned = wanted.get("pinned")
    sizes = {"r": len(trace.source_pieces) if kind == "encoder_self" else steps}
    sizes["c"] = steps if kind == "decoder_self" else len(trace.source_pieces)
    layer, step, threshold = wanted.get("layer"), wanted.get("step"), wanted.get("threshold")
    return {
        "kind": kind,
        "layer": layer if _counts(layer, layers) else max(0, layers - 1),
        "heads": chosen or "average",
        "step": step if _counts(step, steps) else max(0, steps - 1 - len(trace.output_specials)),
        "pinned": [pin for pin in pinned if _is_pin(pin, sizes)][:64] if isinstance(pinned, list | tuple) else [],
        "merged": wanted.get("merged") is True,
        "hidden": wanted.get("hidden") is True,
        "threshold": threshold if _counts(threshold, 101) and threshold >= 10 else DEFAULT_STATE["threshold"],
        "view": wanted.get("view") if wanted.get("view") in VIEWS else DEFAULT_STATE["view"],
    }


def _counts(value: Any, limit: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < limit


def _is_pin(pin: Any, sizes: dict[str, int]) -> bool:
    """A pin is "r" or "c" (row, column) and the position of a piece, as in "r3"."""
    if not isinstance(pin, str) or not 2 <= len(pin) <= 6 or pin[0] not in sizes:
        return False
    return pin[1:].isascii() and pin[1:].isdigit() and int(pin[1:]) < sizes[pin[0]]


@functools.cache
def view_sources(name: str = "stage") -> dict[str, str]:
    """A view's front-end sources as they lie in assets: js, css, and `assets`, its words and colours as JSON.

    What all views share (kit) stands before the view's own; js ends with a default export, the function `view`.
    """
    folder = ASSETS / "views"
    js, css = (
        "\n".join((folder / f"{part}.{suffix}").read_text("utf-8") for part in ("kit", name))
        for suffix in ("js", "css")
    )
    words = json.loads((folder / f"{name}.json").read_text("utf-8"))
    palette = json.loads((ASSETS / "palette.json").read_text("utf-8"))
    return {"js": js, "css": css, "assets": _script_json({"css": css, "words": words, "palette": palette})}


def _script_json(value: Any) -> str:
    """JSON that may stand inside a <script>: nothing in it can end the script or open a comment."""
    return _json(value).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>html, body {{ margin: 0; background: {background}; }} h1 {{ position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }} #stage {{ max-width: 1400px; margin: 0 auto; padding: 12px; box-sizing: border-box; }}</style>
</head>
<body>
<main id="stage"><h1>{title}</h1></main>
<script type="application/octet-stream" id="trace">{trace}</script>
<script type="module">
{js}
const packed = Uint8Array.from(atob(document.getElementById("trace").textContent), (character) => character.charCodeAt(0));
view({{ data: packed, parentElement: document.getElementById("stage"), key: "page" }}, {assets});
</script>
</body>
</html>
"""


def to_html(trace: Trace, language: str = "en", theme: str = "light", state: dict[str, Any] | None = None) -> str:
    """One HTML file with the stage and the Trace inside: it works from disk, offline, and asks for nothing from anywhere.

    language: of the stage's own words, "en" or "zh". theme: "light", "dark" or "auto", as the visitor's system has it;
    the page has a switch. state: what the stage shows at first (see `stage_state`).
    Raises `OptionError` for a language or theme that there is not.
    """
    sources = view_sources()
    palette = json.loads((ASSETS / "palette.json").read_text("utf-8"))
    for name, value, allowed in (
        ("language", language, ("en", "zh")),
        ("theme", theme, ("light", "dark", "auto")),
    ):
        if value not in allowed:
            raise OptionError(name=name, value=value, reason=f"choose one of {', '.join(allowed)}")
    packed = pack(trace, state=stage_state(trace, state), language=language, theme=theme, page=True)
    return PAGE.format(
        lang="zh-Hans" if language == "zh" else "en",
        title=html.escape(f"{trace.source} → {trace.text}"),
        background=palette["light" if theme == "auto" else theme]["background"],
        trace=base64.b64encode(packed).decode(),
        js=sources["js"],
        assets=sources["assets"],
    )


# --- Numbers ------------------------------------------------------------------------------------------------------------


def to_frame(trace: Trace):
    """Every weight as one row of a pandas DataFrame: kind, layer, head, row, column, reads, predicts, key, weight, spelled.

    Layers, heads, rows and columns count from 0. `reads` is the piece that the row's query reads, `predicts` the piece
    it predicts ("" in the encoder, which predicts nothing), `key` the piece that the column stands for. Only cells that
    may be attended to are listed: in decoder_self those with column <= row; what the causal mask covers is left out.
    Each (kind, layer, head, row) sums to 1. A byte is named by the character that it spells, 𠮷₂ for the second one of
    𠮷, and `spelled` says which of the three are bytes, parted by spaces: "" for none, "reads key".
    """
    import pandas as pd

    source, read, written = (
        np.array(pieces, dtype=object) for pieces in (trace.source_labels, trace.input_labels, trace.output_labels)
    )
    spelled = {side: np.zeros(len(labels), bool) for side, labels in (("source", source), ("read", read))}
    spelled |= {"written": np.zeros(len(written), bool), "nothing": np.zeros(len(source), bool)}
    spelled["source"][list(trace.source_spelled)] = True
    spelled["written"][list(trace.output_spelled)] = True
    spelled["read"][1:] = spelled["written"][:-1]
    nothing = np.full(len(source), "", dtype=object)
    sides = {"source": source, "read": read, "written": written, "nothing": nothing}
    axes = {
        "encoder_self": ("source", "nothing", "source"),
        "decoder_self": ("read", "written", "read"),
        "cross": ("read", "written", "source"),
    }
    frames = []
    for kind, names in axes.items():
        reads, predicts, keys = (sides[name] for name in names)
        bytes_of = [spelled[name] for name in names]
        weights = getattr(trace, kind)
        rows, columns = np.nonzero(_allowed(trace, kind))
        layers, heads = (index.ravel() for index in np.indices(weights.shape[:2]))
        maps = len(layers)
        frames.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "layer": np.repeat(layers, len(rows)),
                    "head": np.repeat(heads, len(rows)),
                    "row": np.tile(rows, maps),
                    "column": np.tile(columns, maps),
                    "reads": np.tile(reads[rows], maps),
                    "predicts": np.tile(predicts[rows], maps),
                    "key": np.tile(keys[columns], maps),
                    "weight": weights[..., rows, columns].ravel(),
                    "spelled": np.tile(_which_bytes(*bytes_of)[rows, columns], maps),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _which_bytes(reads: np.ndarray, predicts: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Which names of a cell are those of bytes, in words. bool (rows,), (rows,), (columns,) -> object (rows, columns)"""
    words = [" ".join(np.array(("reads", "predicts", "key"))[[bool(code & 4), bool(code & 2), bool(code & 1)]])
             for code in range(8)]  # fmt: skip
    codes = (reads * 4 + predicts * 2)[:, None] + keys * 1
    return np.array(words, dtype=object)[codes]


def to_csv(trace: Trace) -> str:
    """`to_frame` as CSV with a header line and all digits of each weight.

    A piece that a spreadsheet would run as a formula (several characters from = + - or @ on) is written with ' before
    it; everything else stands as it is.
    """
    frame = to_frame(trace)
    for column in ("reads", "predicts", "key"):
        risky = {piece: f"'{piece}" for piece in frame[column].unique() if _is_formula(piece)}
        frame[column] = frame[column].replace(risky) if risky else frame[column]
    frame["weight"] = [repr(weight) for weight in frame["weight"].to_numpy(np.float64).tolist()]
    return frame.to_csv(index=False, lineterminator="\n")


def _is_formula(piece: str) -> bool:
    return len(piece) > 1 and piece[0] in "=+-@"


# --- The whole Trace in a file ------------------------------------------------------------------------------------------


def save(trace: Trace, path: str | Path) -> None:
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


def load(path: str | Path) -> Trace:
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
    return OptionError(name="path", value=path.name, reason="its name must end with .npz or .json")


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
    _need(all(_counts(position, source) for position in unknown), "unknown")
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


def _sequence(value: Any, name: str) -> list | tuple:
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
    _need(all(len(span) == 2 and all(_counts(end, length + 1) for end in span) for span in spans), name)
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
