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
from tests.benchmarks.painting import LARGE, made_up
from tests.benchmarks.verdict import verdict
from tests.samples import unpack

PIECES = 20
LIMIT = 40_000  # bytes
SHARE = 0.1  # of bertviz's page


def bertviz_page(trace: core.Trace) -> str:
    """The page that bertviz makes for a Trace's weights."""

    def layers(weights):
        return [torch.tensor(layer)[None] for layer in weights]

    page = model_view(
        encoder_attention=layers(trace.encoder_self),
        decoder_attention=layers(trace.decoder_self),
        cross_attention=layers(trace.cross),
        encoder_tokens=list(trace.source_pieces),
        decoder_tokens=list(trace.output_pieces),
        html_action="return",
    ).data
    assert page.count("w3") >= 4, "bertviz's page lacks the pieces of a side"
    return page


def main() -> int:
    short = core.load("en-zh", device="cpu").translate("Tom.")
    trace = made_up(short, PIECES)
    triangle = PIECES * (PIECES + 1) // 2  # of masked self-attention, whose other cells are 0
    assert unpack(pack(trace))[1].size == 3 * 8 * (2 * PIECES**2 + triangle), "the browser is sent other weights"
    ours, theirs = len(pack(trace)), len(bertviz_page(trace).encode())
    fine = [
        verdict(f"A Trace of {PIECES} x {PIECES} pieces, sent to the browser", ours, LIMIT, "bytes"),
        verdict("The same, of bertviz's page", ours / theirs, SHARE, "", 3),
    ]
    large = made_up(short, *LARGE)
    share = len(large.to_html().encode()) / len(bertviz_page(large).encode())
    fine.append(verdict("The offline page of 12 layers x 16 heads x 128 x 128, of bertviz's page", share, SHARE, "", 3))
    return int(not all(fine))


if __name__ == "__main__":
    raise SystemExit(main())
