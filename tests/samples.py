"""Texts and Traces that several test files look at, made without a model."""

import json
import zlib

import numpy as np

from core.records.trace import Trace

HOSTILE = (  # pieces that break what does not escape them
    "</script><script>alert(1)</script>",
    '"><b>x</b>',
    "<!--",
    "▁=1+1",
    "שלום",
    "👩‍🚀",
    "e\u0301",
    "\u2028",
    "&amp;",
    "'",
)
ODD_TEXTS = {
    "emoji": "Tom 😀 Jerry.",
    "family": "👨\u200d👩\u200d👧\u200d👦 and Tom",
    "skin tone": "Tom 👍🏽 Tom",
    "flags": "🇨🇳🇫🇷🇩 Tom",
    "keycap and variation": "❤️ 1️⃣ Tom",
    "combining": "q\u0303x\u0301\u0302 Tom",
    "beyond the plane": "𠮷野家 Tom",
    "arabic": "مرحبا Tom",
    "mixed word": "Zürich-Čapek Tom",
    "literal": "Tom <0xE4><0xBD><0xA0> Tom",
    "literal special": "Tom </s> <unk> <pad> <s>",
    "replacement": "Tom \ufffd Tom",
    "long": "Tom " + "𠮷" * 200,
    "no space": "Tom\u00a0x\u3000y",
    "sign of a space": "Tom ▁ Tom",
    "one letter": "Ж",
}


def softmax(rng, shape, mask=None):
    logits = rng.normal(size=shape) * 2
    logits = logits if mask is None else np.where(mask, logits, -np.inf)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)


def make_trace(source=6, target=5, layers=3, heads=8, pieces=None, seed=0) -> Trace:
    """A Trace with random weights; `pieces` are repeated on both sides."""
    rng = np.random.default_rng(seed)
    pieces = pieces or ("▁Tom", "▁cha", "ses", "▁Jerry", ".")
    read = (*(pieces * source)[: source - 1], "</s>")
    written = (*(pieces * target)[: target - 1], "</s>")
    top = np.sort(softmax(rng, (target, 12)))[:, ::-1].copy()
    return Trace(
        model="m", source_language="en", target_language="zh", strategy="greedy",
        source=" ".join(read[:-1]), text="".join(written[:-1]),
        source_pieces=read, input_pieces=("<s>", *written[:-1]), output_pieces=written,
        source_words=((0, 1), (1, 3), *((i, i + 1) for i in range(3, source))),
        output_words=tuple((i, i + 1) for i in range(target)),
        unknown=(1,), finished=True,
        encoder_self=softmax(rng, (layers, heads, source, source)),
        decoder_self=softmax(rng, (layers, heads, target, target), np.tri(target, dtype=bool)),
        cross=softmax(rng, (layers, heads, target, source)),
        log_probabilities=np.log(top[:, 0]),
        top_pieces=tuple((piece, *map(str, range(11))) for piece in written), top_probabilities=top,
    )  # fmt: skip


def made(source, output, finished=True) -> Trace:
    """A Trace of these pieces, without </s>; each is a word."""
    source, output = (*source, "</s>"), (*output, "</s>") if finished else tuple(output)
    s, t = len(source), len(output)
    return Trace(
        model="made", source_language="en", target_language="zh", strategy="forced", source="", text="",
        source_pieces=source, input_pieces=("<s>", *output[:-1]), output_pieces=output,
        source_words=tuple((i, i + 1) for i in range(s)), output_words=tuple((i, i + 1) for i in range(t)), unknown=(),
        finished=finished, encoder_self=np.full((1, 1, s, s), 1 / s, np.float32),
        decoder_self=np.full((1, 1, t, t), 1 / t, np.float32), cross=np.full((1, 1, t, s), 1 / s, np.float32),
        log_probabilities=np.zeros(t, np.float32), top_pieces=tuple((piece,) for piece in output),
        top_probabilities=np.ones((t, 1), np.float32),
    )  # fmt: skip


def unpack(packed: bytes) -> tuple[dict, np.ndarray]:
    """The header and the weights of a packed Trace."""
    end = 4 + int.from_bytes(packed[:4], "little")
    header = json.loads(packed[4:end])
    body = zlib.decompress(packed[end:]) if header["deflate"] else packed[end:]
    return header, np.frombuffer(body, np.uint8)


def bytes_of(text: str) -> list[str]:
    return [f"<0x{value:02X}>" for value in text.encode()]


def spaced(texts) -> str:
    return "".join(texts).replace("▁", " ").strip()
