"""How soon a page of the lecture opens on a warm server, and how soon a slider's effect is painted, in headless Chromium.

    python tests/benchmarks/lecture.py [page …]

Opening: from a click in the menu until the last change in a picture (a Plotly chart or a view) and the frame after it; and
by its address in a new tab, which has to start all of Streamlit's own scripts first; the browser keeps them, as that of a
visitor does who was here before. An empty page of Streamlit is opened in the same way, to be compared. A slider: from the key that moves it
until that same moment, and so a choice that is clicked. Medians; the first of each is not counted.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.benchmarks.verdict import verdict
from tests.browser.conftest import CHROMIUM, IDLE, serve

OPEN_LIMIT, SLIDER_LIMIT = 1500, 300  # ms
SLIDERS = {
    "why": [],
    "attention": [
        ("qkv_part=similarity", "qkv_angle"),
        ("qkv_part=similarity", "qkv_longer"),
        ("qkv_part=scale", "qkv_d_k"),
        ("qkv_part=vector&qkv_numbers=3", "qkv_numbers"),
    ],
    "heads": [],
    "masks": [],
    "positions": [
        ("", "pos_length"),
        ("pos_part=turn", "pos_shift"),
        ("pos_part=distance", "pos_length"),
        ("pos_part=sum", "pos_piece"),
        ("pos_part=recipes", "pos_length"),
    ],
    "cost": [
        ("", "cost_n"),
        ("cost_part=way", "cost_k"),
        ("cost_part=memory", "cost_n"),
        ("cost_part=at_once", "cost_sequence"),
    ],
    "block": [("", "block_piece"), ("block_part=norms&block_norm=batch", "block_padding")],
    "words": [("", "words_temperature"), ("words_part=targets", "words_smoothing")],
    "training": [
        ("training_part=recorded&training_moment=6", "training_moment"),
        ("training_part=schedule", "training_warmup_steps"),
    ],
    "figures": [],
}
"""Each page's sliders by key, with the query under which they are there."""

CHOICES = {
    "why": [
        ("", ".st-key-why_layer", "1", "3"),
        ("why_part=sum", ".st-key-why_model", "Transformer", "Additive attention"),
    ],
    "attention": [("", ".st-key-qkv_head", "1", "2"), ("qkv_part=steps", ".st-key-qkv_step", "2 Scores", "4 Softmax")],
    "heads": [("", ".fan .queries", "animal", "it"), ("heads_part=combine", ".st-key-heads_layer", "1", "2")],
    "masks": [
        ("", ".st-key-masks_on", "With the mask", "With the mask"),
        ("masks_part=padding", ".st-key-masks_on", "With the mask", "With the mask"),
    ],
    "positions": [
        ("pos_part=terms", ".st-key-pos_head", "2", "1"),
        ("pos_part=shuffle", ".st-key-pos_with", "With positions", "With positions"),
    ],
    "training": [("training_part=race", ".st-key-training_measure", "Loss", "Accuracy")],
    "cost": [],
    "block": [
        ("", ".st-key-block_stack", "decoder", "encoder"),
        ("block_part=remove", ".maps table:first-child tbody tr:first-child", "9.9", "0.1"),
        ("block_part=norms", ".st-key-block_norm", "BatchNorm", "LayerNorm"),
        ("block_part=positionwise", ".st-key-block-shuffle", "Shuffle the positions", "Shuffle the positions"),
    ],
    "words": [
        ("", ".st-key-words_step", "1", "2"),
        ("words_part=earlier", ".st-key-words_layer", "layer 1", "layer 2"),
    ],
    "figures": [("figures_part=pronoun", ".st-key-figures_adjective", "… too wide", "… too tired")],
}
"""What is clicked on a page, by turns, where it stands, and the query under which it is there."""

PICTURE = "[data-testid=stPlotlyChart], [data-testid^=stBidiComponent]"

# The views without a picture, such as that of links, have no height.
SHOWN = """(picture) => [...document.querySelectorAll(picture)].some((one) => one.getBoundingClientRect().height > 60)
    && window.changed.length && performance.now() - window.changed.at(-1) > 1500"""

# Every change inside of a picture is noted with the time of the frame after it, shadow roots included.
WATCH = """() => {
    if (window.changed) return;
    window.changed = [];
    const picture = (node) => node.getRootNode() instanceof ShadowRoot || node.parentElement?.closest?.(".stPlotlyChart");
    const note = () => requestAnimationFrame(() => window.changed.push(performance.now()));
    const look = (root) => new MutationObserver((records) => {
        if (records.some(({ target }) => picture(target))) note();
    }).observe(root, { subtree: true, childList: true, attributes: true });
    look(document);
    const { attachShadow } = Element.prototype;
    Element.prototype.attachShadow = function (options) {
        const root = attachShadow.call(this, options);
        look(root);
        return root;
    };
    for (const name of ["keydown", "pointerdown"]) {
        addEventListener(name, () => { window.began = performance.now(); window.changed.length = 0; }, { capture: true });
    }
}"""


def rest(page: Page) -> None:
    """Wait until there is a picture of some height, and nothing has changed in one for a second and a half."""
    page.locator(IDLE).wait_for(timeout=120_000)
    page.wait_for_function(SHOWN, arg=PICTURE, timeout=120_000, polling=100)


def took(page: Page) -> float:
    """From the last act until the last change was painted, ms."""
    rest(page)
    return page.evaluate("window.changed.at(-1) - (window.began ?? 0)")


def openings(context: BrowserContext, address: str) -> list[float]:
    """How long a page takes to open in a new tab, again and again, ms."""
    times = []
    for _ in range(6):
        page = context.new_page()
        page.goto(address)
        times.append(took(page))
        page.close()
    return times


def judge(name: str, times: list[float], limit: float) -> bool:
    print(f"{name}: first {times[0]:.0f} ms, then {min(times[1:]):.0f} to {max(times[1:]):.0f} ms")
    return verdict(name, statistics.median(times[1:]), limit)


def main(names: list[str]) -> int:
    fine = []
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with serve() as address, sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        context = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu"],
            viewport={"width": 1280, "height": 720},
        )
        context.add_init_script(f"({WATCH})()")
        with serve(script=str(Path(__file__).with_name("empty_page.py"))) as empty:
            judge(
                "an empty page of Streamlit, by its address in a new tab",
                openings(context, f"{empty}/empty"),
                OPEN_LIMIT,
            )
        for name in names or SLIDERS:
            times = openings(context, f"{address}/{name}?lang=en")
            fine.append(judge(f"{name}, by its address in a new tab", times, OPEN_LIMIT))
            page = context.new_page()
            times = []
            for _ in range(6):
                page.goto(f"{address}/translate?lang=en")
                rest(page)
                page.locator("[data-testid=stTopNavSection]").first.click()
                page.locator(f'[data-testid=stTopNavDropdownLink][href$="/{name}"]').click()
                times.append(took(page))
                assert page.url.partition("?")[0].endswith(f"/{name}"), f"{name} was not opened"
            fine.append(judge(f"{name}, from the menu", times, OPEN_LIMIT))
            for query, key in SLIDERS.get(name, []):
                page.goto(f"{address}/{name}?lang=en&{query}")
                rest(page)
                slider = page.locator(f".st-key-{key}").get_by_role("slider")
                slider.focus()
                times = []
                for i in range(9):
                    before = slider.input_value()
                    slider.press("ArrowLeft" if i % 2 else "ArrowRight")
                    times.append(took(page))
                    assert slider.input_value() != before, f"{key} was not moved"
                fine.append(judge(f"{name}?{query}, slider {key}", times, SLIDER_LIMIT))
            for query, place, *turns in CHOICES.get(name, []):
                page.goto(f"{address}/{name}?lang=en&{query}")
                rest(page)
                times = []
                for i in range(9):
                    page.locator(place).get_by_text(turns[i % 2], exact=True).first.click()
                    times.append(took(page))
                fine.append(judge(f"{name}?{query}, choice in {place}", times, SLIDER_LIMIT))
            page.close()
        context.close()
    return int(not all(fine))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
