"""Fifty visitors who each type a new sentence every five seconds: how long the server takes to answer.

    python tests/benchmarks/visitors.py [VISITORS] [SECONDS]

Speaks Streamlit's own protocol over a websocket, so that no browser takes part of the processor. An answer's time is
from the sending of the new sentence to the end of the script's run. Beside it, in the same run: one visitor alone.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import serve

PAUSE = 5.0  # seconds between a visitor's acts
LIMIT = 100.0  # ms, median
WHO = ("Tom", "Mary", "My father", "The teacher", "She", "He", "Our neighbour", "The doctor")
DOES = ("likes", "sees", "helps", "knows", "finds", "loves")
WHAT = ("the dog", "a book", "my brother", "the red car", "music", "this city", "the children", "a good question")
WHEN = ("", " today", " every day", " in the morning", " at school", " again")


class Visitor:
    """One session: opens the page, then types sentences."""

    def __init__(self, address: str):
        self.address = address.replace("http", "ws") + "/_stcore/stream"
        self.times: list[float] = []  # ms

    async def open(self) -> None:
        self.socket = await websockets.connect(self.address, max_size=None, subprotocols=["streamlit"])
        message = BackMsg()
        message.rerun_script.query_string = "lang=en"
        message.rerun_script.page_name = "translate"
        self.box, self.page = "", ""
        await self.run(message)
        assert self.box, "the page has no text box"

    async def type(self, sentence: str) -> None:
        message = BackMsg()
        message.rerun_script.query_string = "lang=en"
        message.rerun_script.page_script_hash = self.page
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.string_value = self.box, sentence
        start = time.perf_counter()
        await self.run(message)
        self.times.append((time.perf_counter() - start) * 1000)

    async def run(self, message: BackMsg) -> None:
        """Send, and read until the script has run to its end."""
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await self.socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.page = answer.new_session.page_script_hash
            elif kind == "delta" and answer.delta.new_element.WhichOneof("type") == "text_input":
                self.box = answer.delta.new_element.text_input.id
            elif kind == "script_finished" and answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return

    async def visit(self, sentences, seconds: float) -> None:
        await asyncio.sleep(random.uniform(0, PAUSE))
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            await self.type(next(sentences))
            await asyncio.sleep(PAUSE)


async def measure(address: str, count: int, seconds: float, sentences) -> list[float]:
    visitors = [Visitor(address) for _ in range(count)]
    for visitor in visitors:
        await visitor.open()
    await asyncio.gather(*(visitor.visit(sentences, seconds) for visitor in visitors))
    return [t for visitor in visitors for t in visitor.times]


def main() -> int:
    count, seconds = (int(sys.argv[1]) if len(sys.argv) > 1 else 50), float(sys.argv[2] if len(sys.argv) > 2 else 30)
    every = [f"{who} {does} {what}{when}." for who, does, what, when in itertools.product(WHO, DOES, WHAT, WHEN)]
    random.Random(1).shuffle(every)
    sentences = itertools.cycle(every)  # each is new to the server, until 2,304 have been typed
    with serve() as address:
        asyncio.run(measure(address, 1, PAUSE, sentences))  # the first sentence waits for the model
        alone = asyncio.run(measure(address, 1, 4 * PAUSE, sentences))
        together = asyncio.run(measure(address, count, seconds, sentences))
    median = statistics.median(together)
    p95 = sorted(together)[int(len(together) * 0.95)]
    print(f"alone: median {statistics.median(alone):.0f} ms")
    print(f"{count} visitors, {len(together)} sentences: median {median:.0f} ms, 95 % within {p95:.0f} ms")
    print(f"ratio of the medians {median / statistics.median(alone):.2f}; allowed median {LIMIT:.0f} ms")
    return int(median > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
