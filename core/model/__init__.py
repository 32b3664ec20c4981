"""The Transformer of "Attention Is All You Need", and recurrent encoder-decoders; each file holds one concept."""

from core.model.architecture import Model, Run, Uninitialized, build, runner
from core.model.attention import HeadChange, KeyValue, MultiHeadAttention, Tap, Taps, scaled_dot_product_attention
from core.model.change import Change
from core.model.incremental import Incremental
from core.model.intervened import Intervened
from core.model.masks import causal_mask, padded, padding_mask
from core.model.positional import sinusoid
from core.model.recurrent import Decoded, Recurrent, RecurrentCache
from core.model.transformer import DecoderCache, Transformer

__all__ = [
    "Change",
    "Decoded",
    "DecoderCache",
    "HeadChange",
    "Incremental",
    "Intervened",
    "KeyValue",
    "Model",
    "MultiHeadAttention",
    "Recurrent",
    "RecurrentCache",
    "Run",
    "Tap",
    "Taps",
    "Transformer",
    "Uninitialized",
    "build",
    "causal_mask",
    "padded",
    "padding_mask",
    "runner",
    "scaled_dot_product_attention",
    "sinusoid",
]
