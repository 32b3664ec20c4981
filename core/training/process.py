"""Trainings that run in processes of their own (`core.training.live`), as a server starts, watches and ends them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.card import ModelCard
from core.errors import TrainingsFullError, UnknownWordsError
from core.intervention import STACKS, Intervention
from core.records import Trace
from core.training.live import LIFETIME, LONGEST, Live, first_line
from core.training.tasks import LANGUAGE, Experiment, word_tokenizer, word_vocabulary
from core.zoo import write_weights

if TYPE_CHECKING:
    from core.translator import Translator

ROOT = Path(__file__).parents[2]

MOST = 2
"""The largest number of trainings at once."""

KEPT = 20
"""The largest number of trainings whose results are kept."""

NAME = "live"
"""The name of a model that was trained here."""


@dataclass(frozen=True, eq=False)
class Report:
    """A measurement of a training.

    Attributes:
        step: Number of updates done.
        seconds: Seconds of training so far.
        loss: Mean negative log-likelihood of a target piece, without label smoothing, in nats.
        accuracy: Share of targets that are found completely.
        rate: The learning rate.
        cross: Weights of cross-attention for the example, float32 (layers, heads, T, S); None if not recorded.
        probabilities: Probabilities of all target pieces at each position of the example, float32 (T, V), or None.
    """

    step: int
    seconds: float
    loss: float
    accuracy: float
    rate: float
    cross: np.ndarray | None = None
    probabilities: np.ndarray | None = None


def read_report(start: dict[str, Any], line: dict[str, Any]) -> Report:
    """Return the Report of a "report" line of a process, given its "start" line."""
    rows, columns = len(start["target"]), len(start["source"])
    shapes = {
        "cross": (start["layers"], start["heads"], rows, columns),
        "probabilities": (rows, len(start["vocabulary"])),
    }
    values: dict[str, Any] = {
        name: np.frombuffer(base64.b64decode(line[name]), "<f4").reshape(shape)
        for name, shape in shapes.items()
        if name in line
    }
    values |= {name: line[name] for name in ("step", "seconds", "loss", "accuracy", "rate")}
    return Report(**values)


def preview(experiment: Experiment) -> tuple[dict[str, Any], Report]:
    """Return the "start" line and the first report of a training: its random weights, measured in this process."""
    import torch

    with torch.random.fork_rng(devices=[]):
        live = Live(experiment)
    start = live.start_line()
    return start, read_report(start, live.report_line(0.0, with_example=True))


class LiveTraining:
    """A training in a process of its own, which ends when nobody calls `beat` any more.

    Args:
        experiment: The task, and what the training leaves out.

    Attributes:
        start: The "start" line of the process, {} until it has come.
        reason: Why the training has ended: one of `core.training.live.REASONS`, "gone" if the process was ended, or
            ended because nobody watched; None while it runs.
        paused: Whether it is paused.
    """

    def __init__(self, experiment: Experiment):
        self.experiment = experiment
        self.start: dict[str, Any] = {}
        self.reason: str | None = None
        self.paused = False
        self._began = time.monotonic()
        self._reports: list[Report] = []
        self._weights = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.training.live"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            text=True,
            encoding="utf-8",
        )
        self._send(first_line(experiment))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    @property
    def reports(self) -> list[Report]:
        """The reports so far, in order of steps."""
        return list(self._reports)

    @property
    def seconds_left(self) -> float:
        """The seconds after which the process has ended in any case."""
        longest = LIFETIME if self.paused else LONGEST
        return max(1.0, longest - (time.monotonic() - self._began))

    # --- Commands

    def beat(self) -> None:
        """Tell the process that somebody still watches it."""
        self._send("beat")

    def pause(self) -> None:
        """Let the training wait."""
        self._send("pause")

    def resume(self) -> None:
        """Let the training go on."""
        self._send("resume")

    def step(self) -> None:
        """Make a single update, and wait after it."""
        self._send("step")

    def stop(self) -> None:
        """Finish the training where it is; its weights come as usual."""
        self._send("stop")

    def end(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()

    def wait(self, seconds: float) -> bool:
        """Wait until all reports are here, at most so long, and return whether they are."""
        self._reader.join(seconds)
        return not self._reader.is_alive()

    def _send(self, line: str) -> None:
        stream = self._process.stdin
        assert stream is not None, "it is a pipe"
        with contextlib.suppress(OSError, ValueError):  # the process has ended
            stream.write(line + "\n")
            stream.flush()

    def _read(self) -> None:
        """Take over what the process writes, until it ends."""
        stream = self._process.stdout
        assert stream is not None, "it is a pipe"
        reason = "gone"
        for text in stream:
            try:
                line = json.loads(text)
            except ValueError:  # the last line of a process that was killed while it wrote
                break
            if line["kind"] == "start":
                self.start = line
            elif line["kind"] == "state":
                self.paused = line["paused"]
            elif line["kind"] == "report":
                self._reports.append(read_report(self.start, line))
            else:
                self._weights = base64.b64decode(line["weights"])
                reason = line["reason"]
        self._process.wait()
        for pipe in (self._process.stdin, stream):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self.reason = reason

    # --- The finished model

    @property
    def finished(self) -> bool:
        """Whether there is a model to translate with."""
        return bool(self._weights)

    @cached_property
    def translator(self) -> Translator:
        """The model as it was at the end, with a vocabulary of whole words."""
        import safetensors.torch
        import torch

        from core.model import build
        from core.translator import Translator

        config = self.experiment.config
        model = build(config)
        weights = safetensors.torch.load(self._weights)
        model.load_state_dict({name: value.float() for name, value in weights.items()}, strict=False)
        card = ModelCard(NAME, LANGUAGE, LANGUAGE, config, sum(value.numel() for value in weights.values()))
        source, target = (word_tokenizer(words) for words in self.experiment.words)
        return Translator(card, model.eval().requires_grad_(False), source, target, torch.device("cpu"))

    @property
    def complete(self) -> bool:
        """Whether the finished model has all parts of a Transformer, so that it runs like any other."""
        return self.finished and not {"residual", "positions"} & {*self.experiment.without}

    def write(self, folder: Path) -> None:
        """Write the finished model to a folder of its own, as `core.load` reads it; its name is that of the folder."""
        import safetensors.torch

        card = replace(self.translator.card, name=folder.name)
        sides = zip(("source.model", "target.model"), self.experiment.words, strict=True)
        files = {name: word_vocabulary(words) for name, words in sides}
        write_weights(folder, card, safetensors.torch.load(self._weights), files)

    def translate(self, text: str) -> Trace:
        """Translate a text with the finished model, which lacks the same parts as in its training.

        Raises:
            UnknownWordsError: If the text has words that the model has never seen.
            HeadlightError: As `core.encoding.Encoding.encode` does.
        """
        experiment = self.experiment
        if unknown := experiment.unknown(text):
            known = " ".join(experiment.words[0])
            raise UnknownWordsError(words=" ".join(unknown)[:200], known=known)
        layers = range(experiment.config.n_layers)
        residual = [(stack, layer, "residual") for stack in STACKS for layer in layers]
        intervention = Intervention(
            positions="positions" not in experiment.without,
            without=residual if "residual" in experiment.without else (),
        )
        return self.translator.translate(text, intervention=None if intervention.is_none else intervention)


class Trainings:
    """The trainings of one server: a bounded number at once, at most one for each visitor.

    Args:
        most: The largest number at once.
        kept: The largest number whose results are kept.
    """

    def __init__(self, most: int = MOST, kept: int = KEPT):
        self.most, self.kept = most, kept
        self._of: OrderedDict[str, LiveTraining] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, owner: str, experiment: Experiment) -> LiveTraining:
        """Start a training in the place of the owner's last one, which ends.

        Args:
            owner: The visitor's id.
            experiment: The task.

        Raises:
            TrainingsFullError: If others run as many trainings as fit.
        """
        with self._lock:
            if (own := self._of.get(owner)) is not None and own.running:
                own.end()
            running = [training for training in self._of.values() if training.running]
            if len(running) >= self.most:
                seconds = min(training.seconds_left for training in running)
                raise TrainingsFullError(count=len(running), seconds=f"{seconds:.0f}")
            training = LiveTraining(experiment)
            self._of[owner] = training
            self._of.move_to_end(owner)
            while len(self._of) > self.kept:
                _, oldest = self._of.popitem(last=False)
                oldest.end()
            return training

    def of(self, owner: str) -> LiveTraining | None:
        """Return a visitor's training, the finished one too; None if there is none."""
        return self._of.get(owner)

    def drop(self, owner: str) -> None:
        """End and forget a visitor's training."""
        if (training := self._of.pop(owner, None)) is not None and training.running:
            training.end()
