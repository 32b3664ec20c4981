"""Rules that stand in Python and in the browser's JavaScript: both are held against the same files in tests/views/golden.

`python -m tests.unit.test_golden` writes maps.json again.
"""

import base64
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from core.analysis import view
from core.analysis.view import words_read
from core.export import pack
from core.records.trace import KINDS
from pages.ui.stage_state import stage_state
from tests.samples import make_trace

GOLDEN = Path(__file__).parents[1] / "views" / "golden"
LENGTHS = [(1, 0.0), (1, 0.6), (7, 0.6), (20, 1.0), (256, -0.5)]


def golden(name):
    return json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


def small_trace():
    """5 pieces on either side, of which two make one word."""
    return dataclasses.replace(make_trace(5, 5, layers=2, heads=2), output_words=((0, 1), (1, 3), (3, 4), (4, 5)))


def maps_of(trace):
    """One head's maps as core.analysis.view has them, with the pieces of each row and column."""
    for kind in KINDS:
        for merged in (False, True):
            for hidden in (False, True):
                single = [(i, i + 1) for i in range(5)]
                source, output = (trace.source_words, trace.output_words) if merged else (single, single)
                read = words_read(trace) if merged else single
                rows, columns = source if kind == "encoder_self" else output, read if kind == "decoder_self" else source
                if hidden:
                    special = 0 if kind == "decoder_self" else 4
                    rows = [span for span in rows if span[0] != 4]
                    columns = [span for span in columns if span[0] != special]
                values = view(trace, kind, 1, 1, merged, hidden).weights
                assert values.shape == (len(rows), len(columns))
                yield {
                    "kind": kind, "layer": 1, "head": 1, "merged": merged, "hidden": hidden,
                    "rows": [list(span) for span in rows], "columns": [list(span) for span in columns],
                    "values": values.astype(np.float64).round(6).ravel().tolist(),
                }  # fmt: skip


def contents():
    from core.decoding import length_penalty

    trace = small_trace()
    penalties = [{"length": n, "alpha": alpha, "value": length_penalty(n, alpha)} for n, alpha in LENGTHS]
    return {"packed": base64.b64encode(pack(trace)).decode(), "maps": [*maps_of(trace)], "penalties": penalties}


def test_packed_weights_maps_and_penalties_are_those_that_the_browser_is_held_to():
    stored, now = golden("maps"), contents()
    assert stored["packed"] == now["packed"]
    assert stored["penalties"] == now["penalties"]
    assert len(stored["maps"]) == len(now["maps"])
    for one, other in zip(stored["maps"], now["maps"], strict=True):
        assert np.allclose(one.pop("values"), other.pop("values"), atol=1e-6)
        assert one == other


@pytest.mark.parametrize("case", golden("stage_state")["cases"], ids=lambda case: str(case["asked"])[:40])
def test_a_requested_state_becomes_the_one_that_the_browser_makes_of_it(case):
    assert stage_state(make_trace(), case["asked"]) == case["state"]


if __name__ == "__main__":
    (GOLDEN / "maps.json").write_text(json.dumps(contents(), ensure_ascii=False) + "\n", "utf-8")
