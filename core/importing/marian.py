"""Marian models as Hugging Face keeps them: `MarianMTModel`, by Helsinki-NLP's OPUS-MT among others.

Different from the paper's, and options of `ModelConfig`: swish in the feed-forward network, all sines before all
cosines, one embedding for both sides and the projection, a bias on the pre-softmax scores. There is no <s>: the decoder
starts from <pad>, which is never written; here <s> has that row, and the bias NEVER.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor

from core.errors import ModelImportError
from core.importing.files import LARGEST_WEIGHTS, check_size, read_bytes, read_json
from core.importing.imported import LONGEST, Imported
from core.importing.vocabulary import Vocabulary, read_proto, renumber, text_pieces
from core.importing.weights import Weights, make_config

CONFIG, SAFE, PICKLED = "config.json", "model.safetensors", "pytorch_model.bin"
UNSUPPORTED = ("normalize_before", "normalize_embedding", "add_final_layer_norm")
"""Options of a config that put layer normalization elsewhere than the paper does."""

NAMES = {"self_attn": "self_attention", "encoder_attn": "cross_attention"}
NORMS = {
    "encoder": ("self_attn_layer_norm", "final_layer_norm"),
    "decoder": ("self_attn_layer_norm", "encoder_attn_layer_norm", "final_layer_norm"),
}
ISO_639_1 = {"eng": "en", "zho": "zh", "cmn": "zh", "fra": "fr", "deu": "de", "spa": "es", "rus": "ru", "jpn": "ja"}


def read(folder: Path) -> Imported:
    """A Marian folder: config.json, model.safetensors or pytorch_model.bin, source.spm, target.spm, vocab.json.

    target_vocab.json is the target's vocabulary where it has one of its own. Raises `ModelImportError`.
    """
    name, values = folder.name, read_json(folder / CONFIG)
    _check(name, values)
    source_proto, target_proto = (read_proto(name, read_bytes(folder / file)) for file in ("source.spm", "target.spm"))
    shared = values.get("share_encoder_decoder_embeddings", True) is True
    files = ("vocab.json",) if shared else ("vocab.json", "target_vocab.json")
    tokens = [_tokens(name, read_json(folder / file)) for file in files if shared or (folder / file).is_file()]
    protos = [[source_proto, target_proto]] if shared else [[source_proto], [target_proto]]
    if not shared and len(tokens) == 1:  # two matrices over one vocabulary
        tokens, protos = tokens * 2, [[source_proto, target_proto]] * 2
    eos, start, pad = (_number(name, values, key) for key in ("eos_token_id", "decoder_start_token_id", "pad_token_id"))
    vocabularies = [
        Vocabulary(
            name, side, "<unk>", side[eos] if eos < len(side) else "</s>", start, pad,
            (piece for proto in both for piece in text_pieces(proto)),
        )
        for side, both in zip(tokens, protos, strict=True)
    ]  # fmt: skip
    source, target = vocabularies[0], vocabularies[-1]

    weights = _weights(folder)
    tables = [key for side in NORMS if (key := f"model.{side}.embed_positions.weight") in weights]
    width, inner, layers = (_number(name, values, key) for key in ("d_model", "encoder_ffn_dim", "encoder_layers"))
    config = make_config(
        name,
        source_vocab=len(source),
        target_vocab=len(target),
        d_model=width,
        n_heads=_number(name, values, "encoder_attention_heads"),
        n_layers=layers,
        d_ff=inner,
        max_length=min(_number(name, values, "max_position_embeddings"), LONGEST),
        activation="swish" if (function := values.get("activation_function")) == "silu" else function,
        sinusoid=weights.layout(*tables) if tables else "halves",
        scale_embedding=values.get("scale_embedding", False) is True,
        shared_embedding=shared,
    )

    ours = _embeddings(weights, shared, source, target, width)
    if "final_logits_bias" in weights:
        bias = weights.take("final_logits_bias", 1, target.foreign)[0]
    else:
        bias = torch.zeros(target.foreign)
    ours["logits_bias"] = target.bias(bias)
    for side, norms in NORMS.items():
        for i in range(layers):
            theirs, here = f"model.{side}.layers.{i}", f"{side}.{i}"
            for attention in list(NAMES)[: len(norms) - 1]:
                for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    our_part = f"{here}.{NAMES[attention]}.w_{part[0]}"
                    ours |= weights.linear(our_part, f"{theirs}.{attention}.{part}", width, width)
            ours |= weights.linear(f"{here}.feed_forward.w_1", f"{theirs}.fc1", inner, width)
            ours |= weights.linear(f"{here}.feed_forward.w_2", f"{theirs}.fc2", width, inner)
            for n, norm in enumerate(norms, 1):
                for part in ("weight", "bias"):
                    ours[f"{here}.norm_{n}.{part}"] = weights.take(f"{theirs}.{norm}.{part}", width)
    weights.finish()
    return Imported(
        config,
        ours,
        renumber(name, source_proto, source),
        renumber(name, target_proto, target),
        _languages(folder),
        {"format": "marian", "start": tokens[-1][start]},
    )


def _check(name: str, values: dict[str, Any]) -> None:
    """Raises `ModelImportError` for another architecture, and for what of Marian's our model has no option for."""
    if values.get("model_type") != "marian":
        detail = f"model_type = {ascii(values.get('model_type'))[:40]}"
        raise ModelImportError(name=name, cause="unsupported", detail=detail)
    for key in UNSUPPORTED:
        if values.get(key):
            raise ModelImportError(name=name, cause="unsupported", detail=key)
    for key in ("layers", "attention_heads", "ffn_dim"):
        sides = [values.get(f"{side}_{key}") for side in NORMS]
        if sides[0] != sides[1]:
            detail = f"encoder_{key} = {ascii(sides[0])[:20]} beside decoder_{key} = {ascii(sides[1])[:20]}"
            raise ModelImportError(name=name, cause="unsupported", detail=detail)


def _number(name: str, values: dict[str, Any], key: str) -> int:
    value = values.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or value >= 2**31:
        raise ModelImportError(name=name, cause="unsupported", detail=f"{key} = {ascii(value)[:40]}")
    return value


def _tokens(name: str, places: dict[str, Any]) -> list[str]:
    """A vocabulary's pieces by their ids, which must be 0, 1, 2, …"""
    tokens: list[Any] = [None] * len(places)
    for token, i in places.items():
        if not isinstance(i, int) or isinstance(i, bool) or not 0 <= i < len(tokens) or tokens[i] is not None:
            raise ModelImportError(name=name, cause="vocabulary", detail=f"the id {ascii(i)[:40]}")
        tokens[i] = token
    return tokens


def _embeddings(
    weights: Weights, shared: bool, source: Vocabulary, target: Vocabulary, width: int
) -> dict[str, Tensor]:
    """The embeddings in our order. A file holds the same matrix under several names, or under one of them."""
    encoder, decoder = "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"
    projection, both = "lm_head.weight", "model.shared.weight"
    names = {"source": [encoder, both], "target": [decoder, both, projection]}
    if shared:
        names = {"source": [both, encoder, decoder, projection]}
    ours = {}
    for side, keys in names.items():
        vocabulary = source if side == "source" else target
        there = [key for key in keys if key in weights]
        matrix = weights.take(there[0] if there else keys[0], vocabulary.foreign, width)
        for key in there[1:]:
            if key != both and not torch.equal(weights.take(key, *matrix.shape), matrix):
                raise ModelImportError(name=weights.name, cause="unsupported", detail=f"{key} of its own")
        weights.skip(both)
        ours[f"{side}_embedding.weight"] = vocabulary.move(matrix)
    return ours


def _weights(folder: Path) -> Weights:
    """The tensors of a folder; a safetensors file goes before a pickle. Raises `ModelImportError`."""
    name = folder.name
    if (path := folder / SAFE).is_file():
        check_size(path, LARGEST_WEIGHTS)
        try:
            file = safetensors.safe_open(path, framework="pt")
            shapes: dict[str, Sequence[int]] = {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118
        except (OSError, safetensors.SafetensorError) as error:
            raise ModelImportError(name=name, cause="unreadable", detail=SAFE) from error
        size = path.stat().st_size
        return Weights(name, shapes, file.get_tensor, size, size)  # no two tensors of such a file overlap
    path = folder / PICKLED
    check_size(path, LARGEST_WEIGHTS)
    size = path.stat().st_size
    try:
        if zipfile.is_zipfile(path):  # torch stores without compression: what would grow was not written by it
            with zipfile.ZipFile(path) as archive:
                if sum(member.file_size for member in archive.infolist()) > size:
                    raise ModelImportError(name=name, cause="large", detail=PICKLED)
        # weights_only: tensors, and no code, whatever the pickle asks for
        tensors = torch.load(path, map_location="cpu", weights_only=True)
        fits = isinstance(tensors, dict) and all(
            isinstance(key, str) and isinstance(value, Tensor) and value.layout == torch.strided
            for key, value in tensors.items()
        )
        if not fits:
            raise ModelImportError(name=name, cause="unreadable", detail=PICKLED)
    except ModelImportError:
        raise
    except Exception as error:  # a damaged pickle raises whatever its bytes make the unpickler stumble over
        raise ModelImportError(name=name, cause="unreadable", detail=PICKLED) from error
    shapes = {key: value.shape for key, value in tensors.items()}
    taken = sum(value.numel() * value.element_size() for value in tensors.values())
    return Weights(name, shapes, tensors.__getitem__, taken, size)


def _languages(folder: Path) -> tuple[str, str]:
    path = folder / "tokenizer_config.json"
    values = read_json(path) if path.is_file() else {}
    found = [values.get(f"{side}_lang") for side in ("source", "target")]
    source, target = (code.split("_")[0] if isinstance(code, str) else "" for code in found)
    return ISO_639_1.get(source, source), ISO_639_1.get(target, target)
