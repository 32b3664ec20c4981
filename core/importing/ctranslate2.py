"""CTranslate2's files: `model.bin`, the vocabulary beside it, and the SentencePiece model of an Argos package.

model.bin, version 6, little-endian: uint32 version; string specification; uint32 revision; uint32 count, and for each
variable string name, uint8 rank, uint32 a dimension, uint8 type, uint32 bytes, the bytes; uint32 count, and for each
alias its string name and that of a variable. A string is uint16 length, characters, a zero byte that counts
(`ModelSpec._serialize` of ctranslate2.specs.model_spec; the variables' names: ctranslate2.specs.transformer_spec).

A weight in int8 has a scale for each row (in int16 one for all) that it was multiplied by: divided by it again, it is
what CTranslate2 itself computes with in float32.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

import torch
from torch import Tensor

from core.errors import ModelImportError
from core.importing.files import LARGEST_WEIGHTS, check_size, read_bytes, read_json
from core.importing.imported import LONGEST, Imported
from core.importing.vocabulary import Vocabulary, by_rank, read_proto, renumber, text_pieces
from core.importing.weights import Weights, load_bytes, make_config

if TYPE_CHECKING:
    from sentencepiece.sentencepiece_model_pb2 import ModelProto

BINARY, CONFIG = "model.bin", "config.json"
VERSION, SPECIFICATION, REVISION = 6, "TransformerSpec", 7
TYPES = (torch.float32, torch.int8, torch.int16, torch.int32, torch.float16, torch.bfloat16)
ACTIVATIONS = {0: "relu", 2: "swish", 3: "gelu"}
MOST_VARIABLES, MOST_DIMENSIONS = 100_000, 4


class Variable(NamedTuple):
    """One variable's place in the file."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    offset: int
    size: int  # bytes


def read_header(path: Path) -> tuple[dict[str, Variable], dict[str, str]]:
    """What a model.bin holds: variables by name, and aliases. No weight is read. Raises `ModelImportError`."""
    check_size(path, LARGEST_WEIGHTS)
    end = path.stat().st_size
    variables: dict[str, Variable] = {}
    aliases: dict[str, str] = {}
    try:
        with path.open("rb") as file:
            found = _number(file, "I"), _string(file), _number(file, "I")
            if found != (VERSION, SPECIFICATION, REVISION):
                detail = f"version {found[0]} of {ascii(found[1])[1:-1][:40]}, revision {found[2]},"
                raise ModelImportError(name=path.parent.name, cause="unsupported", detail=detail)
            for _ in range(_count(file)):
                name, rank = _string(file), _number(file, "B")
                if rank > MOST_DIMENSIONS:
                    raise ValueError(rank)
                shape = tuple(_number(file, "I") for _ in range(rank))
                dtype, size = TYPES[_number(file, "B")], _number(file, "I")
                offset = file.tell()
                if size != math.prod(shape) * dtype.itemsize or offset + size > end or name in variables:
                    raise ValueError(name)
                variables[name] = Variable(shape, dtype, offset, size)
                file.seek(size, 1)
            for _ in range(_count(file)):
                alias, name = _string(file), _string(file)
                if name not in variables or alias in variables or alias in aliases:
                    raise ValueError(alias)
                aliases[alias] = name
            if file.read(1):
                raise ValueError("more follows")
    except (OSError, ValueError, IndexError, struct.error) as error:
        if isinstance(error, ModelImportError):
            raise
        raise ModelImportError(name=path.parent.name, cause="unreadable", detail=BINARY) from error
    return variables, aliases


def _number(file: BinaryIO, kind: str) -> int:
    return struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0]


def _count(file: BinaryIO) -> int:
    count = _number(file, "I")
    if count > MOST_VARIABLES:
        raise ValueError(count)
    return count


def _string(file: BinaryIO) -> str:
    length = _number(file, "H")
    content = file.read(length)
    if len(content) != length or not content.endswith(b"\0"):
        raise ValueError("a string has no end")
    return content[:-1].decode("utf-8")


def read(folder: Path) -> Imported:
    """A CTranslate2 folder, or an Argos package with one in `model`. Raises `ModelImportError`."""
    inner = folder / "model" if (folder / "model" / BINARY).is_file() else folder
    name = folder.name
    values = read_json(inner / CONFIG)
    metadata = read_json(folder / "metadata.json") if (folder / "metadata.json").is_file() else {}
    variables, aliases = read_header(inner / BINARY)

    def open_variable(key: str) -> Tensor:
        _, dtype, offset, size = found = variables[aliases.get(key, key)]
        content = bytearray(size)
        with (inner / BINARY).open("rb") as file:
            file.seek(offset)
            if file.readinto(content) != size:
                raise ModelImportError(name=name, cause="unreadable", detail=BINARY)
        tensor = load_bytes(content, dtype, found.shape)
        scale = f"{aliases.get(key, key)}_scale"
        if dtype not in (torch.int8, torch.int16) or scale not in variables:
            return tensor
        factors = open_variable(scale)
        if factors.dim() and factors.shape != tensor.shape[:1]:
            raise ModelImportError(name=name, cause="weights", detail=f"{scale} does not fit")
        return tensor.float() / (factors.view(-1, *[1] * (tensor.dim() - 1)) if factors.dim() else factors)

    shapes = {key: variable.shape for key, variable in variables.items()}
    shapes |= {alias: variables[key].shape for alias, key in aliases.items()}
    taken = sum(variables[aliases.get(key, key)].size for key in shapes)
    weights = Weights(name, shapes, open_variable, taken, (inner / BINARY).stat().st_size)
    weights.skip(*(key for key in shapes if key.endswith("_scale") and key.removesuffix("_scale") in shapes))
    option = _options(weights)

    tokens = _tokens(inner)
    protos = _protos(folder, inner, name)
    start = None
    if not option("start_from_zero_embedding", "decoder", 0):
        start = values.get("decoder_start_token")
        if start not in tokens[-1]:
            raise ModelImportError(name=name, cause="vocabulary", detail="it has no piece that the decoder starts from")
        start = tokens[-1].index(start)
    shared = aliases.get("encoder/embeddings_0/weight", "encoder/embeddings_0/weight") == aliases.get(
        "decoder/embeddings/weight", "decoder/embeddings/weight"
    )
    if shared and len(tokens) == 2:
        raise ModelImportError(name=name, cause="vocabulary", detail="one embedding for two vocabularies")
    both = (
        [[proto for proto in protos if proto]] * len(tokens) if len(tokens) == 1 else [[p] if p else [] for p in protos]
    )
    vocabularies = [
        Vocabulary(
            name, side, values.get("unk_token", "<unk>"), values.get("eos_token", "</s>"), start, None,
            (piece for proto in of for piece in text_pieces(proto)),
        )
        for side, of in zip(tokens, both, strict=True)
    ]  # fmt: skip
    source, target = vocabularies[0], vocabularies[-1]

    layers = [_count_layers(weights, side) for side in ("encoder", "decoder")]
    if layers[0] != layers[1]:
        detail = f"an encoder of {layers[0]} and a decoder of {layers[1]} layers"
        raise ModelImportError(name=name, cause="unsupported", detail=detail)
    width = (weights.shape("encoder/embeddings_0/weight") or (0,))[-1]
    inner_width = (weights.shape("encoder/layer_0/ffn/linear_0/weight") or (0,))[0]
    activation = option("activation")
    tables = [f"{side}/position_encodings/encodings" for side in ("encoder", "decoder")]
    epsilon = values.get("layer_norm_epsilon")
    config = make_config(
        name,
        source_vocab=len(source),
        target_vocab=len(target),
        d_model=width,
        n_heads=option("num_heads"),
        n_layers=layers[0],
        d_ff=inner_width,
        max_length=min([LONGEST, *(weights.shape(key)[0] for key in tables if weights.shape(key))]),
        activation=ACTIVATIONS.get(activation, f"number {activation}"),
        sinusoid=weights.layout(*tables),
        scale_embedding=_scales(weights, width),
        shared_embedding=shared,
        norm_epsilon=1e-5 if epsilon is None else epsilon,
    )

    ours = {"source_embedding.weight": source.move(weights.take("encoder/embeddings_0/weight", source.foreign, width))}
    matrix = weights.take("decoder/embeddings/weight", target.foreign, width)
    if not shared:
        ours["target_embedding.weight"] = target.move(matrix)
    if not torch.equal(weights.take("decoder/projection/weight", *matrix.shape), matrix):
        raise ModelImportError(name=name, cause="unsupported", detail="decoder/projection/weight of its own")
    bias = torch.zeros(target.foreign)
    if "decoder/projection/bias" in weights:
        bias = weights.take("decoder/projection/bias", target.foreign)
    ours["logits_bias"] = target.bias(bias)
    for side in ("encoder", "decoder"):
        for i in range(layers[0]):
            ours |= _layer(weights, side, i, width, inner_width)
    weights.finish()
    source_file = renumber(name, protos[0], source)
    target_file = renumber(name, protos[1], target) if protos[1] else by_rank(protos[0], target)
    languages = metadata.get("from_code") or "", metadata.get("to_code") or ""
    return Imported(config, ours, source_file, target_file, languages, {"format": "ctranslate2"})


class Option(Protocol):
    """A number of a file's specification; see `_options`."""

    def __call__(self, key: str, side: str | None = None, default: int | None = None) -> int: ...


def _options(weights: Weights) -> Option:
    """option(key, side, default): a number of the specification, the same in encoder and decoder where no side is named.

    Raises `ModelImportError` where the two differ, and at once for what our model has no option for.
    """

    def option(key: str, side: str | None = None, default: int | None = None) -> int:
        sides = [side] if side else ["encoder", "decoder"]
        names = [f"{side}/{key}" for side in sides]
        if default is not None and names[0] not in weights:
            return default
        found = {float(weights.take(name)) for name in names}
        if len(found) != 1 or not (value := found.pop()).is_integer():
            raise ModelImportError(name=weights.name, cause="unsupported", detail=names[-1])
        return int(value)

    if option("pre_norm"):
        raise ModelImportError(name=weights.name, cause="unsupported", detail="layer normalization before a sub-layer")
    for side, key in (("decoder", "alibi"), ("encoder", "multi_query_attention"), ("decoder", "multi_query_attention")):
        if option(key, side, 0):
            raise ModelImportError(name=weights.name, cause="unsupported", detail=key)
    if "encoder/embeddings_1/weight" in weights:
        raise ModelImportError(name=weights.name, cause="unsupported", detail="a second embedding of the source")
    # Without ALiBi, one embedding and nobody asking for CTranslate2's own alignments, these change nothing.
    unused = ("alibi_use_positive_positions", "scale_alibi", "alignment_heads", "alignment_layer")
    weights.skip("encoder/embeddings_merge", *(f"decoder/{key}" for key in unused))
    return option


def _scales(weights: Weights, width: int) -> bool:
    """Whether embeddings are multiplied by sqrt(width). CTranslate2 has a switch there, or the number itself."""
    found = {float(weights.take(f"{side}/scale_embeddings")) for side in ("encoder", "decoder")}
    value = found.pop()
    if not found and value in (0.0, 1.0):
        kind = weights.read("encoder/scale_embeddings").dtype
        return value == 1.0 and kind == torch.int8  # as a number, 1 changes nothing
    if found or not math.isclose(value, math.sqrt(width), rel_tol=1e-3):
        raise ModelImportError(name=weights.name, cause="unsupported", detail="encoder/scale_embeddings")
    return True


def _count_layers(weights: Weights, side: str) -> int:
    places = {key.split("/")[1] for key in weights.shapes if key.startswith(f"{side}/layer_")}
    layers = len([place for place in places if place.removeprefix("layer_").isdecimal()])
    return max(layers, 1)


def _layer(weights: Weights, side: str, i: int, width: int, inner: int) -> dict[str, Tensor]:
    """One layer's weights by our names."""
    theirs, here = f"{side}/layer_{i}", f"{side}.{i}"
    ours: dict[str, Tensor] = {}

    def put(linear: str, *parts: str) -> None:
        """A matrix, or several that stand in one below each other."""
        weight = weights.take(f"{theirs}/{linear}/weight", len(parts) * width, width)
        bias = weights.take(f"{theirs}/{linear}/bias", len(parts) * width)
        for n, part in enumerate(parts):
            rows = slice(n * width, (n + 1) * width)
            ours[f"{here}.{part}.weight"], ours[f"{here}.{part}.bias"] = weight[rows].clone(), bias[rows].clone()

    put("self_attention/linear_0", *(f"self_attention.w_{part}" for part in "qkv"))
    put("self_attention/linear_1", "self_attention.w_o")
    norms = ["self_attention", "ffn"]
    if side == "decoder":
        put("attention/linear_0", "cross_attention.w_q")
        put("attention/linear_1", "cross_attention.w_k", "cross_attention.w_v")
        put("attention/linear_2", "cross_attention.w_o")
        norms.insert(1, "attention")
    for n, shape in enumerate([(inner, width), (width, inner)]):
        part = f"{theirs}/ffn/linear_{n}"
        ours[f"{here}.feed_forward.w_{n + 1}.weight"] = weights.take(f"{part}/weight", *shape)
        ours[f"{here}.feed_forward.w_{n + 1}.bias"] = weights.take(f"{part}/bias", shape[0])
    for n, norm in enumerate(norms, 1):
        ours[f"{here}.norm_{n}.weight"] = weights.take(f"{theirs}/{norm}/layer_norm/gamma", width)
        ours[f"{here}.norm_{n}.bias"] = weights.take(f"{theirs}/{norm}/layer_norm/beta", width)
    return ours


def _tokens(folder: Path) -> list[list[str]]:
    """The vocabularies beside a model.bin: one for both sides, or source and target. Raises `ModelImportError`."""
    names = ["shared_vocabulary"]
    if not any((folder / f"shared_vocabulary.{kind}").is_file() for kind in ("json", "txt")):
        names = ["source_vocabulary", "target_vocabulary"]
    found = []
    for name in names:
        if (path := folder / f"{name}.txt").is_file():
            try:
                found.append(read_bytes(path).decode("utf-8").removesuffix("\n").split("\n"))
            except UnicodeDecodeError as error:
                raise ModelImportError(name=folder.name, cause="unreadable", detail=path.name) from error
            continue
        path = folder / f"{name}.json"
        tokens = read_json(path, list)
        if not all(isinstance(token, str) for token in tokens):
            raise ModelImportError(name=folder.name, cause="unreadable", detail=path.name)
        found.append(tokens)
    return found


def _protos(folder: Path, inner: Path, name: str) -> tuple[ModelProto, ModelProto | None]:
    """The SentencePiece models of source and target; None where the target has none."""
    for place in (inner, folder):
        if (place / "source.spm").is_file():
            source, target = (read_proto(name, read_bytes(place / f"{side}.spm")) for side in ("source", "target"))
            return source, target
    path = inner / "sentencepiece.model"
    return read_proto(name, read_bytes(path if path.is_file() else folder / "sentencepiece.model")), None
