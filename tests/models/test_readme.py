"""The README's Python examples run as they stand, and its table holds what the models' cards hold."""

import re
from pathlib import Path

import numpy as np

import core
from tests import hosted

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example, _ = EXAMPLES
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["trace"].text == "汤姆追逐杰瑞。"
    assert (tmp_path / "run.npz").is_file()


def test_the_example_with_models_of_others_runs():
    (model, tokenizer), (bert, its_tokenizer) = hosted.made("marian"), hosted.bert()
    names = {"core": core, "weights": np.full((2, 2, 4, 4), 0.25), "model": model, "tokenizer": tokenizer}
    _, example = EXAMPLES
    exec(compile(example, "README.md", "exec"), names | {"bert": bert, "its_tokenizer": its_tokenizer})


def test_the_table_holds_what_was_measured():
    rows = {name: cells.split(" | ") for name, cells in re.findall(r"^\| `(.+?)` \| (.+) \|$", README, re.MULTILINE)}
    cards = {card.name: card for card in core.list_models() if card.scores}  # imported ones are not measured
    assert rows.keys() == cards.keys()
    for name, (_, *numbers) in rows.items():
        card = cards[name]
        greedy, beam = card.scores["greedy"], card.scores["beam"]
        measured = (greedy["bleu"], beam["bleu"], greedy["chrf"], card.scores["perplexity"])
        assert numbers == [f"{card.parameters:,}", *(f"{number:.2f}" for number in measured)]
