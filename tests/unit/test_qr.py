"""The QR code of a link, read back from the SVG that is drawn."""

import re

import pytest
import segno

from core.export.qr import LARGEST_VERSION, qr_code, to_svg

LINK = "http://192.0.2.7:8501/translate?lang=zh&model=en-zh&text=Tom+chases+Jerry.&kind=cross&layer=3&heads=2&step=3"


def matrix_of(svg: str) -> list[list[int]]:
    """The squares that an SVG of segno draws, with its quiet zone: strokes of a path, one unit wide."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    squares = [[0] * side for _ in range(side)]
    (path,) = re.findall(r'<path class="qrline" stroke="#000" d="([^"]*)"', svg)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            for column in range(int(x), int(x + values[0])):
                squares[int(y)][column] = 1
            x += values[0]
    return squares


def test_a_qr_code_when_drawn_is_that_of_the_link_with_a_quiet_zone_of_four():
    squares = matrix_of(to_svg(qr_code(LINK)))
    assert [row[4:-4] for row in squares[4:-4]] == [
        [*row] for row in segno.make(LINK, micro=False, error="l", boost_error=False).matrix
    ]
    border = [*squares[:4], *squares[-4:], *([*row[:4], *row[-4:]] for row in squares)]
    assert not any(map(any, border))


def test_a_qr_code_is_black_on_white_whatever_the_theme():
    svg = to_svg(qr_code(LINK))
    assert set(re.findall(r'(?:fill|stroke)="(#\w+)"', svg)) == {"#fff", "#000"}
    assert re.search(r'<path fill="#fff" d="M0 0h(\d+)v\1h-\1z"', svg)


@pytest.mark.parametrize(("length", "is_drawn"), [(858, True), (859, False), (20_000, False)])
def test_a_qr_code_when_the_link_is_too_long_for_phones_is_none(length, is_drawn):
    code = qr_code(("http://a/" + "x" * length)[:length])
    assert (code is not None) == is_drawn
    assert code is None or code.version == LARGEST_VERSION
