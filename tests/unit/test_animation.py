"""The growing map as files: what each frame shows, by the Trace; and what cannot be drawn."""

import dataclasses
import io
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from core.errors import OptionError
from core.export import animation
from core.export.animation import STEP, growth, growth_png, growth_svg
from core.intervention import Intervention
from tests.samples import made, make_trace

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def trace():
    return make_trace(4, 4, layers=2, heads=2)


def middle(picture, row: int, column: int) -> tuple[int, int]:
    """The pixel in the middle of a cell."""
    return (
        picture.left + column * picture.cell + picture.cell // 2,
        picture.top + row * picture.cell + picture.cell // 2,
    )


@pytest.mark.parametrize("kind", ["decoder_self", "cross"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_png_has_a_frame_for_each_step_with_the_rows_so_far_in_the_colours_of_their_weights(trace, kind, theme):
    picture = growth(trace, kind, 1, 0, theme)
    np.testing.assert_array_equal(picture.weights, getattr(trace, kind)[1, 0])
    image = Image.open(io.BytesIO(growth_png(trace, kind, 1, 0, theme)))
    assert image.n_frames == len(trace.output_pieces)
    assert image.size == picture.size
    background = animation.PALETTE[theme]["background"]
    for step in range(image.n_frames):
        image.seek(step)
        assert image.info["duration"] == STEP * (3 if step == image.n_frames - 1 else 1)
        frame = image.convert("RGB")
        for row in range(len(picture.rows)):
            for column in range(picture.weights.shape[1]):
                hidden = row > step or (kind == "decoder_self" and column > row)
                wanted = background if hidden else picture.colour(float(picture.weights[row, column]))
                assert "#{:02x}{:02x}{:02x}".format(*frame.getpixel(middle(picture, row, column))) == wanted.lower()


def test_the_svg_shows_each_row_from_its_step_on_with_its_weights_and_names(trace):
    root = ElementTree.fromstring(growth_svg(trace, "cross", 0, None))
    groups = root.findall(f"{SVG}g")
    weights = trace.cross[0].mean(0)
    assert len(groups) == len(trace.output_pieces)
    for row, group in enumerate(groups):
        assert [title.text for title in group.iter(f"{SVG}title")] == [f"{w:.2f}" for w in weights[row]]
        assert group.find(f"{SVG}text").text == f"{trace.input_labels[row]} → {trace.output_labels[row]}"
        starts = [float(a.get("keyTimes").split(";")[1]) for a in group.iter(f"{SVG}animate")]
        assert starts == ([pytest.approx(row / (len(groups) + 2), abs=1e-6)] if row else [])
    assert [text.text for text in root.findall(f"{SVG}text")][1:] == [*trace.source_labels]


def test_weights_of_0_and_1_have_the_colours_at_the_ends_of_the_scale(trace):
    for theme in ("light", "dark"):
        picture, scale = growth(trace, theme=theme), animation.PALETTE[theme]["sequential"]
        assert [picture.colour(w) for w in (0.0, 1.0, 1.7, -1)] == [
            c.lower() for c in (scale[0], scale[-1], scale[-1], scale[0])
        ]


def test_a_run_of_which_rows_see_later_pieces_is_drawn_whole(trace):
    assert growth(trace).visible(0) == 1
    assert growth(trace, "cross").visible(0) == 4
    unmasked = dataclasses.replace(trace, intervention=Intervention(causal=False))
    assert growth(unmasked).visible(0) == 4


def test_markup_in_a_piece_stays_text():
    strange = made(("<b>&",), ("▁]]>\x00\ufffe",))
    root = ElementTree.fromstring(growth_svg(strange))
    assert "]]>" in "".join(root.itertext())
    assert root.findall(f".//{SVG}b") == []


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "encoder_self"}, {"layer": 9}, {"head": 9}, {"theme": "blue"}],
    ids=lambda wrong: next(iter(wrong)),
)
@pytest.mark.parametrize("make", [growth_png, growth_svg])
def test_what_a_trace_does_not_have_is_refused_with_a_sentence(trace, make, wrong):
    with pytest.raises(OptionError):
        make(trace, **wrong)


def test_characters_that_no_font_has_are_named(trace, monkeypatch):
    monkeypatch.setattr(animation, "FONTS", ())
    with pytest.raises(OptionError, match=r"characters = .*龘.* is not possible: no font on this machine"):
        growth_png(made(("▁龘",), ("▁je",)), "cross")
    assert Image.open(io.BytesIO(growth_png(made(("▁a",), ("▁je",)), "cross"))).n_frames == 2
    assert re.search("龘", growth_svg(made(("▁龘",), ("▁je",)), "cross"))


def test_a_long_map_has_small_cells(trace):
    long = made(tuple(f"▁w{i}" for i in range(64)), tuple(f"▁w{i}" for i in range(64)))
    picture = growth(long, "cross")
    assert picture.cell == 1200 // 65
    assert picture.size[0] < 1600
