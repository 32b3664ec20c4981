"""Two processes behind nginx, as .deploy/nginx.conf says: visitors stay with theirs, and are served again when it ends."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.benchmarks.visitors import Visitor
from tests.browser.conftest import ROOT, free_port, process_of, serve, settle

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
DEPLOY = ROOT / ".deploy"
AGAIN = 10  # seconds within which everybody is served again

pytestmark = pytest.mark.skipif(
    NGINX is None and os.environ.get("HEADLIGHT_BROWSER") != "required", reason="nginx is not installed"
)


def public_settings() -> dict[str, str]:
    """The settings of a public server, as the processes get them."""
    lines = (DEPLOY / "public.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture
def hall(tmp_path):
    """nginx before two processes. -> its address, and the processes' addresses"""
    settings = public_settings()
    with serve(environment=settings) as one, serve(environment=settings) as two:
        port = free_port()
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        for written, address in (
            ("127.0.0.1:8501", one),
            ("127.0.0.1:8502", two),
            ("127.0.0.1:8080", f"//127.0.0.1:{port}"),
        ):
            assert text.count(written) == 1
            text = text.replace(written, address.rpartition("/")[2])
        (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
        tmp_path.chmod(0o755)
        nginx = subprocess.Popen([NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path), "-g", "daemon off;"])
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(100):
                try:
                    assert urllib.request.urlopen(f"{address}/health", timeout=2).read() == b"ok"
                    break
                except OSError:
                    assert nginx.poll() is None, "nginx stopped while it was starting"
                    time.sleep(0.1)
            yield address, (one, two)
        finally:
            nginx.terminate()
            nginx.wait(10)


def connections(address: str) -> int:
    """How many connections there are to the process at this address."""
    port = f":{int(address.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(port) and row[3] == "01" for row in rows)


def visit(address: str, sentences: list[str], cookies: list[str]) -> list[Visitor]:
    """Visitors who open links to these sentences at once, each with a cookie of their own. -> what each was shown"""

    async def together() -> list[Visitor]:
        visitors = [
            Visitor(address, query=urlencode({"lang": "en", "text": sentence}), cookie=cookie)
            for sentence, cookie in zip(sentences, cookies, strict=True)
        ]
        await asyncio.gather(*(visitor.open() for visitor in visitors))
        for visitor in visitors:
            await visitor.socket.close()
        return visitors

    with ThreadPoolExecutor(1) as pool:  # beside Playwright's own loop
        return pool.submit(lambda: asyncio.run(together())).result()


def test_when_one_of_two_processes_is_killed_everybody_is_served_again_with_the_same_picture(hall, open_page):
    address, processes = hall
    sentences = [
        f"{who} likes {what}." for who in ("Tom", "Anna", "She", "The teacher") for what in ("music", "the dog")
    ]
    cookies = [f"headlight=visitor{i}" for i in range(len(sentences))]
    before = visit(address, sentences, cookies)
    assert [visitor.header()["typed"] for visitor in before] == sentences

    page = open_page(f"{address}/translate?lang=en&text=She+likes+the+red+car.&step=2")
    expect(page.locator(".chip.source").first).to_have_text("She", timeout=60_000)
    settle(page)
    cookie = {entry["name"]: entry["value"] for entry in page.context.cookies(address)}["headlight"]
    assert len(cookie) >= 16
    shown = page.locator(".hl .chip").all_inner_texts()

    (victim,) = (process for process in processes if connections(process))  # the page's: the others have closed
    os.kill(process_of(victim), signal.SIGKILL)
    start = time.monotonic()
    after = visit(address, sentences, cookies)
    assert time.monotonic() - start < AGAIN
    assert [visitor.header()["id"] for visitor in after] == [visitor.header()["id"] for visitor in before]

    expect(page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]:not([inert])")).to_have_count(
        1, timeout=AGAIN * 1000
    )
    assert page.locator(".hl .chip").all_inner_texts() == shown
    box = page.get_by_role("textbox", name="Sentence")
    box.fill("Jerry runs.")
    box.press("Enter")
    expect(page.locator(".chip.source").first).to_have_text("Jerry", timeout=AGAIN * 1000)


def test_the_proxy_sets_a_cookie_once_and_headers_that_browsers_heed(hall):
    address, _ = hall
    answer = urllib.request.urlopen(f"{address}/")
    assert answer.headers["Set-Cookie"].startswith("headlight=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
    again = urllib.request.Request(f"{address}/", headers={"Cookie": answer.headers["Set-Cookie"].partition(";")[0]})
    assert urllib.request.urlopen(again).headers["Set-Cookie"] is None
