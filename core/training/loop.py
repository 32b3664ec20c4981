"""The training run: updates, checkpoints, and the finished model folder."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import math
import pickle
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from tqdm import tqdm

from core.card import ModelCard
from core.config import PAD, ModelConfig
from core.errors import OptionError
from core.model import build
from core.training.alignment import train_aligner
from core.training.checkpoints import Moments, save
from core.training.corpus import epoch_batches, tensors
from core.training.data import Data
from core.training.evaluate import evaluate, perplexity
from core.training.objective import smoothed_cross_entropy
from core.training.options import TrainingOptions
from core.training.parallel import Workers
from core.training.schedule import learning_rate
from core.zoo import ALIGNER, write_model


class Trainer:
    """A training run and its state. After `resume`, `run` continues the run that was stopped in the same folder.

    Args:
        folder: The model folder to write, with the checkpoints in it.
        data: The data.
        config: The model's sizes.
        options: The training options.
        device: The device to train on.
        credit: The credit for the data, for the card.
        licence: The licence of the data, for the card.
        workers: The place of this process among those that train together.
        moments: Number of moments of the run whose weights are kept, the finished model's included.

    Attributes:
        model: The model, in single precision.
        working: The model that computes each step: a copy in half precision, or `model` itself. Autocast would convert
            the weights at each product, which takes as long as the products.
        optimizer: The optimizer, Adam as in section 5.3.
        identity: The values that a checkpoint must share with this run to be resumed.
        step: Number of updates done.
        steps: Estimated number of updates of the whole run; the number of batches of an epoch varies slightly.
        epoch: Number of epochs done.
        batches_done: Number of batches done in the current epoch.
        seconds: Training time.
        history: An entry for each epoch: number, step, loss, dev perplexity and seconds.
        moments: Keeps the weights at moments of the run.

    Raises:
        OptionError: If there is no pair to train on, or none for dev.
    """

    def __init__(
        self,
        folder: Path,
        data: Data,
        config: ModelConfig,
        options: TrainingOptions,
        device: torch.device,
        credit: str = "",
        licence: str = "",
        workers: Workers = Workers(),  # noqa: B008, it is frozen
        moments: int = 0,
    ) -> None:
        for purpose, pairs in (("to train on", data.train), ("for dev", data.dev)):
            if not pairs:
                reason = f"no pair {purpose} is left of at most max_length = {config.max_length} pieces a side"
                raise OptionError(name="--data", value="these files", reason=reason)
        self.folder, self.data, self.config, self.options, self.device = folder, data, config, options, device
        self.workers, self.source_of_data = workers, {"credit": credit, "licence": licence}
        self.checkpoints = folder / "checkpoints"
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(options.seed)
        random.seed(options.seed)
        self.model = build(config).to(device)
        if not workers.is_first:  # all processes have the same initial weights, but different dropout
            torch.manual_seed(options.seed + workers.rank)
        mixed = options.precision == "bf16" or (options.precision == "auto" and device.type == "cuda")
        self.working = copy.deepcopy(self.model).bfloat16() if mixed else self.model
        torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(True)  # otherwise SDPBackend.MATH computes in fp32
        fused = device.type in ("cpu", "cuda")
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9, fused=fused)
        self.identity = {
            "config": dataclasses.asdict(config),
            "options": dataclasses.asdict(options),
            "data": hashlib.blake2s(repr((data.train, data.weights)).encode()).hexdigest(),
        }
        self.step = 0
        self.epoch = 0
        self.batches_done = 0
        self.seconds = 0.0
        self.history: list[dict[str, Any]] = []
        first_epoch = list(epoch_batches(data.train, options.batch_tokens, options.seed, 0, data.weights))
        self.steps = len(first_epoch) * options.epochs
        self.moments = Moments(self.checkpoints, self.steps, moments)

    # Checkpoints

    def save_checkpoint(self) -> None:
        """Save the run's state in the place of the last checkpoint, if this process is the first."""
        if not self.workers.is_first:
            return
        state = {
            **self.identity,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "progress": {k: getattr(self, k) for k in ("step", "epoch", "batches_done", "seconds", "history")},
        }
        save(state, self.checkpoints / "last.pt")

    def resume(self) -> bool:
        """Load the folder's last checkpoint, and return whether there is one.

        Raises:
            OptionError: If it cannot be read, or is of a run with another config, other options or other data.
        """
        path = self.checkpoints / "last.pt"
        if not path.exists():
            return False
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
        except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
            reason = f"{path.name} cannot be read; without --resume training begins anew"
            raise OptionError(name="--resume", value=self.folder, reason=reason) from error
        if not isinstance(state, dict) or any(state.get(name) != value for name, value in self.identity.items()):
            raise OptionError(
                name="--resume", value=self.folder, reason="it was begun with other options or other data"
            )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.workers.is_first:
            torch.set_rng_state(state["random"].cpu())
        else:
            torch.manual_seed(self.options.seed + self.workers.rank + state["progress"]["step"])
        for name, value in state["progress"].items():
            setattr(self, name, value)
        return True

    def epoch_file(self, epoch: int) -> Path:
        """Return the path of the weights after an epoch, counted from 1."""
        return self.checkpoints / f"epoch-{epoch:03d}.pt"

    # Training

    def compute_gradients(self, batch: list[int]) -> float:
        """Compute the gradients of a batch and store them on the model's parameters.

        Args:
            batch: The indices of the pairs of all processes.

        Returns:
            The loss per target piece, in nats.
        """
        count = sum(len(self.data.train[i][1]) for i in batch)
        own = self.workers.share(batch)
        self.model.zero_grad(set_to_none=True)
        self.working.zero_grad(set_to_none=True)
        loss = self.compute_loss(own, count) if own else torch.zeros((), requires_grad=True)
        loss.backward()
        if self.working is not self.model:
            for parameter, other in zip(self.model.parameters(), self.working.parameters(), strict=True):
                if other.grad is not None:
                    gradient = other.grad.float()
                    parameter.grad = gradient if parameter.grad is None else parameter.grad.add_(gradient)
        self.workers.sum_gradients(self.model)
        return self.workers.sum(float(loss.detach()))

    def compute_loss(self, batch: Sequence[int], count: int) -> Tensor:
        """Return the summed label-smoothed cross-entropy of pairs, divided by `count`, in nats."""
        source, inputs, labels = (x.to(self.device) for x in tensors(self.data.train, batch))
        real = labels != PAD
        if self.working is not self.model:
            with torch.no_grad():
                torch._foreach_copy_(list(self.working.parameters()), list(self.model.parameters()))
        # The fused kernels are made for long rows. For sentences of ten pieces, plain products are faster on a CPU. On
        # a GPU, torch chooses a kernel that is planned anew for each shape of batch, for far longer than a step takes.
        with sdpa_kernel(SDPBackend.MATH):
            states = self.working(source, inputs)[real]
        weight = self.model.target_embedding.weight
        return smoothed_cross_entropy(states, weight, labels[real], self.options.label_smoothing) / count

    def train_step(self, batch: list[int]) -> tuple[float, int]:
        """Make one update.

        Args:
            batch: The indices of the pairs of all processes.

        Returns:
            The loss per target piece, in nats, and the number of target pieces.

        Raises:
            OptionError: If the loss or the gradient is not finite.
        """
        options = self.options
        loss = self.compute_gradients(batch)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, options.warmup, self.steps, options.peak_rate)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), options.clip)
        self.check_finite(loss + float(norm))
        self.optimizer.step()
        self.step += 1
        return loss, sum(len(self.data.train[i][1]) for i in batch)

    def check_finite(self, value: float) -> None:
        """Check a loss, a norm of gradients or a perplexity before the weights are updated or saved.

        Raises:
            OptionError: If the value is not finite.
        """
        if not math.isfinite(value):
            reason = f"the loss is no finite number at step {self.step + 1}; choose a lower rate"
            raise OptionError(name="peak_rate", value=self.options.peak_rate, reason=reason)

    def train_epoch(self, bar: tqdm) -> None:
        """Train the rest of the epoch and measure the dev perplexity; save checkpoints every 5 minutes and at the end.

        Args:
            bar: The progress bar, which counts steps.

        Raises:
            OptionError: If the loss, the gradient or the dev perplexity is not finite.
        """
        self.model.train()
        self.working.train()
        options = self.options
        batches = list(
            epoch_batches(self.data.train, options.batch_tokens, options.seed, self.epoch, self.data.weights)
        )
        saved = shown = before = time.perf_counter()
        loss_sum, pieces, new_pieces = 0.0, 0, 0  # new_pieces: since the speed was last shown
        for batch in batches[self.batches_done :]:
            if self.workers.is_first:
                self.moments.keep(self.model, self.step)
            loss, count = self.train_step(batch)
            self.batches_done += 1
            now = time.perf_counter()
            self.seconds += now - before
            before = now
            loss_sum, pieces, new_pieces = loss_sum + loss * count, pieces + count, new_pieces + count
            bar.update()
            if now - shown > 2:
                bar.set_postfix_str(
                    f"epoch {self.epoch + 1}/{self.options.epochs}, {new_pieces / (now - shown):,.0f} tokens/s, "
                    f"loss {loss_sum / pieces:.3f}",
                    refresh=False,
                )
                shown, new_pieces = now, 0
            if now - saved > 300:
                self.save_checkpoint()
                saved = now
        dev_perplexity = perplexity(self.model, self.data.dev, self.device) if self.workers.is_first else 0.0
        dev_perplexity = self.workers.from_first(dev_perplexity)
        self.check_finite(dev_perplexity)
        entry = {
            "epoch": self.epoch + 1,
            "step": self.step,
            "train_loss": round(loss_sum / max(1, pieces), 4),
            "dev_perplexity": round(dev_perplexity, 3),
            "seconds": round(self.seconds),
        }
        if self.workers.is_first:  # before the epoch counts as done, as Ctrl-C may interrupt the writing
            save(self.model.state_dict(), self.epoch_file(self.epoch + 1))
        self.history, self.epoch, self.batches_done = [*self.history, entry], self.epoch + 1, 0
        bar.write(json.dumps(entry))
        if not self.workers.is_first:
            return
        best = self.best_epoch()
        for old in range(1, self.epoch - self.options.average + 1):
            if old != best:
                self.epoch_file(old).unlink(missing_ok=True)
        self.save_checkpoint()

    def best_epoch(self) -> int:
        """Return the epoch with the lowest dev perplexity, counted from 1."""
        return min(self.history, key=lambda entry: entry["dev_perplexity"])["epoch"]

    def is_finished(self) -> bool:
        """Return whether all epochs are done, or the dev perplexity has not improved for `patience` epochs."""
        if self.epoch >= self.options.epochs:
            return True
        perplexities, patience = [entry["dev_perplexity"] for entry in self.history], self.options.patience
        return len(perplexities) > patience > 0 and min(perplexities[:-patience]) < min(perplexities[-patience:])

    def run(self) -> ModelCard | None:
        """Train until the run is finished or Ctrl-C is pressed, then write the model folder.

        Returns:
            The model's card; None in every process but the first.

        Raises:
            OptionError: If the loss, the gradient or the dev perplexity is not finite.
        """
        style = {"unit": "step", "mininterval": 1.0, "dynamic_ncols": True, "disable": not self.workers.is_first}
        try:
            with tqdm(total=self.steps, initial=self.step, **style) as bar:
                while not self.is_finished():
                    self.train_epoch(bar)
        except KeyboardInterrupt:
            print("Stopped by hand: writing the best model so far.")
            self.save_checkpoint()
        return self.finish() if self.workers.is_first else None

    # The finished model

    def choose_weights(self) -> str:
        """Load the best epoch's weights or the average of the last ones, whichever has the lower dev perplexity.

        Returns:
            The description of the weights, for the card.
        """
        if not self.history:
            return "as interrupted in the first epoch"
        best = self.best_epoch()
        states = {f"epoch {best}": torch.load(self.epoch_file(best), map_location=self.device, weights_only=True)}
        last = [
            torch.load(self.epoch_file(e), map_location=self.device, weights_only=True)
            for e in range(max(1, self.epoch - self.options.average + 1), self.epoch + 1)
        ]
        if len(last) > 1:
            states[f"average of the last {len(last)} epochs"] = {
                name: torch.stack([state[name] for state in last]).mean(0) for name in last[0]
            }
        perplexities = {}
        for name, state in states.items():
            self.model.load_state_dict(state)
            perplexities[name] = perplexity(self.model, self.data.dev, self.device)
        chosen = min(perplexities, key=lambda name: perplexities[name])
        self.model.load_state_dict(states[chosen])
        return chosen

    def finish(self) -> ModelCard:
        """Choose the weights, evaluate them, train the aligner, and write the model folder.

        The weights are rounded to half precision before the evaluation, as they are stored that way.
        """
        chosen = self.choose_weights()
        for parameter in self.model.parameters():
            parameter.data = parameter.data.half().to(parameter.dtype)
        with tqdm(total=None, desc="evaluating", unit="batch", disable=None) as bar:

            def progress(items: Iterable[Any]) -> Iterator[Any]:
                for item in items:
                    yield item
                    bar.update()

            scores = evaluate(
                self.model,
                self.data.dev_pairs,
                self.data.dev,
                self.data.source,
                self.data.target,
                self.device,
                progress,
            )
        card = ModelCard(
            name=self.folder.name,
            source_language=self.data.source.language,
            target_language=self.data.target.language,
            config=self.config,
            parameters=sum(p.numel() for p in self.model.parameters()),
            scores=scores,
            training={
                **dataclasses.asdict(self.options),
                "pairs": len(self.data.train),
                "steps": self.step,
                "epochs_done": self.epoch,
                "minutes": round(self.seconds / 60, 1),
                "device": device_name(self.device),
                "threads": torch.get_num_threads(),
                "weights": chosen,
                "history": self.history,
            },
            data=self.source_of_data,
        )
        aligner = train_aligner(self.data.train, self.data.source, self.data.target)
        write_model(self.folder, card, self.model, {**self.data.files, ALIGNER: aligner.to_bytes()})
        return card


def device_name(device: torch.device) -> str:
    """Return the name of a GPU, or the type of another device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
