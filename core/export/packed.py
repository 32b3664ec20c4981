"""The packed Trace: the data of a view in the browser in few bytes, with weights as 8-bit numbers."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.checks import check_weights, is_index
from core.config import KINDS
from core.errors import OptionError
from core.records.trace import Trace
from core.spelling import next_label

SHOWN_CANDIDATES = 10

LARGE = 1_000_000
"""Bytes of weights from which they are compressed a quarter as long, to 6 % more bytes."""


MOST_WEIGHTS = 40_000_000
"""So many weights fit into one view, which opens in a few seconds: those of 24 layers, 32 heads and 128 pieces."""


def count_weights(trace: Trace, layers: Sequence[int] | None = None) -> int:
    """Return how many weights a view of these layers holds, of all by default."""
    total = 0
    for kind in KINDS:
        shape = getattr(trace, kind)[_held(trace, kind, layers)].shape
        total += int(np.prod(shape, dtype=np.int64)) // (2 if kind == "decoder_self" else 1)  # a triangle
    return total


def _held(trace: Trace, kind: str, layers: Sequence[int] | None) -> list[int] | slice:
    n_layers = len(getattr(trace, kind))
    return slice(None) if layers is None else [layer for layer in layers if layer < n_layers]


def check_layers(trace: Trace, layers: Sequence[int] | None) -> None:
    """Check that a view can hold these layers of a Trace, all of them if None.

    Raises:
        OptionError: If there is no such layer, or the layers have more than MOST_WEIGHTS weights.
    """
    for layer in layers or ():
        if not is_index(layer, trace.n_layers):
            raise OptionError(name="layers", value=layer, cause="layer_index", first=0, last=trace.n_layers - 1)
    check_weights(count_weights(trace, layers), MOST_WEIGHTS, layers)


def pack(trace: Trace, layers: Sequence[int] | None = None, **view: Any) -> bytes:
    """Return the data of a Trace for a view; the same Trace and view give the same bytes.

    The format is a length of 4 bytes (little-endian), a JSON header of that length, and the weights as round(255 w),
    which is exact to 0.002: encoder_self (layers, heads, S, S), the lower triangles of decoder_self row by row (all of
    it for a run without the causal mask), and cross (layers, heads, T, S). They are a zlib stream if that is smaller.

    Args:
        trace: The Trace.
        layers: The layers that the view shows, from 0, where all are more than it holds; the view says which it has.
        **view: Entries that are added to the header, such as state, language and theme.

    Raises:
        OptionError: As `check_layers`.
    """
    check_layers(trace, layers)
    layers = None if layers is None else sorted(set(layers))
    rows, columns = np.nonzero(allowed_cells(trace, "decoder_self"))
    encoder_self, decoder_self, cross = (getattr(trace, kind)[_held(trace, kind, layers)] for kind in KINDS)
    weights = b"".join(_eight_bit(array) for array in (encoder_self, decoder_self[..., rows, columns], cross))
    compressed = zlib.compress(weights, 6 if len(weights) < LARGE else 4)
    is_smaller = len(compressed) < len(weights)
    entries = _header_entries(trace) | ({} if layers is None else {"only": layers})
    identity = hashlib.blake2s(repr(entries).encode("utf-8", "surrogatepass") + weights, digest_size=8).hexdigest()
    header = compact_json({**entries, "id": identity, "deflate": is_smaller}).encode()
    return with_view(len(header).to_bytes(4, "little") + header + (compressed if is_smaller else weights), **view)


def with_view(packed: bytes, **view: Any) -> bytes:
    """Add entries to the header of a packed Trace, so that one packed Trace can serve every visitor."""
    if not view:
        return packed
    end = 4 + int.from_bytes(packed[:4], "little")
    header = packed[4 : end - 1] + b"," + compact_json(view).encode()[1:]
    return len(header).to_bytes(4, "little") + header + packed[end:]


def packed_id(packed: bytes) -> str:
    """Return the id of a packed Trace, a hash of its content without the view."""
    return json.loads(packed[4 : 4 + int.from_bytes(packed[:4], "little")])["id"]


def compact_json(value: Any) -> str:
    """Return a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_causal(trace: Trace) -> bool:
    """Return whether no query attends to later pieces, as it can if an Intervention removed the causal mask."""
    return not np.triu(trace.decoder_self, 1).any()


def allowed_cells(trace: Trace, kind: str) -> np.ndarray:
    """Return which cells may be attended to, bool (rows, columns)."""
    shape = getattr(trace, kind).shape[2:]
    return np.tri(*shape, dtype=bool) if kind == "decoder_self" and is_causal(trace) else np.ones(shape, bool)


def _eight_bit(weights: np.ndarray) -> bytes:
    return np.rint(np.clip(weights, 0, 1) * 255).astype(np.uint8).tobytes()


def _header_entries(trace: Trace) -> dict[str, Any]:
    """Return the entries of the header that describe the Trace: pieces, words, candidates, shapes."""
    n_candidates = min(SHOWN_CANDIDATES, trace.top_probabilities.shape[1])
    probabilities = trace.top_probabilities[:, :n_candidates].astype(np.float64).round(4).tolist()
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
        **({"input_specials": trace.input_specials} if trace.input_specials != (0,) else {}),
        **_byte_entries(trace),
    }


def _candidates(trace: Trace, t: int, probabilities: list[float]) -> list[Any]:
    """Return labels and probabilities of the candidates of one step, and the pieces if they differ from the labels.

    The piece that was written has the same label as in the output, so that a view can recognize it.
    """
    pieces = trace.top_pieces[t][: len(probabilities)]
    if not trace.byte_fallback[1]:
        return [pieces, probabilities]
    before = trace.output_pieces[max(0, t - 3) : t]
    written = trace.output_pieces[t]
    labels = tuple(trace.output_labels[t] if piece == written else next_label(before, piece) for piece in pieces)
    return [labels, probabilities, pieces] if labels != pieces else [pieces, probabilities]


def _byte_entries(trace: Trace) -> dict[str, Any]:
    """Return the entries of the header that concern bytes, {} for a vocabulary without byte fallback.

    "bytes" says that candidates may be bytes. If there are bytes in the Trace, "spelled" has these pieces by position
    and the characters that they spell, and "texts" the text that each piece adds.
    """
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
