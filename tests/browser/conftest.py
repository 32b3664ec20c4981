"""A fresh server and a real browser: Debian's Chromium, which may talk to this machine alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"

expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items):
    """Without Chromium the browser tests are skipped on a developer's machine, and fail where they are required."""
    if os.environ.get("HEADLIGHT_BROWSER") == "required" or Path(CHROMIUM).exists():
        return
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is not installed (Debian's package chromium)"))


@contextmanager
def serve(*options: str, environment: dict[str, str] | None = None):
    """A fresh server of the app. -> its address"""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
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
        server.wait(10)


@pytest.fixture(scope="session")
def server():
    """One server that all tests of a session share."""
    with serve() as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """open_page(address, **context options) -> a Page. The test fails on requests that leave this machine, and on
    errors in the page."""
    contexts, faults = [], []

    def guard(route):
        if route.request.url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:")):
            route.continue_()
        else:
            faults.append(f"request to {route.request.url}")
            route.abort()

    def open_(address: str, **options) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 720}, "locale": "en-GB", **options})
        contexts.append(context)
        context.route("**/*", guard)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not faults, faults


def settle(page: Page) -> None:
    """Wait until the app has nothing left to do."""
    page.locator(IDLE).wait_for(timeout=30_000)
