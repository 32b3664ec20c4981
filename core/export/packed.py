"""The packed Trace: what a view in the browser draws, as few bytes, weights as 8-bit numbers."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

import numpy as np

from core.records.trace import Trace
from core.spelling import next_label

SHOWN_CANDIDATES = 10


def pack(trace: Trace, **view: Any) -> bytes:
    """All that a view of the Trace draws, as bytes: a length of 4 bytes (little-endian), a JSON header of that length, and
    the weights.

    The weights are round(255 w), at most 0.002 off: encoder_self (layers, heads, S, S), the lower triangles of
    decoder_self row by row (all of it for a run without the causal mask), cross (layers, heads, T, S), as a zlib stream
    where that is smaller. `view` (state, language, theme) goes into the header as it is. The same Trace and view give
    the same bytes.
    """
    rows, columns = np.nonzero(allowed_cells(trace, "decoder_self"))
    triangles = trace.decoder_self[..., rows, columns]
    weights = b"".join(_eight_bit(array) for array in (trace.encoder_self, triangles, trace.cross))
    squeezed = zlib.compress(weights, 6)
    small = len(squeezed) < len(weights)
    described = _described(trace)
    identity = hashlib.blake2s(repr(described).encode("utf-8", "surrogatepass") + weights, digest_size=8).hexdigest()
    header = compact_json({**described, "id": identity, "deflate": small}).encode()
    return with_view(len(header).to_bytes(4, "little") + header + (squeezed if small else weights), **view)


def with_view(packed: bytes, **view: Any) -> bytes:
    """The same packed Trace with more in its header, so that one packed Trace can serve every visitor."""
    if not view:
        return packed
    end = 4 + int.from_bytes(packed[:4], "little")
    header = packed[4 : end - 1] + b"," + compact_json(view).encode()[1:]
    return len(header).to_bytes(4, "little") + header + packed[end:]


def packed_id(packed: bytes) -> str:
    """The name by which a view knows a packed Trace: the same for the same Trace only."""
    return json.loads(packed[4 : 4 + int.from_bytes(packed[:4], "little")])["id"]


def compact_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_causal(trace: Trace) -> bool:
    """Whether no query reads what comes after it. Without the causal mask, in an experiment, it may."""
    return not np.triu(trace.decoder_self, 1).any()


def allowed_cells(trace: Trace, kind: str) -> np.ndarray:
    """Which cells may be attended to, bool (rows, columns)."""
    shape = getattr(trace, kind).shape[2:]
    return np.tri(*shape, dtype=bool) if kind == "decoder_self" and is_causal(trace) else np.ones(shape, bool)


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
        "causal": is_causal(trace),
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
