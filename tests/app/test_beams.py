"""The Beams page: what its tree is sent is core's own record, and what is chosen is on the stage."""

import pytest

import core
from core import errors
from pages.beams import search as beams
from pages.ui import cache
from tests.app.reading import BAD, CATALOGUES, open_page, packed, type_in, views

TEXT = "Tom chases Jerry."
PARTS = "It's warm here all the year round."


def sent(app) -> dict:
    """What the tree in the browser gets."""
    return views(app)[0]


def on_stage(app) -> dict:
    """The header of the Trace that the stage gets."""
    return packed(app)[0][0]


def missed(app) -> bool:
    return any(CATALOGUES["en"]["beams.missed"] == info.value for info in app.info)


def open_search(app, text: str = TEXT, size: int = 4, alpha: float = 0.6, **query: str) -> core.BeamSearch:
    open_page(app, "beams", text=text, beam_size=str(size), alpha=f"{alpha:g}", **query)
    return cache.model("en-zh").beam_search(text, size, alpha)


@pytest.mark.parametrize(
    ("text", "size", "alpha"), [(TEXT, 4, 0.6), (PARTS, 4, 0.6), (PARTS, 1, 1.0), (PARTS, 8, 0.0), (PARTS, 2, 2.0)]
)
def test_every_number_of_the_tree_is_cores(app, text, size, alpha):
    search = open_search(app, text, size, alpha)
    data = sent(app)
    assert (app.slider(key="beam_size").value, app.slider(key="alpha").value) == (size, alpha)
    assert (data["beam_size"], data["alpha"], data["widths"]) == (size, alpha, list(search.widths))
    assert len(data["nodes"]) == len(search.nodes)
    for (parent, step, piece, total, p, score, rank, status), node in zip(data["nodes"], search.nodes, strict=True):
        assert (parent, step) == (-1 if node.parent is None else node.parent, node.step)
        assert (piece, rank, status) == (node.piece, node.rank, node.status)
        assert (total, p, score) == pytest.approx((node.log_probability, node.probability, node.score), abs=1e-5)
    for row, hypothesis in zip(data["hypotheses"], search.hypotheses, strict=True):
        assert (row["node"], row["text"], row["length"]) == (hypothesis.node, hypothesis.text, hypothesis.length)
        assert (row["total"], row["score"]) == pytest.approx((hypothesis.log_probability, hypothesis.score), abs=1e-5)
    greedy = data["greedy"]
    assert tuple(greedy["pieces"]) == search.greedy_pieces == cache.model("en-zh").translate(text).output_pieces
    assert (greedy["total"], greedy["score"]) == pytest.approx(
        (search.greedy_log_probability, search.greedy_score), abs=1e-5
    )
    assert tuple(greedy["path"]) == search.follow(search.greedy_pieces)
    assert data["parts_at"] == search.parts_at
    assert data["chosen"] == search.winner.node
    assert tuple(on_stage(app)["output"]) == search.winner.pieces


def test_there_is_something_to_tell_apart():
    """Or the tests above would not see greedy's way, a hypothesis that was cut, or one that is lost."""
    search = cache.model("en-zh").beam_search(PARTS)
    assert search.parts_at is not None
    assert beams.position_of(search, search.greedy_pieces) == "greedy"
    assert beams.position_of(search, search.winner.pieces) == search.winner.node
    assert beams.position_of(search, ("Tom",) * 9) is None
    assert beams.position_of(search, ()) is None


@pytest.mark.parametrize("at", [0, 3, -1])
def test_a_chosen_hypothesis_is_on_the_stage_whatever_became_of_it(app, at):
    search = cache.model("en-zh").beam_search(PARTS)
    node = [search.nodes[0], *(node for node in search.nodes if node.status == "pruned")][at]
    pieces = search.pieces(node.id)
    open_search(app, PARTS, hypothesis=" ".join(pieces))
    assert not missed(app)
    assert sent(app)["chosen"] == node.id
    assert tuple(on_stage(app)["output"]) == pieces
    trace = cache.trace(core.Request(PARTS, "en-zh", pieces))
    assert trace.log_probability == pytest.approx(node.log_probability, abs=1e-4)
    assert app.query_params["hypothesis"] in (" ".join(pieces), [" ".join(pieces)])
    app.button(key="beams-back").click().run()
    assert tuple(on_stage(app)["output"]) == search.winner.pieces
    assert "hypothesis" not in app.query_params


def test_greedys_output_can_be_chosen_though_the_beam_gave_it_up(app):
    search = cache.model("en-zh").beam_search(PARTS)
    open_search(app, PARTS, hypothesis=" ".join(search.greedy_pieces))
    assert sent(app)["chosen"] == "greedy"
    assert tuple(on_stage(app)["output"]) == search.greedy_pieces


def test_a_hypothesis_that_is_not_here_is_named_and_the_winner_shown(app):
    search = open_search(app, hypothesis="Tom Tom Tom")
    assert missed(app)
    assert tuple(on_stage(app)["output"]) == search.winner.pieces
    app.run()
    assert missed(app), "it does not vanish by itself"
    app.slider(key="beam_size").set_value(2).run()
    assert not missed(app)


def test_a_new_sentence_forgets_what_was_chosen_and_a_new_alpha_does_not(app):
    search = open_search(app, PARTS, hypothesis=" ".join(cache.model("en-zh").beam_search(PARTS).pieces(1)))
    app.slider(key="alpha").set_value(1.0).run()
    assert tuple(on_stage(app)["output"]) == search.pieces(1)
    type_in(app, TEXT)
    assert not missed(app)
    assert tuple(on_stage(app)["output"]) == cache.model("en-zh").beam_search(TEXT, alpha=1.0).winner.pieces


@pytest.mark.parametrize(("text", "error"), BAD.items(), ids=[repr(text[:12]) for text in BAD])
def test_bad_input_gets_a_sentence_and_the_last_search_stays(app, text, error):
    search = open_search(app, PARTS)
    type_in(app, text)
    fixed = max(error.sentence.replace("}", "{").split("{")[::2], key=len)
    assert any(fixed in warning.value for warning in app.warning), [warning.value for warning in app.warning]
    assert sent(app)["widths"] == list(search.widths)


@pytest.mark.parametrize("text", ["<b>bold</b> Tom", "$x$ is here", "**Tom** _runs_ `now`", "</s> hello"])
def test_marks_typed_as_text_are_searched_as_text(app, text):
    search = open_search(app, text)
    assert not app.warning
    assert [row["text"] for row in sent(app)["hypotheses"]] == [hypothesis.text for hypothesis in search.hypotheses]


@pytest.mark.parametrize("said", [None, {}, {"choose": "汤姆"}, {"choose": []}, {"choose": [1]}, {"find": 1}])
def test_what_a_browser_may_not_say_changes_nothing(said, monkeypatch):
    held = {"hypothesis": ("汤姆",)}
    monkeypatch.setattr(beams.st, "session_state", held)
    beams.handle_tree_act(said or {})
    assert held == {"hypothesis": ("汤姆",)}


@pytest.mark.parametrize(("size", "alpha"), [(4, 0.6), (3, 1.5)])
def test_the_tables_of_effects_hold_what_a_search_finds(app, size, alpha):
    search = open_search(app, PARTS, size, alpha)
    assert not app.dataframe, "nothing is searched for before it is opened"
    app.session_state["beams_effects"] = True
    app.run()
    texts = CATALOGUES["en"]
    first, second = (table.value for table in app.dataframe)
    sizes, alphas = sorted({1, 2, 4, 8, size}), sorted({0.0, 0.6, 1.0, alpha})
    assert list(first[texts["beams.size"]]) == [str(n) for n in sizes]
    assert list(second["α"]) == [f"{a:g}" for a in alphas]
    model = cache.model("en-zh")
    requests = [(first, [(n, alpha) for n in sizes]), (second, [(size, a) for a in alphas])]
    for table, settings in requests:
        for (_, row), (n, a) in zip(table.iterrows(), settings, strict=True):
            best = model.beam_search(PARTS, n, a).winner
            assert (row[texts["beams.best"]], row[texts["beams.length"]]) == (best.text, best.length)
            assert row[texts["beams.log_p"]] == pytest.approx(best.log_probability)
            assert row[texts["beams.score"]] == pytest.approx(best.score)
            assert row[texts["beams.penalty"]] == pytest.approx(((5 + best.length) / 6) ** a)
            shown, same = (n, a) == (size, alpha), best.pieces == search.winner.pieces
            verdict = "shown" if shown else "same" if same else "differs"
            assert row[texts["beams.verdict"]] == texts[f"beams.{verdict}"]
    assert len(set(first[texts["beams.best"]])) > 1, "or there was no effect to see"


@pytest.mark.parametrize("model", ["en-zh", "en-zh-1head"])
def test_one_of_the_sentences_makes_beam_and_greedy_part(model):
    def parts(text: str) -> bool:
        return beams.beam_search(core.Request(text, model, strategy="beam")).parts_at is not None

    assert any(map(parts, beams.DIVERGING["en"]))


def test_a_sentence_where_they_part_is_found_for_the_search_as_it_is(app, monkeypatch):
    held = {"model": "en-zh", "beam_size": 4, "alpha": 0.6, "text": TEXT, "hypothesis": ("汤姆",)}
    monkeypatch.setattr(beams.st, "session_state", held)
    monkeypatch.setattr(beams.session.st, "session_state", held)
    beams.handle_tree_act({"find": True})
    assert held["text"] in beams.DIVERGING["en"]
    assert held["hypothesis"] is None
    assert beams.beam_search(core.Request(held["text"], "en-zh", strategy="beam")).parts_at is not None


def test_a_sentence_that_no_model_can_read_is_passed_over(monkeypatch):
    def refuse(*asked):
        raise errors.UnknownLanguageError(language="French")

    said = []
    held = {"model": "en-zh", "beam_size": 4, "alpha": 0.6, "text": TEXT}
    monkeypatch.setattr(beams.st, "session_state", held)
    monkeypatch.setattr(beams, "beam_search", refuse)
    monkeypatch.setattr(beams.st, "toast", said.append)
    beams.handle_tree_act({"find": True})
    assert held["text"] == TEXT
    assert len(said) == 1


def test_another_candidate_on_the_stage_is_the_hypothesis_that_goes_on_with_it(monkeypatch):
    search = cache.model("en-zh").beam_search(PARTS)
    held, said = {"hypothesis": None}, []
    monkeypatch.setattr(beams.st, "session_state", held)
    monkeypatch.setattr(beams.st, "toast", said.append)
    node = next(node for node in search.levels[2] if node.status == "pruned")
    pieces = search.pieces(node.id)
    beams.handle_stage_act({"force": [2, node.piece]}, search, (*pieces[:2], "Tom", "</s>"))
    assert held["hypothesis"] == pieces
    beams.handle_stage_act({"force": [2, "<unk>"]}, search, pieces)
    beams.handle_stage_act({"ablate": [["cross", 0, 0]]}, search, pieces)
    assert held["hypothesis"] == pieces
    assert len(said) == 1
    assert "<unk>" in said[0].replace("\\", "")
