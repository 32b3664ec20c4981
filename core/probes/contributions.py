"""Probe of contributions: the shares of source and target pieces in each output, from a pass of the Transformer."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.analysis.contributions import (
    DecoderShares,
    added_vectors,
    compose,
    cross_shares,
    norm_shares,
    own_shares,
    rescaled,
    through_norm,
    value_norms,
)
from core.config import KINDS
from core.model import Change, Tap, Taps, Transformer
from core.model.transformer import AddNorm


def attention_taps(model: Transformer, source: Tensor, inputs: Tensor, change: Change | None = None) -> Taps:
    """Run the model over given pieces, and record all attentions.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        change: The changes of an Intervention.
    """
    taps: Taps = {(kind, layer): {} for kind in KINDS for layer in range(model.config.n_layers)}
    memory, _ = model.encode(source, change=change, taps=taps)
    model.decode(inputs, *model.start(memory, source, change), change=change, taps=taps)
    return taps


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.double().cpu().numpy()


def _attention(model: Transformer, taps: Taps, kind: str, layer: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of an attention (h, T, S), and f(x) = (x W^V + b^V) W^O of its keys (h, S, d_model)."""
    tap, w_o = taps[kind, layer], model.attention(kind, layer).w_o.weight
    matrices = w_o.unflatten(1, (model.config.n_heads, -1)).permute(1, 2, 0)  # (h, d_k, d_model)
    return _numpy(tap["weights"][0]), _numpy(tap["v"][0].double() @ matrices.double())


@torch.inference_mode()
def head_norms(
    model: Transformer, source: Tensor, inputs: Tensor, change: Change | None = None
) -> dict[str, np.ndarray]:
    """Compute the length of what each head adds for each key, as a share of the row: `value_norms`, by kind.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        change: The changes of an Intervention.

    Returns:
        Each (layers, heads, rows, keys); rows sum to 1, or to 0 for a removed head.
    """
    taps = attention_taps(model, source, inputs, change)
    layers = range(model.config.n_layers)
    return {
        kind: np.stack([rescaled(value_norms(*_attention(model, taps, kind, layer))) for layer in layers])
        for kind in KINDS
    }


@torch.inference_mode()
def norm_contributions(
    model: Transformer, source: Tensor, inputs: Tensor, change: Change | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Compute `norm_shares` of the last layer: those of cross-attention (T, S) and of self-attention (T, T).

    The arguments are those of `head_norms`.
    """
    taps = attention_taps(model, source, inputs, change)
    cross, own = (
        norm_shares(*_attention(model, taps, kind, model.config.n_layers - 1)) for kind in ("cross", "decoder_self")
    )
    return cross, own


def summands(
    model: Transformer, taps: Taps, kind: str, layer: int, norm: AddNorm, change: Change | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split the output of an attention's Add & Norm into what it is a sum of, besides biases.

    Args:
        model: The model.
        taps: What `attention_taps` recorded.
        kind: One of KINDS.
        layer: The layer, from 0.
        norm: The Add & Norm after this attention.
        change: The changes of an Intervention, with which the taps were recorded.

    Returns:
        What each key adds to each row (rows, keys, d_model), the residual (rows, d_model), both after normalization
        (`through_norm`), and the output (rows, d_model).
    """
    tap: Tap = taps[kind, layer]
    parts = added_vectors(*_attention(model, taps, kind, layer))
    residual, total, output = (_numpy(tap[name][0]) for name in ("residual", "sum", "normalized"))
    stack = "encoder" if kind == "encoder_self" else "decoder"
    if change is not None and "norm" in change.removed(stack, layer):
        return parts, residual, output
    gain = _numpy(norm.weight)
    residual = through_norm(residual[:, None], total, gain, norm.eps)[:, 0]
    return through_norm(parts, total, gain, norm.eps), residual, output


@torch.inference_mode()
def alti_contributions(
    model: Transformer, source: Tensor, inputs: Tensor, change: Change | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the shares of source pieces (T, S) and input pieces (T, T) in the decoder's output, by ALTI.

    The output of an attention after Add & Norm is a sum: what it takes from each key, the residual, and biases. `alti`
    gives each summand a share; the biases of W^O and of the normalization are in the output alone, the bias of W^V in
    each value. `compose` multiplies the layers. The arguments are those of `head_norms`.

    Source:
        Ferrando et al. 2022, "Towards Opening the Black Box of Neural Machine Translation: Source and Target
        Interpretations of the Transformer", section 3.
    """
    taps = attention_taps(model, source, inputs, change)
    depth = model.config.n_layers if change is None or change.encoder_layer is None else change.encoder_layer

    encoder = np.eye(source.size(1))
    for layer in range(depth):
        encoder = (
            own_shares(*summands(model, taps, "encoder_self", layer, model.encoder[layer].norm_1, change)) @ encoder
        )
    decoder = []
    for layer, block in enumerate(model.decoder):
        own = own_shares(*summands(model, taps, "decoder_self", layer, block.norm_1, change))
        cross = cross_shares(*summands(model, taps, "cross", layer, block.norm_2, change))
        decoder.append(DecoderShares(own, *cross))
    return compose(encoder, decoder)
