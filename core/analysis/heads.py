"""Measurements of heads: every function takes a Trace and a kind, and returns a value for each layer and head.

All are float64 (layers, heads), averages over the queries of one sentence, and include specials unless they say
otherwise. Removed heads, whose weights are 0, have the value NaN. In self-attention queries and keys are positions of
the same pieces; in cross-attention they are not. Each function raises `OptionError` for a kind that does not exist, or
for which it is not defined.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from core.analysis.view import merge, words_read
from core.config import KINDS
from core.errors import OptionError
from core.intervention import Intervention
from core.records.trace import Span, Trace

SELF = KINDS[:2]

OFFSETS = {"previous": -1, "next": 1, "same": 0}
"""Names of the pieces beside a query's own, with their distance to it."""

ROLES = ("previous", "next", "same", "near", "start", "end", "aligner", "behind", "spread", "mixed")
"""The roles that `roles` gives heads; "mixed" if no threshold is reached or there are no values."""

MOST = 0.5
"""The smallest share of the queries, or of the words, with which a head has a role."""

LIFT = 1.5
"""The smallest ratio of this share to its chance level (see `chances`). The level is high at the beginning of an
output, where half of the few visible keys are neighbours."""

EVEN = 0.85
"""The smallest share of the largest possible entropy with which a head has the role "spread"."""


def _check_kind(kind: str, kinds: tuple[str, ...] = KINDS) -> None:
    if kind not in kinds:
        raise OptionError(name="kind", value=kind, cause="choices", choices=", ".join(kinds))


def _weights(trace: Trace, kind: str, kinds: tuple[str, ...] = KINDS) -> np.ndarray:
    """Return the weights in double precision, (layers, heads, rows, keys).

    Each row is rescaled to sum to 1; rows without weight are NaN.
    """
    _check_kind(kind, kinds)
    weights = getattr(trace, kind).astype(np.float64)
    if 0 in weights.shape[2:]:  # of an encoder alone, or a decoder alone
        raise OptionError(name="kind", value=kind, cause="no_kind", model=trace.model)
    sums = weights.sum(-1, keepdims=True)
    return np.divide(weights, sums, out=np.full_like(weights, np.nan), where=sums > 0)


def _visible_keys(trace: Trace, kind: str) -> np.ndarray:
    """Return which keys are visible to each query, bool (rows, keys).

    In the decoder these are the query's own position and those before it, unless an Intervention removed the causal
    mask. Source pieces that an Intervention masked are not visible.
    """
    change = trace.intervention or Intervention()
    shape = getattr(trace, kind).shape[-2:]
    causal = kind == "decoder_self" and change.causal
    visible = np.tri(*shape, dtype=np.bool_) if causal else np.ones(shape, np.bool_)
    if kind != "decoder_self":
        visible[:, list(change.masked_source)] = False
    return visible


def _mean(rows: np.ndarray) -> np.ndarray:
    """Return the mean over queries, (…) for (…, rows); NaN if there are no queries."""
    return rows.mean(-1) if rows.shape[-1] else np.full(rows.shape[:-1], np.nan)


def _entropies(weights: np.ndarray) -> np.ndarray:
    """Return the entropy of distributions along the last axis, in bits, with 0 log 0 = 0."""
    logs = np.log2(weights, out=np.zeros_like(weights), where=~(weights <= 0))  # NaN stays NaN
    return np.maximum(-(weights * logs).sum(-1), 0.0)


def entropy(trace: Trace, kind: str) -> np.ndarray:
    """Compute the entropy of a query's weights in bits: 0 for all weight on one key, log2 n for equal weight on n."""
    return _mean(_entropies(_weights(trace, kind)))


def spread(trace: Trace, kind: str) -> np.ndarray:
    """Compute the entropy as a share of its maximum, 0 to 1, without queries that see a single key."""
    entropies = _entropies(_weights(trace, kind))
    largest = np.log2(_visible_keys(trace, kind).sum(-1))  # (rows,)
    return _mean(entropies[..., largest > 0] / largest[largest > 0])


def _key_words(trace: Trace, kind: str) -> list[Span]:
    return words_read(trace) if kind == "decoder_self" else list(trace.source_words)


def top_word_share(trace: Trace, kind: str) -> np.ndarray:
    """Compute the share of a query's weight on its most attended word, 0 to 1; the pieces of a word count together."""
    weights = _weights(trace, kind)
    rows = [(i, i + 1) for i in range(weights.shape[-2])]
    return _mean(merge(weights, rows, _key_words(trace, kind)).max(-1))


def on_specials(trace: Trace, kind: str) -> np.ndarray:
    """Compute the share of weight on specials, 0 to 1: on </s> of the source, in masked self-attention on <s>."""
    keys = trace.input_specials if kind == "decoder_self" else trace.source_specials
    return _mean(_weights(trace, kind)[..., list(keys)].sum(-1))


def on_end(trace: Trace, kind: str) -> np.ndarray:
    """Compute the share of weight on the source's </s>, 0 to 1; not for masked self-attention, which reads no </s>."""
    return _mean(_weights(trace, kind, ("encoder_self", "cross"))[..., trace.source_specials].sum(-1))


def offset_share(trace: Trace, kind: str, offset: int) -> np.ndarray:
    """Compute the share of weight on the key at this offset from the query, 0 to 1, in self-attention.

    Averaged over the queries for which this key exists and is visible; NaN if there are none, as for the next piece
    under the causal mask.

    Args:
        trace: The Trace.
        kind: A kind of self-attention.
        offset: -1 for the previous piece, 0 for the same position, 1 for the next piece.
    """
    weights, visible = _weights(trace, kind, SELF), _visible_keys(trace, kind)
    rows = [i for i in range(len(visible)) if 0 <= i + offset < len(visible) and visible[i, i + offset]]
    return _mean(weights[..., rows, [i + offset for i in rows]])


def _peaks(trace: Trace, kind: str) -> np.ndarray:
    """Return 1 at the key with each query's heaviest weight, shared between equal ones: (layers, heads, rows, keys)."""
    weights = _weights(trace, kind)
    heaviest = weights.max(-1, keepdims=True, initial=0.0)
    peaks = np.where(np.isnan(weights), np.nan, (weights >= heaviest * (1 - 1e-6)).astype(float))
    return peaks / peaks.sum(-1, keepdims=True)


def _places(trace: Trace, kind: str) -> dict[str, tuple[np.ndarray, list[int]]]:
    """Return, by name, the keys whose peaks define a role, bool (rows, keys), and the queries that count.

    In self-attention queries on a special or next to one do not count: for them the special would be a neighbour, and
    attention to the special would be taken for attention to the previous or next piece.
    """
    visible = _visible_keys(trace, kind)
    row, key = (np.arange(n) for n in visible.shape)
    offset = key - row[:, None]
    special = list(trace.input_specials if kind == "decoder_self" else trace.source_specials)
    on_special = np.zeros(visible.shape, bool)
    on_special[:, special] = True
    named = {"start" if kind == "decoder_self" else "end": on_special}
    rows = row.tolist()
    if kind in SELF:
        rows = [i for i in rows if all(abs(i - s) > 1 for s in special)]
        named |= {name: offset == distance for name, distance in OFFSETS.items()} | {"near": np.abs(offset) <= 1}
    return {name: (keys & visible, [i for i in rows if (keys & visible)[i].any()]) for name, keys in named.items()}


def peak_shares(trace: Trace, kind: str) -> dict[str, np.ndarray]:
    """Compute the share of queries whose heaviest weight is on certain keys, 0 to 1, by the name of these keys.

    In self-attention the names are "previous", "next", "same" and "near" (any of these three). They are counted over
    the queries for which such a key exists and is visible, without those on a special or next to one. In masked
    self-attention "start" is <s>, over the same queries; otherwise "end" is the source's </s>, in cross-attention over
    all queries. Equally heavy keys share a query. The value is NaN if no query counts.

    Source:
        Voita et al. 2019, section 5.1.
    """
    peaks = _peaks(trace, kind)
    return {
        f"peak_{name}": _mean(np.where(keys, peaks, 0 * peaks).sum(-1)[..., rows])  # 0 * NaN stays NaN
        for name, (keys, rows) in _places(trace, kind).items()
    }


def chances(trace: Trace, kind: str) -> dict[str, float]:
    """Compute the chance level of `peak_shares`: the heaviest weight is on each visible key equally often."""
    _check_kind(kind)
    visible = _visible_keys(trace, kind)
    return {
        f"peak_{name}": float(_mean((keys.sum(-1) / np.maximum(visible.sum(-1), 1))[rows]))
        for name, (keys, rows) in _places(trace, kind).items()
    }


def diagonality(trace: Trace, kind: str) -> np.ndarray:
    """Compute how close to the diagonal the weight is: 1 on it, 0 as for equal weight on all visible keys, or negative.

    It is 1 - D / D_equal, where D is the weighted mean distance |row / (rows - 1) - key / (keys - 1)|, averaged over
    queries, and D_equal the same for equal weights. It is NaN if all visible keys are on the diagonal.
    """
    weights, visible = _weights(trace, kind), _visible_keys(trace, kind)
    row, key = (np.arange(n) / max(n - 1, 1) for n in visible.shape)
    distance = np.abs(row[:, None] - key)  # (rows, keys)
    mean_of_equal = _mean((distance * visible).sum(-1) / np.maximum(visible.sum(-1), 1))
    mean = _mean((weights * distance).sum(-1))
    return 1 - mean / mean_of_equal if mean_of_equal > 0 else np.full(mean.shape, np.nan)


def divergence(trace: Trace, kind: str) -> np.ndarray:
    """Compute the mean Jensen-Shannon divergence of a head from the others of its layer, in bits.

    JSD(p, q) = H((p + q) / 2) - (H(p) + H(q)) / 2 of two heads' weights for the same query is 0 for equal and 1 for
    disjoint weights. It is averaged over queries and over the layer's other heads that have weights, and NaN if there
    are none. The mean over a layer's heads is that over all pairs of its heads.

    Source:
        Lin 1991.
    """
    weights = _weights(trace, kind)
    entropies = _entropies(weights)  # (layers, heads, rows)
    pairs = np.full((*weights.shape[:2], weights.shape[1]), np.nan)
    for head in range(weights.shape[1]):
        of_mixture = _entropies((weights[:, head : head + 1] + weights) / 2)
        pairs[:, head] = _mean(np.maximum(of_mixture - (entropies[:, head : head + 1] + entropies) / 2, 0.0))
        pairs[:, head, head] = np.nan  # a head is not compared with itself
    has_value = ~np.isnan(pairs)
    total, count = np.where(has_value, pairs, 0).sum(-1), has_value.sum(-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _attended_words(trace: Trace, kind: str = "cross") -> np.ndarray:
    """Return the source word that each output word attends to most, int (layers, heads, output words); -1 if none."""
    merged = merge(_weights(trace, kind, ("cross",)), trace.output_words, trace.source_words)
    return np.where(np.isnan(merged).any(-1), -1, np.nan_to_num(merged).argmax(-1))


def agreement(trace: Trace, alignment: Collection[tuple[int, int]]) -> np.ndarray:
    """Compute the agreement of cross-attention with a word alignment, 0 to 1.

    It is the share of aligned output words that attend most to a word that they are aligned with. The query of a word
    is the one that predicts it. The value is NaN for an empty alignment.

    Args:
        trace: The Trace.
        alignment: Pairs (output word, source word), as indices of `trace.output_words` and `trace.source_words`.

    Raises:
        OptionError: If a word of the alignment does not exist.
    """
    sizes = (len(trace.output_words), len(trace.source_words))
    pairs = np.zeros(sizes, bool)
    for pair in alignment:
        fits = isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(i, int | np.integer) for i in pair)
        if not fits or not all(0 <= i < size for i, size in zip(pair, sizes, strict=True)):
            raise OptionError(name="alignment", value=str(pair)[:80], cause="no_word")
        pairs[tuple(pair)] = True
    attended = _attended_words(trace)
    rows = np.flatnonzero(pairs.any(1))
    hits = np.where(attended[..., rows] < 0, np.nan, pairs[rows, attended[..., rows]].astype(float))
    return _mean(hits)


def behind(trace: Trace, alignment: Collection[tuple[int, int]]) -> np.ndarray:
    """Compute the agreement of cross-attention with a word alignment one word late, 0 to 1.

    It is the share of aligned output words whose source word is attended to most by the query after theirs, which reads
    them. Words whose successor is aligned with the same source word do not count. The value is NaN if no word counts.

    Args:
        trace: The Trace.
        alignment: As for `agreement`.

    Raises:
        OptionError: If a word of the alignment does not exist.
    """
    agreement(trace, alignment)  # raises if a word does not exist
    pairs = {(int(output), int(source)) for output, source in alignment}
    after = {(output + 1, source) for output, source in pairs if output + 1 < len(trace.output_words)}
    return agreement(trace, after - pairs)


def distinct_words(trace: Trace) -> np.ndarray:
    """Compute how many different source words cross-attention attends to, as a share of the largest number, 0 to 1.

    It is the number of source words that an output word attends to most, divided by the smaller of the numbers of words
    on both sides; </s> does not count. It is 1 for a head that attends to another word for each output word, as a
    one-to-one alignment does, and NaN without words.
    """
    attended = _attended_words(trace)
    specials = {index for index, (start, _) in enumerate(trace.source_words) if start in trace.source_specials}
    rows = [index for index, (start, _) in enumerate(trace.output_words) if start not in trace.output_specials]
    largest = min(len(rows), len(trace.source_words) - len(specials))
    shares = np.full(attended.shape[:2], np.nan)
    for layer, head in np.ndindex(shares.shape):
        words = attended[layer, head, rows]
        if largest and (words >= 0).all():
            shares[layer, head] = len(set(words.tolist()) - specials) / largest
    return shares


def measures(trace: Trace, kind: str, alignment: Collection[tuple[int, int]] | None = None) -> dict[str, np.ndarray]:
    """Compute all measurements that are defined for this kind, each (layers, heads), by name."""
    values = {
        "entropy": entropy(trace, kind),
        "spread": spread(trace, kind),
        "top_word_share": top_word_share(trace, kind),
        "on_specials": on_specials(trace, kind),
        "diagonality": diagonality(trace, kind),
        "divergence": divergence(trace, kind),
    }
    if kind in SELF:
        values |= {name: offset_share(trace, kind, offset) for name, offset in OFFSETS.items()}
    if kind != "decoder_self":
        values["end"] = on_end(trace, kind)
    values |= peak_shares(trace, kind)
    if kind == "cross":
        values["distinct_words"] = distinct_words(trace)
        if alignment is not None:
            values |= {"agreement": agreement(trace, alignment), "behind": behind(trace, alignment)}
    return values


def role_measures(
    trace: Trace, kind: str, alignment: Collection[tuple[int, int]] | None = None
) -> dict[str, np.ndarray]:
    """Compute those of the `measures` that `name_roles` looks at, which takes half the time."""
    values = {"spread": spread(trace, kind), **peak_shares(trace, kind)}
    if kind == "cross" and alignment is not None:
        values |= {"agreement": agreement(trace, alignment), "behind": behind(trace, alignment)}
    elif kind == "cross":
        values |= {"top_word_share": top_word_share(trace, kind), "distinct_words": distinct_words(trace)}
    return values


def roles(trace: Trace, kind: str, alignment: Collection[tuple[int, int]] | None = None) -> tuple[tuple[str, ...], ...]:
    """Return the role of each head in one sentence, one of ROLES, [layer][head], by the rules of `name_roles`."""
    return name_roles(role_measures(trace, kind, alignment), chances(trace, kind))


def name_roles(values: Mapping[str, np.ndarray], chance: Mapping[str, float]) -> tuple[tuple[str, ...], ...]:
    """Return the role of each head, one of ROLES, [layer][head].

    - previous, next, same, start, end: the heaviest weight is there for at least MOST of the queries, and at least LIFT
      times as often as by chance (after Voita et al. 2019, section 5.1, whose threshold is 90 %).
    - aligner, behind (cross-attention): `agreement` or `behind` is at least MOST. Without an alignment, aligner means
      that `top_word_share` and `distinct_words` are at least MOST.
    - If several of these apply, the largest share decides.
    - Otherwise near, by the first rule; otherwise spread, if `spread` is at least EVEN; otherwise mixed.

    Args:
        values: The `measures` or `role_measures` of a sentence, or their means over many.
        chance: The `chances` of the same sentence or sentences.
    """

    def role(at: tuple[int, int]) -> str:
        def share(name: str) -> float:
            value = values[name][at] if name in values else np.nan
            return value if value >= max(MOST, LIFT * chance.get(name, 0.0)) else 0.0  # 0 for NaN too

        shares = {name: share(f"peak_{name}") for name in ("previous", "next", "same", "start", "end")}
        if "agreement" in values:
            shares |= {"aligner": share("agreement"), "behind": share("behind")}
        elif "distinct_words" in values:
            shares["aligner"] = min(share("top_word_share"), share("distinct_words"))
        best = max(shares, key=lambda name: shares[name])
        if shares[best] > 0:
            return best
        if share("peak_near") > 0:
            return "near"
        return "spread" if values["spread"][at] >= EVEN else "mixed"

    layers, heads = values["spread"].shape
    return tuple(tuple(role((layer, head)) for head in range(heads)) for layer in range(layers))
