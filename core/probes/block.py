"""Probes of the other parts of a layer: parts removed, sums before layer normalization, the feed-forward network.

All of them need a Transformer, and raise `OptionError` for a recurrent model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.checks import is_index
from core.config import BOS, PAD
from core.errors import OptionError
from core.intervention import PARTS, STACKS
from core.model import Change, Taps, padded
from core.model.transformer import FeedForward
from core.probes.importance import output_log_probabilities
from core.probes.loaded import LoadedModel
from core.records.block import Activations, BatchSums, PositionWise
from core.records.stream import SUBLAYERS, HalfStep
from core.records.trace import Trace


@torch.inference_mode()
def parts_removed(
    loaded: LoadedModel, text: str, pieces: Sequence[str], progress: Callable[[float], object] | None = None
) -> np.ndarray:
    """Measure what a translation loses without each part of each layer, one at a time.

    Args:
        loaded: The model.
        text: The source text.
        pieces: The translation, as in `Trace.output_pieces`.
        progress: Called with the finished share, 0 to 1.

    Returns:
        The log-probability of the translation by the whole model minus that without the part, in nats: float32
        (stacks in the order of STACKS, layers, parts in the order of PARTS). Negative where the translation is more
        probable without it.
    """
    model = loaded.transformer()
    ids, output = loaded.encode(text)[0], loaded.encode_target(pieces)
    source, inputs, target = loaded.tensor(ids), loaded.tensor([BOS, *output[:-1]]), loaded.tensor(output)[0]
    memory, _ = model.encode(source)

    def score(encoded: Tensor, change: Change | None = None) -> float:
        states, *_ = model.decode(inputs, *model.start(encoded, source, change), change=change)
        return float(output_log_probabilities(model, states, target)[0])

    whole = score(memory)
    lost = np.zeros((len(STACKS), loaded.config.n_layers, len(PARTS)), np.float32)
    for done, (stack, layer, part) in enumerate(np.ndindex(lost.shape), start=1):
        change = Change(without={(STACKS[stack], layer): frozenset({PARTS[part]})})
        encoded = model.encode(source, change=change)[0] if STACKS[stack] == "encoder" else memory
        lost[stack, layer, part] = whole - score(encoded, change)
        if progress is not None:
            progress(done / lost.size)
    return lost


@torch.inference_mode()
def sums_before_norm(loaded: LoadedModel, texts: Sequence[str], layer: int, padding: int = 0) -> BatchSums:
    """Record x + SelfAttention(x) of an encoder layer, before its layer normalization, over a padded batch.

    Args:
        loaded: The model.
        texts: The sentences of the batch.
        layer: The layer, from 0.
        padding: How many more positions the longest sentence is padded by; no more than the model has are added.

    Raises:
        HeadlightError: If the layer does not exist, or as `LoadedModel.encode` does.
    """
    model = loaded.transformer()
    _check_layer(loaded, layer)
    encoded = [loaded.encode(text) for text in texts]
    source = padded([ids for ids, _ in encoded], loaded.device)
    source = F.pad(source, (0, min(padding, loaded.config.max_length - source.size(1))), value=PAD)
    taps: Taps = {("encoder_self", layer): {}}
    model.encode(source, taps=taps)
    pieces = tuple(tuple(loaded.source_tokenizer.labels(pieces)) for _, pieces in encoded)
    return BatchSums(pieces, _to_numpy(taps["encoder_self", layer]["sum"]))


@torch.inference_mode()
def position_wise(loaded: LoadedModel, trace: Trace, layer: int, order: Sequence[int]) -> PositionWise:
    """Run the feed-forward network of an encoder layer over a source's positions in two orders, and as a convolution.

    Args:
        loaded: The model.
        trace: A Trace of this model. Its Intervention is not applied.
        layer: The layer, from 0.
        order: The positions in the other order, each once.

    Raises:
        OptionError: If the layer does not exist, or `order` is not a permutation.
    """
    model = loaded.transformer()
    _check_layer(loaded, layer)
    source = loaded.tensor(loaded.encode(trace.source)[0])
    if sorted(order) != list(range(source.size(1))):
        raise OptionError(name="order", value=list(order), cause="order")
    taps: Taps = {("encoder", layer): {}}
    model.encode(source, taps=taps)
    tap = taps["encoder", layer]
    network = model.encoder[layer].feed_forward
    inputs, outputs = tap["residual"][0], tap["sublayer"][0]
    shuffled = network(inputs[list(order)])
    apart = _as_convolution(network, inputs) - outputs
    return PositionWise(
        inputs=_to_numpy(inputs),
        hidden=_to_numpy(tap["hidden"][0]),
        outputs=_to_numpy(outputs),
        shuffled=_to_numpy(shuffled),
        moved=float((shuffled - outputs[list(order)]).abs().max()),
        convolution=float(apart.abs().max()),
    )


def _as_convolution(network: FeedForward, x: Tensor) -> Tensor:
    """Return the output of a feed-forward network for x (S, d_model), computed by two convolutions of width 1."""
    w_1, w_2 = network.w_1, network.w_2
    hidden = network.activation(F.conv1d(x.T[None], w_1.weight[:, :, None], w_1.bias))
    return F.conv1d(hidden, w_2.weight[:, :, None], w_2.bias)[0].T


@torch.inference_mode()
def activations(loaded: LoadedModel, texts: Sequence[str], layer: int) -> Activations:
    """Record the hidden units of an encoder layer's feed-forward network over many sentences.

    Args:
        loaded: The model.
        texts: The sentences.
        layer: The layer, from 0.

    Raises:
        HeadlightError: If the layer does not exist, or as `LoadedModel.encode` does.
    """
    _check_layer(loaded, layer)
    place = "encoder", layer
    encoded, taps = _encode_all(loaded, texts, [place])
    hidden = taps[place]["hidden"]
    values = torch.cat([hidden[i, : len(pieces)] for i, (_, pieces) in enumerate(encoded)])
    labels = [label for _, pieces in encoded for label in loaded.source_tokenizer.labels(pieces)]
    return Activations(tuple(labels), _to_numpy(values))


@torch.inference_mode()
def encoder_vectors(loaded: LoadedModel, texts: Sequence[str], residual: bool = True) -> list[np.ndarray]:
    """Record the vectors of sentences at each half-step of the encoder, see `core.records.HalfStep`.

    Args:
        loaded: The model.
        texts: The sentences.
        residual: False removes the residual connections of all layers of the encoder.

    Returns:
        float32 (half-steps, pieces, d_model) of each sentence.

    Raises:
        HeadlightError: As `LoadedModel.encode` does.
    """
    layers = range(loaded.config.n_layers)
    removed = {} if residual else {("encoder", layer): frozenset({"residual"}) for layer in layers}
    places = [(name, layer) for name in SUBLAYERS["encoder"] for layer in layers]
    encoded, taps = _encode_all(loaded, texts, places, Change(without=removed))
    steps = HalfStep.all("encoder", loaded.config.n_layers)
    states = torch.stack([taps["encoder_self", 0]["input"], *(taps[step]["normalized"] for step in steps[1:])])
    return [_to_numpy(states[:, i, : len(pieces)]) for i, (_, pieces) in enumerate(encoded)]


def _encode_all(
    loaded: LoadedModel, texts: Sequence[str], places: Sequence[tuple[str, int]], change: Change | None = None
) -> tuple[list[tuple[list[int], list[str]]], Taps]:
    """Encode sentences in one padded batch, and return their ids and pieces, and the taps at these places."""
    model = loaded.transformer()
    encoded = [loaded.encode(text) for text in texts]
    taps: Taps = {place: {} for place in places}
    model.encode(padded([ids for ids, _ in encoded], loaded.device), change=change, taps=taps)
    return encoded, taps


def _check_layer(loaded: LoadedModel, layer: int) -> None:
    """Raise `OptionError` if the model has no such layer."""
    if not is_index(layer, loaded.config.n_layers):
        raise OptionError(name="layer", value=layer, cause="layer_index", first=0, last=loaded.config.n_layers - 1)


def _to_numpy(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.float().cpu().numpy())
