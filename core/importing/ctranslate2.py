"""Import of CTranslate2 models: `model.bin`, its vocabulary, and the SentencePiece model of an Argos package.

model.bin, version 6, little-endian: uint32 version; string specification; uint32 revision; uint32 count, and for each
variable: string name, uint8 rank, uint32 for each dimension, uint8 type, uint32 number of bytes, the bytes; uint32
count, and for each alias: its string name and the name of a variable. A string is uint16 length, the characters, and a
zero byte that the length includes (`ModelSpec._serialize` of ctranslate2.specs.model_spec; the names of the variables:
ctranslate2.specs.transformer_spec).

An int8 weight was multiplied by a scale for each row, an int16 weight by a single scale. Divided by it, the weight is
that with which CTranslate2 computes in float32.
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
    """The type and location of a variable in the file.

    Attributes:
        shape: Its shape.
        dtype: Its type.
        offset: The position of its first byte.
        size: Its number of bytes.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    offset: int
    size: int


def read_header(path: Path) -> tuple[dict[str, Variable], dict[str, str]]:
    """Return the variables of a model.bin by name, and its aliases, without reading any weight.

    Raises:
        ModelImportError: If the file is missing, too large, damaged or of another version.
    """
    check_size(path, LARGEST_WEIGHTS)
    end = path.stat().st_size
    variables: dict[str, Variable] = {}
    aliases: dict[str, str] = {}
    try:
        with path.open("rb") as file:
            version, specification, revision = _read_number(file, "I"), _read_string(file), _read_number(file, "I")
            if (version, specification, revision) != (VERSION, SPECIFICATION, REVISION):
                detail = f"version {version} of {ascii(specification)[1:-1][:40]}, revision {revision},"
                raise ModelImportError(name=path.parent.name, cause="unsupported", detail=detail)
            for _ in range(_read_count(file)):
                name, rank = _read_string(file), _read_number(file, "B")
                if rank > MOST_DIMENSIONS:
                    raise ValueError(rank)
                shape = tuple(_read_number(file, "I") for _ in range(rank))
                dtype, size = TYPES[_read_number(file, "B")], _read_number(file, "I")
                offset = file.tell()
                if size != math.prod(shape) * dtype.itemsize or offset + size > end or name in variables:
                    raise ValueError(name)
                variables[name] = Variable(shape, dtype, offset, size)
                file.seek(size, 1)
            for _ in range(_read_count(file)):
                alias, name = _read_string(file), _read_string(file)
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


def _read_number(file: BinaryIO, kind: str) -> int:
    return struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0]


def _read_count(file: BinaryIO) -> int:
    count = _read_number(file, "I")
    if count > MOST_VARIABLES:
        raise ValueError(count)
    return count


def _read_string(file: BinaryIO) -> str:
    length = _read_number(file, "H")
    content = file.read(length)
    if len(content) != length or not content.endswith(b"\0"):
        raise ValueError("a string has no end")
    return content[:-1].decode("utf-8")


def read(folder: Path) -> Imported:
    """Import a CTranslate2 folder, or an unpacked Argos package with one in `model`.

    Raises:
        ModelImportError: If the model cannot be imported.
    """
    inner = folder / "model" if (folder / "model" / BINARY).is_file() else folder
    name = folder.name
    values = read_json(inner / CONFIG)
    metadata = read_json(folder / "metadata.json") if (folder / "metadata.json").is_file() else {}
    variables, aliases = read_header(inner / BINARY)

    def open_variable(key: str) -> Tensor:
        shape, dtype, offset, size = variables[aliases.get(key, key)]
        content = bytearray(size)
        with (inner / BINARY).open("rb") as file:
            file.seek(offset)
            if file.readinto(content) != size:
                raise ModelImportError(name=name, cause="unreadable", detail=BINARY)
        tensor = load_bytes(content, dtype, shape)
        scale = f"{aliases.get(key, key)}_scale"
        if dtype not in (torch.int8, torch.int16) or scale not in variables:
            return tensor
        factors = open_variable(scale)
        if factors.dim() and factors.shape != tensor.shape[:1]:
            raise ModelImportError(name=name, cause="weights", detail=f"{scale} does not fit")
        return tensor.float() / (factors.view(-1, *[1] * (tensor.dim() - 1)) if factors.dim() else factors)

    shapes = {key: variable.shape for key, variable in variables.items()}
    shapes |= {alias: variables[key].shape for alias, key in aliases.items()}
    total_size = sum(variables[aliases.get(key, key)].size for key in shapes)
    weights = Weights(name, shapes, open_variable, total_size, (inner / BINARY).stat().st_size)
    weights.skip(*(key for key in shapes if key.endswith("_scale") and key.removesuffix("_scale") in shapes))
    option = _options(weights)

    tokens = _read_tokens(inner)
    protos = _read_protos(folder, inner, name)
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
    protos_of = (
        [[proto for proto in protos if proto]] * len(tokens) if len(tokens) == 1 else [[p] if p else [] for p in protos]
    )
    vocabularies = [
        Vocabulary(
            name, side, values.get("unk_token", "<unk>"), values.get("eos_token", "</s>"), start, None,
            (piece for proto in own_protos for piece in text_pieces(proto)),
        )
        for side, own_protos in zip(tokens, protos_of, strict=True)
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
        scale_embedding=_scales_embedding(weights, width),
        shared_embedding=shared,
        norm_epsilon=1e-5 if epsilon is None else epsilon,
    )

    source_matrix = weights.take("encoder/embeddings_0/weight", source.foreign_size, width)
    ours = {"source_embedding.weight": source.reorder(source_matrix)}
    matrix = weights.take("decoder/embeddings/weight", target.foreign_size, width)
    if not shared:
        ours["target_embedding.weight"] = target.reorder(matrix)
    if not torch.equal(weights.take("decoder/projection/weight", *matrix.shape), matrix):
        raise ModelImportError(name=name, cause="unsupported", detail="decoder/projection/weight of its own")
    bias = torch.zeros(target.foreign_size)
    if "decoder/projection/bias" in weights:
        bias = weights.take("decoder/projection/bias", target.foreign_size)
    ours["logits_bias"] = target.reorder_bias(bias)
    for side in ("encoder", "decoder"):
        for i in range(layers[0]):
            ours |= _take_layer(weights, side, i, width, inner_width)
    weights.finish()
    source_file = renumber(name, protos[0], source)
    target_file = renumber(name, protos[1], target) if protos[1] else by_rank(protos[0], target)
    languages = metadata.get("from_code") or "", metadata.get("to_code") or ""
    return Imported(config, ours, source_file, target_file, languages, {"format": "ctranslate2"})


class Option(Protocol):
    """A function that reads an option of a file's specification."""

    def __call__(self, key: str, side: str | None = None, default: int | None = None) -> int:
        """Return the value of an option.

        Args:
            key: The option's name.
            side: "encoder" or "decoder"; by default both, whose values must be equal.
            default: The value if the file does not have the option.

        Raises:
            ModelImportError: If the values of encoder and decoder differ.
        """
        ...


def _options(weights: Weights) -> Option:
    """Check the specification, and return a function that reads its options.

    Raises:
        ModelImportError: If an option is set that `ModelConfig` does not have.
    """

    def option(key: str, side: str | None = None, default: int | None = None) -> int:
        sides = [side] if side else ["encoder", "decoder"]
        names = [f"{side}/{key}" for side in sides]
        if default is not None and names[0] not in weights:
            return default
        values = {float(weights.take(name)) for name in names}
        if len(values) != 1 or not (value := values.pop()).is_integer():
            raise ModelImportError(name=weights.name, cause="unsupported", detail=names[-1])
        return int(value)

    if option("pre_norm"):
        raise ModelImportError(name=weights.name, cause="unsupported", detail="layer normalization before a sub-layer")
    for side, key in (("decoder", "alibi"), ("encoder", "multi_query_attention"), ("decoder", "multi_query_attention")):
        if option(key, side, 0):
            raise ModelImportError(name=weights.name, cause="unsupported", detail=key)
    if "encoder/embeddings_1/weight" in weights:
        raise ModelImportError(name=weights.name, cause="unsupported", detail="a second embedding of the source")
    # These have no effect without ALiBi, with one embedding and without the alignments that CTranslate2 can output.
    unused = ("alibi_use_positive_positions", "scale_alibi", "alignment_heads", "alignment_layer")
    weights.skip("encoder/embeddings_merge", *(f"decoder/{key}" for key in unused))
    return option


def _scales_embedding(weights: Weights, width: int) -> bool:
    """Return whether embeddings are multiplied by sqrt(width). The file has a boolean for it, or the factor itself."""
    values = {float(weights.take(f"{side}/scale_embeddings")) for side in ("encoder", "decoder")}
    value = values.pop()
    if not values and value in (0.0, 1.0):
        kind = weights.read("encoder/scale_embeddings").dtype
        return value == 1.0 and kind == torch.int8  # int8 is a boolean; a factor of 1 has no effect
    if values or not math.isclose(value, math.sqrt(width), rel_tol=1e-3):
        raise ModelImportError(name=weights.name, cause="unsupported", detail="encoder/scale_embeddings")
    return True


def _count_layers(weights: Weights, side: str) -> int:
    names = {key.split("/")[1] for key in weights.shapes if key.startswith(f"{side}/layer_")}
    layers = len([name for name in names if name.removeprefix("layer_").isdecimal()])
    return max(layers, 1)


def _take_layer(weights: Weights, side: str, i: int, width: int, inner: int) -> dict[str, Tensor]:
    """Return one layer's weights by the names of `Transformer`."""
    theirs, here = f"{side}/layer_{i}", f"{side}.{i}"
    ours: dict[str, Tensor] = {}

    def take_linear(linear: str, *parts: str) -> None:
        """Take a linear layer, or several whose matrices are concatenated in the file."""
        weight = weights.take(f"{theirs}/{linear}/weight", len(parts) * width, width)
        bias = weights.take(f"{theirs}/{linear}/bias", len(parts) * width)
        for n, part in enumerate(parts):
            rows = slice(n * width, (n + 1) * width)
            ours[f"{here}.{part}.weight"], ours[f"{here}.{part}.bias"] = weight[rows].clone(), bias[rows].clone()

    take_linear("self_attention/linear_0", *(f"self_attention.w_{part}" for part in "qkv"))
    take_linear("self_attention/linear_1", "self_attention.w_o")
    norms = ["self_attention", "ffn"]
    if side == "decoder":
        take_linear("attention/linear_0", "cross_attention.w_q")
        take_linear("attention/linear_1", "cross_attention.w_k", "cross_attention.w_v")
        take_linear("attention/linear_2", "cross_attention.w_o")
        norms.insert(1, "attention")
    for n, shape in enumerate([(inner, width), (width, inner)]):
        part = f"{theirs}/ffn/linear_{n}"
        ours[f"{here}.feed_forward.w_{n + 1}.weight"] = weights.take(f"{part}/weight", *shape)
        ours[f"{here}.feed_forward.w_{n + 1}.bias"] = weights.take(f"{part}/bias", shape[0])
    for n, norm in enumerate(norms, 1):
        ours[f"{here}.norm_{n}.weight"] = weights.take(f"{theirs}/{norm}/layer_norm/gamma", width)
        ours[f"{here}.norm_{n}.bias"] = weights.take(f"{theirs}/{norm}/layer_norm/beta", width)
    return ours


def _read_tokens(folder: Path) -> list[list[str]]:
    """Return the vocabularies of a model.bin: one for both sides, or source and target.

    Raises:
        ModelImportError: If a file is missing or unreadable.
    """
    names = ["shared_vocabulary"]
    if not any((folder / f"shared_vocabulary.{kind}").is_file() for kind in ("json", "txt")):
        names = ["source_vocabulary", "target_vocabulary"]
    vocabularies = []
    for name in names:
        if (path := folder / f"{name}.txt").is_file():
            try:
                vocabularies.append(read_bytes(path).decode("utf-8").removesuffix("\n").split("\n"))
            except UnicodeDecodeError as error:
                raise ModelImportError(name=folder.name, cause="unreadable", detail=path.name) from error
            continue
        path = folder / f"{name}.json"
        tokens = read_json(path, list)
        if not all(isinstance(token, str) for token in tokens):
            raise ModelImportError(name=folder.name, cause="unreadable", detail=path.name)
        vocabularies.append(tokens)
    return vocabularies


def _read_protos(folder: Path, inner: Path, name: str) -> tuple[ModelProto, ModelProto | None]:
    """Return the SentencePiece models of source and target; None if the target has none."""
    for parent in (inner, folder):
        if (parent / "source.spm").is_file():
            source, target = (read_proto(name, read_bytes(parent / f"{side}.spm")) for side in ("source", "target"))
            return source, target
    path = inner / "sentencepiece.model"
    return read_proto(name, read_bytes(path if path.is_file() else folder / "sentencepiece.model")), None
