"""How tests use the lecture's page on positions and read what is on it."""

import base64
import json

import numpy as np

from tests.app import reading
from tests.app.reading import open_page, views


def drawn(app) -> dict[str, dict]:
    """All matrices on the page by name."""
    return {item["name"]: item for view in views(app) for item in view.get("items", []) if "sign" not in item}


def charts(app) -> list[dict]:
    return [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]


def lines(app) -> list[dict]:
    """The lines of the chart that is a view."""
    (found,) = [view["series"] for view in views(app) if "series" in view]
    return found


def array(found) -> np.ndarray:
    """Numbers of a figure, as a list or as Plotly's bytes."""
    if isinstance(found, dict):
        return np.frombuffer(base64.b64decode(found["bdata"]), found["dtype"]).astype(float)
    return np.array(found, dtype=float)


def said(key: str, language: str = "en", **given) -> str:
    return reading.said(f"positions.{key}", language, **given)


def open_part(app, part: str, **query: str):
    return open_page(app, "positions", pos_part=part, **query)


def number(text: str) -> float:
    """The number that the page writes as 6.6 × 10⁻⁷."""
    mantissa, _, power = text.partition(" × 10")
    return float(mantissa) * 10 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
