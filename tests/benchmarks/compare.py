"""A new sentence on the Compare page: from Enter until it is painted on both sides, in headless Chromium.

    python tests/benchmarks/compare.py

Two models (en-zh-1head, en-zh) and one model with a head removed, with the difference. The first sentence of each row
also loads the models, and is printed apart. Beside it the time that both translations alone take in the models: the rest
is Streamlit, the way to the browser, and painting.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
from playwright.sync_api import Page, sync_playwright

import core
from tests.benchmarks.verdict import verdict
from tests.browser.conftest import CHROMIUM, IDLE, serve

SENTENCES = (
    "My sister wants to buy a new red car next week.",
    "The old man was reading a newspaper in the park yesterday.",
    "We have to finish this work before the end of July.",
    "I do not know where he put the keys last night.",
    "She told me that she would come back home very soon.",
    "There are many books on the table in my father's room.",
    "He asked me whether I had ever been to the capital of France.",
)
LIMIT = 1500  # ms
MODES = {
    "two models": "compare=models",
    "a head removed, with the difference": "compare=changes&what_b=head&gone_b=cross.3.8&difference=1",
}

PAINTED = """([source, a, b]) => {
    const hosts = [...document.querySelectorAll("*")].filter((e) => e.shadowRoot?.querySelector(".hl .slots"));
    const root = hosts[0]?.shadowRoot;
    if (!root) return false;
    const texts = (chips) => [...chips].map((chip) => chip.querySelector("bdi").textContent);
    const row = (n) => texts(root.querySelectorAll(`.slot > :nth-child(${n}) .chip`));
    const equal = (x, y) => x.length === y.length && x.every((text, i) => text === y[i]);
    return equal(texts(root.querySelectorAll(".chip.source")), source) && equal(row(1), a) && equal(row(2), b)
        && [...root.querySelectorAll(".box:not([hidden]) canvas")].every((canvas) => canvas.getAttribute("aria-label"))
        && (window.ended = performance.now());
}"""


def shown(pieces: tuple[str, ...]) -> list[str]:
    return [piece.removeprefix("▁").strip() or "␣" for piece in pieces]


def painted(page: Page, text: str, a: core.Trace, b: core.Trace) -> float:
    """ms from Enter to the picture of both sides."""
    box = page.get_by_role("textbox", name="Sentence", exact=True)
    box.fill(text)
    page.evaluate("window.began = undefined")
    page.evaluate(
        "addEventListener('keydown', () => (window.began ??= performance.now()), { once: true, capture: true })"
    )
    box.press("Enter")
    pieces = [shown(a.source_pieces), shown(a.output_pieces), shown(b.output_pieces)]
    page.wait_for_function(PAINTED, arg=pieces, polling="raf", timeout=60_000)
    taken = page.evaluate("window.ended - window.began")
    page.locator(IDLE).wait_for()
    page.wait_for_timeout(900)
    return taken


def main() -> int:
    failed = False
    torch.set_num_threads(1)  # as on the server
    one, eight = (core.load(name, device="cpu") for name in ("en-zh-1head", "en-zh"))
    change = core.Intervention(ablate={("cross", 2, 7): "zero"})
    runs = {
        "two models": (one.translate, eight.translate),
        "a head removed, with the difference": (
            eight.translate,
            lambda text: eight.translate(text, intervention=change),
        ),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, query in MODES.items():
            times, alone = [], []
            with serve() as address:  # afresh, with nothing in its caches
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.goto(f"{address}/compare?lang=en&{query}")
                page.locator(".slots .chip").first.wait_for(timeout=120_000)
                page.locator(IDLE).wait_for()
                for text in SENTENCES:
                    start = time.perf_counter()
                    a, b = (run(text) for run in runs[name])
                    alone.append((time.perf_counter() - start) * 1000)
                    times.append(painted(page, text, a, b))
                page.close()
            median, share = statistics.median(times[1:]), statistics.median(alone[1:])
            print(
                f"{name}: slowest {max(times[1:]):.0f} ms, first {times[0]:.0f} ms, both translations alone {share:.0f} ms"
            )
            failed |= not verdict(f"Compare, a new sentence: {name}", median, LIMIT)
        browser.close()
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
