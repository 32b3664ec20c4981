"""The Transformer of "Attention Is All You Need", one concept a file."""

from core.model.attention import KeyValue, MultiHeadAttention, scaled_dot_product_attention
from core.model.laid_out import LaidOut
from core.model.masks import causal_mask, padding_mask
from core.model.positional import sinusoid
from core.model.transformer import DecoderCache, Transformer

__all__ = [
    "DecoderCache",
    "KeyValue",
    "LaidOut",
    "MultiHeadAttention",
    "Transformer",
    "causal_mask",
    "padding_mask",
    "scaled_dot_product_attention",
    "sinusoid",
]
