"""The last stage of training: a sentence in a hurried spelling is to be translated as the plain one is.

Pairs in both spellings teach a model to translate both, but not to give both the same translation: where two are equally
good, a missing full stop decides. Here the finished model is the teacher of its own copy (consistency training, Xie et al.
2020; distillation, Hinton et al. 2015): for the hurried spelling the copy learns the probabilities that the teacher gives,
at each target piece, for the plain spelling. No reference decides anything but which pieces stand before.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from core.card import ModelCard
from core.config import EOS, PAD
from core.errors import HeadlightError
from core.text import clean
from core.training.corpus import pad, tensors, variants
from core.training.loop import Data, Trainer, TrainingOptions
from core.training.objective import divergence
from core.training.parallel import Workers
from core.translator import Translator
from core.zoo import ALIGNER

PLAIN = 0.25
"""Share of sentences that are seen in their plain spelling, so that its translation stays what it was."""


class ConsistencyTrainer(Trainer):
    """One run in one folder, as `Trainer`, that begins with a trained model and ends with its steadier copy.

    data: the plain pairs, with the trained model's tokenizers and aligner among its files.
    """

    def __init__(
        self,
        folder: Path,
        data: Data,
        trained: Translator,
        options: TrainingOptions,
        device: torch.device,
        workers: Workers = Workers(),  # noqa: B008, it is frozen
    ) -> None:
        # Without dropout: the copy differs from its teacher in the spelling alone.
        config = dataclasses.replace(trained.card.config, dropout=0.0)
        super().__init__(folder, data, config, options, device, workers=workers)
        weights = trained.model.state_dict()
        self.model.load_state_dict(weights)
        self.copy_weights()
        self.teacher = copy.deepcopy(self.working).eval().requires_grad_(False)
        self.trained = trained.card
        self.identity["teacher"] = hashlib.blake2s(
            b"".join(w.cpu().numpy().tobytes() for w in weights.values())
        ).hexdigest()

    def respelled(self, i: int) -> list[int]:
        """The source of a pair as it is seen in this epoch: the same in every process and after `--resume`."""
        ids = self.data.train[i][0]
        rng = random.Random(f"{self.options.seed}-{self.epoch}-{i}")
        if rng.random() < PLAIN:
            return ids
        language = self.data.source.language
        text = variants(self.data.source.decode(ids), language, rng)
        try:
            found = [*self.data.source.encode(clean(text, language)), EOS]
        except HeadlightError:  # nothing is left of it
            return ids
        return found if len(found) < self.config.max_length else ids

    def loss(self, batch: Sequence[int], count: int) -> Tensor:
        """The divergence of what the copy gives for hurried spellings from what its teacher gives for plain ones."""
        source, inputs, labels = (x.to(self.device) for x in tensors(self.data.train, batch))
        hurried = pad([self.respelled(i) for i in batch]).to(self.device)
        real = labels != PAD
        self.copy_weights()
        with sdpa_kernel(SDPBackend.MATH):
            with torch.no_grad():
                scores = self.teacher(source, inputs)[real] @ self.teacher.target_embedding.weight.T
                probabilities = scores.softmax(-1, dtype=torch.float32)
            states = self.working(hurried, inputs)[real]
        return divergence(states, self.working.target_embedding.weight, probabilities) / count

    def card(self, scores: dict[str, Any], chosen: str) -> ModelCard:
        """The trained model's card with the new scores, and under `consistency` how this run went."""
        training = {**self.trained.training, "consistency": self.record(chosen)}
        return dataclasses.replace(self.trained, name=self.folder.name, scores=scores, training=training)

    def aligner(self) -> bytes:
        """The trained model's: the pairs are the same."""
        return self.data.files[ALIGNER]
