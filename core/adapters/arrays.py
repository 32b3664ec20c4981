"""A Trace from arrays of attention weights and tokens of any program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from core.adapters.tokens import JOINS, UNKNOWNS, candidate, guess_join, is_unspaced, looks_special, to_pieces
from core.checks import quoted
from core.config import KINDS
from core.errors import OptionError
from core.intervention import Intervention
from core.records.trace import Span, Trace
from core.request import FORCED, SAMPLE, STRATEGIES, Request
from core.spelling import WORD_START, is_byte, spell
from core.text import word_spans

TOLERANCE = 0.02
"""How far the sum of a row may be from 1. A weight in bfloat16 has a relative error of up to 1/256."""

LARGEST_WEIGHT = 1.001
AXES = {
    "encoder_self": ("source_tokens", "source_tokens"),
    "decoder_self": ("output_tokens", "output_tokens"),
    "cross": ("output_tokens", "source_tokens"),
}
"""The tokens of the queries and of the keys of each kind."""


def from_arrays(
    source_tokens: Sequence[str] = (),
    output_tokens: Sequence[str] = (),
    cross: Any = None,
    encoder_self: Any = None,
    decoder_self: Any = None,
    model: str = "model",
    *,
    start: str = "<s>",
    specials: Collection[str] | None = None,
    join: str | None = None,
    languages: tuple[str, str] = ("und", "und"),
    source: str | None = None,
    text: str | None = None,
    strategy: str = FORCED,
    probabilities: Any = None,
    top: Sequence[Sequence[tuple[str, float]]] | None = None,
    request: Request | None = None,
    intervention: Intervention | None = None,
) -> Trace:
    """Build a Trace from the attention weights of any model. One of the three kinds of attention is enough.

    Weights are NumPy arrays, tensors of torch or another library, or nested lists: a 4-dimensional array (layers,
    heads, queries, keys), or a list or tuple with an array (heads, queries, keys) for each layer. Each layer may have a
    batch axis of 1 in front. What `generate` of `transformers` returns, a tuple of layers for each step, is put in
    order. Rows may sum to anything from 0.98 to 1.02, as they do in bfloat16; they are not rescaled.

    All kinds and layers must have the same number of heads. Where they differ, make a Trace of each kind, or leave
    layers out. The numbers of layers of the kinds may differ. What is inferred from the tokens stands in
    `Trace.guesses`. A file of a Trace holds 512 MiB at most, less than 24 layers, 32 heads and 512 pieces take.

    Args:
        source_tokens: S tokens of the source, specials included, without padding. () if there is no encoder.
        output_tokens: T tokens of the output without the start token, specials included. () if there is no decoder.
        cross: Weights of cross-attention, (layers, heads, T, S).
        encoder_self: Weights of encoder self-attention, (layers, heads, S, S).
        decoder_self: Weights of decoder self-attention, (layers, heads, T, T). Row t reads the start token or
            output_tokens[t - 1], and predicts output_tokens[t].
        model: The model's name.
        start: The token that the decoder reads first.
        specials: The tokens that are specials, wherever they stand; by default those that look like one: </s>, [SEP],
            <|endoftext|>, en_XX.
        join: One of `core.adapters.tokens.JOINS`, how tokens join to words; by default by the signs ▁, Ġ, ##, </w>, @@.
        languages: ISO 639 codes of source and output; "und" if they are not known.
        source: The source text; by default the tokens joined.
        text: The output text; by default the tokens joined.
        strategy: How the output was found: "greedy", "beam", "sample", or "forced" for a given one.
        probabilities: The probability of each output token, (T,), if they are known.
        top: For each step the most probable tokens with their probabilities, best first, if they are known.
        request: The request of the run, if there was one.
        intervention: The changes to the model in the run, if there were any. Heads that it set to 0 may have rows of 0.

    Raises:
        OptionError: If an array does not fit the tokens, if its rows are no attention weights, or if nothing is given.
    """
    sides = {
        "source_tokens": _tokens(source_tokens, "source_tokens"),
        "output_tokens": _tokens(output_tokens, "output_tokens"),
    }
    given = {"encoder_self": encoder_self, "decoder_self": decoder_self, "cross": cross}
    if all(value is None for value in given.values()):
        raise OptionError(name="cross", value=None, cause="no_attention")
    silent = {head for head, mode in intervention.ablate.items() if mode == "zero"} if intervention else set()
    weights = {name: _weights(name, value, sides, silent) for name, value in given.items() if value is not None}
    first = next(iter(weights))
    heads = weights[first].shape[1]
    for name, value in weights.items():
        if value.shape[1] != heads:
            values = {"layer": 0, "size": value.shape[1], "other": first, "count": heads}
            raise OptionError(name=name, value=_shape(value), cause="heads", **values)
    source_pieces, output_pieces = sides.values()
    sizes = {name: tuple(len(sides[side]) for side in AXES[name]) for name in KINDS}
    weights |= {name: np.zeros((0, heads, *sizes[name]), np.float32) for name in KINDS if name not in weights}

    guesses = []
    if specials is None:
        is_special: Callable[[str], bool] = looks_special
        found = dict.fromkeys(token for token in (*source_pieces, start, *output_pieces) if looks_special(token))
        guesses.append(f"specials={' '.join(found) or 'none'}")
    else:
        is_special = set(specials).__contains__
    source_specials = tuple(i for i, token in enumerate(source_pieces) if is_special(token))
    output_specials = tuple(i for i, token in enumerate(output_pieces) if is_special(token))
    input_specials = tuple(
        i for i, token in enumerate((start, *output_pieces)[: len(output_pieces)]) if is_special(token)
    )
    _choice("strategy", strategy, (*STRATEGIES, SAMPLE, FORCED))
    if join is None:
        plain = [token for token in (*source_pieces, *output_pieces) if not is_special(token)]
        join = guess_join(plain)
        guesses.append(f"join={join}")
    _choice("join", join, JOINS)

    unknown = tuple(i for i, token in enumerate(source_pieces) if token in UNKNOWNS)
    source_pieces = to_pieces(source_pieces, source_specials, join)
    raw_output, output_pieces = output_pieces, to_pieces(output_pieces, output_specials, join)
    first_read = start if is_special(start) else to_pieces([start], (), join)[0]
    bytes_of = tuple(
        join in ("sentencepiece", "bpe") and any(map(is_byte, side)) for side in (source_pieces, output_pieces)
    )
    spoken = (*([0] if is_special(start) or not output_pieces else []), *(i + 1 for i in output_specials))
    chosen = _probabilities(probabilities, len(output_pieces))
    top_pieces, top_probabilities = _top(top, raw_output, output_pieces, join)
    return Trace(
        model=model,
        source_language=languages[0],
        target_language=languages[1],
        strategy=strategy,
        source=_text(source_pieces, source_specials, bytes_of[0]) if source is None else source,
        text=_text((first_read, *output_pieces), spoken, bytes_of[1]) if text is None else text,
        source_pieces=source_pieces,
        input_pieces=(first_read, *output_pieces[:-1]) if output_pieces else (),
        output_pieces=output_pieces,
        source_words=_words(source_pieces, source_specials, languages[0], join, bytes_of[0]),
        output_words=_words(output_pieces, output_specials, languages[1], join, bytes_of[1]),
        unknown=unknown,
        finished=bool(output_pieces) and len(output_pieces) - 1 in output_specials,
        log_probabilities=chosen,
        top_pieces=top_pieces,
        top_probabilities=top_probabilities,
        intervention=intervention,
        byte_fallback=bytes_of,  # type: ignore[arg-type]  # two, of two sides
        request=request,
        specials=(source_specials, input_specials, output_specials),
        guesses=tuple(guesses),
        **weights,
    )


def _choice(name: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise OptionError(name=name, value=quoted(value), cause="choices", choices=", ".join(choices))


def _tokens(tokens: Any, name: str) -> tuple[str, ...]:
    fits = not isinstance(tokens, str | bytes) and isinstance(tokens, Sequence)
    if not fits or not all(isinstance(token, str) for token in tokens):
        raise OptionError(name=name, value=quoted(tokens), cause="tokens")
    return tuple(
        token.encode("utf-8", "replace").decode() for token in tokens
    )  # no lone surrogates, as in damaged text


def _shape(array: Any) -> str:
    return f"array {tuple(array.shape)}"


def _weights(name: str, value: Any, sides: dict[str, tuple[str, ...]], silent: set[tuple[str, int, int]]) -> np.ndarray:
    """Return the weights of one kind as float32 (layers, heads, queries, keys), checked."""
    layers = [_layer(name, i, layer) for i, layer in enumerate(_in_order(value)) if layer is not None]
    if not layers or not layers[0].shape[0]:
        raise OptionError(name=name, value="[]", cause="empty_axis")
    queries, keys = AXES[name]
    for i, layer in enumerate(layers):
        for cause, size, other in (("queries", layer.shape[1], queries), ("keys", layer.shape[2], keys)):
            if size != len(sides[other]):
                values = {"size": size, "other": other, "count": len(sides[other])}
                raise OptionError(name=name, value=_shape(layer), cause=cause, **values)
        if layer.shape[0] != layers[0].shape[0]:
            values = {"layer": i, "size": layer.shape[0], "other": f"{name}[0]", "count": layers[0].shape[0]}
            raise OptionError(name=name, value=_shape(layer), cause="heads", **values)
        if 0 in layer.shape:
            raise OptionError(name=name, value=_shape(layer), cause="empty_axis")
        _check_rows(name, i, layer, {head for kind, at, head in silent if (kind, at) == (name, i)})
    return np.stack(layers)


def _check_rows(name: str, layer: int, weights: np.ndarray, silent: set[int]) -> None:
    for cause, wrong in (
        ("finite", ~np.isfinite(weights)),
        ("negative", weights < 0),
        ("above", weights > LARGEST_WEIGHT),
    ):
        if wrong.any():
            head, *cell = (int(index) for index in np.argwhere(wrong)[0])
            weight = f"{weights[head, *cell]:.4g}"
            raise OptionError(
                name=name, value=_shape(weights), cause=cause, layer=layer, head=head,
                **({} if cause == "finite" else {"weight": weight}),
            )  # fmt: skip
    sums = weights.sum(-1, dtype=np.float64)
    sums[list(silent)] = 1
    wrong = np.abs(sums - 1) > TOLERANCE
    if wrong.any():
        head, row = (int(index) for index in np.argwhere(wrong)[0])
        values = {"layer": layer, "head": head, "row": row, "sum": f"{sums[head, row]:.4g}"}
        raise OptionError(name=name, value=_shape(weights), cause="row_sum", **values)


def to_numpy(value: Any) -> np.ndarray:
    """Return an array of any library as float32; a tensor of torch may be on any device and of any precision."""
    if hasattr(value, "detach"):  # a tensor of torch, which is not imported here
        value = value.detach().float().cpu().numpy()
    return np.asarray(value, dtype=np.float32)


def _layer(name: str, i: int, value: Any) -> np.ndarray:
    try:
        array = to_numpy(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise OptionError(name=name, value=type(value).__name__, cause="no_array", layer=i) from error
    if array.ndim == 4:
        if array.shape[0] != 1:
            raise OptionError(name=name, value=_shape(array), cause="batch", size=array.shape[0])
        array = array[0]
    if array.ndim != 3:
        raise OptionError(name=name, value=_shape(array), cause="axes", layer=i, count=array.ndim)
    return array


def _in_order(value: Any) -> Sequence[Any]:
    """Return the layers. `generate` returns a tuple of layers for each step, whose rows are put below each other."""
    if not isinstance(value, list | tuple):
        return value if getattr(value, "ndim", 0) else [value]
    if not all(isinstance(step, list | tuple) and step and getattr(step[0], "ndim", 0) == 4 for step in value):
        return value
    layers = []
    for rows in zip(*value, strict=False):
        arrays = [to_numpy(row) for row in rows]
        keys = max(array.shape[-1] for array in arrays)
        missing = [(0, 0)] * 3
        padded = [np.pad(array, [*missing, (0, keys - array.shape[-1])]) for array in arrays]  # keys yet to come
        layers.append(np.concatenate(padded, axis=-2))
    return layers


def _probabilities(values: Any, length: int) -> np.ndarray:
    """Return the log-probabilities, float32 (T,) in nats; none if they are not known."""
    if values is None:
        return np.zeros(0, np.float32)
    try:
        array = np.asarray(values.detach().float().cpu().numpy() if hasattr(values, "detach") else values, np.float64)
    except (TypeError, ValueError) as error:
        raise OptionError(name="probabilities", value=quoted(values), cause="cells") from error
    if array.shape != (length,):
        values = {"size": array.size, "other": "output_tokens", "count": length}
        raise OptionError(name="probabilities", value=_shape(array), cause="length", **values)
    _check_probabilities("probabilities", array)
    return np.log(np.maximum(array, 1e-37)).astype(np.float32)  # the smallest that float32 holds in full


def _check_probabilities(name: str, array: np.ndarray) -> None:
    wrong = ~((array >= 0) & (array <= LARGEST_WEIGHT))
    if wrong.any():
        position = int(np.argmax(wrong))
        raise OptionError(
            name=name, value=_shape(array), cause="probability", position=position, number=f"{array.flat[position]:.4g}"
        )


def _top(
    top: Any, tokens: Sequence[str], pieces: Sequence[str], join: str
) -> tuple[tuple[tuple[str, ...], ...], np.ndarray]:
    """Return the candidates of each step as pieces, and their probabilities, float32 (T, K); K is 0 if unknown."""
    if top is None:
        return tuple(() for _ in pieces), np.zeros((len(pieces), 0), np.float32)
    if len(top) != len(pieces):
        values = {"size": len(top), "other": "output_tokens", "count": len(pieces)}
        raise OptionError(name="top", value=type(top).__name__, cause="length", **values)
    rows = [list(row) for row in top]
    fits = all(len(row) == len(rows[0]) for row in rows)
    if not fits or not all(len(pair) == 2 and isinstance(pair[0], str) for row in rows for pair in row):
        raise OptionError(name="top", value=type(top).__name__, cause="candidates")
    numbers = np.array([[pair[1] for pair in row] for row in rows], np.float32).reshape(len(rows), -1)
    _check_probabilities("top", numbers)
    names = []
    for t, row in enumerate(rows):
        begins = pieces[t].startswith(WORD_START)
        names.append(tuple(pieces[t] if name == tokens[t] else candidate(name, join, begins) for name, _ in row))
    return tuple(names), numbers


def _text(pieces: Sequence[str], specials: Sequence[int], byte_fallback: bool) -> str:
    """Return the text of the pieces that are no specials."""
    texts = spell(pieces, byte_fallback).texts
    return "".join(text for i, text in enumerate(texts) if i not in specials).replace(WORD_START, " ").strip()


def _words(
    pieces: Sequence[str], specials: Sequence[int], language: str, join: str, byte_fallback: bool
) -> tuple[Span, ...]:
    """Return the words; of an unknown language, the script decides whether there are spaces between words."""
    if not pieces:
        return ()
    plain = [piece for i, piece in enumerate(pieces) if i not in specials]
    if language == "und" and is_unspaced(plain):
        language = "zh"
    return word_spans(pieces, language, specials, byte_fallback)
