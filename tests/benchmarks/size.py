"""What the stage is sent for one Trace, beside the page that bertviz makes for the same weights.

python tests/benchmarks/size.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
from bertviz import model_view

import core
from core.export import pack
from tests.benchmarks.painting import made_up

PIECES = 20
LIMIT = 40_000  # bytes
SHARE = 0.1  # of bertviz's page


def main() -> int:
    trace = made_up(core.load("en-zh", device="cpu").translate("Tom."), PIECES)

    def layers(weights):
        return [torch.tensor(layer)[None] for layer in weights]

    page = model_view(
        encoder_attention=layers(trace.encoder_self),
        decoder_attention=layers(trace.decoder_self),
        cross_attention=layers(trace.cross),
        encoder_tokens=list(trace.source_pieces),
        decoder_tokens=list(trace.output_pieces),
        html_action="return",
    )
    ours, theirs = len(pack(trace)), len(page.data.encode())
    print(f"{PIECES} x {PIECES}: {ours:,} bytes, bertviz {theirs:,} bytes, ratio {ours / theirs:.3f}")
    print(f"allowed: {LIMIT:,} bytes and a ratio of {SHARE}")
    return int(ours > LIMIT or ours / theirs > SHARE)


if __name__ == "__main__":
    raise SystemExit(main())
