"""What each head does, in numbers: every function takes a Trace and a kind, and answers for all layers and heads.

All are float64 (layers, heads), averages over the queries of one sentence, and count specials unless they say
otherwise. A query whose row is 0 (of a head that was taken away) has no answer: such a head's numbers are NaN.
"Reads" and "key" are positions of the same row of pieces in both self-attentions; in cross-attention they are not.
Each function raises `OptionError` for a kind that there is not, or that it has no meaning for.
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
"""Places beside the piece that a query reads, and how many pieces after it they are."""

ROLES = ("previous", "next", "same", "near", "start", "end", "aligner", "behind", "spread", "mixed")
"""What `roles` calls a head; "mixed" where no threshold is reached, or there is nothing to go by."""

MOST = 0.5
"""A head has a role when it does so for this share of its queries, or of its words."""

LIFT = 1.5
"""… and so many times as often as a head would whose heaviest weight fell on any key it may see, each as often: of the
few keys at the beginning of an output, half are neighbours."""

EVEN = 0.85
"""A head is spread when its entropy is this share of the largest that there can be."""


def _check(kind: str, kinds: tuple[str, ...] = KINDS) -> None:
    if kind not in kinds:
        raise OptionError(name="kind", value=kind, reason=f"choose one of {', '.join(kinds)}")


def _weights(trace: Trace, kind: str, kinds: tuple[str, ...] = KINDS) -> np.ndarray:
    """float64 (layers, heads, rows, keys), NaN in rows without weight, each row rescaled to sum to 1 in double."""
    _check(kind, kinds)
    weights = getattr(trace, kind).astype(np.float64)
    sums = weights.sum(-1, keepdims=True)
    return np.divide(weights, sums, out=np.full_like(weights, np.nan), where=sums > 0)


def _seen(trace: Trace, kind: str) -> np.ndarray:
    """Which keys a query may see, bool (rows, keys): in the decoder itself and those before it, unless a run had no mask.

    Source pieces that an Intervention masked count as unseen.
    """
    change = trace.intervention or Intervention()
    shape = getattr(trace, kind).shape[-2:]
    causal = kind == "decoder_self" and change.causal
    seen = np.tri(*shape, dtype=np.bool_) if causal else np.ones(shape, np.bool_)
    if kind != "decoder_self":
        seen[:, list(change.masked_source)] = False
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


def _peaks(trace: Trace, kind: str) -> np.ndarray:
    """Where a query's heaviest weight lies, (layers, heads, rows, keys): 1 there, shared where several are as heavy."""
    weights = _weights(trace, kind)
    heaviest = weights.max(-1, keepdims=True, initial=0.0)
    tops = np.where(np.isnan(weights), np.nan, (weights >= heaviest * (1 - 1e-6)).astype(float))
    return tops / tops.sum(-1, keepdims=True)


def _places(trace: Trace, kind: str) -> dict[str, tuple[np.ndarray, list[int]]]:
    """The places that a role can be named after: which keys they are for each query, bool (rows, keys), and the queries
    that count.

    In self-attention these are the queries that are neither on a special nor next to one: for them the special is no
    neighbour, so that what rests on it is not taken for what looks one piece ahead or back.
    """
    seen = _seen(trace, kind)
    row, key = (np.arange(n) for n in seen.shape)
    offset = key - row[:, None]
    special = list(trace.input_specials if kind == "decoder_self" else trace.source_specials)
    on_special = np.zeros(seen.shape, bool)
    on_special[:, special] = True
    named = {"start" if kind == "decoder_self" else "end": on_special}
    rows = row.tolist()
    if kind in SELF:
        rows = [i for i in rows if all(abs(i - s) > 1 for s in special)]
        named |= {name: offset == distance for name, distance in OFFSETS.items()} | {"near": np.abs(offset) <= 1}
    return {name: (keys & seen, [i for i in rows if (keys & seen)[i].any()]) for name, keys in named.items()}


def peak_shares(trace: Trace, kind: str) -> dict[str, np.ndarray]:
    """Share of the queries whose heaviest weight lies on a place, 0 to 1, by the place's name (Voita et al. 2019, 5.1).

    In self-attention "previous", "next", "same" and "near" (one of these three), counted over the queries that are
    neither on a special nor next to one, and have such a key and may see it; "start" (<s>) in masked self-attention,
    over the same queries; "end" (the source's </s>) in the others, in cross-attention over all queries. NaN without such
    a query. Equally heavy keys share the query.
    """
    peaks = _peaks(trace, kind)
    return {
        f"peak_{name}": _mean(np.where(keys, peaks, 0 * peaks).sum(-1)[..., rows])  # 0 * NaN stays NaN
        for name, (keys, rows) in _places(trace, kind).items()
    }


def chances(trace: Trace, kind: str) -> dict[str, float]:
    """What `peak_shares` would be of a head whose heaviest weight fell on any key that a query may see, each as often."""
    _check(kind)
    seen = _seen(trace, kind)
    return {
        f"peak_{name}": float(_mean((keys.sum(-1) / np.maximum(seen.sum(-1), 1))[rows]))
        for name, (keys, rows) in _places(trace, kind).items()
    }


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


def behind(trace: Trace, alignment: Collection[tuple[int, int]]) -> np.ndarray:
    """Cross-attention one word behind: share of the aligned output words whose source word is attended to most by the
    query after theirs, which has just read them, 0 to 1.

    alignment: as for `agreement`. Left out are words whose successor is aligned with the same source word. NaN without
    any. Raises `OptionError` for a word that there is not.
    """
    agreement(trace, alignment)  # checks the pairs
    pairs = {(int(output), int(source)) for output, source in alignment}
    after = {(output + 1, source) for output, source in pairs if output + 1 < len(trace.output_words)}
    return agreement(trace, after - pairs)


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
    found |= peak_shares(trace, kind)
    if kind == "cross":
        found["distinct_words"] = distinct_words(trace)
        if alignment is not None:
            found |= {"agreement": agreement(trace, alignment), "behind": behind(trace, alignment)}
    return found


def roles(trace: Trace, kind: str, alignment: Collection[tuple[int, int]] | None = None) -> tuple[tuple[str, ...], ...]:
    """What each head mostly does in one sentence, one of ROLES: [layer][head]. By the rule of `name_roles`."""
    return name_roles(measures(trace, kind, alignment), chances(trace, kind))


def name_roles(found: Mapping[str, np.ndarray], chance: Mapping[str, float]) -> tuple[tuple[str, ...], ...]:
    """Roles by numbers, [layer][head]: `measures` of a sentence or their means over many, and `chances` in the same way.

    previous, next, same, start, end: the heaviest weight lies there for at least MOST of the queries, and at least LIFT
    times as often as by chance (after Voita et al. 2019, section 5.1, who ask for 90 %). aligner, behind
    (cross-attention): `agreement` or `behind` of at least MOST; without an alignment, aligner means at least MOST on
    the most attended word and at least MOST `distinct_words`. Where several are reached, the largest share decides.
    Failing these, near, by the first rule; then spread: `spread` of at least EVEN; else mixed.
    """

    def role(at: tuple[int, int]) -> str:
        def share(name: str) -> float:
            value = found[name][at] if name in found else np.nan
            return value if value >= max(MOST, LIFT * chance.get(name, 0.0)) else 0.0  # NaN reaches nothing

        shares = {name: share(f"peak_{name}") for name in ("previous", "next", "same", "start", "end")}
        if "agreement" in found:
            shares |= {"aligner": share("agreement"), "behind": share("behind")}
        elif "distinct_words" in found:
            shares["aligner"] = min(share("top_word_share"), share("distinct_words"))
        best = max(shares, key=lambda name: shares[name])
        if shares[best] > 0:
            return best
        if share("peak_near") > 0:
            return "near"
        return "spread" if found["spread"][at] >= EVEN else "mixed"

    layers, heads = found["spread"].shape
    return tuple(tuple(role((layer, head)) for head in range(heads)) for layer in range(layers))
