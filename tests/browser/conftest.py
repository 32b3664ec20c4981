"""A fresh server and a real browser: Debian's Chromium, which may talk to this machine alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, wraps
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
# The first is the same without a window, and needs a fifth less time.
BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
CHROMIUM = next((path for path in BROWSERS if Path(path).exists()), BROWSERS[-1])
PAGES = pytest.StashKey[list[Page]]()  # that a test has open
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
READS = ("all_inner_texts", "bounding_box", "count", "evaluate", "evaluate_all", "get_attribute", "inner_text")
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"

expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items):
    """Without Chromium the browser tests are skipped on a developer's machine, and fail where they are required.

    A test that fails runs once more, because a machine that stops for seconds breaks it. tests/conftest.py prints both.
    """
    missing = os.environ.get("HEADLIGHT_BROWSER") != "required" and not Path(CHROMIUM).exists()
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.flaky(reruns=1))
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is not installed (Debian's package chromium)"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test says what stood on its pages, as a screen reader would."""
    report = yield
    if report.failed and call.when != "teardown":
        for page in item.stash.get(PAGES, []):
            with suppress(Error):  # of a page that crashed there is nothing to say
                report.sections.append((f"on {page.url}", page.locator("body").aria_snapshot(timeout=5_000)))
    return report


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def process_of(address: str) -> int:
    """The id of the process that `serve` started at this address."""
    option = f"--server.port={address.rpartition(':')[2]}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if option in (folder / "cmdline").read_bytes().split(b"\0"):
                return int(folder.name)
    raise AssertionError(f"no process serves {address}")


@contextmanager
def serve(*options: str, environment: dict[str, str] | None = None, script: str = "app.py"):
    """A fresh server of the app, or of another script. -> its address"""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        script,
        f"--server.port={port}",
        "--server.address=127.0.0.1",
    ]
    server = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                assert server.poll() is None, "the server stopped while it was starting"
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:  # it waits for visitors who have not left
            server.kill()
            server.wait()


@pytest.fixture(scope="session", autouse=True)
def painted_reads():
    """What a test reads of an element has been painted: a view draws in the frame after the event, and no read waits."""

    evaluate = Page.evaluate

    def after_paint(read):
        @wraps(read)
        def wait_and_read(of, *args, **kwargs):
            with suppress(Error):  # the page is being left: the read itself waits for the next one
                evaluate(of if isinstance(of, Page) else of.page, PAINTED)
            return read(of, *args, **kwargs)

        return wait_and_read

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "evaluate", after_paint(evaluate))
        for name in READS:
            patch.setattr(Locator, name, after_paint(getattr(Locator, name)))
        yield


@pytest.fixture(scope="session")
def server():
    """One server that all tests of a session share."""
    with serve() as address:
        yield address


@pytest.fixture(scope="session")
def browsers(tmp_path_factory):
    """browsers(locale) -> a browser with a folder of its own, which keeps Streamlit's scripts, as a visitor's does.

    Kept (and compiled) scripts make a page open in half the time. It finds no host but this machine.
    """
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    with sync_playwright() as playwright, ExitStack() as opened:

        @cache
        def browser(locale: str) -> BrowserContext:
            folder = tmp_path_factory.mktemp("browser")
            return opened.enter_context(
                playwright.chromium.launch_persistent_context(
                    folder, executable_path=CHROMIUM, args=arguments, locale=locale
                )
            )

        yield browser


@pytest.fixture
def open_page(browsers, request):
    """open_page(address, **options) -> a Page of a visitor who was never here before. The test fails on requests that
    leave this machine, and on errors in the page."""
    pages, faults = [], []
    request.node.stash[PAGES] = pages

    def watch(asked):
        if not asked.url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:")):
            faults.append(f"request to {asked.url}")

    def open_(address: str, locale: str = "en-GB", viewport: dict | None = None, **media) -> Page:
        page = browsers(locale).new_page()
        pages.append(page)
        page.set_viewport_size(viewport or {"width": 1280, "height": 720})
        page.emulate_media(**media)
        page.on("request", watch)
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.goto(address)
        return page

    yield open_
    for page in pages:
        page.context.set_offline(False)
        page.evaluate("try { localStorage.clear() } catch {}")  # a page from a file may have none
        page.close()
    assert not faults, faults


def settle(page: Page) -> None:
    """Wait until the app has nothing left to do."""
    page.locator(IDLE).wait_for(timeout=30_000)


def rest(page: Page) -> None:
    """Wait until nothing moves: what a folded part holds is pushed down while it opens, and a click there may miss."""
    page.wait_for_function("() => !document.getAnimations().some((animation) => animation.playState === 'running')")


def click_tool(page: Page, name: str) -> None:
    """Click a tool of the view, which stands in its row or, where that is short, in the menu."""
    tool = page.get_by_role("button", name=name)
    if not tool.is_visible():
        page.locator(".more summary").click()
    tool.click()
