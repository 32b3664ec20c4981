"""What the view of curves is given of a figure."""

import numpy as np
import plotly.graph_objects as go
import pytest

from core.plots import cost_curves, position_clocks, position_wavelengths
from core.plots.theme import vertical
from pages.ui.curves import curves_data


@pytest.fixture
def figure():
    line = go.Scatter(x=[0.5, 1, 2, 2.5], y=[1, 2, 3, 4], mode="lines", line={"color": "#123456"})
    return go.Figure(line, {"height": 300})


def test_vertical_lines_and_bands_are_given_and_no_other_shape_is(figure):
    band = {"type": "rect", "x0": 1, "x1": 2, "y0": 0, "y1": 1, "yref": "paper"}
    figure.update_layout(shapes=[vertical(2, "red"), band], annotations=[{"text": "a &lt; b"}])
    assert curves_data(figure, "file", "title")["bands"] == [
        {"from": 2, "to": 2, "label": "a < b"},
        {"from": 1, "to": 2, "label": ""},
    ]
    figure.add_hline(y=0)  # it would be drawn as a band from 0 to 1
    with pytest.raises(ValueError, match="no shape such as"):
        curves_data(figure, "file", "title")


def test_whole_numbers_are_read_out_of_smooth_lines_and_every_point_of_lines_with_markers(figure):
    assert curves_data(figure, "file", "title")["places"] == [1, 2]
    figure.data[0].mode = "lines+markers"
    assert curves_data(figure, "file", "title")["places"] == [0.5, 1, 2, 2.5]
    figure.data[0].customdata = [[""], ["one"], ["two"], [""]]
    assert curves_data(figure, "file", "title")["places"] == [1, 2]
    figure.data[0].update(customdata=None, marker={"size": [9, 0, 0, 9]})
    assert curves_data(figure, "file", "title")["places"] == [0.5, 2.5]


def test_the_line_where_length_equals_width_is_named(figure):
    chart = curves_data(cost_curves(np.array([4, 1024]), {"a": [1, 2]}, "n", "cost", width=64), "file", "title")
    assert chart["bands"] == [{"from": 64, "to": 64, "label": "n = d"}]


def test_dials_have_no_axes_and_nothing_is_read_out_of_them():
    chart = curves_data(position_clocks(np.array([0.0, 1.0]), np.array([0.5, 9.0]), ["a", "b"]), "file", "title")
    assert chart["bare"]
    assert chart["square"]
    assert chart["places"] == []
    assert [line["texts"] for line in chart["series"] if line["texts"]] == [["a"], ["b"]]
    sine, cosine = chart["series"][3]["y"][1], chart["series"][3]["x"][1]  # the first dial's second hand
    assert (sine, cosine) == pytest.approx((np.sin(0.5), np.cos(0.5)))


def test_a_line_that_marks_a_level_tells_nothing():
    figure = position_wavelengths([np.array([6, 60]), np.array([6, 90])], ("a", "b"), {"level": 40.0}, ("i", "length"))
    chart = curves_data(figure, "file", "title")
    assert [line["told"] for line in chart["series"]] == [None, None, ["", ""]]
    assert chart["y"]["labels"] == ["10", "100", "1,000", "10,000"]
    assert not chart["bare"]
