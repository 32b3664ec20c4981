"""QR codes of links, drawn as SVG without a network."""

from __future__ import annotations

import io

import segno

LARGEST_VERSION = 20
"""97 x 97 squares: as tall as a projected picture, a phone reads it from the last row of a hall."""


def qr_code(link: str) -> segno.QRCode | None:
    """Return the QR code of a link, None if it would need more squares than a phone reads from afar."""
    try:
        code = segno.make(link, micro=False, error="l", boost_error=False)
    except segno.DataOverflowError:
        return None
    return code if int(code.version) <= LARGEST_VERSION else None


def to_svg(code: segno.QRCode) -> str:
    """Return a QR code as SVG: black on white in every theme, with the quiet zone of four squares that readers need."""
    file = io.BytesIO()
    code.save(file, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=True, nl=False)
    return file.getvalue().decode()
