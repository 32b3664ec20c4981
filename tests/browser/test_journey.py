"""A visitor's whole journey: type, step, remove a head, take every file and open it, and open the link somewhere else."""

import csv
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import core
from pages.ui.catalogue import catalogue
from tests.browser.conftest import click_tool, rest, serve, settle
from tests.browser.test_translate import taken, type_in

TEXT = "She likes the red car."
WORDS = catalogue("en")
REMOVED = ("cross", 2, 3)


@pytest.fixture
def page(open_page, server) -> Page:
    page = open_page(f"{server}/translate?lang=en")
    expect(page.locator(".chip.source").first).to_be_visible()
    settle(page)
    return page


def seen(page: Page) -> dict:
    """What the attention view shows: words, step, kind, heads, the numbers of the current row."""
    return page.locator(".hl").first.evaluate(
        """(root) => {
            const texts = (selector) => [...root.querySelectorAll(selector)].map((e) => e.textContent);
            return {
                source: texts(".chip.source bdi"), target: texts(".chip.target bdi"), step: texts(".step-text"),
                pressed: texts("button[aria-pressed=true]"), title: texts(".map .title"), said: texts(".statement"),
                candidates: texts(".candidates li"), shares: texts(".chip.source .share, .share"),
            };
        }"""
    )


def test_a_visitors_whole_journey(page, open_page, tmp_path):
    type_in(page, TEXT)
    expect(page.locator(".chip.source").first).to_have_text(TEXT.split()[0])
    page.get_by_role("button", name="Head 4", exact=True).first.click()
    page.get_by_role("button", name="remove", exact=True).click()
    page.wait_for_url(re.compile("ablate=cross.3.4.zero"))
    settle(page)
    page.get_by_role("button", name="First step").first.click()
    page.get_by_role("button", name="Next step").first.click()
    page.wait_for_url(re.compile("heads=4.*step=2"))
    settle(page)
    model = core.load("en-zh", device="cpu")
    expected = model.translate(TEXT, intervention=core.Intervention(ablate={REMOVED: "zero"}))

    page.get_by_text(WORDS["translate.download"], exact=True).last.click()
    rest(page)
    files = {}
    for suffix in ("csv", "json", "npz", "html"):
        files[suffix] = tmp_path / f"run.{suffix}"
        taken(page, WORDS[f"translate.{suffix}"]).save_as(files[suffix])
    for suffix in ("json", "npz"):
        trace = core.Trace.load(files[suffix])
        assert (trace.source, trace.text, trace.intervention) == (TEXT, expected.text, expected.intervention)
        np.testing.assert_allclose(trace.cross, expected.cross, atol=1e-6)
        assert not trace.cross[REMOVED[1:]].any()
    with files["csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(expected.to_frame())
    (row,) = (
        r for r in rows if [r[k] for k in ("kind", "layer", "head", "row", "column")] == ["cross", "1", "1", "0", "0"]
    )
    assert float(row["weight"]) == pytest.approx(float(expected.cross[1, 1, 0, 0]), abs=1e-6)

    offline = page.context.new_page()
    offline.goto(files["html"].as_uri())
    expect(offline.locator(".chip.source").first).to_be_visible()
    shown = seen(page)
    assert {k: v for k, v in seen(offline).items() if k in ("source", "target", "step", "title", "said")} == {
        k: shown[k] for k in ("source", "target", "step", "title", "said")
    }
    for kind, beginning in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            click_tool(page, f"picture as {kind}")
        download.value.save_as(tmp_path / f"picture.{kind.lower()}")
        assert (tmp_path / f"picture.{kind.lower()}").read_bytes().lstrip().startswith(beginning)

    link = page.locator("[data-testid=stCode]").inner_text().strip()
    with serve() as fresh:
        elsewhere = open_page(re.sub(r"http://[^/]+", fresh, link), locale="fr-FR")
        expect(elsewhere.locator(".chip.source").first).to_be_visible(timeout=60_000)
        settle(elsewhere)
        expect(elsewhere.locator(".chip.source").first).to_have_text("She")
        assert seen(elsewhere) == shown
        assert elsewhere.url.partition("?")[2] == page.url.partition("?")[2]
        elsewhere.goto("about:blank")


def test_back_goes_one_page_at_a_press(page):
    page.get_by_role("button", name=WORDS["nav.lecture"]).click()
    page.get_by_role("menuitem", name=WORDS["nav.masks"], exact=True).click()
    page.wait_for_url(re.compile(r"/masks\?.*masks_layer"))
    settle(page)
    page.get_by_role("button", name=WORDS["nav.lecture"]).click()
    page.get_by_role("menuitem", name=WORDS["nav.positions"], exact=True).click()
    page.wait_for_url(re.compile(r"/positions\?"))
    settle(page)
    for address, heading in (("masks", "masks.title"), ("translate", "translate.title")):
        page.go_back()
        page.wait_for_url(re.compile(rf"/{address}\?"))
        settle(page)
        expect(page.get_by_role("heading", name=WORDS[heading])).to_be_visible()
    page.go_forward()
    page.wait_for_url(re.compile(r"/masks\?"))
