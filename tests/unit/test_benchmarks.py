"""The benchmarks' table in the README, and that each benchmark can be asked for."""

import json

import pytest
from streamlit.proto.Element_pb2 import Element

from tests.benchmarks import __main__ as table
from tests.benchmarks.live import Watcher
from tests.benchmarks.verdict import MARK, verdict


def test_a_figure_beyond_its_limit_is_not_kept_and_stands_out(capsys):
    assert verdict("Fast", 12.4, 100)
    assert not verdict("Slow", 1234.5, 1000)
    assert not verdict("Ratio", 0.36, 1 / 3, "", 2)
    rows = [table.row(line.removeprefix(MARK)) for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        "| Fast | 12 ms | 100 ms |",
        "| Slow | **1,234 ms** | 1,000 ms |",
        "| Ratio | **0.36** | 0.33 |",
    ]


def test_every_benchmark_of_the_table_is_there_and_speaks_its_form():
    for name in table.NAMES:
        code = (table.HERE / f"{name}.py").read_text(encoding="utf-8")
        assert "verdict(" in code, name


def test_the_readme_has_the_place_for_the_table():
    text = table.README.read_text(encoding="utf-8")
    assert text.count(table.BEGIN) == text.count(table.END) == 1
    assert text.index(table.BEGIN) < text.index(table.END)


def test_a_benchmark_that_cannot_run_is_named_and_nothing_of_the_table_is_lost(tmp_path, monkeypatch, capsys):
    (tmp_path / "quick.py").write_text("print('= A figure | 3 ms | 5 ms')", encoding="utf-8")
    (tmp_path / "broken.py").write_text("import nothing_of_this_name", encoding="utf-8")
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(table, "HERE", tmp_path)
    monkeypatch.setattr(table, "README", readme)
    monkeypatch.setattr(table, "NAMES", ("quick", "broken"))
    assert table.main([]) == 1
    written = readme.read_text(encoding="utf-8")
    assert "| A figure | 3 ms | 5 ms |" in written
    assert "Not measured: broken." in written
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    assert "old" not in written
    assert table.main(["quick"]) == 0
    assert readme.read_text(encoding="utf-8") == written


def test_options_when_they_stand_behind_a_name_go_to_the_benchmark(tmp_path, monkeypatch, capsys):
    code = "import sys; print('= Minutes |', sys.argv[sys.argv.index('--minutes') + 1], 'min | 90 min')"
    (tmp_path / "long.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(table, "HERE", tmp_path)
    assert table.main(["long", "--minutes", "60"]) == 0
    assert table.main(["long", "--minutes", "91"]) == 1
    assert "= Minutes | 60 min | 90 min" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nothing"])
def test_a_benchmark_that_there_is_not_is_not_measured(name):
    assert table.run(name) == ([], False)


def learning(step: int) -> Element:
    """The picture of a training at a step, as it is sent."""
    header = json.dumps({"lines": {"step": [0, step]}}).encode()
    element = Element()
    element.bidi_component.component_name = "headlight_learning"
    element.bidi_component.bytes = len(header).to_bytes(4, "little") + header + bytes(8)
    return element


def test_a_watcher_of_trainings_counts_the_updates_of_one_after_the_other():
    watcher = Watcher("http://nowhere")
    for step, done in ((0, 0), (40, 40), (40, 40), (1200, 1200), (0, 1200), (0, 1200), (30, 1230)):
        watcher.take(learning(step))
        assert watcher.done == done


def test_a_watcher_knows_whether_a_training_can_be_started_and_whether_it_was_refused():
    watcher = Watcher("http://nowhere")
    for disabled in (False, True):
        button = Element()
        button.button.id, button.button.disabled = "$$ID-abc-training-start", disabled
        watcher.take(button)
        assert watcher.free is not disabled
    other = Element()
    other.button.id = "$$ID-abc-training-stop"
    watcher.take(other)
    assert watcher.button.endswith("-training-start")
    assert not watcher.refused
    warning = Element()
    warning.alert.body = "full"
    watcher.take(warning)
    assert watcher.refused
