"""A hall of visitors, each of whom types a new sentence every so often: how long the server takes to show its translation.

    python tests/benchmarks/visitors.py [VISITORS …] [--pause SECONDS] [--seconds SECONDS]

Speaks Streamlit's own protocol over a websocket, so that no browser takes part of the processor. An answer's time is from
the sending of the sentence to the end of the script's run. An answer counts only if the attention view has received the
Trace of just this sentence, and afterwards each Trace is compared with what the model gives here: the time is that of the
right picture, and no visitor has seen another's. Beside it, in the same run: one visitor alone.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

sys.path.insert(0, str(Path(__file__).parents[2]))

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

import core
from core.examples import FIRST
from core.export import pack, packed_id
from tests.benchmarks.verdict import verdict
from tests.browser.conftest import process_of, serve

LIMITS = {50: (250, 500), 200: (250, 500)}
"""Milliseconds, by visitors: the median and the time within which 95 % are answered. Both type ten sentences a second."""
SLOWEST = 5_000  # ms, at any number of visitors
PATIENCE = 300  # seconds without any message after which a visitor gives up, and the benchmark fails
ARRIVALS = 20  # visitors that come in each second
WHO = ("Tom", "Mary", "My father", "The teacher", "She", "He", "Our neighbour", "The doctor", "Jerry", "Anna")
DOES = ("likes", "sees", "helps", "knows", "finds", "loves", "wants", "needs")
WHAT = ("the dog", "a book", "my brother", "the red car", "music", "this city", "the children", "a good question")
WHEN = ("", " today", " every day", " in the morning", " at school", " again", " on Sunday", " at night")


@dataclass
class Visitor:
    """One session: opens the page, then types sentences.

    Attributes:
        times: Milliseconds that each answer took.
        pictures: The identity of the Trace that was received for each sentence.
        page, pages: The identity of the page that is open, and those of all pages by the name in their address.
        drawn: The pictures that the last run sent: names of views, and kinds of Streamlit's own.
        fragment: What the page wants to be run again and again.
        ends: What says that a run has come to its end.
        kept: The large messages that the server may refer to by their hash, as a browser keeps them.
    """

    address: str
    query: str = "lang=en"
    cookie: str = ""
    times: list[float] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)
    page: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    box: str = ""
    picture: bytes = b""
    drawn: set[str] = field(default_factory=set)
    fragment: str = ""
    ends: tuple[int, ...] = (ForwardMsg.FINISHED_SUCCESSFULLY,)
    kept: dict[str, ForwardMsg] = field(default_factory=dict)

    async def open(self) -> float:
        """Open the page as a browser does. -> milliseconds until its first picture stood"""
        start = time.perf_counter()
        await self.connect("translate")
        assert self.box, "the page has no box for the sentence"
        assert self.picture, "the page shows no picture"
        (expected,) = parse_qs(self.query).get("text", [FIRST])
        assert self.header()["typed"] == expected, "the page opens with another sentence"
        return (time.perf_counter() - start) * 1000

    async def connect(self, page: str) -> None:
        """Begin a session with a page, by its name in the address."""
        address = self.address.replace("http", "ws") + "/_stcore/stream"
        headers = {"Cookie": self.cookie} if self.cookie else {}
        self.socket = await websockets.connect(
            address,
            max_size=None,
            subprotocols=["streamlit"],
            open_timeout=60,
            additional_headers=headers,
            ping_interval=None,  # a browser sends no pings either; how long an answer may take says PATIENCE
        )
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = page
        await self.run(message)

    async def type(self, sentence: str) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.string_value = self.box, sentence
        self.picture = b""
        start = time.perf_counter()
        await self.run(message)
        self.times.append((time.perf_counter() - start) * 1000)
        assert self.picture, f"nothing was drawn for {sentence!r}"
        header = self.header()
        assert header["typed"] == sentence, f"{sentence!r} was typed, {header['typed']!r} is shown"
        self.pictures[sentence] = header["id"]

    async def turn_to(self, name: str) -> None:
        """Open another page from the menu. It shows the same sentence."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.pages[name]
        await self.run(message)
        assert self.page == self.pages[name], f"{name} was not opened"
        assert self.drawn, f"{name} shows no picture"

    def header(self) -> dict:
        """What the last Trace says of itself."""
        return json.loads(self.picture[4 : 4 + int.from_bytes(self.picture[:4], "little")])

    async def run(self, message: BackMsg) -> None:
        """Send, and read until the script has run to its end."""
        self.drawn = set()
        message.rerun_script.cached_message_hashes.extend(self.kept)
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            async with asyncio.timeout(PATIENCE):
                answer.ParseFromString(await self.socket.recv())
            if answer.metadata.cacheable:
                self.kept[answer.hash] = answer
            kind = answer.WhichOneof("type")
            if kind == "ref_hash":
                answer = self.kept[answer.ref_hash]
                kind = answer.WhichOneof("type")
            if kind == "auto_rerun":
                self.fragment = answer.auto_rerun.fragment_id
            elif kind == "navigation":
                self.page = answer.navigation.page_script_hash
                self.pages = {page.url_pathname: page.page_script_hash for page in answer.navigation.app_pages}
            elif kind == "delta":
                self.take(answer.delta.new_element)
            elif kind == "script_finished" and answer.script_finished in self.ends:
                return

    def take(self, element: Element) -> None:
        """Take what a run sends for one place of the page."""
        if element.WhichOneof("type") == "text_input" and element.text_input.id.endswith("-text"):
            self.box = element.text_input.id
        elif element.WhichOneof("type") == "bidi_component":
            self.drawn.add(element.bidi_component.component_name)
            if element.bidi_component.component_name == "headlight_stage":
                self.picture = element.bidi_component.bytes
        else:
            assert element.WhichOneof("type") != "exception", element.exception.message

    async def stay(self, sentences: Iterator[str], pause: float, seconds: float) -> None:
        """Type a sentence each `pause` seconds on average, for so long."""
        end = time.perf_counter() + seconds
        await asyncio.sleep(random.uniform(0, pause))
        while time.perf_counter() < end:
            await self.type(next(sentences))
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)


@dataclass
class Hall:
    """What came of some visitors: milliseconds of each opening and each answer, the pictures, bytes of the server."""

    opened: list[float]
    times: list[float]
    pictures: dict[str, str]
    memory: int


async def visit(address: str, count: int, pause: float, seconds: float, sentences: Iterator[str]) -> Hall:
    visitors = [Visitor(address) for _ in range(count)]

    async def arrive(i: int, visitor: Visitor) -> float:
        await asyncio.sleep(i / ARRIVALS)
        return await visitor.open()

    opened = await asyncio.gather(*(arrive(i, visitor) for i, visitor in enumerate(visitors)))
    await asyncio.gather(*(visitor.stay(sentences, pause, seconds) for visitor in visitors))
    memory = resident(address)
    for visitor in visitors:
        await visitor.socket.close()
    pictures = {sentence: found for visitor in visitors for sentence, found in visitor.pictures.items()}
    return Hall(opened, [t for visitor in visitors for t in visitor.times], pictures, memory)


def resident(address: str) -> int:
    """Bytes of memory of the server at this address, read from /proc."""
    return int(Path(f"/proc/{process_of(address)}/statm").read_text().split()[1]) * 4096


def within(times: list[float], share: float) -> float:
    """The time within which this share of the answers came."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def check(pictures: dict[str, str]) -> None:
    """Compare what the visitors received with what the model gives for each sentence."""
    model = core.load("en-zh", device="cpu", one_thread=True)
    for sentence, found in pictures.items():
        assert found == packed_id(pack(model.translate(sentence))), f"another picture was shown for {sentence!r}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("visitors", type=int, nargs="*", default=[1, 50, 200, 500])
    parser.add_argument("--pause", type=float, help="seconds between a visitor's sentences (default: visitors / 10)")
    parser.add_argument("--seconds", type=float, default=60, help="how long they stay")
    args = parser.parse_args()
    sentences = [f"{who} {does} {what}{when}." for who, does, what, when in itertools.product(WHO, DOES, WHAT, WHEN)]
    random.Random(1).shuffle(sentences)
    fresh = iter(sentences)  # no sentence is typed twice: none can be answered from a cache
    failed = False
    for count in args.visitors:
        pause = args.pause or max(5.0, count / 10)
        with serve() as address:
            asyncio.run(visit(address, 1, 0.2, 3, fresh))  # the first sentence waits for the model
            alone = asyncio.run(visit(address, 1, 0.5, 10, fresh))
            hall = asyncio.run(visit(address, count, pause, args.seconds, fresh))
        check({**alone.pictures, **hall.pictures})
        median, most = statistics.median(hall.times), within(hall.times, 0.95)
        print(f"alone: median {statistics.median(alone.times):.0f} ms, {alone.memory / 1e6:.0f} MB")
        print(
            f"{count} visitors, one sentence each {pause:.0f} s, {len(hall.times)} sentences: "
            f"median {median:.0f} ms, 95 % within {most:.0f} ms, slowest {max(hall.times):.0f} ms; "
            f"opened within {max(hall.opened):.0f} ms; "
            f"{hall.memory / 1e6:.0f} MB, {(hall.memory - alone.memory) / count / 1e6:.2f} MB a visitor; "
            f"each Trace is that of its sentence"
        )
        for name, value, limit in zip(
            ("median", "95 %", "slowest", "slowest opening"),
            (median, most, max(hall.times), max(hall.opened)),
            (*LIMITS.get(count, (SLOWEST, SLOWEST)), SLOWEST, SLOWEST),
            strict=True,
        ):
            failed |= not verdict(
                f"{count} visitor{'s' * (count > 1)}, a sentence each {pause:.0f} s: {name}", value, limit
            )
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
