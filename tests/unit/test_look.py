"""Colours are set once, can be told apart, and text on them can be read."""

import itertools
import json
import re
import tomllib

import pytest

from core.plots import PALETTE, THEMES
from core.zoo import MODELS

ROOT = MODELS.parents[1]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_the_apps_theme_is_the_palette(theme):
    colours, config = PALETTE[theme], CONFIG["theme"][theme]
    names = {"primaryColor": "primary", "backgroundColor": "background", "secondaryBackgroundColor": "surface"}
    names |= {"textColor": "text", "borderColor": "border", "linkColor": "primary"}
    names |= {"blueTextColor": "source", "orangeTextColor": "target"}
    names |= {"chartCategoricalColors": "heads", "chartSequentialColors": "sequential"}
    assert {key: config[key] for key in names} == {key: colours[name] for key, name in names.items()}
    diverging = colours["diverging"]
    assert config["chartDivergingColors"] == diverging[:5] + diverging[6:]  # Streamlit takes ten: without the neutral
    assert config["sidebar"]["backgroundColor"] == colours["surface"]


def test_the_base_size_is_the_palettes():
    assert CONFIG["theme"]["baseFontSize"] == PALETTE["base_size"] == 18


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["text", "muted", "primary", "source", "target", "query", "key", "value", "accent"])
def test_text_can_be_read(theme, name):
    assert contrast(PALETTE[theme][name], PALETTE[theme]["background"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_scale_of_weights_goes_evenly_from_the_ground_to_strong(theme):
    colours = PALETTE[theme]["sequential"]
    assert colours[0] == PALETTE[theme]["background"]
    steps = [luminance(b) ** (1 / 3) - luminance(a) ** (1 / 3) for a, b in itertools.pairwise(colours)]
    assert all(step * steps[0] > 0 for step in steps), "lightness goes one way"
    assert max(map(abs, steps)) < 2.5 * min(map(abs, steps))


@pytest.mark.parametrize("theme", THEMES)
def test_every_head_has_a_colour_of_its_own(theme):
    assert len(set(PALETTE[theme]["heads"])) == 8


@pytest.mark.parametrize("theme", THEMES)
def test_a_heads_role_can_be_read_on_its_colour(theme):
    colours = PALETTE[theme]["roles"]
    assert len(set(colours.values())) == len(colours)
    assert min(contrast(PALETTE[theme]["text"], colour) for colour in colours.values()) >= 4.5


RANDOM = r"default_rng|np\.random\.|torch\.rand|randn|\brandom\.|Math\.random|getRandomValues"
SAID = {
    "core/analysis/scaling.py": "attention",
    "core/analysis/similarity.py": "attention",
    "core/analysis/positions.py": "positions",
    "core/probes/layers.py": "cost",
    "core/analysis/corpus.py": "corpus",
    "pages/block/positionwise.py": "block",
    "pages/positions/shuffle.py": "positions",
}
"""Files that make random numbers or orders for a picture, and the catalogue in which the page says so."""


def test_no_picture_is_drawn_from_random_numbers_unless_its_page_says_so():
    rooms = ("pages", "core/analysis", "core/plots", "core/probes", "core/export", "core/records", "assets/views")
    files = {str(path.relative_to(ROOT)): path for room in rooms for path in (ROOT / room).rglob("*.[pj][ys]")}
    assert len(files) > 150
    assert {name for name, path in files.items() if re.search(RANDOM, path.read_text("utf-8"))} == SAID.keys()
    for page in SAID.values():
        texts = json.loads((ROOT / "assets" / "text" / f"{page}.json").read_text("utf-8"))
        for language, word in (("en", "random|shuffle"), ("zh", "随机|打乱")):
            assert any(re.search(word, text.get(language, "")) for text in texts.values()), (page, language)
