"""What each head does, in numbers: every function takes a Trace and a kind, and answers for all layers and heads.

All are float64 (layers, heads), averages over the queries of one sentence, and count specials unless they say
otherwise. A query whose row is 0 (of a head that was taken away) has no answer: such a head's numbers are NaN.
"Reads" and "key" are positions of the same row of pieces in both self-attentions; in cross-attention they are not.
Each function raises `OptionError` for a kind that there is not, or that it has no meaning for.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from core.analysis.view import merge, words_read
from core.errors import OptionError
from core.trace import KINDS, Span, Trace

SELF = KINDS[:2]

ROLES = ("previous", "next", "same", "end", "aligner", "spread", "mixed")
"""What `roles` calls a head; "mixed" where no threshold is reached, or there is nothing to go by."""

MOST = 0.5
"""A head has a role when it does so with this share of its weight, or of its words."""

EVEN = 0.85
"""A head is spread when its entropy is this share of the largest that there can be."""


def _weights(trace: Trace, kind: str, kinds: tuple[str, ...] = KINDS) -> np.ndarray:
    """float64 (layers, heads, rows, keys), NaN in rows without weight, each row rescaled to sum to 1 in double."""
    if kind not in kinds:
        raise OptionError(name="kind", value=kind, reason=f"choose one of {', '.join(kinds)}")
    weights = getattr(trace, kind).astype(np.float64)
    sums = weights.sum(-1, keepdims=True)
    return np.divide(weights, sums, out=np.full_like(weights, np.nan), where=sums > 0)


def _seen(trace: Trace, kind: str) -> np.ndarray:
    """Which keys a query may see, bool (rows, keys): in the decoder itself and those before it, unless a run had no mask.

    Source pieces that an Intervention masked count as unseen.
    """
    change = trace.intervention or {}
    shape = getattr(trace, kind).shape[-2:]
    seen = np.tri(*shape, dtype=bool) if kind == "decoder_self" and change.get("causal", True) else np.ones(shape, bool)
    if kind != "decoder_self":
        seen[:, change.get("masked_source", [])] = False
    return seen


def _mean(rows: np.ndarray) -> np.ndarray:
    """Average over queries (…, rows) -> (…); NaN where there are none."""
    return rows.mean(-1) if rows.shape[-1] else np.full(rows.shape[:-1], np.nan)


def _bits(weights: np.ndarray) -> np.ndarray:
    """Entropy of distributions along the last axis, bits. 0 log 0 is 0."""
    logs = np.log2(weights, out=np.zeros_like(weights), where=~(weights <= 0))  # NaN stays NaN
    return np.maximum(-(weights * logs).sum(-1), 0.0)


def entropy(trace: Trace, kind: str) -> np.ndarray:
    """Entropy of a query's weights, bits: 0 for all weight on one key, log2 n for equal weight on n keys."""
    return _mean(_bits(_weights(trace, kind)))


def spread(trace: Trace, kind: str) -> np.ndarray:
    """Entropy as a share of the largest that the query could have, 0 to 1: queries that see one key only are left out."""
    bits = _bits(_weights(trace, kind))
    most = np.log2(_seen(trace, kind).sum(-1))  # (rows,)
    return _mean(bits[..., most > 0] / most[most > 0])


def _key_words(trace: Trace, kind: str) -> list[Span]:
    return words_read(trace) if kind == "decoder_self" else list(trace.source_words)


def top_word_share(trace: Trace, kind: str) -> np.ndarray:
    """Share of a query's weight on its most attended word, 0 to 1: pieces of a word count together."""
    weights = _weights(trace, kind)
    rows = [(i, i + 1) for i in range(weights.shape[-2])]
    return _mean(merge(weights, rows, _key_words(trace, kind)).max(-1))


def on_specials(trace: Trace, kind: str) -> np.ndarray:
    """Share of weight on specials, 0 to 1: </s> of the source, <s> in masked self-attention."""
    keys = trace.input_specials if kind == "decoder_self" else trace.source_specials
    return _mean(_weights(trace, kind)[..., list(keys)].sum(-1))


def on_end(trace: Trace, kind: str) -> np.ndarray:
    """Share of weight on the source's </s>, 0 to 1. Not for masked self-attention, which never reads a </s>."""
    return _mean(_weights(trace, kind, ("encoder_self", "cross"))[..., trace.source_specials].sum(-1))


def offset_share(trace: Trace, kind: str, offset: int) -> np.ndarray:
    """Share of weight on the key `offset` pieces after the one that the query reads, 0 to 1, in self-attention.

    -1 is the previous piece, 0 the same position, 1 the next one. Averaged over the queries that have such a key and may
    see it; NaN where none does, as for the next piece under the causal mask.
    """
    weights, seen = _weights(trace, kind, SELF), _seen(trace, kind)
    rows = [i for i in range(len(seen)) if 0 <= i + offset < len(seen) and seen[i, i + offset]]
    return _mean(weights[..., rows, [i + offset for i in rows]])


def diagonality(trace: Trace, kind: str) -> np.ndarray:
    """How near the diagonal the weight lies: 1 all on it, 0 as equal weight on all that may be seen, below 0 farther.

    1 - D / D_equal, where D is the weighted mean distance |row / (rows - 1) - key / (keys - 1)|, averaged over queries,
    and D_equal the same for equal weights. NaN where everything visible is on the diagonal.
    """
    weights, seen = _weights(trace, kind), _seen(trace, kind)
    row, key = (np.arange(n) / max(n - 1, 1) for n in seen.shape)
    distance = np.abs(row[:, None] - key)  # (rows, keys)
    equal = _mean((distance * seen).sum(-1) / np.maximum(seen.sum(-1), 1))
    found = _mean((weights * distance).sum(-1))
    return 1 - found / equal if equal > 0 else np.full(found.shape, np.nan)


def divergence(trace: Trace, kind: str) -> np.ndarray:
    """How unlike a head is to the others of its layer: mean Jensen-Shannon divergence, bits, 0 (equal) to 1 (disjoint).

    JSD(p, q) = H((p + q) / 2) - (H(p) + H(q)) / 2 of two heads' weights for the same query (Lin 1991), averaged over
    queries and over the layer's other heads that have weights; NaN where there are none. A layer's mean over its heads
    is that over all pairs of its heads.
    """
    weights = _weights(trace, kind)
    own = _bits(weights)  # (layers, heads, rows)
    pairs = np.full((*weights.shape[:2], weights.shape[1]), np.nan)
    for head in range(weights.shape[1]):
        middle = _bits((weights[:, head : head + 1] + weights) / 2)
        pairs[:, head] = _mean(np.maximum(middle - (own[:, head : head + 1] + own) / 2, 0.0))
        pairs[:, head, head] = np.nan  # not with itself
    known = ~np.isnan(pairs)
    total, count = np.where(known, pairs, 0).sum(-1), known.sum(-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _attended_words(trace: Trace, kind: str = "cross") -> np.ndarray:
    """The source word that each output word attends to most, int (layers, heads, output words); -1 without weights."""
    merged = merge(_weights(trace, kind, ("cross",)), trace.output_words, trace.source_words)
    return np.where(np.isnan(merged).any(-1), -1, np.nan_to_num(merged).argmax(-1))


def agreement(trace: Trace, alignment: Collection[tuple[int, int]]) -> np.ndarray:
    """Cross-attention beside a given word alignment: share of the aligned output words that attend most to a word that
    they are aligned with, 0 to 1.

    alignment: pairs (output word, source word), positions in `trace.output_words` and `trace.source_words`. The row that
    predicts a word counts as the word's. Attending most to </s> is no agreement. NaN for an empty alignment.
    Raises `OptionError` for a word that there is not.
    """
    sizes = (len(trace.output_words), len(trace.source_words))
    pairs = np.zeros(sizes, bool)
    for pair in alignment:
        fits = isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(i, int | np.integer) for i in pair)
        if not fits or not all(0 <= i < size for i, size in zip(pair, sizes, strict=True)):
            raise OptionError(name="alignment", value=str(pair)[:80], reason="it names a word that there is not")
        pairs[tuple(pair)] = True
    attended = _attended_words(trace)
    rows = np.flatnonzero(pairs.any(1))
    hits = np.where(attended[..., rows] < 0, np.nan, pairs[rows, attended[..., rows]].astype(float))
    return _mean(hits)


def distinct_words(trace: Trace) -> np.ndarray:
    """How many different source words cross-attention looks at, as a share of those it could, 0 to 1.

    The number of different words but </s> that some output word but </s> attends to most, by the smaller of the numbers
    of words on either side: 1 for a head that gives each word one of its own, as an alignment does. NaN without words.
    """
    attended = _attended_words(trace)
    specials = {index for index, (start, _) in enumerate(trace.source_words) if start in trace.source_specials}
    rows = [index for index, (start, _) in enumerate(trace.output_words) if start not in trace.output_specials]
    most = min(len(rows), len(trace.source_words) - len(specials))
    found = np.full(attended.shape[:2], np.nan)
    for layer, head in np.ndindex(found.shape):
        words = attended[layer, head, rows]
        if most and (words >= 0).all():
            found[layer, head] = len(set(words.tolist()) - specials) / most
    return found


def measures(trace: Trace, kind: str, alignment: Collection[tuple[int, int]] | None = None) -> dict[str, np.ndarray]:
    """All numbers that have a meaning for this kind, each under its name: (layers, heads)."""
    found = {
        "entropy": entropy(trace, kind),
        "spread": spread(trace, kind),
        "top_word_share": top_word_share(trace, kind),
        "on_specials": on_specials(trace, kind),
        "diagonality": diagonality(trace, kind),
        "divergence": divergence(trace, kind),
    }
    if kind in SELF:
        found |= {name: offset_share(trace, kind, offset) for name, offset in OFFSETS.items()}
    if kind != "decoder_self":
        found["end"] = on_end(trace, kind)
    if kind == "cross":
        found["distinct_words"] = distinct_words(trace)
        if alignment is not None:
            found["agreement"] = agreement(trace, alignment)
    return found


OFFSETS = {"previous": -1, "next": 1, "same": 0}


def roles(trace: Trace, kind: str, alignment: Collection[tuple[int, int]] | None = None) -> tuple[tuple[str, ...], ...]:
    """What each head mostly does, one of ROLES: [layer][head]. After Voita et al. 2019, section 4, with other thresholds.

    previous, next, same: at least MOST of the weight on the piece before, after or at the one that is read
    (self-attention); end: at least MOST on the source's </s>. Where several are reached, the largest share decides.
    Failing these, aligner (cross-attention): with an alignment, `agreement` of at least MOST; without one, at least MOST
    on the most attended word and at least MOST `distinct_words`. Failing that, spread: `spread` of at least EVEN.
    """
    found = measures(trace, kind, alignment)
    shape = found["entropy"].shape

    def role(at: tuple[int, int]) -> str:
        shares = {name: found[name][at] for name in (*OFFSETS, "end") if name in found}
        reached = {name: share for name, share in shares.items() if share >= MOST}  # NaN reaches nothing
        if reached:
            return max(reached, key=reached.get)
        if "agreement" in found:
            aligns = found["agreement"][at] >= MOST
        else:
            aligns = kind == "cross" and min(found["top_word_share"][at], found["distinct_words"][at]) >= MOST
        if aligns:
            return "aligner"
        return "spread" if found["spread"][at] >= EVEN else "mixed"

    return tuple(tuple(role((layer, head)) for head in range(shape[1])) for layer in range(shape[0]))
