"""From an act to the painted picture, in headless Chromium.

    python tests/benchmarks/painting.py

A new sentence: from Enter until all of the stage shows it. A step, a change of head, a hover on the stage: from the
event until the frame after it, at 20 x 20, 64 x 64 and 128 x 128 pieces with 3 layers and 8 heads, in the page of its own,
where no server takes part.
"""

import dataclasses
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from playwright.sync_api import sync_playwright

import core
from tests.benchmarks.compare import shown
from tests.benchmarks.verdict import verdict
from tests.browser.conftest import CHROMIUM, IDLE, serve

SENTENCES = (
    "My sister wants to buy a new red car next week.",
    "The old man was reading a newspaper in the park yesterday.",
    "We have to finish this work before the end of July.",
    "I do not know where he put the keys last night.",
    "She told me that she would come back home very soon.",
    "There are many books on the table in my father's room.",
)
SENTENCE_LIMIT = 1000  # ms
SIZES = {20: 33, 64: 50, 128: 100}  # pieces: ms allowed

LARGE = (128, 12, 16)  # pieces, layers, heads
OPEN_LIMIT, STEP_LIMIT = 1500, 100  # ms

SHOWN = """([source, target]) => {
    const host = [...document.querySelectorAll("*")].find((e) => e.shadowRoot?.querySelector(".hl"));
    const texts = (side) => [...(host?.shadowRoot.querySelectorAll(`.chip.${side} bdi`) ?? [])].map((e) => e.textContent);
    const equal = (x, y) => x.length === y.length && x.every((text, i) => text === y[i]);
    return equal(texts("source"), source) && equal(texts("target").slice(1), target)
        && (window.ended = performance.now());
}"""
"""Whether all pieces of a sentence and of its translation stand there; <s> comes before the translation."""

OPENED = """() => {
    const host = [...document.querySelectorAll("*")].find((e) => e.shadowRoot?.querySelector(".hl"));
    const canvas = (host?.shadowRoot ?? document).querySelector(".hl .map canvas");
    if (!canvas?.width) return false;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(new Uint32Array(pixels.buffer)).size > 20; // the map has colours of its weights
}"""
"""Whether the map of weights is painted."""

PAINTED = """async (act) => {
    const host = [...document.querySelectorAll("*")].find((e) => e.shadowRoot?.querySelector(".hl"));
    const root = (host?.shadowRoot ?? document).querySelector(".hl");
    let changed = false;
    const seen = new MutationObserver(() => (changed = true));
    seen.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const times = [];
    for (let i = 0; i < 12; i++) {
        await new Promise((done) => setTimeout(done, 120));
        changed = false;
        const start = performance.now();
        if (act === "hover") {
            const box = root.querySelector(".map canvas").getBoundingClientRect();
            const share = 0.4 + 0.045 * i; // over cells, not over the labels before them
            const at = { clientX: box.x + share * box.width, clientY: box.y + share * box.height, bubbles: true, composed: true };
            root.querySelector(".map canvas").dispatchEvent(new PointerEvent("pointermove", at));
        } else {
            const key = act === "step" ? (i % 2 ? "ArrowLeft" : "ArrowRight") : "]";
            root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
        }
        await frame();
        times.push(performance.now() - start);
        if (!changed) throw new Error(`nothing changed on ${act}`);
    }
    return times;
}"""


def made_up(trace: core.Trace, pieces: int, layers: int = 3, heads: int = 8) -> core.Trace:
    """A Trace of pieces x pieces with random weights, for its size alone."""
    random = np.random.default_rng(1)

    def softmax(mask: np.ndarray | float = 0.0) -> np.ndarray:
        weights = np.exp(random.normal(0, 2, (layers, heads, pieces, pieces)) + mask)
        return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)

    names = tuple(f"▁w{i}" for i in range(pieces - 1))
    spans = tuple((i, i + 1) for i in range(pieces))
    candidates = tuple(f"c{i}" for i in range(10))
    return dataclasses.replace(
        trace,
        source_pieces=(*names, "</s>"),
        input_pieces=("<s>", *names),
        output_pieces=(*names, "</s>"),
        source_words=spans,
        output_words=spans,
        encoder_self=softmax(),
        decoder_self=softmax(np.where(np.tri(pieces, dtype=bool), 0, -np.inf)),
        cross=softmax(),
        log_probabilities=np.full(pieces, -0.1, np.float32),
        top_pieces=(candidates,) * pieces,
        top_probabilities=np.full((pieces, 10), 0.1, np.float32),
    )


def main() -> int:
    failed = False
    model = core.load("en-zh", device="cpu")
    with serve() as address, sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{address}/translate?lang=en")
        page.locator(".chip.source").first.wait_for()
        page.locator(IDLE).wait_for()
        times = []
        for sentence in SENTENCES:
            box = page.get_by_role("textbox", name="Sentence")
            box.fill(sentence)
            page.evaluate("window.began = undefined")
            page.evaluate(
                "addEventListener('keydown', () => (window.began ??= performance.now()), { once: true, capture: true })"
            )
            box.press("Enter")
            trace = model.translate(sentence)
            page.wait_for_function(SHOWN, arg=[shown(trace.source_pieces), shown(trace.output_pieces)], polling="raf")
            times.append(page.evaluate("window.ended - window.began"))
            page.locator(IDLE).wait_for()
            page.wait_for_timeout(900)
        median = statistics.median(times[1:])
        print(f"a new sentence: first {times[0]:.0f} ms")
        failed |= not verdict("Translate, a new sentence until it is painted", median, SENTENCE_LIMIT)
        for pieces, limit in SIZES.items():
            path = Path(folder) / f"{pieces}.html"
            path.write_text(made_up(model.translate("Tom."), pieces).to_html(), "utf-8")
            page.goto(path.as_uri())
            page.locator(".hl").first.wait_for()
            page.wait_for_timeout(1000)
            for act in ("step", "head", "hover"):
                median = statistics.median(page.evaluate(PAINTED, act))
                failed |= not verdict(f"The stage of {pieces} x {pieces}: {act}", median, limit, digits=1)
        times = []
        path = Path(folder) / "large.html"
        path.write_text(made_up(model.translate("Tom."), *LARGE).to_html(), "utf-8")
        for _ in range(4):
            page.goto(path.as_uri())
            page.wait_for_function(OPENED, polling="raf")
            times.append(page.evaluate("performance.now()"))
        name = "The stage of 128 x 128, 12 layers, 16 heads"
        failed |= not verdict(f"{name}: open", statistics.median(times[1:]), OPEN_LIMIT)
        page.wait_for_timeout(1000)
        for act in ("step", "head"):
            median = statistics.median(page.evaluate(PAINTED, act))
            failed |= not verdict(f"{name}: {act}", median, STEP_LIMIT, digits=1)
        browser.close()
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
