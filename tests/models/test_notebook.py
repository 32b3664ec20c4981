"""The shipped notebook runs from its first cell to its last, and shows what it says."""

import ast
import json
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

import core

NOTEBOOK = Path(__file__).parents[2] / "assets" / "notebooks" / "headlight.ipynb"


def cells(kind: str) -> list[str]:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert notebook["nbformat"] == 4
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def run(source: str, names: dict):
    """Run a cell in the names of those before it, and return the value of its last expression, as a notebook shows it."""
    *before, last = ast.parse(source).body
    if not isinstance(last, ast.Expr):
        exec(compile(source, NOTEBOOK.name, "exec"), names)
        return None
    exec(compile(ast.Module(before, []), NOTEBOOK.name, "exec"), names)
    return eval(compile(ast.Expression(last.value), NOTEBOOK.name, "eval"), names)


@pytest.fixture(scope="module")
def ran():
    """The names that the notebook leaves, and what each of its cells shows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(NOTEBOOK.parent)
        names: dict = {}
        return names, [run(source, names) for source in cells("code")]


def test_the_notebook_shows_the_attention_view_and_three_figures(ran):
    names, shown = ran
    assert names["trace"].text == core.load("en-zh", device="cpu").translate(names["trace"].source).text
    (stage,) = (value for value in shown if isinstance(value, core.Trace))
    assert stage._repr_html_().startswith("<iframe")
    assert sum(isinstance(value, go.Figure) for value in shown) == 3


def test_the_head_that_matters_most_is_removed(ran):
    names, _ = ran
    assert names["lost"][names["kind"], names["layer"], names["head"]] == names["lost"].max()
    kind = core.KINDS[names["kind"]]
    assert not np.any(getattr(names["removed"], kind)[names["layer"], names["head"]])


def test_one_head_is_compared_with_eight_over_a_hundred_sentences(ran):
    names, shown = ran
    assert names["compared"].model.value_counts().to_dict() == {"en-zh": 100, "en-zh-1head": 100}
    table = next(value for value in shown if isinstance(value, pd.DataFrame) and "en-zh-1head" in value.columns)
    assert table["en-zh"].notna().all()
    pieces = table.loc[("pieces attended to", "mean")]
    assert pieces["en-zh-1head"] == 1 < pieces["en-zh"]


def test_a_model_of_transformers_becomes_a_trace_and_files_are_written(ran):
    names, shown = ran
    assert names["own"].encoder_self.shape == (2, 4, 6, 6)
    assert shown[-1] == ["figure.html", "page.html", "run.npz", "weights.csv"]
    assert core.Trace.load(names["folder"] / "run.npz").text == names["trace"].text
    table = pd.read_csv(names["folder"] / "weights.csv")
    trace = names["trace"]
    later = np.triu_indices(len(trace.output_pieces), 1)[0].size * np.prod(trace.decoder_self.shape[:2])
    assert len(table) == sum(getattr(trace, kind).size for kind in core.KINDS) - later  # what is masked is no weight


def test_the_notebook_is_stored_without_outputs_and_named_in_the_readme():
    assert all(not cell.get("outputs") for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"])
    assert "assets/notebooks/headlight.ipynb" in (NOTEBOOK.parents[2] / "README.md").read_text("utf-8")
