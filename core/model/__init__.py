"""The Transformer of "Attention Is All You Need" and the recurrent models before it, one concept a file."""

from core.model.architecture import Model, Run, build, lay_out
from core.model.attention import HeadChange, KeyValue, MultiHeadAttention, scaled_dot_product_attention
from core.model.change import Change, Changed
from core.model.contexts import Contexts, head_contexts, recurrent_contexts
from core.model.importance import log_probabilities_without_heads
from core.model.inside import HeadInside, attention_inputs, head_inside
from core.model.laid_out import LaidOut
from core.model.masks import causal_mask, padding_mask
from core.model.positional import sinusoid
from core.model.recurrent import Decoded, Recurrent, RecurrentCache, RecurrentInside, recurrent_inside
from core.model.transformer import DecoderCache, Transformer

__all__ = [
    "Change",
    "Changed",
    "Contexts",
    "Decoded",
    "DecoderCache",
    "HeadChange",
    "HeadInside",
    "KeyValue",
    "LaidOut",
    "Model",
    "MultiHeadAttention",
    "Recurrent",
    "RecurrentCache",
    "RecurrentInside",
    "Run",
    "Transformer",
    "attention_inputs",
    "build",
    "causal_mask",
    "head_contexts",
    "head_inside",
    "lay_out",
    "log_probabilities_without_heads",
    "padding_mask",
    "recurrent_contexts",
    "recurrent_inside",
    "scaled_dot_product_attention",
    "sinusoid",
]
