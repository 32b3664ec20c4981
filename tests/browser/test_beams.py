"""The journey on the Beams page: grow the tree, read a node, put a hypothesis on the stage, hide what was dropped."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

import core
from tests.browser.conftest import settle

PARTS = "It's warm here all the year round."
LONG = (
    "When I was a child my grandmother used to tell me long stories about the war, about the village where she was born, "
    "and about the people whom she had loved and lost there before I was born."
)


@pytest.fixture(scope="module")
def search() -> core.BeamSearch:
    return core.load("en-zh", device="cpu").beam_search(PARTS)


def open_beams(open_page, server, text: str = PARTS, options: dict | None = None, **query) -> Page:
    page = open_page(f"{server}/beams?{urlencode({'lang': 'en', 'text': text, **query})}", **(options or {}))
    expect(page.locator(".level .node").first).to_be_visible()
    settle(page)
    return page


@pytest.fixture
def page(open_page, server) -> Page:
    return open_beams(open_page, server)


def signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def node(page: Page, id: int):
    return page.locator(f'.level .node[data-at="{id}"]')


def text_of(locator) -> str:
    """Its text, without the marks that keep each value's direction to itself."""
    return re.sub("[\u2068\u2069]", "", locator.inner_text())


def step_button(page: Page, name: str):
    return page.locator(".transport").first.get_by_role("button", name=name, exact=True)


def on_stage(page: Page):
    return page.locator(".st-key-beams-stage .chip.target:not(.special):not(.ghost)")


def test_the_tree_grows_by_slider_buttons_and_play(page, search):
    def shown(steps: int) -> None:
        expect(page.locator(".step-text").first).to_have_text(f"Step {steps} of {search.n_steps}")
        expect(page.locator(".level .node:visible")).to_have_count(sum(map(len, search.levels[:steps])))

    shown(search.n_steps)
    step_button(page, "First step").click()
    shown(1)
    slider = page.get_by_role("slider", name="Step").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    shown(2)
    counts = {name: sum(node.status == name for node in search.levels[1]) for name in ("kept", "pruned")}
    expect(page.locator(".summary")).to_have_text(f"{counts['kept']} kept, {counts['pruned']} dropped.")
    step_button(page, "Next step").click()
    shown(3)
    step_button(page, "Play").click()
    expect(step_button(page, "Pause")).to_be_visible()
    shown(search.n_steps)
    expect(step_button(page, "Play")).to_be_visible()


def test_growing_needs_no_server_and_moves_nothing(page):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: sent.append(payload)))
    page.reload()
    expect(page.locator(".level .node").first).to_be_visible()
    settle(page)
    page.wait_for_timeout(1500)
    sent.clear()

    def height() -> float:
        return page.locator(".hl-frame").first.bounding_box()["height"]

    before = height()
    step_button(page, "First step").click()
    for _ in range(3):
        assert height() == before
        step_button(page, "Next step").click()
        page.locator(".level .node:visible").last.hover()
    assert height() == before
    assert sent == []


def test_what_a_step_needs_is_on_one_screen(page):
    for part in (".transport", ".readout", ".heads", ".level .node"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= 720, part
    kept = [box["y"] for box in (item.bounding_box() for item in page.locator(".level .node.kept").all()) if box]
    assert max(kept) < 690


def test_a_node_under_the_pointer_tells_its_whole_hypothesis_in_numbers(page, search):
    lost = next(node for node in search.levels[1] if node.status == "pruned")
    node(page, lost.id).hover()
    expect(page.locator("p.headline")).to_have_text("".join(search.pieces(lost.id)))
    said = text_of(page.locator(".detail"))
    penalty = (7 / 6) ** 0.6
    assert lost.score == pytest.approx(lost.log_probability / penalty, abs=1e-6)
    assert f"score {signed(lost.score)} = log P {signed(lost.log_probability)} nats" in said
    assert f"length penalty {penalty:.2f} (2 pieces)" in said
    assert f"= {lost.probability:.4f}" in said
    assert f"Dropped at step 2: number {lost.rank + 1} there, where the beam takes 4." in said
    expect(page.locator(".level .node.lit")).to_have_count(2)


def test_where_beam_and_greedy_part_is_marked_and_said(page, search):
    at = search.parts_at
    taken = search.nodes[search.path(search.winner.node)[at]]
    greedy = search.nodes[search.follow(search.greedy_pieces)[at]]
    end = search.nodes[search.follow(search.greedy_pieces)[-1]]
    said = text_of(page.locator("p.headline"))
    assert said == (
        f"Beam and greedy diverge at step {at + 1}: greedy takes {greedy.piece} (p {greedy.probability:.2f}), "
        f"the winner {taken.piece} (p {taken.probability:.2f})."
    )
    assert text_of(page.locator(".detail")) == (
        f"Step {end.step + 1} drops greedy's path: it is number {end.rank + 1} there, and the beam takes 4. "
        f"In the end greedy scores {signed(search.greedy_score)}, the winner {signed(search.winner.score)}."
    )
    expect(page.get_by_text("beam ≠ greedy")).to_be_visible()
    expect(page.locator(".fork")).to_be_visible()
    expect(page.locator(".level .node.winner")).to_have_count(search.winner.length)
    letters = page.locator(".level .node .marks", has_text="G")
    expect(letters).to_have_count(len(search.follow(search.greedy_pieces)))


def test_a_clicked_node_is_on_the_stage_and_nothing_else_moves(page, search):
    expect(on_stage(page)).to_have_text(list(search.winner.pieces[:-1]))
    step_button(page, "First step").click()
    step_button(page, "Next step").click()
    lost = next(node for node in search.levels[1] if node.status == "pruned")
    node(page, lost.id).click()
    expect(on_stage(page)).to_have_text(list(search.pieces(lost.id)))
    expect(page.get_by_role("heading", name="Attention view: " + "".join(search.pieces(lost.id)))).to_be_visible()
    page.wait_for_url(re.compile("hypothesis="))
    expect(node(page, lost.id)).to_have_attribute("aria-pressed", "true")
    expect(node(page, lost.id)).to_be_focused()
    expect(page.locator(".step-text").first).to_have_text(f"Step 2 of {search.n_steps}")
    page.get_by_role("button", name="Back to the winner").click()
    expect(on_stage(page)).to_have_text(list(search.winner.pieces[:-1]))
    expect(node(page, search.winner.node)).to_have_attribute("aria-pressed", "true")


def test_the_tree_is_walked_and_chosen_from_by_keys_alone(page, search):
    step_button(page, "Last step").focus()
    while page.evaluate("!document.activeElement.shadowRoot?.activeElement?.classList.contains('node')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Home")
    expect(node(page, search.levels[0][0].id)).to_be_focused()
    page.keyboard.press("ArrowDown")
    second = search.levels[0][1]
    expect(node(page, second.id)).to_be_focused()
    page.keyboard.press("ArrowRight")
    child = search.children[second.id][0]
    expect(node(page, child)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(node(page, second.id)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(on_stage(page)).to_have_text(list(search.pieces(child)))
    expect(node(page, child)).to_be_focused()
    page.keyboard.press("End")
    expect(node(page, search.levels[-1][0].id)).to_be_focused()


def test_the_lists_hold_cores_numbers_and_choose_too(page, search):
    rows = page.locator(".lists section").first.locator("tbody tr")
    expect(rows).to_have_count(len(search.hypotheses) + 1)
    for row, hypothesis in zip(rows.all(), search.hypotheses, strict=False):
        numbers = [str(hypothesis.length), signed(hypothesis.log_probability), signed(hypothesis.score)]
        assert row.locator("td.number").all_inner_texts() == numbers
        assert row.locator("bdi").inner_text() == hypothesis.text
    rows.nth(1).get_by_role("button").click()
    expect(on_stage(page)).to_have_text(list(search.hypotheses[1].pieces[:-1]))
    rows.last.get_by_role("button").click()
    expect(on_stage(page)).to_have_text(list(search.greedy_pieces[:-1]))
    step_button(page, "First step").click()
    expect(page.locator(".when:visible")).to_have_count(len(search.hypotheses))
    open_ones = page.locator(".level-list tbody tr")
    expect(open_ones).to_have_count(len(search.levels[0]))
    open_ones.nth(1).get_by_role("button").click()
    expect(on_stage(page)).to_have_text([search.levels[0][1].piece])


def test_what_was_dropped_can_be_hidden(page, search):
    dropped = sum(node.status == "pruned" for node in search.nodes)
    greedys = search.nodes[search.follow(search.greedy_pieces)[-1]]
    assert greedys.status == "pruned"
    expect(page.locator(".level .node.pruned:visible")).to_have_count(dropped)
    page.get_by_role("button", name="Show dropped").click()
    expect(page.locator(".level .node.pruned:visible")).to_have_count(1)
    expect(node(page, greedys.id)).to_be_visible()
    assert page.locator(".level .node.kept:visible").count() == sum(node.status == "kept" for node in search.nodes)
    page.get_by_role("button", name="Show dropped").click()
    expect(page.locator(".level .node.pruned:visible")).to_have_count(dropped)


def test_where_they_agree_a_sentence_is_found_where_they_part(open_page, server):
    page = open_beams(open_page, server, "Tom chases Jerry.")
    expect(page.locator("p.headline")).to_have_text("Beam and greedy agree on this sentence.")
    page.get_by_role("button", name="A sentence where they differ").click()
    expect(page.locator("p.headline")).to_contain_text("Beam and greedy diverge at step")
    expect(page.get_by_role("textbox", name="Sentence")).not_to_have_value("Tom chases Jerry.")


def test_another_beam_size_is_another_tree(page, search):
    page.locator(".st-key-beam_size").get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("beam_size=3"))
    expect(page.locator(".level").first.locator(".node.kept")).to_have_count(3)
    expect(page.locator(".heads small").first).to_have_text("takes 3")


def test_every_word_is_chinese_in_chinese(open_page, server, search):
    page = open_beams(open_page, server, lang="zh")
    expect(page.get_by_role("heading", name="束搜索留下了什么，丢掉了什么？")).to_be_visible()
    expect(page.locator("p.headline")).to_contain_text(f"束搜索与贪心在第 {search.parts_at + 1} 步分开：")
    expect(page.locator(".step-text").first).to_have_text(f"第 {search.n_steps} 步，共 {search.n_steps} 步")
    node(page, search.levels[0][0].id).hover()
    expect(page.locator(".detail")).to_contain_text("长度惩罚 1.00（1 个片段）")
    shown = page.locator(".hl-frame").first.inner_text()
    assert set(re.findall(r"[A-Za-z]+", shown)) <= {"s", "p", "log", "P"}


def test_a_long_search_scrolls_in_its_own_frame(open_page, server):
    page = open_beams(open_page, server, LONG, beam_size=8)

    def in_sight() -> bool:
        tree, now = page.locator(".tree").bounding_box(), page.locator(".head.now").bounding_box()
        return tree["x"] <= now["x"] and now["x"] + now["width"] <= tree["x"] + tree["width"] + 1

    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in (".transport", ".readout", ".tree", ".legend", ".lists", ".lists section"):
            for item in page.locator(".hl-frame").first.locator(part).all():
                box = item.bounding_box()
                assert box["x"] >= 0, part
                assert box["x"] + box["width"] <= width + 1, part
        step_button(page, "Previous step").click()
        for _ in range(40):  # it glides there
            if in_sight():
                break
            page.wait_for_timeout(250)
        assert in_sight()


def test_hostile_text_stays_text(open_page, server):
    text = "<b>bold</b> <script>document.title='owned'</script> $x$ **Tom** `code` </s> <img src=x onerror=a>"
    page = open_beams(open_page, server, text)
    assert page.title() != "owned"
    assert page.locator(".hl-frame b, .hl-frame script, .hl-frame img").count() == 0
