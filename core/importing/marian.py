"""Import of Marian models in the format of Hugging Face: `MarianMTModel`, such as Helsinki-NLP's OPUS-MT.

They differ from the paper's by options of `ModelConfig`: swish in the feed-forward network, all sines before all
cosines, one embedding for both sides and the projection, a bias on the pre-softmax scores. They have no <s>: the
decoder starts from <pad>, which is never written. In the imported model <s> has the row of this <pad>, and the bias
NEVER.
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
"""Options of a config that move layer normalization to another place than in the paper."""

NAMES = {"self_attn": "self_attention", "encoder_attn": "cross_attention"}
NORMS = {
    "encoder": ("self_attn_layer_norm", "final_layer_norm"),
    "decoder": ("self_attn_layer_norm", "encoder_attn_layer_norm", "final_layer_norm"),
}
ISO_639_1 = {"eng": "en", "zho": "zh", "cmn": "zh", "fra": "fr", "deu": "de", "spa": "es", "rus": "ru", "jpn": "ja"}


def read(folder: Path) -> Imported:
    """Import a Marian folder.

    Its files are config.json, model.safetensors or pytorch_model.bin, source.spm, target.spm, vocab.json, and
    target_vocab.json if the target has a separate vocabulary.

    Raises:
        ModelImportError: If the model cannot be imported.
    """
    name, values = folder.name, read_json(folder / CONFIG)
    _check_config(name, values)
    source_proto, target_proto = (read_proto(name, read_bytes(folder / file)) for file in ("source.spm", "target.spm"))
    shared = values.get("share_encoder_decoder_embeddings", True) is True
    files = ("vocab.json",) if shared else ("vocab.json", "target_vocab.json")
    tokens = [_sort_tokens(name, read_json(folder / file)) for file in files if shared or (folder / file).is_file()]
    protos = [[source_proto, target_proto]] if shared else [[source_proto], [target_proto]]
    if not shared and len(tokens) == 1:  # two matrices over one vocabulary
        tokens, protos = tokens * 2, [[source_proto, target_proto]] * 2
    eos, start, pad = (
        _get_number(name, values, key) for key in ("eos_token_id", "decoder_start_token_id", "pad_token_id")
    )
    vocabularies = [
        Vocabulary(
            name, side, "<unk>", side[eos] if eos < len(side) else "</s>", start, pad,
            (piece for proto in own_protos for piece in text_pieces(proto)),
        )
        for side, own_protos in zip(tokens, protos, strict=True)
    ]  # fmt: skip
    source, target = vocabularies[0], vocabularies[-1]

    weights = _open_weights(folder)
    tables = [key for side in NORMS if (key := f"model.{side}.embed_positions.weight") in weights]
    width, inner, layers = (_get_number(name, values, key) for key in ("d_model", "encoder_ffn_dim", "encoder_layers"))
    config = make_config(
        name,
        source_vocab=len(source),
        target_vocab=len(target),
        d_model=width,
        n_heads=_get_number(name, values, "encoder_attention_heads"),
        n_layers=layers,
        d_ff=inner,
        max_length=min(_get_number(name, values, "max_position_embeddings"), LONGEST),
        activation="swish" if (function := values.get("activation_function")) == "silu" else function,
        sinusoid=weights.layout(*tables) if tables else "halves",
        scale_embedding=values.get("scale_embedding", False) is True,
        shared_embedding=shared,
    )

    ours = _take_embeddings(weights, shared, source, target, width)
    if "final_logits_bias" in weights:
        bias = weights.take("final_logits_bias", 1, target.foreign_size)[0]
    else:
        bias = torch.zeros(target.foreign_size)
    ours["logits_bias"] = target.reorder_bias(bias)
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
        _read_languages(folder),
        {"format": "marian", "start": tokens[-1][start]},
    )


def _check_config(name: str, values: dict[str, Any]) -> None:
    """Check that `ModelConfig` has all options that are set in a config.json.

    Raises:
        ModelImportError: If the model is not a Marian model, or has an option that `ModelConfig` lacks.
    """
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


def _get_number(name: str, values: dict[str, Any], key: str) -> int:
    value = values.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or value >= 2**31:
        raise ModelImportError(name=name, cause="unsupported", detail=f"{key} = {ascii(value)[:40]}")
    return value


def _sort_tokens(name: str, id_of: dict[str, Any]) -> list[str]:
    """Return the pieces of a vocabulary in order of their ids, which must be 0, 1, 2, …."""
    tokens: list[Any] = [None] * len(id_of)
    for token, i in id_of.items():
        if not isinstance(i, int) or isinstance(i, bool) or not 0 <= i < len(tokens) or tokens[i] is not None:
            raise ModelImportError(name=name, cause="vocabulary", detail=f"the id {ascii(i)[:40]}")
        tokens[i] = token
    return tokens


def _take_embeddings(
    weights: Weights, shared: bool, source: Vocabulary, target: Vocabulary, width: int
) -> dict[str, Tensor]:
    """Return the embeddings in the order of our vocabularies; a file may have the same matrix under several names."""
    encoder, decoder = "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"
    projection, both = "lm_head.weight", "model.shared.weight"
    names = {"source": [encoder, both], "target": [decoder, both, projection]}
    if shared:
        names = {"source": [both, encoder, decoder, projection]}
    ours = {}
    for side, keys in names.items():
        vocabulary = source if side == "source" else target
        present = [key for key in keys if key in weights]
        matrix = weights.take(present[0] if present else keys[0], vocabulary.foreign_size, width)
        for key in present[1:]:
            if key != both and not torch.equal(weights.take(key, *matrix.shape), matrix):
                raise ModelImportError(name=weights.name, cause="unsupported", detail=f"{key} of its own")
        weights.skip(both)
        ours[f"{side}_embedding.weight"] = vocabulary.reorder(matrix)
    return ours


def _open_weights(folder: Path) -> Weights:
    """Return the tensors of a folder, from a safetensors file if there is one, else from a pickle.

    Raises:
        ModelImportError: If there is neither, or the file is damaged or too large.
    """
    name = folder.name
    if (path := folder / SAFE).is_file():
        check_size(path, LARGEST_WEIGHTS)
        try:
            file = safetensors.safe_open(path, framework="pt")
            shapes: dict[str, Sequence[int]] = {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118
        except (OSError, safetensors.SafetensorError) as error:
            raise ModelImportError(name=name, cause="unreadable", detail=SAFE) from error
        size = path.stat().st_size
        return Weights(name, shapes, file.get_tensor, size, size)  # tensors of a safetensors file do not overlap
    path = folder / PICKLED
    check_size(path, LARGEST_WEIGHTS)
    size = path.stat().st_size
    try:
        if zipfile.is_zipfile(path):  # torch does not compress its archives, so a compressed one is not from torch
            with zipfile.ZipFile(path) as archive:
                if sum(member.file_size for member in archive.infolist()) > size:
                    raise ModelImportError(name=name, cause="large", detail=PICKLED)
        # With weights_only the pickle can create tensors, but not run code.
        tensors = torch.load(path, map_location="cpu", weights_only=True)
        fits = isinstance(tensors, dict) and all(
            isinstance(key, str) and isinstance(value, Tensor) and value.layout == torch.strided
            for key, value in tensors.items()
        )
        if not fits:
            raise ModelImportError(name=name, cause="unreadable", detail=PICKLED)
    except ModelImportError:
        raise
    except Exception as error:  # the unpickler can raise anything for a damaged pickle
        raise ModelImportError(name=name, cause="unreadable", detail=PICKLED) from error
    shapes = {key: value.shape for key, value in tensors.items()}
    total_size = sum(value.numel() * value.element_size() for value in tensors.values())
    return Weights(name, shapes, tensors.__getitem__, total_size, size)


def _read_languages(folder: Path) -> tuple[str, str]:
    path = folder / "tokenizer_config.json"
    values = read_json(path) if path.is_file() else {}
    codes = [values.get(f"{side}_lang") for side in ("source", "target")]
    source, target = (code.split("_")[0] if isinstance(code, str) else "" for code in codes)
    return ISO_639_1.get(source, source), ISO_639_1.get(target, target)
