"""The examples in docstrings run, and the shipped reference says what the docstrings say."""

import doctest
import importlib
import importlib.util
import pkgutil
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest

import core
from tests import hosted

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    {"core", *(found.name for found in pkgutil.walk_packages(core.__path__, "core.") if "__main__" not in found.name)}
)
EXAMPLES = [
    example
    for name in MODULES
    if ">>>" in Path(importlib.util.find_spec(name).origin).read_text("utf-8")
    for example in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
    if example.examples
]


def test_examples_are_found():
    assert {example.name for example in EXAMPLES} >= {"core", "core.translator.Translator.translate"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_in_a_docstring_gives_what_it_says(example):
    model, tokenizer = hosted.made("marian") if example.name.startswith("core.adapters") else (None, None)
    example.globs |= {"core": core, "np": np, "model": model, "tokenizer": tokenizer}
    found = []
    doctest.DocTestRunner().run(example, out=found.append)
    assert not found, "".join(found)


def text_of(page: str) -> str:
    """What a reader sees of an HTML page, without its styles."""
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture(scope="module")
def made():
    spec = importlib.util.spec_from_file_location("reference", ROOT / ".ci" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_that_of_the_docstrings(made):
    shipped = made.REFERENCE.read_text("utf-8")
    for name in core.__all__:
        assert f'id="{name}"' in shipped
    assert "nats" in text_of(shipped)
    assert text_of(shipped) == text_of(made.reference()), "python .ci/reference.py writes it anew"


def test_the_reference_loads_nothing_from_elsewhere(made):
    shipped = made.REFERENCE.read_text("utf-8")
    assert not re.findall(r"<(?:script|link|img)\b[^>]*(?:src|href)=[\"']https?:", shipped)
    assert not re.findall(r"url\([\"']?https?:", shipped)
