"""What a server takes of memory while visitors come, type, look at other pages and leave, for minutes or for an hour.

    python -m tests.benchmarks memory [--minutes 5] [--visitors 30] [--pause 5]

Streamlit's own collection after each run is off (it stops everybody), so that memory must be bounded otherwise: by caches
of a fixed number of entries, and by sessions that end. Each visitor types SENTENCES sentences that nobody has typed before,
each of which must be answered by its own Trace, opens every page that computes something of the last one, and closes the
connection; another one comes. The caches are full after the warm-up; from then on memory may not grow, but for what the
allocator scatters. Beside it: what a visitor takes who is in.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.verdict import verdict
from tests.benchmarks.visitors import ARRIVALS, DOES, WHAT, WHEN, WHO, Visitor, check, resident
from tests.browser.conftest import serve

SENTENCES = 5  # that a visitor types
PAGES = ("compare", "beams", "inside", "why", "attention", "heads", "masks", "positions")
WARM = 0.4  # of the time, at most 20 minutes: until then the caches fill
SAMPLE = 2.0  # seconds between two looks at the server's memory
CHECKED = 200  # pictures that are compared with the model's
MOST = 1_200  # MB; .deploy gives a process 2 GiB
GROWTH = 60  # MB between the first and the last fifth of the time after the warm-up
VISITOR = 2.0  # MB


@dataclass
class Hall:
    """What is counted over all visitors.

    Attributes:
        left: How many visitors have come and gone.
        typed: How many sentences were answered.
        pictures: The identities of the last Traces by sentence.
        curve: (seconds, bytes of the server, visitors that have left), each SAMPLE seconds.
    """

    left: int = 0
    typed: int = 0
    pictures: dict[str, str] = field(default_factory=dict)
    curve: list[tuple[float, int, int]] = field(default_factory=list)


async def come_and_go(address: str, hall: Hall, sentences: Iterator[str], pause: float, end: float) -> None:
    """Be one visitor after the other until the end."""
    await asyncio.sleep(random.uniform(0, pause))
    while time.monotonic() < end:
        visitor = Visitor(address, query=f"lang={random.choice(('en', 'zh'))}")
        await visitor.open()
        for _ in range(SENTENCES):
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)
            await visitor.type(next(sentences))
            hall.typed += 1
        for page in PAGES:
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause / 4)
            await visitor.turn_to(page)
        await visitor.socket.close()
        hall.left += 1
        hall.pictures |= visitor.pictures
        while len(hall.pictures) > CHECKED:
            del hall.pictures[next(iter(hall.pictures))]


async def watch(address: str, hall: Hall, end: float) -> None:
    """Note the server's memory until the end, and print it each minute."""
    start, said = time.monotonic(), -60.0
    while time.monotonic() < end:
        passed = time.monotonic() - start
        hall.curve.append((passed, resident(address), hall.left))
        if passed - said >= 60:
            said = passed
            print(f"{passed / 60:3.0f} min: {hall.curve[-1][1] / 1e6:.0f} MB, {hall.left} have left", flush=True)
        await asyncio.sleep(SAMPLE)


async def take(address: str, count: int) -> float:
    """What each of so many visitors takes who is in and has opened the page, MB."""
    before = resident(address)
    visitors = [Visitor(address) for _ in range(count)]
    for visitor in visitors:
        await visitor.open()
        await asyncio.sleep(1 / ARRIVALS)
    taken = (resident(address) - before) / count / 1e6
    for visitor in visitors:
        await visitor.socket.close()
    return taken


async def stay(address: str, count: int, pause: float, minutes: float, sentences: Iterator[str]) -> tuple[Hall, float]:
    """Let visitors come and go. -> what was counted, and MB of a visitor who is in"""
    first = Visitor(address)
    await first.open()
    await first.type(next(sentences))  # waits for the model
    each = await take(address, 100)  # first of all: later they would take what the process has free
    for page in PAGES:
        await first.turn_to(page)
    await first.socket.close()
    hall, end = Hall(), time.monotonic() + 60 * minutes
    going = (come_and_go(address, hall, sentences, pause, end) for _ in range(count))
    await asyncio.gather(watch(address, hall, end), *going)
    return hall, each


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--visitors", type=int, default=30, help="how many are in at a time")
    parser.add_argument("--pause", type=float, default=5, help="seconds between a visitor's sentences")
    args = parser.parse_args()
    words = itertools.product(WHO, WHO, DOES, WHAT, WHEN)
    made = [f"{one} and {two} saw that he {does} {what}{when}." for one, two, does, what, when in words if one != two]
    random.Random(1).shuffle(made)
    with serve() as address:
        hall, each = asyncio.run(stay(address, args.visitors, args.pause, args.minutes, iter(made)))
    check(hall.pictures)
    warm = min(WARM * args.minutes, 20) * 60
    after = [(bytes_ / 1e6, left) for passed, bytes_, left in hall.curve if passed >= warm]
    part = max(1, len(after) // 5)
    before, now = (statistics.median(mb for mb, _ in some) for some in (after[:part], after[-part:]))
    gone = after[-1][1] - after[0][1]
    assert gone >= args.visitors, f"only {gone} visitors left after the warm-up: give it more minutes"
    assert hall.pictures, "no picture was compared"
    highest = max(mb for mb, _ in after)
    print(
        f"{hall.typed:,} sentences by {hall.left:,} visitors who came and left within {args.minutes:g} minutes; after the "
        f"first {warm / 60:.0f} minutes {before:.0f} MB, at the end {now:.0f} MB: "
        f"{1000 * (now - before) / gone:.1f} kB a visitor who has left"
    )
    name = f"{args.minutes:g} minutes of visitors who come and leave"
    fine = [
        verdict(f"{name}: memory at most", highest, MOST, "MB"),
        verdict(f"{name}: growth after the warm-up", now - before, GROWTH, "MB"),
        verdict("Memory of a visitor who is in", each, VISITOR, "MB", 2),
    ]
    return int(not all(fine))


if __name__ == "__main__":
    raise SystemExit(main())
