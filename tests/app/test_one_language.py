"""A Chinese page says errors in Chinese alone: no reason of core's, which is English, stands inside a Chinese sentence."""

import json
import re
import shutil

import pytest

from core import errors, zoo
from pages.ui.catalogue import error_text
from tests.app.conftest import forget, use_models
from tests.app.reading import open_page, unescaped

NAMES = {
    "Transformer", "Trace", "Intervention", "None", "True", "False", "Hugging", "Face", "Marian", "CTranslate", "Argos",
    "SHA", "Headlight", "kB", "card", "json", "npz", "model", "safetensors", "source", "target", "vocab", "en", "zh", "CN",
    "config", "parameters", "heads", "layers", "colour", "kernel", "dropout",
}  # fmt: skip
"""What has one name in all languages: of programs, of types and values of Python, of files and their fields."""

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.HeadlightError)]
EACH = [(kind, cause) for kind in CLASSES for cause in (kind.causes or [None]) if cause != "reason"]


def english(text: str) -> set[str]:
    """The words of a Chinese text that are written in Latin letters, without NAMES."""
    return {*re.findall(r"(?<![</])[A-Za-z]{2,}", text)} - NAMES


def filled(kind: type, cause: str | None, value: str = "7") -> errors.HeadlightError:
    """An error with this value in each of its places."""
    places = re.findall(r"{(\w+)}", kind.sentence + kind.causes.get(cause, ""))
    return kind(**{**dict.fromkeys(places, value), **({"cause": cause} if cause else {})})


@pytest.mark.parametrize(("kind", "cause"), EACH, ids=lambda value: getattr(value, "__name__", value))
def test_every_error_when_it_is_told_in_chinese_has_no_english_word(session, kind, cause):
    session["lang"] = "zh"
    said = unescaped(error_text(filled(kind, cause)))
    assert english(said.replace("d_model", "")) == set()
    assert re.search("[\u4e00-\u9fff]", said)


def broken(folder, damage: str) -> None:
    """Damage a model folder in one way."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    if damage == "config":
        card["config"]["n_heads"] = 7
    elif damage == "setting":
        card["config"]["colour"] = 1
    elif damage == "card":
        card["parameters"] = None
    elif damage == "missing":
        (folder / "model.safetensors").unlink()
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")


@pytest.mark.parametrize("damage", ["config", "setting", "card", "missing"])
@pytest.mark.parametrize("page", ["translate", "models", "why"])
def test_a_page_in_chinese_when_a_model_is_damaged_says_so_in_chinese(app, tmp_path, monkeypatch, page, damage):
    for name in ("en-zh", zoo.SHARED):
        (tmp_path / name).symlink_to(zoo.MODELS / name)
    shutil.copytree(zoo.MODELS / "en-zh-1head", tmp_path / "en-zh-1head")
    broken(tmp_path / "en-zh-1head", damage)
    use_models(monkeypatch, tmp_path)
    open_page(app, page, lang="zh")
    warnings = [unescaped(warning.value) for warning in app.warning]
    assert any("en-zh-1head" in text for text in warnings)
    for text in warnings:
        assert english(text.replace("en-zh-1head", "").replace("n_heads", "")) == set()
    forget()
