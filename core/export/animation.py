"""The decoder's attention map growing row by row, as files that move: an APNG and an SVG."""

from __future__ import annotations

import functools
import html
import io
import unicodedata
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.analysis.view import view
from core.errors import OptionError
from core.plots.attention import TITLES, head_name
from core.plots.theme import PALETTE, THEMES
from core.records.trace import Trace

GROWING = ("decoder_self", "cross")
"""The kinds of attention that get a row at each step."""

STEP = 700
"""Milliseconds that a step is shown; the last one is shown three times as long."""

CELL, SMALLEST_CELL, WIDEST = 40, 14, 1200
"""The largest and smallest side of a cell, and the width that all cells together may take, px."""

TEXT, GAP = 18, 12
"""The size of the text and the space around it, px."""

FONTS = (
    "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "PingFang.ttc", "msyh.ttc", "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf", "Arial.ttf",
)  # fmt: skip
"""Names of fonts that may be installed, in the order in which they are tried; Pillow's own font follows."""

PLAIN = str.maketrans({"→": "->", "▁": "_"})
"""Substitutes for signs that Pillow's own font lacks."""


@dataclass(frozen=True)
class Growth:
    """What a growing map consists of, and where its parts are.

    Attributes:
        weights: float32 (T, columns).
        rows: What each query reads and predicts, T texts.
        columns: The texts of the keys.
        title: What is shown.
        cell: The side of a cell, px.
        left, top, bottom: The space beside, above and below the cells, px.
        theme: "light" or "dark".
        triangular: Whether cells above the diagonal are not drawn, as a causal mask hides them.
    """

    weights: np.ndarray
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    title: str
    cell: int
    left: int
    top: int
    bottom: int
    theme: str
    triangular: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        rows, columns = self.weights.shape
        return (
            max(self.left + columns * self.cell + GAP, _width(self.title) + 2 * GAP),
            self.top + rows * self.cell + self.bottom,
        )

    def colour(self, weight: float) -> str:
        """Return the colour of a weight on the scale of the theme, as #rrggbb."""
        scale = [np.array(_channels(colour), float) for colour in PALETTE[self.theme]["sequential"]]
        at = min(max(weight, 0.0), 1.0) * (len(scale) - 1)
        low = min(int(at), len(scale) - 2)
        mixed = scale[low] + (at - low) * (scale[low + 1] - scale[low])
        return "#" + "".join(f"{round(channel):02x}" for channel in mixed)

    def visible(self, row: int) -> int:
        """Return how many columns of a row are drawn."""
        return row + 1 if self.triangular else self.weights.shape[1]


def growth(
    trace: Trace, kind: str = "decoder_self", layer: int = -1, head: int | None = None, theme: str = "light"
) -> Growth:
    """Return the growing map of one head, or with head=None of the mean of the layer's heads.

    Args:
        trace: The Trace.
        kind: "decoder_self" or "cross".
        layer: The layer, from 0; -1 is the last.
        head: The head, from 0, or None.
        theme: "light" or "dark".

    Raises:
        OptionError: If the kind, layer, head or theme does not exist.
    """
    for name, value, allowed in (("kind", kind, GROWING), ("theme", theme, THEMES)):
        if value not in allowed:
            raise OptionError(name=name, value=value, cause="choices", choices=", ".join(allowed))
    layer = getattr(trace, kind).shape[0] - 1 if layer == -1 else layer
    shown = view(trace, kind, layer, head)
    assert shown.predicts is not None, "rows of the decoder predict"
    rows = tuple(f"{read} → {predicted}" for read, predicted in zip(shown.reads, shown.predicts, strict=True))
    return Growth(
        weights=shown.weights,
        rows=rows,
        columns=shown.keys,
        title=f"{TITLES[kind]}, {head_name(trace, layer, head)}",
        cell=max(SMALLEST_CELL, min(CELL, WIDEST // max(1, *shown.weights.shape))),
        left=max(map(_width, rows)) + 2 * GAP,
        top=TEXT + 3 * GAP,
        bottom=max(map(_width, shown.keys)) + 2 * GAP,
        theme=theme,
        triangular=kind == "decoder_self" and (trace.intervention is None or trace.intervention.causal),
    )


def growth_svg(
    trace: Trace, kind: str = "decoder_self", layer: int = -1, head: int | None = None, theme: str = "light"
) -> str:
    """Return an SVG that shows one step after the other and begins again; the arguments are those of `growth`.

    A reader that does not animate shows the whole map.
    """
    picture = growth(trace, kind, layer, head, theme)
    (width, height), cell, steps = picture.size, picture.cell, len(picture.rows)
    colours = PALETTE[theme]
    duration = STEP * (steps + 2)
    groups = []
    for row, text in enumerate(picture.rows):
        y = picture.top + row * cell
        cells = "".join(
            f'<rect x="{picture.left + column * cell}" y="{y}" width="{cell - 1}" height="{cell - 1}" '
            f'fill="{picture.colour(float(weight))}"><title>{weight:.2f}</title></rect>'
            for column, weight in enumerate(picture.weights[row, : picture.visible(row)])
        )
        label = (
            f'<text x="{picture.left - GAP}" y="{y + cell / 2:g}" text-anchor="end" dominant-baseline="central">'
            f"{_escaped(text)}</text>"
        )
        appears = (
            f'<animate attributeName="opacity" calcMode="discrete" values="0;1" keyTimes="0;{row / (steps + 2):.6f}" '
            f'dur="{duration}ms" repeatCount="indefinite"/>'
        )
        groups.append(f"<g>{appears if row else ''}{label}{cells}</g>")
    bottom = picture.top + steps * cell + GAP
    labels = "".join(
        f'<text transform="translate({picture.left + (column + 0.5) * cell:g} {bottom}) rotate(90)" '
        f'dominant-baseline="central">{_escaped(text)}</text>'
        for column, text in enumerate(picture.columns)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{html.escape(PALETTE["fonts"]["text"])}" font-size="{TEXT}" fill="{colours["text"]}">'
        f'<rect width="{width}" height="{height}" fill="{colours["background"]}"/>'
        f'<text x="{GAP}" y="{GAP + TEXT}">{_escaped(picture.title)}</text>{labels}{"".join(groups)}</svg>'
    )


def growth_png(
    trace: Trace, kind: str = "decoder_self", layer: int = -1, head: int | None = None, theme: str = "light"
) -> bytes:
    """Return an APNG with a frame for each step; the arguments are those of `growth`.

    Raises:
        OptionError: As `growth` does, and if no installed font has the characters of the pieces.
    """
    picture = growth(trace, kind, layer, head, theme)
    cell, colours = picture.cell, PALETTE[theme]
    font, substitutes = _font("".join((picture.title, *picture.rows, *picture.columns)))
    image = Image.new("RGB", picture.size, colours["background"])
    draw = ImageDraw.Draw(image)
    draw.text((GAP, GAP), picture.title, colours["text"], font)
    for column, text in enumerate(picture.columns):
        label = Image.new("RGB", (picture.bottom - GAP, cell), colours["background"])
        ImageDraw.Draw(label).text((0, cell / 2), text.translate(substitutes), colours["text"], font, anchor="lm")
        at = picture.left + column * cell, picture.top + len(picture.rows) * cell + GAP
        image.paste(label.rotate(-90, expand=True), at)
    frames = []
    for row, text in enumerate(picture.rows):
        y = picture.top + row * cell
        draw.text((picture.left - GAP, y + cell / 2), text.translate(substitutes), colours["text"], font, anchor="rm")
        for column, weight in enumerate(picture.weights[row, : picture.visible(row)]):
            x = picture.left + column * cell
            draw.rectangle((x, y, x + cell - 2, y + cell - 2), picture.colour(float(weight)))
        frames.append(image.copy())
    file = io.BytesIO()
    durations = [*[STEP] * (len(frames) - 1), 3 * STEP]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)
    return file.getvalue()


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _width(text: str) -> int:
    """Return about how wide a text is, px: a Chinese character as wide as high, any other six tenths of it."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return round(TEXT * (wide + 0.6 * (len(text) - wide))) + 1


def _escaped(text: str) -> str:
    """Escape a text for XML, without the characters that XML cannot hold."""
    return html.escape("".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff")))


@functools.lru_cache(16)
def _installed(name: str | None) -> ImageFont.FreeTypeFont | None:
    """Return a font of this name, or for None Pillow's own; None if it is not installed."""
    try:
        found = ImageFont.truetype(name, TEXT) if name else ImageFont.load_default(TEXT)
    except OSError:
        return None
    return found if isinstance(found, ImageFont.FreeTypeFont) else None


def _font(text: str) -> tuple[ImageFont.FreeTypeFont, dict[int, str]]:
    """Return the first font that has all characters of a text, and the substitutes to draw with it."""
    missing = text
    for name in (*FONTS, None):
        font, substitutes = _installed(name), {} if name else PLAIN
        if font is None:
            continue
        # A font draws every character that it lacks as the same box.
        box = bytes(font.getmask("\U0010ffff"))
        needed = dict.fromkeys(c for c in text.translate(substitutes) if not c.isspace())
        lacking = "".join(c for c in needed if bytes(font.getmask(c)) == box)
        if not lacking:
            return font, substitutes
        missing = min(missing, lacking, key=len)
    raise OptionError(name="characters", value=missing, cause="no_font")
