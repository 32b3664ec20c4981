"""The Transformer of "Attention Is All You Need", one concept a file."""

from core.model.attention import HeadChange, KeyValue, MultiHeadAttention, scaled_dot_product_attention
from core.model.change import Change, Changed
from core.model.importance import log_probabilities_without_heads
from core.model.laid_out import LaidOut
from core.model.masks import causal_mask, padding_mask
from core.model.positional import sinusoid
from core.model.transformer import DecoderCache, Transformer

__all__ = [
    "Change",
    "Changed",
    "DecoderCache",
    "HeadChange",
    "KeyValue",
    "LaidOut",
    "MultiHeadAttention",
    "Transformer",
    "causal_mask",
    "log_probabilities_without_heads",
    "padding_mask",
    "scaled_dot_product_attention",
    "sinusoid",
]
