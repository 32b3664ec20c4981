"""What the views are given of really trained models, kept in tests/views/golden/examples.json for the pictures of them.

`python -m tests.models.test_examples` writes it again, which a model that was trained anew asks for.
"""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

import core
from core import examples
from core.analysis.positions import waves
from core.export import packed_id
from core.export.packed import pack
from core.plots import position_curves
from pages.beams.tree import tree_data
from pages.ui.curves import curves_data

STORED = Path(__file__).parents[1] / "views" / "golden" / "examples.json"
MODELS = ("en-zh", "en-zh-1head", "zh-en")


def packed(name):
    """The first example of a model, as every page packs it."""
    source = "zh" if name == "zh-en" else "en"
    return pack(core.Trace.load(examples.path(name, examples.sentences(source)[0])))


def tree(model):
    return tree_data(model.beam_search(examples.FIRST, beam_size=3, alpha=0.6), model.card.target_language)


def curves():
    at, dimensions = np.arange(37) / 4, (0, 1, 2, 3)
    figure = position_curves(at, waves(at, 8)[:, dimensions], dimensions, "position", "dark")
    return curves_data(figure, "curves", "Positional encoding")


def test_traces_are_those_that_the_pictures_are_made_of():
    stored = json.loads(STORED.read_text("utf-8"))["packed"]
    assert [*stored] == [*MODELS]
    for name, content in stored.items():
        assert packed_id(base64.b64decode(content)) == packed_id(packed(name))


def test_the_search_is_the_one_that_the_picture_is_made_of(load_shipped):
    stored, now = json.loads(STORED.read_text("utf-8"))["tree"], json.loads(json.dumps(tree(load_shipped("en-zh"))))
    assert [*stored] == [*now]
    for one, other in zip(stored.pop("nodes"), now.pop("nodes"), strict=True):
        assert one == [pytest.approx(value, abs=1e-3) if isinstance(value, float) else value for value in other]
    for one, other in zip(stored.pop("hypotheses"), now.pop("hypotheses"), strict=True):
        assert one == pytest.approx(other, abs=1e-3)
    for name in ("total", "score"):
        assert stored["greedy"].pop(name) == pytest.approx(now["greedy"].pop(name), abs=1e-3)
    assert stored == now


def test_curves_are_those_that_the_picture_is_made_of():
    assert json.loads(STORED.read_text("utf-8"))["curves"] == json.loads(json.dumps(curves()))


if __name__ == "__main__":
    content = {
        "packed": {name: base64.b64encode(packed(name)).decode() for name in MODELS},
        "tree": tree(core.load("en-zh", device="cpu")),
        "curves": curves(),
    }
    STORED.write_text(json.dumps(content, ensure_ascii=False) + "\n", "utf-8")
