"""The file with what every head of a model does over a corpus: JSON, in the model's folder."""

from __future__ import annotations

import base64
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.analysis.heads import ROLES
from core.checks import is_index
from core.config import KINDS
from core.errors import DamagedModelError
from core.records.corpus_heads import BANDS, MOST_CELLS, CorpusHead, CorpusHeads, CorpusText, HeadExample, PieceShare
from core.zoo import CORPUS_HEADS, find_folder, read_card

LARGEST = 32 * 2**20
"""The largest size of a file in bytes."""

COUNT = 10**9
"""A bound above every number of sentences and of pieces."""

NUMBERS = ("activation", "distance", "offset", "importance", "agreement")


def write_corpus_heads(path: Path, found: CorpusHeads) -> None:
    """Write the heads over a corpus to a JSON file, which `read_corpus_heads` reads; equal records give equal bytes."""
    heads = [
        {
            "kind": head.kind,
            "layer": head.layer,
            "head": head.head,
            "role": head.role,
            **{name: None if math.isnan(getattr(head, name)) else getattr(head, name) for name in NUMBERS},
            "histogram": head.histogram.tolist(),
            "attended": head.attended,
            "attending": head.attending,
            "strongest": [_written(example) for example in head.strongest],
            "samples": [[_written(example) for example in band] for band in head.samples],
        }
        for head in found.heads
    ]
    values = {
        "sentences": found.sentences,
        "importance_sentences": found.importance_sentences,
        "texts": found.texts,
        "heads": heads,
    }
    new = path.with_suffix(".new")
    text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    new.write_text(text.replace('{"kind"', '\n{"kind"') + "\n", encoding="utf-8")
    new.replace(path)


def read_corpus_heads(name: str | os.PathLike[str]) -> CorpusHeads | None:
    """Read what every head of a model does over a corpus; None if its folder holds no such file.

    The file is untrusted: types, sizes and ranges are checked, and that it has the heads that the model has.

    Args:
        name: The name of a shipped model, or the path of a model's folder.

    Raises:
        UnknownModelError: If there is no such folder.
        DamagedModelError: If the file is damaged, or of another model; or if the model's card is damaged.
    """
    folder = find_folder(name)
    path = folder / CORPUS_HEADS
    if not path.is_file():
        return None
    config = read_card(folder).config
    expected = [
        (kind, layer, head)
        for kind in KINDS
        for layer in range(config.attention_layers(kind))
        for head in range(config.n_heads)
    ]
    try:
        _require(path.stat().st_size <= LARGEST, "it is larger than any such file")
        found = _read(json.loads(path.read_text(encoding="utf-8")))
        _require([(h.kind, h.layer, h.head) for h in found.heads] == expected, "it is of another model")
    except Exception as error:  # a hostile file can make a reader raise anything
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=CORPUS_HEADS) from error
    return found


def _read(values: Any) -> CorpusHeads:
    """Return the record of a file's content.

    Raises:
        Exception: If it does not fit together.
    """
    _require(set(values) == {"sentences", "importance_sentences", "texts", "heads"}, "parts are missing or added")
    texts = tuple(map(_corpus_text, _list(values["texts"])))
    sentences, measured = _count(values["sentences"]), _count(values["importance_sentences"])
    _require(len(texts) <= sentences and measured <= sentences, "it has more examples than sentences")
    heads = tuple(_read_head(head, texts, sentences) for head in _list(values["heads"]))
    return CorpusHeads(sentences, measured, texts, heads)


def _corpus_text(values: Any) -> CorpusText:
    source, output, *labels = _list(values)
    source_labels, output_labels = (tuple(map(_text, _list(side))) for side in labels)
    return CorpusText(_text(source), _text(output), source_labels, output_labels)


def _read_head(values: Any, texts: Sequence[CorpusText], sentences: int) -> CorpusHead:
    parts = {"kind", "layer", "head", "role", "histogram", "attended", "attending", "strongest", "samples", *NUMBERS}
    _require(set(values) == parts, "parts of a head are missing or added")
    _require(values["kind"] in KINDS and values["role"] in ROLES, "a head has an unknown kind or role")
    histogram = [_count(value) for value in _list(values["histogram"])]
    _require(len(histogram) == BANDS and sum(histogram) <= sentences, "a histogram does not fit")
    kind = values["kind"]
    samples = tuple(tuple(_example(one, kind, texts) for one in _list(band)) for band in _list(values["samples"]))
    _require(len(samples) == BANDS, "bands are missing")
    numbers = {name: np.nan if values[name] is None else _number(values[name]) for name in NUMBERS}
    for name in ("activation", "agreement"):
        _require(not numbers[name] < 0 and not numbers[name] > 1.001, f"{name} is out of range")
    _require(not numbers["distance"] < 0, "a distance is below 0")
    return CorpusHead(
        kind=values["kind"],
        layer=_count(values["layer"]),
        head=_count(values["head"]),
        role=values["role"],
        histogram=np.array(histogram, np.int64),
        attended=_pieces(values["attended"]),
        attending=_pieces(values["attending"]),
        strongest=tuple(_example(one, kind, texts) for one in _list(values["strongest"])),
        samples=samples,
        **numbers,
    )


def _written(example: HeadExample) -> list[Any]:
    return [*example[:-1], base64.b64encode(example.weights).decode()]


def _example(values: Any, kind: str, texts: Sequence[CorpusText]) -> HeadExample:
    sentence, activation, query, key, weight, packed = _list(values)
    _require(is_index(sentence, len(texts)), "an example has no sentence")
    queries, keys = texts[sentence].labels(kind)
    _require(is_index(query, len(queries)) and is_index(key, len(keys)), "an example names a piece that is not there")
    weights = base64.b64decode(_text(packed), validate=True)
    cells = len(queries) * len(keys)
    _require(len(weights) == (cells if cells <= MOST_CELLS else 0), "weights do not fit the pieces")
    if weights:
        rows = np.frombuffer(weights, np.uint8).reshape(len(queries), len(keys)).astype(int)
        _require(np.abs(rows.sum(-1) - 255).max() <= len(keys), "weights do not sum to 1")  # each is rounded
        _require(abs(rows[query, key] - 255 * _share(weight)) <= 1, "the heaviest weight is another one")
    return HeadExample(sentence, _share(activation), query, key, _share(weight), weights)


def _pieces(values: Any) -> tuple[PieceShare, ...]:
    return tuple(PieceShare(_text(piece), _share(value), _count(times)) for piece, value, times in _list(values))


def _list(value: Any) -> Sequence[Any]:
    _require(isinstance(value, list), "parts are missing")
    return value


def _text(value: Any) -> str:
    _require(isinstance(value, str), "a text is none")
    value.encode()  # raises for a lone surrogate
    return value


def _count(value: Any) -> int:
    _require(is_index(value, COUNT), "a count is none")
    return int(value)


def _number(value: Any) -> float:
    _require(isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value), "no number")
    return float(value)


def _share(value: Any) -> float:
    _require(0 <= _number(value) <= 1.001, "a share is out of range")
    return float(value)


def _require(fits: bool, reason: str) -> None:
    if not fits:
        raise ValueError(reason)
