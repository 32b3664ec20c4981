"""Conversion of foreign vocabularies to ours, which begin with <pad> <unk> <s> </s>.

SentencePiece gives each piece an id; Marian and CTranslate2 give pieces other ids, common to both sides. Here the rows
of matrices are reordered, and the SentencePiece files are written again with pieces in the order of the rows, so that a
model folder needs a single numbering. Scores and the normalizer stay the same, and so does the segmentation of texts:

- a piece of the model that this side's SentencePiece model lacks becomes UNUSED: it is never segmented into;
- a piece that the SentencePiece model has and the model lacks is still segmented into, and embedded as <unk>, as in the
  original model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sentencepiece

from core.config import BOS, EOS, NEVER, PAD, UNK
from core.errors import ModelImportError
from core.text import SPECIALS

if TYPE_CHECKING:
    from sentencepiece.sentencepiece_model_pb2 import ModelProto
    from torch import Tensor


class Vocabulary:
    """The pieces of one side (or of both, if they share them) in our order, and their rows in the foreign model.

    Args:
        name: The model's name, for errors.
        tokens: The foreign vocabulary, in the order of the model's rows.
        unk: The token of unknown pieces.
        eos: The token of the end of a sentence.
        start: The row from which the decoder starts; None for zeros.
        pad: The row of padding; None for zeros.
        extra: Pieces without a row.

    Attributes:
        foreign_size: Number of rows in the foreign model.
        pieces: The pieces in our order.
        rows: The foreign row of each piece; None for zeros.
        never: Ids of pieces that must never be written.

    Raises:
        ModelImportError: If tokens are not unique, or a special token or row is missing.
    """

    def __init__(
        self,
        name: str,
        tokens: Sequence[str],
        unk: str,
        eos: str,
        start: int | None,
        pad: int | None,
        extra: Iterable[str],
    ) -> None:
        row_of = {token: i for i, token in enumerate(tokens)}
        if len(row_of) != len(tokens):
            raise ModelImportError(name=name, cause="vocabulary", detail="a piece stands in it twice")
        for token in (unk, eos):
            if not isinstance(token, str) or token not in row_of:
                raise ModelImportError(name=name, cause="vocabulary", detail=f"it has no piece {ascii(token)[:40]}")
        for row in (start, pad):
            if row is not None and not 0 <= row < len(tokens):
                raise ModelImportError(name=name, cause="vocabulary", detail=f"it has no piece {row}")
        specials = {*SPECIALS, unk, eos}
        own = [token for token in tokens if token not in specials]
        extra = [piece for piece in dict.fromkeys(extra) if piece not in row_of and piece not in specials]
        self.foreign_size = len(tokens)
        self.pieces = [*SPECIALS, *own, *extra]
        self.rows: list[int | None] = [pad, row_of[unk], start, row_of[eos]]
        self.rows += [row_of[token] for token in own]
        self.rows += [row_of[unk]] * len(extra)
        self.never = [PAD, BOS, *range(len(self.pieces) - len(extra), len(self.pieces))]

    def __len__(self) -> int:
        return len(self.pieces)

    def reorder(self, matrix: Tensor) -> Tensor:
        """Return a foreign embedding (foreign_size, d) or bias (foreign_size,) with its rows in our order."""
        reordered = matrix.new_zeros(len(self), *matrix.shape[1:])
        ours = [i for i, row in enumerate(self.rows) if row is not None]
        reordered[ours] = matrix[[self.rows[i] for i in ours]]
        return reordered

    def reorder_bias(self, bias: Tensor) -> Tensor:
        """Return the logits' bias in our order, with NEVER for pieces that must never be written."""
        reordered = self.reorder(bias)
        reordered[self.never] = NEVER
        return reordered


def read_proto(name: str, content: bytes) -> ModelProto:
    """Parse the file of a SentencePiece model.

    Raises:
        ModelImportError: If the file is damaged, or its pieces are not unique.
    """
    from google.protobuf.message import DecodeError
    from sentencepiece.sentencepiece_model_pb2 import ModelProto

    try:
        proto = ModelProto.FromString(content)
        if not proto.pieces:
            raise ValueError("no pieces")
        sentencepiece.SentencePieceProcessor(model_proto=content)
    except (DecodeError, RuntimeError, ValueError) as error:
        raise ModelImportError(name=name, cause="unreadable", detail="the SentencePiece model") from error
    pieces = proto.pieces
    if len({piece.piece for piece in pieces}) != len(pieces):
        raise ModelImportError(name=name, cause="vocabulary", detail="a piece stands in SentencePiece's twice")
    return proto


def text_pieces(proto: ModelProto) -> list[str]:
    """Return the pieces that a text can be segmented into."""
    kinds = (proto.SentencePiece.NORMAL, proto.SentencePiece.USER_DEFINED, proto.SentencePiece.BYTE)
    return [piece.piece for piece in proto.pieces if piece.type in kinds]


def renumber(name: str, proto: ModelProto, vocabulary: Vocabulary) -> bytes:
    """Return the file of a SentencePiece model that segments texts as `proto` does, with the ids of `vocabulary`.

    Raises:
        ModelImportError: If most pieces are not in the vocabulary; or if `proto` is a byte-pair encoding and the
            vocabulary has other pieces, which would take part in merges.
    """
    own = {piece.piece: piece for piece in proto.pieces if piece.type != proto.SentencePiece.UNKNOWN}
    known = set(vocabulary.pieces[: len(vocabulary) - len(vocabulary.never) + 2])
    segmented = text_pieces(proto)
    if sum(piece in known for piece in segmented) < len(segmented) / 2:
        raise ModelImportError(name=name, cause="vocabulary", detail="most of SentencePiece's pieces are not in it")
    has_others = any(piece not in own for piece in vocabulary.pieces[len(SPECIALS) :])
    if has_others and proto.trainer_spec.model_type != proto.trainer_spec.UNIGRAM:
        raise ModelImportError(name=name, cause="unsupported", detail="a byte-pair encoding of other pieces")
    return _serialize(proto, [own.get(piece, (piece, 0.0)) for piece in vocabulary.pieces[len(SPECIALS) :]])


def by_rank(proto: ModelProto, vocabulary: Vocabulary) -> bytes:
    """Return the file of a SentencePiece model for a side without one, as in packages that only translate.

    The vocabulary is sorted by frequency, and by Zipf's law the frequency of rank r is about 1 / r, whose logarithm is
    the score in a unigram model. The model is needed only to segment given translations.

    Args:
        proto: The model of the other side, from which the normalizer is copied.
        vocabulary: The vocabulary of this side.
    """
    normal, unused = proto.SentencePiece.NORMAL, proto.SentencePiece.UNUSED
    never = set(vocabulary.never)
    pieces = [
        (piece, -math.log(i), unused if i in never else normal)
        for i, piece in enumerate(vocabulary.pieces)
        if i >= len(SPECIALS)
    ]
    unigram = type(proto)()
    unigram.CopyFrom(proto)
    unigram.trainer_spec.model_type = unigram.trainer_spec.UNIGRAM
    return _serialize(unigram, pieces)


def _serialize(proto: ModelProto, pieces: Iterable[Any]) -> bytes:
    """Return the file of a copy of `proto` with the four specials and these pieces.

    A piece is a SentencePiece or a tuple (piece, score[, type]), whose type is UNUSED by default.
    """
    kinds = proto.SentencePiece
    copy = type(proto)()
    copy.CopyFrom(proto)
    del copy.pieces[:]
    for i, piece in enumerate(SPECIALS):
        copy.pieces.add(piece=piece, score=0.0, type=kinds.UNKNOWN if i == UNK else kinds.CONTROL)
    for piece in pieces:
        if isinstance(piece, tuple):
            text, score, *kind = piece
            copy.pieces.add(piece=text, score=score, type=kind[0] if kind else kinds.UNUSED)
        else:
            copy.pieces.add().CopyFrom(piece)
    spec = copy.trainer_spec
    spec.pad_id, spec.unk_id, spec.bos_id, spec.eos_id = PAD, UNK, BOS, EOS
    spec.pad_piece, spec.unk_piece, spec.bos_piece, spec.eos_piece = SPECIALS
    spec.vocab_size = len(copy.pieces)
    return copy.SerializeToString()
