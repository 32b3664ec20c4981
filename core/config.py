"""The sizes of a model, in the symbols of "Attention Is All You Need" (section 3, table 3), also for recurrent ones."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError

PAD, UNK, BOS, EOS = 0, 1, 2, 3
"""Ids of the four special pieces in every tokenizer: <pad>, <unk>, <s>, </s>."""

KINDS = ("encoder_self", "decoder_self", "cross")
"""Kinds of attention (section 3.2.3): encoder self-attention, masked decoder self-attention, cross-attention."""

ARCHITECTURES = ("transformer", "rnn", "rnn-additive", "rnn-dot")
"""A Transformer; GRUs without attention, with Bahdanau's additive attention, with Luong's dot-product attention."""

ACTIVATIONS = ("relu", "swish", "gelu")
"""Activations of the feed-forward network: max(0, x) (the paper's), x sigmoid(x), x Phi(x)."""

SINUSOIDS = ("interleaved", "halves")
"""Orders of the columns of the positional encoding: the sine and cosine of a frequency side by side (the paper's), or
all sines before all cosines (Marian's). The frequencies are the same."""

CHOICES = {"architecture": ARCHITECTURES, "activation": ACTIVATIONS, "sinusoid": SINUSOIDS}
OF_TRANSFORMERS = ("activation", "sinusoid", "scale_embedding", "shared_embedding", "logits_bias", "norm_epsilon")

NEVER = -1e4
"""The bias of a piece that is never written: its probability e^-10000 rounds to 0, and sums with it stay finite."""

LARGEST = {"n_layers": 1_000, "max_length": 100_000}
"""The largest value of these sizes; all others go up to a million. A damaged card must not fill the memory, or build
layers for hours."""
EPSILON = 0.1
"""The largest `ModelConfig.norm_epsilon`."""


@dataclass(frozen=True)
class ModelConfig:
    """Sizes and components of an encoder-decoder.

    The fields from `activation` on say how other Transformers differ from the paper's, which are the defaults.
    Recurrent models accept these defaults only.

    Attributes:
        source_vocab: Number of source pieces, including the four specials.
        target_vocab: Number of target pieces, including the four specials.
        d_model: Width of every layer's input and output.
        n_heads: h, parallel attention heads; it must divide d_model. A recurrent model has one attention at most, and
            n_heads is 1.
        n_layers: N, layers of the encoder and of the decoder.
        d_ff: Inner width of the position-wise feed-forward network; in a recurrent model the width of the hidden layer
            before the vocabulary.
        dropout: P_drop of section 5.4, on sub-layer outputs and on the sums of embedding and position.
        max_length: The largest number of pieces on either side, including specials.
        architecture: One of ARCHITECTURES.
        activation: One of ACTIVATIONS.
        sinusoid: One of SINUSOIDS.
        scale_embedding: Whether embeddings are multiplied by sqrt(d_model) (section 3.4).
        shared_embedding: Whether one matrix over a joint vocabulary serves as source embedding, target embedding and
            pre-softmax projection, as in the paper. By default each side has its own embedding.
        logits_bias: Whether a learnt bias is added to the pre-softmax scores. A bias of NEVER rules a piece out.
        norm_epsilon: The number that layer normalization adds to the variance.

    Raises:
        ConfigError: If no model can be built from these sizes.
    """

    source_vocab: int
    target_vocab: int
    d_model: int = 192
    n_heads: int = 8
    n_layers: int = 3
    d_ff: int = 768
    dropout: float = 0.1
    max_length: int = 130
    architecture: str = "transformer"
    activation: str = ACTIVATIONS[0]
    sinusoid: str = SINUSOIDS[0]
    scale_embedding: bool = True
    shared_embedding: bool = False
    logits_bias: bool = False
    norm_epsilon: float = 1e-5

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in CHOICES:
                if value not in CHOICES[field.name]:
                    choices = ", ".join(CHOICES[field.name])
                    raise ConfigError(name=field.name, value=value, cause="choices", choices=choices)
            elif field.type == "bool":
                if not isinstance(value, bool):
                    raise ConfigError(name=field.name, value=value, cause="flag")
            elif field.name == "norm_epsilon":
                if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= EPSILON:
                    raise ConfigError(name=field.name, value=value, cause="epsilon", high=EPSILON)
            elif field.name == "dropout":
                if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
                    raise ConfigError(name="dropout", value=value, cause="share")
            elif not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(name=field.name, value=value, cause="whole")
            elif value > (limit := LARGEST.get(field.name, 1_000_000)):
                raise ConfigError(name=field.name, value=value, cause="most", high=limit)
        if self.d_model % self.n_heads:
            raise ConfigError(name="n_heads", value=self.n_heads, cause="divides", d_model=self.d_model)

        if self.recurrent and self.n_heads != 1:
            raise ConfigError(name="n_heads", value=self.n_heads, cause="one_attention")
        if self.recurrent and self.d_model % 2:
            raise ConfigError(name="d_model", value=self.d_model, cause="even")
        for field in dataclasses.fields(self):
            if self.recurrent and field.name in OF_TRANSFORMERS and getattr(self, field.name) != field.default:
                raise ConfigError(name=field.name, value=getattr(self, field.name), cause="recurrent")
        if self.shared_embedding and self.source_vocab != self.target_vocab:
            raise ConfigError(name="shared_embedding", value=True, cause="same_vocabulary")

    @property
    def recurrent(self) -> bool:
        """Whether the model is recurrent, and not a Transformer."""
        return self.architecture != "transformer"

    def attention_layers(self, kind: str) -> int:
        """Return how many layers have this kind of attention, one of KINDS: the first axis of a Trace's array."""
        if not self.recurrent:
            return self.n_layers
        return int(kind == "cross" and self.architecture != "rnn")

    @property
    def d_k(self) -> int:
        """Width of one head's queries and keys, and also of its values, d_v (section 3.2.2)."""
        return self.d_model // self.n_heads

    @property
    def embedding_scale(self) -> float:
        """The factor of embeddings before the positional encoding is added."""
        return math.sqrt(self.d_model) if self.scale_embedding else 1.0

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelConfig:
        """Build a config from a dict that `dataclasses.asdict` made.

        Raises:
            ConfigError: If a name is unknown or missing, or a value is not possible.
        """
        names = {field.name for field in dataclasses.fields(cls)}
        for name in values:
            if name not in names:
                raise ConfigError(name=name, value=values[name], cause="unknown")
        for name in ("source_vocab", "target_vocab"):
            if name not in values:
                raise ConfigError(name=name, value=None, cause="missing")
        return cls(**values)
