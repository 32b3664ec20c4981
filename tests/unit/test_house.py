"""The house's rules: which way imports go, what is light, and that no forward pass writes on its module."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "core").rglob("*.py"))
LIGHT = {
    "core/errors.py": set(),
    "core/checks.py": {"core.errors"},
    "core/config.py": {"core.errors"},
    "core/spelling.py": set(),
    "core/intervention.py": {"core.checks", "core.config", "core.errors"},
    "core/request.py": {"core.checks", "core.errors", "core.intervention"},
    **{
        f"core/records/{path.name}": {
            "core.checks", "core.config", "core.errors", "core.intervention", "core.records", "core.request",
            "core.spelling",
        }
        for path in (ROOT / "core" / "records").glob("*.py")
    },
}  # fmt: skip
SETUP = {"__init__", "reset_parameters"}

each_file = pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(ROOT)))


def imports(*nodes: ast.AST) -> set[str]:
    """Full names of the modules that these statements import; of `from a import b` both a and a.b."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@each_file
def test_core_imports_no_streamlit_no_page_and_no_app(path):
    tops = {name.split(".")[0] for name in imports(*ast.walk(parse(path)))}
    assert tops.isdisjoint({"streamlit", "pages", "app", "tests", ""})  # "": a relative import


@pytest.mark.parametrize("name", LIGHT)
def test_config_errors_and_trace_stand_below_all_else(name):
    """What runs when they are imported: a Trace's methods may ask for more when they are called."""
    of_core = {module for module in imports(*parse(ROOT / name).body) if module.split(".")[0] == "core"}
    assert all(any(module == light or module.startswith(f"{light}.") for light in LIGHT[name]) for module in of_core)
    others = {module.split(".")[0] for module in imports(*parse(ROOT / name).body)} - {"core", "numpy"}
    assert others <= {*sys.stdlib_module_names, "__future__"}


def test_models_are_listed_and_traces_drawn_without_importing_torch_or_streamlit():
    program = (
        "import sys, core, core.export, core.plots, core.analysis; core.Trace, core.ModelConfig, core.list_models(); "
        "print([name for name in ('torch', 'streamlit', 'jieba', 'sacrebleu') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_of_core_is_there():
    import core

    for name in core.__all__:
        value = getattr(core, name)
        assert isinstance(value, tuple) or value.__name__ == name
        assert name in dir(core)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = core.nothing


def written_on_self(function: ast.FunctionDef) -> list[str]:
    """Lines of a method that put something on `self`: self.x = …, self.x += …, self.x[…] = …, setattr, buffers."""
    found = []
    for node in ast.walk(function):
        targets = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.NamedExpr | ast.For):
            targets = [node.target]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"setattr", "object.__setattr__"} or called.split(".")[-1] in {
                "register_buffer", "register_parameter", "__setattr__", "add_module", "register_module",
            }:  # fmt: skip
                found.append(f"{function.name}:{node.lineno}: {ast.unparse(node)}")
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store):
                    base = part
                    while isinstance(base, ast.Attribute | ast.Subscript):
                        base = base.value
                    if isinstance(base, ast.Name) and base.id == "self":
                        found.append(f"{function.name}:{node.lineno}: {ast.unparse(part)}")
    return found


def module_classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).startswith("nn.") for base in node.bases)
    ]


@each_file
def test_no_module_is_written_on_outside_of_its_construction(path):
    """A model is shared by every visitor at once."""
    for class_ in module_classes(parse(path)):
        for method in class_.body:
            if isinstance(method, ast.FunctionDef) and method.name not in SETUP:
                assert written_on_self(method) == []


def test_there_are_modules_to_look_at_and_the_search_finds_what_is_written():
    names = {class_.name for path in CORE for class_ in module_classes(parse(path))}
    assert names >= {
        "Transformer",
        "MultiHeadAttention",
        "EncoderLayer",
        "DecoderLayer",
        "AddNorm",
        "FeedForward",
        "Dropout",
    }
    for line in (
        "self.w = 1",
        "self.w[0] = 1",
        "self.a.b = 1",
        "self.w += 1",
        "setattr(self, 'w', 1)",
        "a, self.w = b",
    ):
        assert written_on_self(ast.parse(f"def forward(self):\n    {line}").body[0])
    assert not written_on_self(ast.parse("def forward(self):\n    w = self.w\n    x[self.i] = 2").body[0])


ROOMS = ("errors", "checks", "lecture", "config", "spelling", "intervention", "request", "records", "text", "encoding", "model", "importing", "decoding", "card", "zoo", "analysis", "probes", "adapters", "translator", "examples", "plots", "export", "training")  # fmt: skip
"""The rooms of core from the ground up: each may use those before it. A Trace reaches what draws and saves it only
inside of functions, when somebody asks for it."""


@each_file
def test_arrows_in_core_run_one_way(path):
    room = path.relative_to(ROOT / "core").parts[0].removesuffix(".py")
    if room == "__init__":
        return
    used = {name.split(".")[1] for name in imports(*parse(path).body) if name.startswith("core.")}
    assert all(ROOMS.index(other) <= ROOMS.index(room) for other in used), used


PAGES = sorted((ROOT / "pages").rglob("*.py"))
SCRIPTS = sorted((ROOT / "pages").glob("*.py"))
PRODUCTS = {"linalg", "dot", "matmul", "einsum", "tensordot", "inner", "outer", "vdot"}

each_file_of_pages = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def matrix_products(tree: ast.Module) -> list[str]:
    """Where matrices are multiplied: by @, or by NumPy's functions for it."""
    found = []
    for node in ast.walk(tree):
        product = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult)
        named = isinstance(node, ast.Attribute) and node.attr in PRODUCTS and ast.unparse(node.value) in {"np", "numpy"}
        if product or named:
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


@each_file_of_pages
def test_pages_multiply_no_matrices_and_know_no_torch(path):
    tree = parse(path)
    assert "torch" not in {name.split(".")[0] for name in imports(*ast.walk(tree))}
    assert matrix_products(tree) == []


def test_the_search_for_matrix_products_finds_them():
    for code in ("a @ b", "a @= b", "np.dot(a, b)", "np.linalg.norm(a)"):
        assert matrix_products(ast.parse(code))
    assert not matrix_products(ast.parse("np.abs(a - b).max(); similarity.dot(q, k)"))


@each_file_of_pages
def test_files_of_pages_are_short(path):
    assert lines(path) <= (80 if path in SCRIPTS else 400)


def test_what_pages_share_is_less_than_2200_lines():
    assert sum(map(lines, (ROOT / "pages" / "ui").glob("*.py"))) < 2200


@each_file_of_pages
def test_a_page_imports_no_other_page(path):
    """Its own folder and pages/ui alone; pages/ui imports no page by name."""
    page = path.relative_to(ROOT / "pages").parts[0].removesuffix(".py")
    used = {name.split(".")[1] for name in imports(*ast.walk(parse(path))) if name.startswith("pages.")}
    assert used <= {"ui", page}


def test_app_imports_no_torch_and_no_page_but_its_fields():
    program = (
        "import sys; from pages.ui import cache, navigation, session, settings; "
        "print('torch' in sys.modules, sorted({name.split('.')[2] for name in sys.modules "
        "if name.count('.') == 2 and name.startswith('pages.') and not name.startswith('pages.ui.')}))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False ['fields']"


def test_readme_names_files_that_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## How it is built")[1].split("\n## ")[0]
    named = set(re.findall(r"`((?:app|pages|core|assets|tests)(?:/[\w./-]+|\.py))`", section))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
