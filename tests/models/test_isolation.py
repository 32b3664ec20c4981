"""`core` in a notebook where only what the model needs is installed: none of the app's other packages can be imported."""

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import core

ROOT = Path(__file__).parents[2]

NEEDED = {"torch", "numpy", "sentencepiece", "safetensors", "protobuf"}
"""The requirements that a translation needs."""

SCRIPT = """
import sys

from importlib.machinery import PathFinder

find = PathFinder.find_spec
missing = {absent}
PathFinder.find_spec = lambda name, *more: None if name.partition(".")[0] in missing else find(name, *more)

import tempfile
from pathlib import Path

import core
import numpy as np
import core

model = core.load("en-zh", device="cpu")
trace = model.translate("Tom chases Jerry.")
assert [*model.steps("Tom chases Jerry.")][-1].piece == "</s>"
assert model.beam_search("Tom chases Jerry.", beam_size=2).winner.pieces
assert model.inside(trace, "cross", 2, 3).kind == "cross"
assert model.contributions(trace).source.shape == trace.cross.shape[-2:]
assert core.read_corpus_heads("en-zh").sentences
changed = model.translate("Tom chases Jerry.", intervention=core.Intervention(ablate={{("cross", 2, 3): "zero"}}))
assert not np.any(changed.cross[2, 3])
with tempfile.TemporaryDirectory() as folder:
    for name in ("run.npz", "run.json"):
        trace.save(Path(folder, name))
        assert core.Trace.load(Path(folder, name)).text == trace.text
page = trace.to_html()
assert "Jerry" in page
given = core.Trace.from_arrays(["a", "</s>"], ["b", "</s>"], cross=np.full((1, 1, 2, 2), 0.5))
print(trace.text, given.text, {loaded})
"""


def absent() -> set[str]:
    """The modules of the app's and the training's other requirements, by the names under which they are imported."""
    text = (ROOT / "requirements.txt").read_text("utf-8").partition("# Tests")[0]
    named = [line.partition("==")[0] for line in text.splitlines()]
    others = {name.lower() for name in named if name and not name.startswith("#")} - NEEDED
    modules = {module for module, owners in packages_distributions().items() if others & {o.lower() for o in owners}}
    assert {"streamlit", "plotly", "pandas", "segno", "PIL", "jieba"} <= modules
    return modules


def test_core_when_the_apps_packages_are_not_installed_translates_probes_and_saves():
    modules = absent()
    script = SCRIPT.format(absent=sorted(modules), loaded=f"sorted(set(sys.modules) & set({sorted(modules)}))")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["汤姆追逐杰瑞。", "b", "[]"]


def test_a_model_is_loaded_and_translates_with_no_part_of_pytorchs_compiler():
    """It takes seconds to import, and PyTorch imports it for functions that have no numbers to work on."""
    names = [card.name for card in core.list_models()]
    assert len(names) >= 7
    script = (
        "import sys, core\n"
        f"for name in {names}:\n"
        "    model = core.load(name, device='cpu')\n"
        "    model.translate('汤姆。' if name == 'zh-en' else 'Tom runs.')\n"
        "    assert 'torch._dynamo' not in sys.modules, name\n"
        "from core.training.process import preview\n"
        "from core.training.tasks import Experiment\n"
        "assert preview(Experiment())[1].step == 0\n"
        "assert 'torch._dynamo' not in sys.modules, 'preview'\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
