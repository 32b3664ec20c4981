"""The README's Python example runs as it stands, and its table holds what the models' cards hold."""

import re
from pathlib import Path

import core

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def test_the_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["trace"].text == "汤姆追逐杰瑞。"
    assert (tmp_path / "run.npz").is_file()


def test_the_table_holds_what_was_measured():
    rows = {name: cells.split(" | ") for name, cells in re.findall(r"^\| `(.+?)` \| (.+) \|$", README, re.MULTILINE)}
    cards = {card.name: card for card in core.list_models() if card.scores}  # imported ones are not measured
    assert rows.keys() == cards.keys()
    for name, (_, *numbers) in rows.items():
        card = cards[name]
        greedy, beam = card.scores["greedy"], card.scores["beam"]
        measured = (greedy["bleu"], beam["bleu"], greedy["chrf"], card.scores["perplexity"])
        assert numbers == [f"{card.parameters:,}", *(f"{number:.2f}" for number in measured)]
