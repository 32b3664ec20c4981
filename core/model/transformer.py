"""The encoder-decoder Transformer (section 3), post-norm, with a cache for decoding step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.config import ModelConfig
from core.model.activation import FUNCTIONS
from core.model.attention import HeadChange, KeyValue, MultiHeadAttention, Tap, Taps
from core.model.change import Change
from core.model.dropout import Dropout
from core.model.masks import causal_mask, padding_mask
from core.model.positional import sinusoid


class DecoderCache(NamedTuple):
    """The self-attention keys and values of the pieces read so far. Nothing in it is changed in place.

    Attributes:
        self_attention: Keys and values of each layer.
    """

    self_attention: tuple[KeyValue, ...]

    @property
    def length(self) -> int:
        """Number of pieces read so far."""
        return self.self_attention[0].key.size(2)

    def reorder(self, rows: Tensor) -> DecoderCache:
        """Return the cache with its batch rows selected by index, as beam search needs to extend hypotheses."""
        return DecoderCache(tuple(KeyValue(key[rows], value[rows]) for key, value in self.self_attention))


class AddNorm(nn.LayerNorm):
    """The "Add & Norm" of figure 1: LayerNorm(x + Dropout(Sublayer(x))) (sections 3.1 and 5.4)."""

    def __init__(self, config: ModelConfig):
        super().__init__(config.d_model, eps=config.norm_epsilon)
        self.dropout = Dropout(config.dropout)

    def forward(  # type: ignore[override]  # LayerNorm takes x alone
        self, x: Tensor, sublayer: Tensor, removed: frozenset[str] = frozenset(), tap: Tap | None = None
    ) -> Tensor:
        """Return the normalized sum of x and the sub-layer's output.

        Args:
            x: The sub-layer's input, (…, d_model).
            sublayer: The sub-layer's output, (…, d_model).
            removed: The removed parts: without "residual" x is not added, without "norm" the sum is not normalized.
            tap: A dict that is filled with the values.
        """
        inner = self.dropout(sublayer) if self.training else sublayer
        total = inner if "residual" in removed else x + inner
        output = total if "norm" in removed else super().forward(total)
        if tap is not None:
            residual = torch.zeros_like(x) if "residual" in removed else x
            tap.update(residual=residual, sublayer=inner, sum=total, normalized=output)
        return output


class FeedForward(nn.Module):
    """The feed-forward network: max(0, x W_1 + b_1) W_2 + b_2 (equation 2), or with another activation."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.w_1 = nn.Linear(config.d_model, config.d_ff)
        self.w_2 = nn.Linear(config.d_ff, config.d_model)
        self.activation = FUNCTIONS[config.activation]

    def forward(self, x: Tensor, removed: frozenset[str] = frozenset(), tap: Tap | None = None) -> Tensor:
        """Apply the network to each position of x (…, d_model); removed, its output is 0."""
        hidden = self.activation(self.w_1(x))
        if tap is not None:
            tap["hidden"] = hidden
        return torch.zeros_like(x) if "feed_forward" in removed else self.w_2(hidden)


class EncoderLayer(nn.Module):
    """Self-attention, then feed-forward, each followed by Add & Norm."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.self_attention = MultiHeadAttention(config.d_model, config.n_heads)
        self.feed_forward = FeedForward(config)
        self.norm_1 = AddNorm(config)
        self.norm_2 = AddNorm(config)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None,
        traced: bool,
        change: HeadChange | None = None,
        removed: frozenset[str] = frozenset(),
        taps: Sequence[Tap | None] = (None, None),
    ) -> tuple[Tensor, Tensor | None]:
        """Return the layer's output for x (B, S, d_model), and if `traced` the weights (B, h, S, S).

        The mask is bool (B, 1, 1, S). The taps are those of self-attention and feed-forward.
        """
        own_tap, forward_tap = taps
        attended, weights = self.self_attention(x, self.self_attention.project_keys(x), mask, traced, change, own_tap)
        x = self.norm_1(x, attended, removed, own_tap)
        return self.norm_2(x, self.feed_forward(x, removed, forward_tap), removed, forward_tap), weights


class DecoderLayer(nn.Module):
    """Masked self-attention, cross-attention, feed-forward, each followed by Add & Norm."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.self_attention = MultiHeadAttention(config.d_model, config.n_heads)
        self.cross_attention = MultiHeadAttention(config.d_model, config.n_heads)
        self.feed_forward = FeedForward(config)
        self.norm_1 = AddNorm(config)
        self.norm_2 = AddNorm(config)
        self.norm_3 = AddNorm(config)

    def forward(
        self,
        x: Tensor,
        past: KeyValue | None,
        cross: KeyValue,
        mask: Tensor | None,
        cross_mask: Tensor | None,
        traced: bool,
        self_change: HeadChange | None = None,
        cross_change: HeadChange | None = None,
        removed: frozenset[str] = frozenset(),
        taps: Sequence[Tap | None] = (None, None, None),
    ) -> tuple[Tensor, KeyValue, Tensor | None, Tensor | None]:
        """Run the layer over the T newest positions.

        Args:
            x: The T newest positions, (B, T, d_model).
            past: Self-attention keys and values of the positions before.
            cross: Cross-attention keys and values of the source.
            mask: Mask of self-attention, bool (T, past + T).
            cross_mask: Mask of cross-attention, bool (B, 1, 1, S).
            traced: Whether to return the weights.
            self_change: Changes of self-attention.
            cross_change: Changes of cross-attention.
            removed: The removed parts of the layer.
            taps: Taps of self-attention, cross-attention and feed-forward.

        Returns:
            Output (B, T, d_model); self-attention keys and values of all positions; and if `traced` the weights of
            self-attention (B, h, T, past + T) and of cross-attention (B, h, T, S).
        """
        keys = self.self_attention.project_keys(x)
        if past is not None:
            keys = past.append(keys)
        self_tap, cross_tap, forward_tap = taps
        attended, self_weights = self.self_attention(x, keys, mask, traced, self_change, self_tap)
        x = self.norm_1(x, attended, removed, self_tap)
        attended, cross_weights = self.cross_attention(x, cross, cross_mask, traced, cross_change, cross_tap)
        x = self.norm_2(x, attended, removed, cross_tap)
        x = self.norm_3(x, self.feed_forward(x, removed, forward_tap), removed, forward_tap)
        return x, keys, self_weights, cross_weights


Layer = TypeVar("Layer", bound=nn.Module)


def layers(modules: Iterable[Layer]) -> Sequence[Layer]:
    """Return a ModuleList with the type of its elements, which torch's type lacks."""
    return cast("Sequence[Layer]", nn.ModuleList(modules))


class Transformer(nn.Module):
    """The whole model. No forward pass stores anything on it, so that threads can share it.

    Embeddings are multiplied by sqrt(d_model), and the target embedding is also the pre-softmax projection
    (section 3.4). Source and target have separate vocabularies, unless the config shares one embedding.

    Changes to the model are arguments: `encode`, `start` and `decode` of one run must get the same `change`. A pass
    that gets `taps` fills them with intermediate values.
    """

    positions: Tensor  # a buffer

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.source_embedding = nn.Embedding(config.source_vocab, config.d_model)
        shared = self.source_embedding if config.shared_embedding else None
        self.target_embedding = shared or nn.Embedding(config.target_vocab, config.d_model)
        self.logits_bias = nn.Parameter(torch.zeros(config.target_vocab)) if config.logits_bias else None
        self.encoder = layers(EncoderLayer(config) for _ in range(config.n_layers))
        self.decoder = layers(DecoderLayer(config) for _ in range(config.n_layers))
        self.dropout = Dropout(config.dropout)
        # Positions are a formula, not a parameter: they are not saved.
        positions = sinusoid(config.max_length, config.d_model, layout=config.sinusoid)
        self.register_buffer("positions", positions, persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialize the weights: matrices by Xavier, biases 0, embeddings normal.

        Embeddings have variance 1 / d_model, so that their variance is 1 after the scaling of section 3.4.
        """
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=self.config.d_model**-0.5)

    def attention(self, kind: str, layer: int) -> MultiHeadAttention:
        """Return the attention module of a kind and layer."""
        if kind == "encoder_self":
            return self.encoder[layer].self_attention
        block = self.decoder[layer]
        return block.cross_attention if kind == "cross" else block.self_attention

    def embed(self, embedding: nn.Embedding, ids: Tensor, start: int = 0, change: Change | None = None) -> Tensor:
        """Return scaled embedding plus positional encoding, (B, T, d_model), of ids (B, T) from position `start` on."""
        x = embedding(ids) * self.config.embedding_scale
        if change is None or change.positions:
            x = x + self.positions[start : start + ids.size(1)]
        return self.dropout(x)

    def encode(
        self, source: Tensor, traced: bool = False, change: Change | None = None, taps: Taps | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Encode source ids (B, S).

        Returns:
            Memory (B, S, d_model), and if `traced` the weights (B, N, h, S, S).
        """
        taps = taps or {}
        mask = source_mask(source, change)
        x = memory = self.embed(self.source_embedding, source, change=change)
        depth = len(self.encoder) if change is None or change.encoder_layer is None else change.encoder_layer
        maps = []
        for i, layer in enumerate(self.encoder):
            head_change = change.attention("encoder_self", i) if change else None
            removed = change.removed("encoder", i) if change else frozenset()
            layer_taps = taps.get(("encoder_self", i)), taps.get(("encoder", i))
            x, weights = layer(x, mask, traced, head_change, removed, layer_taps)
            memory = x if i < depth else memory
            if weights is not None:
                maps.append(weights)
        return memory, torch.stack(maps, 1) if traced else None

    def start(
        self, memory: Tensor, source: Tensor, change: Change | None = None
    ) -> tuple[tuple[KeyValue, ...], Tensor | None]:
        """Return the keys and values of the source for each layer's cross-attention, and the mask of the source."""
        return tuple(layer.cross_attention.project_keys(memory) for layer in self.decoder), source_mask(source, change)

    def decode(
        self,
        target: Tensor,
        cross: tuple[KeyValue, ...],
        cross_mask: Tensor | None,
        traced: bool = False,
        cache: DecoderCache | None = None,
        change: Change | None = None,
        taps: Taps | None = None,
    ) -> tuple[Tensor, DecoderCache, Tensor | None, Tensor | None]:
        """Run the decoder over the T newest pieces.

        Args:
            target: Ids of these pieces, (B, T).
            cross: The first result of `start`.
            cross_mask: The second result of `start`.
            traced: Whether to return the weights.
            cache: The cache of the pieces before; None if these are the first.
            change: The changes of an Intervention.
            taps: The modules whose intermediate values are recorded.

        Returns:
            States (B, T, d_model); the cache of all positions; and if `traced` the weights of self-attention
            (B, N, h, T, past + T) and of cross-attention (B, N, h, T, S).
        """
        taps = taps or {}
        past = cache.length if cache else 0
        length = target.size(1)
        # A single new position sees all before it and needs no mask. The target's padding needs none either: it is on
        # the right, where the causal mask hides it from real pieces.
        causal = length > 1 and (change is None or change.causal)
        mask = causal_mask(past + length, target.device)[past:] if causal else None
        x = self.embed(self.target_embedding, target, start=past, change=change)
        keys, self_maps, cross_maps = [], [], []
        for i, layer in enumerate(self.decoder):
            x, key_value, self_weights, cross_weights = layer(
                x,
                cache.self_attention[i] if cache else None,
                cross[i],
                mask,
                cross_mask,
                traced,
                change.attention("decoder_self", i) if change else None,
                change.attention("cross", i) if change else None,
                change.removed("decoder", i) if change else frozenset(),
                [taps.get((name, i)) for name in ("decoder_self", "cross", "decoder")],
            )
            keys.append(key_value)
            if self_weights is not None and cross_weights is not None:
                self_maps.append(self_weights)
                cross_maps.append(cross_weights)
        new = DecoderCache(tuple(keys))
        if not traced:
            return x, new, None, None
        return x, new, torch.stack(self_maps, 1), torch.stack(cross_maps, 1)

    def logits(self, states: Tensor) -> Tensor:
        """Return the pre-softmax scores over target pieces, (…, target_vocab), of states (…, d_model)."""
        return F.linear(states, self.target_embedding.weight, self.logits_bias)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the decoder states (B, T, d_model) of source (B, S) and target inputs (B, T), for teacher forcing."""
        memory, _ = self.encode(source)
        return self.decode(target, *self.start(memory, source))[0]


def source_mask(source: Tensor, change: Change | None) -> Tensor | None:
    """Return which source pieces may be attended to: those that are not padding and not masked by an Intervention."""
    mask = padding_mask(source) if change is None or change.padding else None
    if change is None or change.visible is None:
        return mask
    return change.visible if mask is None else mask & change.visible
