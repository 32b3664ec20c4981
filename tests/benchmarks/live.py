"""How soon a model that is trained in the app reverses all unseen sequences, and how long others wait meanwhile.

    python tests/benchmarks/live.py [--only training|visitors]

The task is that of the page: ten symbols, sequences of up to eight, measured on 100 sequences of eight that are not
learnt. The time is that from the start of the process, which imports torch first. It must hold on two cores.

Then as many trainings as the app allows run at once, each watched on the page Training as a browser does it: the page
asks for its picture each second, and one that has ended is started again. Meanwhile ten visitors each type a sentence
every 5 s on Translate. A time counts only as in `visitors.py`: the Trace is that of the sentence, and is compared with
what the model gives here. That trainings were going on says their number of steps, which must have grown between any two
looks at it, before, during and after; and that the app has refused one more.
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.training.process import MOST, LiveTraining
from core.training.tasks import Experiment
from pages.training.live import POLL, SETTING
from tests.benchmarks.verdict import verdict
from tests.benchmarks.visitors import DOES, WHAT, WHEN, WHO, Hall, Visitor, check, visit, within
from tests.browser.conftest import serve

LIMIT = 90  # s
VISITORS, PAUSE, SECONDS = 10, 5.0, 60.0
SLOWEST = 1_000  # ms, for the median and for 95 % of the answers
LOOK = 15.0  # seconds between two looks at the trainings, longer than the start of a process takes


@dataclass
class Watcher(Visitor):
    """A visitor of the page Training, who starts a training whenever none runs, and watches it.

    Attributes:
        button: The button that starts a training, and whether it can be pressed.
        step: The last step that the picture shows.
        done: Number of updates that were seen, of all trainings together.
        refused: Whether the page said why it starts none.
    """

    button: str = ""
    free: bool = False
    step: int = 0
    done: int = 0
    refused: bool = False
    ends: tuple[int, ...] = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)

    def take(self, element: Element) -> None:
        super().take(element)
        kind = element.WhichOneof("type")
        if kind == "button" and element.button.id.endswith("-training-start"):
            self.button, self.free = element.button.id, not element.button.disabled
        elif kind == "alert":
            self.refused = True
        elif kind == "bidi_component" and element.bidi_component.component_name == "headlight_learning":
            data = element.bidi_component.bytes
            step = json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])["lines"]["step"][-1]
            self.done += step - self.step if step >= self.step else step
            self.step = step

    async def start(self) -> None:
        """Press the button that starts a training."""
        self.refused = False
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self.button, True
        await self.run(message)

    async def look(self) -> None:
        """Ask for the picture, as the page does each second while a training runs."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.fragment_id = self.fragment
        message.rerun_script.is_auto_rerun = True
        await self.run(message)

    async def watch(self) -> None:
        """Watch for ever."""
        while True:
            await (self.start() if self.free else self.look())
            await asyncio.sleep(POLL)


async def grown(watchers: list[Watcher], tasks: list[asyncio.Task], seconds: float) -> list[int]:
    """Wait for so long, and assert that each training has gone on. -> their steps"""
    before = [watcher.done for watcher in watchers]
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        assert not task.done(), task.exception()
    after = [watcher.done for watcher in watchers]
    assert all(late > early for early, late in zip(before, after, strict=True)), f"steps {before}, then {after}"
    return after


async def beside(address: str, seconds: float, sentences: Iterator[str]) -> tuple[Hall, list[list[int]]]:
    """Let visitors translate while as many trainings run as there may be. -> what came of it, and the steps over time"""
    await visit(address, 1, 0.2, 3, sentences)  # the first sentence waits for the model
    watchers = [Watcher(address) for _ in range(MOST)]
    for watcher in watchers:
        await watcher.connect("training")
    tasks = [asyncio.create_task(watcher.watch()) for watcher in watchers]
    steps = [await grown(watchers, tasks, LOOK)]
    another = Watcher(address)
    await another.connect("training")
    await another.start()
    assert another.refused, "one training more was started"
    assert another.free, "one training more runs"
    await another.socket.close()
    hall = asyncio.create_task(visit(address, VISITORS, PAUSE, seconds, sentences))
    while not hall.done():
        steps.append(await grown(watchers, tasks, LOOK))
    steps.append(await grown(watchers, tasks, LOOK))
    for task in tasks:
        task.cancel()
    for watcher in watchers:
        await watcher.socket.close()
    return await hall, steps


def translations(seconds: float = SECONDS) -> list[bool]:
    """Measure the visitors beside trainings. -> whether each figure is within its limit"""
    sentences = [f"{who} {does} {what}{when}." for who, does, what, when in itertools.product(WHO, DOES, WHAT, WHEN)]
    random.Random(2).shuffle(sentences)
    with serve(environment={SETTING: str(MOST)}) as address:
        hall, steps = asyncio.run(beside(address, seconds, iter(sentences)))
    check(hall.pictures)
    assert len(hall.pictures) == len(hall.times) >= VISITORS, "each sentence was typed once and has its picture"
    print(
        f"{VISITORS} visitors, one sentence each {PAUSE:.0f} s, {len(hall.times)} sentences beside {MOST} trainings: "
        f"median {statistics.median(hall.times):.0f} ms, 95 % within {within(hall.times, 0.95):.0f} ms, "
        f"slowest {max(hall.times):.0f} ms; each Trace is that of its sentence; "
        f"steps of the trainings, each {LOOK:.0f} s: {', '.join('/'.join(map(str, row)) for row in steps)}"
    )
    name = f"{VISITORS} visitors, a sentence each {PAUSE:.0f} s, beside {MOST} live trainings"
    return [
        verdict(f"{name}: median", statistics.median(hall.times), SLOWEST),
        verdict(f"{name}: 95 %", within(hall.times, 0.95), SLOWEST),
    ]


def trained(seed: int) -> list[bool]:
    """Measure one training alone. -> whether each figure is within its limit"""
    training = LiveTraining(Experiment(seed=seed))
    began, solved, ended = time.monotonic(), float("inf"), float("inf")
    while training.reason is None:
        training.beat()
        time.sleep(0.1)
        if solved == float("inf") and any(report.accuracy == 1 for report in training.reports):
            solved = time.monotonic() - began
    ended = time.monotonic() - began
    assert training.reason == "steps", training.reason
    last = training.reports[-1]
    print(
        f"seed {seed}: all right after {solved:.1f} s; {last.step} steps in {ended:.1f} s, accuracy {last.accuracy:.0%}"
    )
    return [
        verdict(f"A live training, seed {seed}: all unseen sequences reversed", solved, LIMIT, "s", 1),
        verdict(f"A live training, seed {seed}: wrong at the end", 100 * (1 - last.accuracy), 0, "%"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("training", "visitors"))
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long the visitors stay")
    args = parser.parse_args()
    fine = []
    if args.only != "visitors":
        fine += [passed for seed in (1, 2, 3) for passed in trained(seed)]
    if args.only != "training":
        fine += translations(args.seconds)
    return 0 if all(fine) else 1


if __name__ == "__main__":
    raise SystemExit(main())
