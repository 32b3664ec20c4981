"""From a foreign vocabulary to ours: <pad> <unk> <s> </s> first, rows of matrices moved, SentencePiece files renumbered.

SentencePiece numbers its pieces itself; Marian and CTranslate2 number them anew, for both sides at once. Here the
SentencePiece files are written once more with pieces in the order of the model's rows, so that a folder needs no third
numbering. Scores and the normalizer stay as they are, and so does the way a text is divided:

- a piece of the model that this side's SentencePiece model lacks becomes one that it never divides a text into;
- a piece that SentencePiece has and the model lacks keeps its place in the text, and is embedded as <unk>, which is what
  the original model reads there.
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
    """One side's pieces in our order, or both sides' where they share one, and where each piece's row comes from.

    tokens: the foreign vocabulary, in the order of the model's rows. unk, eos: two of them; start, pad: rows (None: a
    row of zeros) that the decoder starts from and that fills batches. extra: pieces without a row of their own.
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
        places = {token: i for i, token in enumerate(tokens)}
        if len(places) != len(tokens):
            raise ModelImportError(name=name, cause="vocabulary", detail="a piece stands in it twice")
        for token in (unk, eos):
            if not isinstance(token, str) or token not in places:
                raise ModelImportError(name=name, cause="vocabulary", detail=f"it has no piece {ascii(token)[:40]}")
        for row in (start, pad):
            if row is not None and not 0 <= row < len(tokens):
                raise ModelImportError(name=name, cause="vocabulary", detail=f"it has no piece {row}")
        left_out = {*SPECIALS, unk, eos}
        own = [token for token in tokens if token not in left_out]
        extra = [piece for piece in dict.fromkeys(extra) if piece not in places and piece not in left_out]
        self.foreign = len(tokens)
        self.pieces = [*SPECIALS, *own, *extra]
        self.rows: list[int | None] = [pad, places[unk], start, places[eos]]
        self.rows += [places[token] for token in own]
        self.rows += [places[unk]] * len(extra)
        self.never = [PAD, BOS, *range(len(self.pieces) - len(extra), len(self.pieces))]

    def __len__(self) -> int:
        return len(self.pieces)

    def move(self, matrix: Tensor) -> Tensor:
        """Rows of an embedding (foreign, d) or bias (foreign,) in our order. -> (pieces, d) or (pieces,)"""
        moved = matrix.new_zeros(len(self), *matrix.shape[1:])
        ours = [i for i, row in enumerate(self.rows) if row is not None]
        moved[ours] = matrix[[self.rows[i] for i in ours]]
        return moved

    def bias(self, bias: Tensor) -> Tensor:
        """`move` of the logits' bias: specials that are never written and pieces without a row get NEVER."""
        moved = self.move(bias)
        moved[self.never] = NEVER
        return moved


def read_proto(name: str, content: bytes) -> ModelProto:
    """A SentencePiece model's file, parsed. Raises `ModelImportError`."""
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
    """The pieces that a text can be divided into."""
    kinds = (proto.SentencePiece.NORMAL, proto.SentencePiece.USER_DEFINED, proto.SentencePiece.BYTE)
    return [piece.piece for piece in proto.pieces if piece.type in kinds]


def renumber(name: str, proto: ModelProto, vocabulary: Vocabulary) -> bytes:
    """A SentencePiece model that divides texts as `proto` does, with the ids of `vocabulary`. -> its file

    Raises `ModelImportError` where hardly any piece is in the vocabulary, and for byte-pair encoding over a vocabulary
    that has other pieces too: there every piece takes part in merges.
    """
    own = {piece.piece: piece for piece in proto.pieces if piece.type != proto.SentencePiece.UNKNOWN}
    known = set(vocabulary.pieces[: len(vocabulary) - len(vocabulary.never) + 2])
    divided = text_pieces(proto)
    if sum(piece in known for piece in divided) < len(divided) / 2:
        raise ModelImportError(name=name, cause="vocabulary", detail="most of SentencePiece's pieces are not in it")
    foreign = any(piece not in own for piece in vocabulary.pieces[len(SPECIALS) :])
    if foreign and proto.trainer_spec.model_type != proto.trainer_spec.UNIGRAM:
        raise ModelImportError(name=name, cause="unsupported", detail="a byte-pair encoding of other pieces")
    return _write(proto, [own.get(piece, (piece, 0.0)) for piece in vocabulary.pieces[len(SPECIALS) :]])


def by_rank(proto: ModelProto, vocabulary: Vocabulary) -> bytes:
    """A SentencePiece model for the side that has none, as in packages that only translate. -> its file

    Its pieces stand in the vocabulary in the order of their frequency, and by Zipf's law the frequency of number r is
    about 1 / r: the score of a unigram model is the logarithm of that. Only dividing a given translation needs it.
    proto: the other side's, for the normalizer.
    """
    normal, unused = proto.SentencePiece.NORMAL, proto.SentencePiece.UNUSED
    without = set(vocabulary.never)
    pieces = [
        (piece, -math.log(i), unused if i in without else normal)
        for i, piece in enumerate(vocabulary.pieces)
        if i >= len(SPECIALS)
    ]
    made = type(proto)()
    made.CopyFrom(proto)
    made.trainer_spec.model_type = made.trainer_spec.UNIGRAM
    return _write(made, pieces)


def _write(proto: ModelProto, pieces: Iterable[Any]) -> bytes:
    """`proto` with the four specials and these pieces: SentencePieces, or (piece, score[, type]), UNUSED by default."""
    kinds = proto.SentencePiece
    made = type(proto)()
    made.CopyFrom(proto)
    del made.pieces[:]
    for i, piece in enumerate(SPECIALS):
        made.pieces.add(piece=piece, score=0.0, type=kinds.UNKNOWN if i == UNK else kinds.CONTROL)
    for piece in pieces:
        if isinstance(piece, tuple):
            text, score, *kind = piece
            made.pieces.add(piece=text, score=score, type=kind[0] if kind else kinds.UNUSED)
        else:
            made.pieces.add().CopyFrom(piece)
    spec = made.trainer_spec
    spec.pad_id, spec.unk_id, spec.bos_id, spec.eos_id = PAD, UNK, BOS, EOS
    spec.pad_piece, spec.unk_piece, spec.bos_piece, spec.eos_piece = SPECIALS
    spec.vocab_size = len(made.pieces)
    return made.SerializeToString()
