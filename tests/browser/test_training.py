"""A model that learns while one watches, from the start to the model that is left."""

import re
import time
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import process_of, settle


def trained_by(server: str) -> list[int]:
    """The ids of the processes that this server trains in."""
    found, parent = [], process_of(server)
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            state, ppid = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(ppid) == parent and state != "Z" and b"core.training.live" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def test_a_training_is_started_watched_at_an_earlier_moment_and_stopped(open_page, server):
    page = open_page(f"{server}/training?lang=en&training_task=pairs")
    settle(page)
    picture = page.locator(".learning")
    expect(picture.locator(".progress")).to_contain_text("Random weights.")
    expect(picture.locator(".map tbody tr")).to_have_count(5)
    page.get_by_role("button", name="Start").click()
    expect(picture.locator(".progress")).to_contain_text(
        re.compile(r"Finished: 300 steps|Step \d+ of 300"), timeout=60_000
    )
    expect(picture.locator(".value").first).to_have_text("100 %", timeout=60_000)
    # An earlier moment: the random weights with which it began; and back to the newest one.
    slider = picture.get_by_role("slider", name="Moment")
    slider.focus()
    slider.press("Home")
    expect(picture.locator(".at")).to_have_text("step 0")
    expect(picture.locator(".value").first).to_have_text("0 %")
    picture.get_by_role("button", name="newest").click()
    expect(picture.locator(".value").first).to_have_text("100 %")
    expect(page.get_by_text("Try the model")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("It writes: i am a student")).to_be_visible()


def test_a_training_stops_when_asked_to(open_page, server):
    page = open_page(f"{server}/training?lang=en")
    settle(page)
    progress = page.locator(".learning .progress")
    page.get_by_role("button", name="Start").click()
    expect(progress).to_contain_text(re.compile(r"Step [1-9]\d* of 1,200"), timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(progress).to_contain_text("Stopped at step", timeout=60_000)
    expect(page.get_by_role("button", name="Start")).to_be_enabled()


def test_a_training_whose_page_is_closed_is_gone_after_five_seconds(server, browsers):
    page = browsers("en-GB").new_page()
    page.goto(f"{server}/training?lang=en")
    settle(page)
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".learning .progress")).to_contain_text(re.compile(r"Step [1-9]\d* of 1,200"), timeout=60_000)
    assert len(trained_by(server)) == 1
    page.close()
    closed = time.monotonic()
    while trained_by(server):
        assert time.monotonic() - closed < 5, "it still trains"
        time.sleep(0.1)
