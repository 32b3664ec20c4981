"""What all pages of the lecture hold to, in every part."""

import pytest

from core.errors import DamagedModelError
from pages.attention.fields import PARTS as ATTENTION_PARTS
from pages.block.fields import PARTS as BLOCK_PARTS
from pages.cost.fields import PARTS as COST_PARTS
from pages.figures.fields import PARTS as FIGURES_PARTS
from pages.heads.fields import PARTS as HEADS_PARTS
from pages.masks.fields import PARTS as MASKS_PARTS
from pages.positions.fields import PARTS as POSITIONS_PARTS
from pages.training.fields import PARTS as TRAINING_PARTS
from pages.ui import cache, navigation
from pages.ui.catalogue import LANGUAGES
from pages.why.fields import PARTS as WHY_PARTS
from pages.words.fields import PARTS as WORDS_PARTS
from tests.app.conftest import forget
from tests.app.reading import CATALOGUES, open_page

PARTS = {
    "why": ("why_part", WHY_PARTS),
    "attention": ("qkv_part", ATTENTION_PARTS),
    "heads": ("heads_part", HEADS_PARTS),
    "masks": ("masks_part", MASKS_PARTS),
    "positions": ("pos_part", POSITIONS_PARTS),
    "block": ("block_part", BLOCK_PARTS),
    "words": ("words_part", WORDS_PARTS),
    "training": ("training_part", TRAINING_PARTS),
    "cost": ("cost_part", COST_PARTS),
    "figures": ("figures_part", FIGURES_PARTS),
}
EACH = [(page, part) for page, (_, parts) in PARTS.items() for part in parts]
WITHOUT_A_MODEL = {
    ("why", "length"),
    ("attention", "similarity"),
    ("attention", "steps"),
    ("heads", "together"),
    ("heads", "cost"),
    ("positions", "waves"),
    ("positions", "turn"),
    ("positions", "distance"),
    ("positions", "recipes"),
    ("block", "parameters"),
    ("words", "targets"),
    *(("training", part) for part in TRAINING_PARTS),
    *(("cost", part) for part in COST_PARTS),
    ("figures", "growth"),
}
"""Parts that a stored example, a card or a formula is enough for."""


def open_part(app, page: str, part: str, **query: str):
    return open_page(app, page, **{PARTS[page][0]: part}, text="Tom chases Jerry.", **query)


def test_every_page_of_the_lecture_is_here():
    assert tuple(PARTS) == navigation.COURSE


@pytest.mark.parametrize(("page", "part"), EACH)
def test_a_model_that_cannot_be_loaded_gets_a_sentence_where_it_is_needed(app, monkeypatch, page, part):
    def damaged(name):
        raise DamagedModelError(name=name, cause="missing", detail="card.json")

    monkeypatch.setattr(cache, "model", damaged)
    forget()
    open_part(app, page, part, **{f"{page}_sentence": "own"} if page in ("heads", "masks") else {})
    assert bool(app.warning) == ((page, part) not in WITHOUT_A_MODEL)
    assert all("cannot be loaded" in warning.value for warning in app.warning)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PARTS)
def test_what_to_try_what_the_curious_may_read_and_the_way_on(app, page, language):
    open_page(app, page, lang=language)
    words, written = CATALOGUES[language], [element.value for element in app.markdown]
    for text in ("intro", "try", "curious"):
        assert words[f"{page}.{text}"] in written
    lecture = navigation.COURSE
    at = lecture.index(page)
    ways = [link.proto for link in app.get("page_link")]
    for sign, other in (
        ("←", lecture[at - 1] if at else None),
        ("→", lecture[at + 1] if at + 1 < len(lecture) else None),
    ):
        there = [way.page for way in ways if way.label.strip().startswith(sign) or way.label.strip().endswith(sign)]
        if other is not None:
            assert other in there
            assert any(words[f"{other}.title"] in way.label for way in ways)
