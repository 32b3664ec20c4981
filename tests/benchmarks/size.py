"""What the stage is sent for one Trace, beside the page that bertviz makes for the same weights.

python tests/benchmarks/size.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
from bertviz import model_view  # not among the requirements: pip install bertviz

import core
from core.export import pack
from tests.benchmarks.painting import made_up
from tests.benchmarks.verdict import verdict
from tests.samples import unpack

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
    triangle = PIECES * (PIECES + 1) // 2  # of masked self-attention, whose other cells are 0
    assert unpack(pack(trace))[1].size == 3 * 8 * (2 * PIECES**2 + triangle), "the browser is sent other weights"
    assert page.data.count("w3") >= 4, "bertviz's page lacks the pieces of a side"
    ours, theirs = len(pack(trace)), len(page.data.encode())
    small = verdict(f"A Trace of {PIECES} x {PIECES} pieces, sent to the browser", ours, LIMIT, "bytes")
    smaller = verdict("The same, of bertviz's page", ours / theirs, SHARE, "", 3)
    return int(not (small and smaller))


if __name__ == "__main__":
    raise SystemExit(main())
