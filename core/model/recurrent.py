"""The recurrent encoder-decoder, predecessor of the Transformer: GRUs with or without attention."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from core.config import PAD, ModelConfig
from core.model.attention import attention_weights
from core.model.change import Change
from core.model.dropout import Dropout
from core.model.masks import padding_mask


class Source(NamedTuple):
    """The encoded source as the decoder uses it. The axis of size 1 is that of a Transformer's heads.

    Attributes:
        keys: W_k h_j, or for attention without parameters h_j, (B, 1, S, d_model).
        annotations: h_j, (B, 1, S, d_model).
        summary: C, the encoder's last state in both directions, (B, 1, 1, d_model).
    """

    keys: Tensor
    annotations: Tensor
    summary: Tensor


class RecurrentCache(NamedTuple):
    """The state of the decoder.

    Attributes:
        states: The state of each layer, (B, N, d_model).
        length: Number of pieces read so far.
    """

    states: Tensor
    length: int

    def reorder(self, rows: Tensor) -> RecurrentCache:
        """Return the cache with its batch rows selected by index, as beam search needs to extend hypotheses."""
        return RecurrentCache(self.states[rows], self.length)


class Decoded(NamedTuple):
    """The results of one pass of the decoder over T pieces.

    Attributes:
        states: The input of the output projection, (B, T, d_model).
        cache: The state after the last piece.
        queries: s_t, (B, T, d_model).
        scores: Scores of every h_j before mask and softmax, (B, T, S); None without attention.
        weights: The weights that the annotations were multiplied by, (B, T, S); None without attention.
        contexts: C_t, (B, T, d_model), the same at every step without attention.
    """

    states: Tensor
    cache: RecurrentCache
    queries: Tensor
    scores: Tensor | None
    weights: Tensor | None
    contexts: Tensor


class AdditiveAttention(nn.Module):
    """Additive attention: score(s, h_j) = v^T tanh(W_q s + W_k h_j).

    Source:
        Bahdanau, Cho and Bengio 2015, appendix A.1.2.
    """

    def __init__(self, d_model: int):
        super().__init__()
        self.w_q = nn.Linear(d_model, d_model, bias=False)
        self.w_k = nn.Linear(d_model, d_model)
        self.v = nn.Linear(d_model, 1, bias=False)

    def keys(self, annotations: Tensor) -> Tensor:
        """Compute W_k h_j, (B, S, d_model), once for all steps."""
        return self.w_k(annotations)

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the scores (B, T, S) of a query (B, T, d_model) and keys (B, S, d_model)."""
        return self.v(torch.tanh(self.w_q(query)[:, :, None] + keys[:, None]))[..., 0]


class DotAttention(nn.Module):
    """Dot-product attention, which has no parameters: score(s, h_j) = s^T h_j.

    Source:
        Luong, Pham and Manning 2015, equation 8.
    """

    def keys(self, annotations: Tensor) -> Tensor:
        """Return the annotations themselves."""
        return annotations

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the scores (B, T, S) of a query (B, T, d_model) and keys (B, S, d_model)."""
        return query @ keys.transpose(1, 2)


class Recurrent(nn.Module):
    """GRU encoder-decoder. No forward pass stores anything on it, so that threads can share it.

    The encoder's N layers read the source in both directions, with half of d_model each. [forward; backward] of the
    last layer is a piece's annotation h_j (Bahdanau et al. 2015, section 3.2). The last states of both directions are
    C, from which every layer of the decoder starts.

    The decoder's first layer reads the output so far, y. Its state s_t is the query: C_t = sum_j weight_tj h_j with
    attention; without, C at every step (Cho et al. 2014; in Sutskever et al. 2014 only at the first step). The layers
    above read [s_t; C_t], and a "deep output" scores the vocabulary from their state, C_t and y_(t-1) (Pascanu et al.
    2014; the appendix of Bahdanau et al., with ReLU for maxout).

    As in Luong et al. 2015, the query s_t has already read y_(t-1), while Bahdanau's query is s_(t-1); and C_t is fed
    into the layers above, not back into the first one. Therefore all steps of a given output can be computed at once.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        d_model, layers = config.d_model, config.n_layers
        self.config = config
        self.source_embedding = nn.Embedding(config.source_vocab, d_model)
        self.target_embedding = nn.Embedding(config.target_vocab, d_model)
        inner = config.dropout if layers > 1 else 0.0
        self.encoder = nn.GRU(d_model, d_model // 2, layers, batch_first=True, dropout=inner, bidirectional=True)
        self.bridge = nn.Linear(d_model, layers * d_model)
        self.reader = nn.GRU(d_model, d_model, batch_first=True)
        inner = config.dropout if layers > 2 else 0.0
        self.writer = nn.GRU(2 * d_model, d_model, layers - 1, batch_first=True, dropout=inner) if layers > 1 else None
        self.attention: AdditiveAttention | DotAttention | None = None
        if config.architecture != "rnn":
            self.attention = AdditiveAttention(d_model) if config.architecture == "rnn-additive" else DotAttention()
        self.output_1 = nn.Linear(3 * d_model, config.d_ff)
        self.output_2 = nn.Linear(config.d_ff, d_model)
        self.dropout = Dropout(config.dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialize the weights: matrices by Xavier, recurrent ones orthogonal, biases 0, embeddings normal."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=self.config.d_model**-0.5)
            elif isinstance(module, nn.GRU):
                for name, parameter in module.named_parameters():
                    if name.startswith("bias"):
                        nn.init.zeros_(parameter)
                        continue
                    for gate in parameter.data.chunk(3):
                        (nn.init.orthogonal_ if name.startswith("weight_hh") else nn.init.xavier_uniform_)(gate)

    def embed(self, embedding: nn.Embedding, ids: Tensor) -> Tensor:
        """Return the embedding of ids (B, T) times sqrt(d_model), (B, T, d_model)."""
        return self.dropout(embedding(ids) * math.sqrt(self.config.d_model))

    def encode(
        self, source: Tensor, traced: bool = False, change: Change | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Encode source ids (B, S).

        The encoder skips pieces that an Intervention masks; their annotations are 0.

        Returns:
            Annotations (B, S, d_model), and if `traced` an empty array of self-attention weights (B, 0, 1, S, S).
        """
        if change is not None and change.visible is not None:
            visible = change.visible[0, 0, 0]
            memory = torch.zeros(*source.shape, self.config.d_model, device=source.device)
            memory[:, visible] = self.annotate(source[:, visible])
        else:
            memory = self.annotate(source)
        size = source.size(1)
        return memory, memory.new_zeros(source.size(0), 0, 1, size, size) if traced else None

    def annotate(self, source: Tensor) -> Tensor:
        """Return the annotations h_j, (B, S, d_model), of source ids (B, S).

        The backward states start at the last real piece of each row.
        """
        x = self.embed(self.source_embedding, source)
        lengths = (source != PAD).sum(1)
        if bool((lengths == source.size(1)).all()):
            return self.encoder(x)[0]
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.encoder(packed)[0], batch_first=True, total_length=source.size(1))[0]

    def start(
        self, memory: Tensor, source: Tensor, change: Change | None = None
    ) -> tuple[tuple[Source], Tensor | None]:
        """Return the encoded source for the decoder, and its mask, bool (B, 1, 1, S) or None."""
        mask = padding_mask(source)
        if change is not None and change.visible is not None:
            mask = change.visible if mask is None else mask & change.visible
        half, rows = self.config.d_model // 2, torch.arange(len(source), device=source.device)
        first: int | Tensor = 0
        last: int | Tensor = -1
        if mask is not None:
            visible = mask[:, 0, 0].int().expand(len(source), -1)
            first, last = visible.argmax(1), source.size(1) - 1 - visible.flip(1).argmax(1)
        summary = torch.cat([memory[rows, last, :half], memory[rows, first, half:]], 1)
        keys = memory if self.attention is None else self.attention.keys(memory)
        return (Source(keys[:, None], memory[:, None], summary[:, None, None]),), mask

    def decode_inside(
        self,
        target: Tensor,
        cross: tuple[Source],
        mask: Tensor | None,
        cache: RecurrentCache | None = None,
        change: Change | None = None,
    ) -> Decoded:
        """Run the decoder over the T newest pieces, ids (B, T), given the cache of those before; return all values."""
        keys, annotations, summary = (part[:, 0] for part in cross[0])
        length = target.size(1)
        if cache is None:
            states = torch.tanh(self.bridge(summary[:, 0])).unflatten(1, (self.config.n_layers, -1))
        else:
            states = cache.states
        states = states.transpose(0, 1).contiguous()  # (N, B, d_model)
        y = self.embed(self.target_embedding, target)
        queries, new = self.reader(y, states[:1])
        if self.attention is None:
            scores, weights, contexts = None, None, summary.expand(-1, length, -1)
        else:
            scores = self.attention.scores(queries, keys)
            weights = attention_weights(
                scores, None if mask is None else mask[:, 0], change.attention("cross", 0) if change else None
            )
            contexts = weights.to(annotations.dtype) @ annotations
        top = queries
        if self.writer is not None:
            top, upper = self.writer(self.dropout(torch.cat([queries, contexts], -1)), states[1:])
            new = torch.cat([new, upper])
        hidden = F.relu(self.output_1(torch.cat([self.dropout(torch.cat([top, contexts], -1)), y], -1)))
        cache = RecurrentCache(new.transpose(0, 1), (cache.length if cache else 0) + length)
        return Decoded(self.output_2(self.dropout(hidden)), cache, queries, scores, weights, contexts)

    def decode(
        self,
        target: Tensor,
        cross: tuple[Source],
        cross_mask: Tensor | None,
        traced: bool = False,
        cache: RecurrentCache | None = None,
        change: Change | None = None,
    ) -> tuple[Tensor, RecurrentCache, Tensor | None, Tensor | None]:
        """Run the decoder over the T newest pieces, ids (B, T), with the interface of `Transformer.decode`.

        Returns:
            States (B, T, d_model); the cache; and if `traced` an empty array of self-attention weights
            (B, 0, 1, T, past + T), and cross-attention weights (B, 1, 1, T, S), or (B, 0, 1, T, S) without attention.
        """
        decoded = self.decode_inside(target, cross, cross_mask, cache, change)
        states, new, weights = decoded.states, decoded.cache, decoded.weights
        if not traced:
            return states, new, None, None
        rows, length = target.shape
        self_weights = states.new_zeros(rows, 0, 1, length, new.length)
        if weights is None:
            return states, new, self_weights, states.new_zeros(rows, 0, 1, length, cross[0].keys.size(2))
        return states, new, self_weights, weights[:, None, None]

    def step(
        self,
        last: Tensor,
        cross: tuple[Source],
        mask: Tensor | None,
        cache: RecurrentCache | None,
        traced: bool = False,
    ) -> tuple[Tensor, RecurrentCache, Tensor | None, Tensor | None]:
        """Run the decoder over one new piece in each row: `core.model.Run.step`."""
        states, new, self_weights, cross_weights = self.decode(last[:, None], cross, mask, traced, cache)
        logits = self.logits(states[:, -1])
        if self_weights is None or cross_weights is None:
            return logits, new, None, None
        return logits, new, self_weights.transpose(0, 1), cross_weights.transpose(0, 1)

    def logits(self, states: Tensor) -> Tensor:
        """Return the pre-softmax scores over target pieces, (…, target_vocab), of states (…, d_model)."""
        return F.linear(states, self.target_embedding.weight)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the decoder states (B, T, d_model) of source (B, S) and target inputs (B, T), for teacher forcing."""
        memory, _ = self.encode(source)
        return self.decode(target, *self.start(memory, source))[0]
