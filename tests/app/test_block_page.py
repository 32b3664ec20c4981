"""The page on the other parts of a layer: its numbers are the model's, and its sentences say what the pictures show."""

import pytest

from pages.block.fields import PARTS
from tests.app.reading import open_page, written


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_smoke(app, part, language):
    open_page(app, "block", lang=language, block_part=part)
    assert not app.warning
    print(written(app))
