"""The lecture's page on why there is attention: what it draws and says are core's numbers, whatever is chosen and typed."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

import core
from core import zoo
from core.analysis import view
from core.intervention import Intervention
from pages.ui import cache
from pages.why import members
from tests.app.conftest import forget, use_models
from tests.app.reading import BAD, open_page, said, type_in, unescaped, unpacked, values, views, written

FIRST = "Tom chases Jerry."
MODELS = members.SHIPPED


@pytest.fixture(scope="module")
def models() -> dict[str, core.Translator]:
    return {architecture: core.load(name, device="cpu") for architecture, name in MODELS.items()}


def drawn(app, title: str) -> dict[str, dict]:
    """The matrices of one picture by name."""
    return {item["name"]: item for item in next(v for v in views(app) if v["title"] == title)["items"]}


def weights_by_hand(trace: core.Trace, layer: int, head: int | None) -> np.ndarray:
    """Summed over a source word's pieces, averaged over an output word's; rows of specials left out."""
    cross = trace.cross[layer].mean(0) if head is None else trace.cross[layer, head]
    rows = [word for word in trace.output_words if word[0] not in trace.output_specials]
    return np.array([[cross[a:b, c:d].sum(1).mean() for c, d in trace.source_words] for a, b in rows])


def test_the_textbooks_numbers_are_there_and_named_an_illustration(app):
    open_page(app, "why", lang="en")
    item = drawn(app, said("why.picture"))[said("why.textbook")]
    assert item["values"] == [[0.6, 0.2, 0.2], [0.3, 0.2, 0.5]]
    assert (item["rows"], item["columns"]) == (["汤姆", "杰瑞"], ["Tom", "Chase", "Jerry"])
    assert "illustration" in item["caption"]
    assert item["limit"] == 1


@pytest.mark.parametrize(
    ("head", "text"), [("average", FIRST), ("5", "I would like to go to the park with my friends.")]
)
def test_weights_and_contexts_are_those_of_the_three_models(app, models, head, text):
    open_page(app, "why", lang="en", text=text, why_layer="2", why_head=head)
    panels, strips = drawn(app, said("why.picture")), drawn(app, said("why.picture.contexts"))
    for architecture, translator in models.items():
        trace = translator.translate(text)
        found = translator.contexts(trace, 1 if architecture == "transformer" else None)
        strip = values(strips[said(f"why.contexts.{architecture}")])
        np.testing.assert_allclose(strip, found.contexts, atol=1e-5)
        assert f"{100 * found.dispersion():.0f} %" in strips[said(f"why.contexts.{architecture}")]["caption"]
        panel = panels[said(f"why.short.{architecture}")]
        assert panel["caption"] == trace.text
        if architecture == "rnn":  # no weights: the same vector, once a piece
            np.testing.assert_allclose(values(panel), np.tile(found.contexts[0], (len(found.rows), 1)), atol=1e-6)
            assert said("why.none", n=len(found.rows), apart="0") in written(app)
            continue
        layer, own = (1, None if head == "average" else 4) if architecture == "transformer" else (0, None)
        by_hand = weights_by_hand(trace, layer, own)
        np.testing.assert_allclose(values(panel), by_hand, atol=1e-5)
        np.testing.assert_allclose(by_hand.sum(1), 1, atol=1e-4)
        assert panel["limit"] == 1
        assert panel["columns"] == list(view(trace, "cross", layer, own, merged=True).keys)


def test_equal_weights_are_a_run_of_its_own(app, models):
    open_page(app, "why", lang="en")
    app.segmented_control(key="why_weights").set_value("equal").run()
    assert not app.exception
    assert app.query_params["why_weights"] in ("equal", ["equal"])
    panels, strips = drawn(app, said("why.picture")), drawn(app, said("why.picture.contexts"))
    for architecture, translator in models.items():
        if architecture == "rnn":
            continue
        config = translator.config
        layers = range(config.attention_layers("cross"))
        heads = {("cross", layer, head): "uniform" for layer in layers for head in range(config.n_heads)}
        trace = translator.translate(FIRST, intervention=Intervention(ablate=heads))
        assert panels[said(f"why.short.{architecture}")]["caption"] == trace.text
        shares = [(b - a) / len(trace.source_pieces) for a, b in trace.source_words]
        for row in values(panels[said(f"why.short.{architecture}")]):
            np.testing.assert_allclose(row, shares, atol=1e-5)
        same = values(strips[said(f"why.contexts.{architecture}")])
        if architecture == "rnn-additive":
            np.testing.assert_allclose(same, np.tile(same[0], (len(same), 1)), atol=1e-5)
    assert said("why.equal") in written(app)


def test_all_models_can_be_given_the_transformers_translation(app, models):
    text = "Where did you buy the book that you gave me yesterday?"
    open_page(app, "why", lang="en", text=text, why_same="1")
    wanted = models["transformer"].translate(text)
    for architecture in ("rnn", "rnn-additive"):
        panel = drawn(app, said("why.picture"))[said(f"why.short.{architecture}")]
        assert panel["caption"] == wanted.text
        own = models[architecture].translate(text, target=wanted.output_pieces)
        found = values(drawn(app, said("why.picture.contexts"))[said(f"why.contexts.{architecture}")])
        np.testing.assert_allclose(found, models[architecture].contexts(own).contexts, atol=1e-5)


@pytest.mark.parametrize(
    ("architecture", "head"), [("rnn", None), ("rnn-additive", None), ("transformer", "3"), ("transformer", "average")]
)
def test_the_sums_parts_are_those_of_core_and_add_up_to_the_models_context(app, models, architecture, head):
    query = {"why_head": head, "why_layer": "1"} if head else {}
    open_page(app, "why", lang="en", why_part="sum", why_model=architecture, why_row="2", **query)
    sent = next(v for v in views(app) if v["title"] == said("why.picture.sum"))
    translator = models[architecture]
    place = (0, None if head == "average" else 2) if head else (None, None)
    found = translator.contexts(translator.translate(FIRST), *place)
    assert (sent["keys"], sent["rows"], sent["state"]["row"]) == (list(found.keys), list(found.rows), 1)
    annotations = unpacked(sent["annotations"]).reshape(len(found.keys), -1)
    contexts = unpacked(sent["contexts"]).reshape(len(found.rows), -1)
    np.testing.assert_allclose(annotations, found.annotations, atol=1e-6)
    np.testing.assert_allclose(contexts, found.contexts, atol=1e-6)
    if architecture == "rnn":
        assert sent["weights"] is None
        half = annotations.shape[1] // 2  # C: the halves that the view frames
        c = np.r_[annotations[sent["last"], :half], annotations[sent["first"], half:]]
        np.testing.assert_allclose(contexts, np.tile(c, (len(contexts), 1)), atol=1e-6)
        return
    weights = unpacked(sent["weights"]).reshape(sent["heads"], len(found.rows), len(found.keys))
    parts = np.split(annotations, sent["heads"], axis=1)
    np.testing.assert_allclose(
        np.concatenate([w @ part for w, part in zip(weights, parts, strict=True)], 1), contexts, atol=1e-5
    )


@pytest.mark.parametrize("metric", ["chrf", "bleu"])
def test_the_curves_are_what_the_cards_hold(app, metric):
    open_page(app, "why", lang="en", why_part="length", why_metric=metric)
    cards = {architecture: cache.cards()[name] for architecture, name in MODELS.items()}
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    curves = {curve["name"]: curve for curve in figure["data"]}
    measured = {architecture: card.lengths["buckets"] for architecture, card in cards.items() if card.lengths}
    assert "transformer" in measured
    assert set(curves) == {said(f"why.model.{architecture}") for architecture in measured}
    for architecture, buckets in measured.items():
        curve = curves[said(f"why.model.{architecture}")]
        assert curve["y"] == [bucket[metric] for bucket in buckets]
        assert curve["error_y"]["array"] == [bucket[f"{metric}_error"] for bucket in buckets]
        ends = [f"{bucket[metric]:.1f} ± {bucket[f'{metric}_error']:.1f}" for bucket in (buckets[0], buckets[-1])]
        assert all(end in written(app) for end in ends)
    for architecture in cards.keys() - measured.keys():
        assert said("why.unmeasured", name=MODELS[architecture]) in written(app)
    if {"rnn", "rnn-additive"} <= measured.keys():
        pairs = list(zip(measured["rnn-additive"], measured["rnn"], strict=True))
        ahead = [with_[metric] - without[metric] for with_, without in pairs]
        where = pairs[ahead.index(max(ahead))][0]
        first, last, top = (f"{value:+.1f}".replace("-", "−") for value in (ahead[0], ahead[-1], max(ahead)))
        told = said("why.lengths.gain", first=first, last=last, top=top, least=where["from"], most=where["to"])
        assert told in written(app)
    longest = next(iter(measured.values()))[-1]
    assert f"Only {longest['sentences']} sentences have {longest['from']} to {longest['to']} pieces" in written(app)


def test_models_that_were_not_trained_alike_are_not_drawn_side_by_side(app, monkeypatch):
    cards = cache.cards()
    other = dataclasses.replace(cards["en-zh"], training={**cards["en-zh"].training, "pairs": 1})
    monkeypatch.setattr(cache, "cards", lambda: {**cards, "en-zh": other})
    open_page(app, "why", lang="en", why_part="length")
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    recurrent = {said(f"why.model.{architecture}") for architecture in ("rnn", "rnn-additive")}
    assert {curve["name"] for curve in figure["data"]} == recurrent
    assert said("why.unlike", name="en-zh", other="en-zh-rnn") in written(app)


@pytest.mark.parametrize("part", ["count", "sum", "length"])
@pytest.mark.parametrize("gone", [("en-zh-rnn",), ("en-zh-rnn", "en-zh-rnn-attention"), ("en-zh", "en-zh-1head")])
def test_a_model_that_is_not_there_is_named_and_the_rest_is_shown(app, tmp_path, monkeypatch, gone, part):
    for card in zoo.list_models():
        if card.name not in gone and card.target_language == "zh":
            (tmp_path / card.name).symlink_to(zoo.MODELS / card.name)
    monkeypatch.setattr(zoo.list_models, "__defaults__", (tmp_path,))
    open_page(app, "why", lang="en", why_part=part)
    missing = [MODELS[architecture] for architecture in members.ARCHITECTURES if MODELS[architecture] in gone]
    assert said("why.missing", names=", ".join(missing)) in written(app)
    assert app.get("bidi_component") or part == "length"


def renamed(folder, name: str, new: str, **changes) -> None:
    """A copy of a shipped model under another name, with another card."""
    shutil.copytree(zoo.MODELS / name, folder / new)
    card = json.loads((folder / new / "card.json").read_text(encoding="utf-8"))
    (folder / new / "card.json").write_text(json.dumps({**card, **changes}), encoding="utf-8")


@pytest.fixture
def chosen_models(app, tmp_path):
    """chosen_models(*names) -> the folder that the app takes for its models, with these shipped ones"""

    def choose(*names: str):
        for name in (zoo.SHARED, *names):
            (tmp_path / name).symlink_to(zoo.MODELS / name)
        return tmp_path

    yield choose
    forget()


FOLDERS = {
    "en-zh-rnn": ("en-zh", "en-zh-rnn-attention"),
    "en-zh-rnn-attention": ("en-zh", "en-zh-rnn"),
    "en-zh": ("en-zh-rnn", "en-zh-rnn-attention"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_model_when_its_folder_has_another_name_is_shown_and_not_called_missing(
    app, chosen_models, monkeypatch, name
):
    folder = chosen_models(*FOLDERS[name])
    renamed(folder, name, "mine")
    use_models(monkeypatch, folder)
    open_page(app, "why", lang="en")
    assert not app.info
    assert len(drawn(app, said("why.picture.contexts"))) == 3


@pytest.mark.parametrize("model", ["zh-en", "en-zh", "en-zh-rnn"])
def test_no_model_is_called_missing_when_all_are_there_whichever_is_chosen(app, model):
    open_page(app, "why", lang="en", model=model)
    assert not any("not shown" in info.value for info in app.info)
    assert len(drawn(app, said("why.picture.contexts"))) == 3


def test_a_model_when_it_is_there_for_other_languages_is_said_to_have_these(app, chosen_models, monkeypatch):
    folder = chosen_models("en-zh", "en-zh-rnn")
    renamed(folder, "en-zh-rnn-attention", "en-zh-rnn-attention", target_language="ja")
    use_models(monkeypatch, folder)
    open_page(app, "why", lang="en")
    names = {"languages": "English → Chinese", "names": "en\\-zh\\-rnn\\-attention (English → ja)"}
    assert said("why.missing.languages", **names) in written(app)
    assert "missing" not in written(app)


def test_a_model_when_it_is_damaged_is_said_to_be_damaged_and_not_missing(app, chosen_models, monkeypatch):
    folder = chosen_models("en-zh", "en-zh-rnn")
    renamed(folder, "en-zh-rnn-attention", "en-zh-rnn-attention", parameters=None)
    use_models(monkeypatch, folder)
    open_page(app, "why", lang="en")
    assert any("en-zh-rnn-attention" in unescaped(warning.value) for warning in app.warning)
    assert not app.info


@pytest.mark.parametrize("part", ["count", "sum"])
@pytest.mark.parametrize("model", ["en-zh-1head", "en-zh-rnn"])
def test_the_apps_model_stands_for_its_kind(app, models, model, part):
    open_page(app, "why", lang="en", model=model, why_part=part)
    assert not app.warning
    assert members.SHIPPED["rnn"] == models["rnn"].card.name


@pytest.mark.parametrize("text", BAD, ids=[repr(text[:12]) for text in BAD])
@pytest.mark.parametrize("part", ["count", "sum"])
def test_bad_input_gets_a_sentence_and_the_last_picture_stays(app, text, part):
    open_page(app, "why", lang="en", why_part=part)
    before = len(views(app))
    type_in(app, text)
    assert app.warning
    assert len(views(app)) == before


@pytest.mark.parametrize("part", ["count", "sum"])
@pytest.mark.parametrize("text", ["<b>Tom</b> $x$ **runs**", "Go!", "word " * 60])
def test_what_people_type_is_shown_as_text(app, text, part):
    open_page(app, "why", lang="en", text=text, why_part=part)
    assert not app.warning
    assert views(app)
