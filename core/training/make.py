"""Training of the shipped models from raw sentence pairs, by a recipe.

Usage: `python -m core.training.make --data FOLDER`

The stages write their files to --work: tokenizers, then for each model training, its aligner, scores on every set,
heads, quality by length, reach, and spelling variants. `--resume` skips stages that are done. A finished model is
copied to --out; if it is shipped, the Traces of its examples are stored too. Under `torchrun`, several processes train
a model, and the first one measures it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from core import examples
from core.config import ModelConfig
from core.errors import HeadlightError, OptionError
from core.text import Tokenizer
from core.training.contributions import write_contributions
from core.training.corpus import encode_pairs
from core.training.corpus_heads import write_heads_over
from core.training.data import Data
from core.training.evaluate import measure_sets
from core.training.heads import write_heads
from core.training.lengths import write_lengths
from core.training.loop import Trainer
from core.training.moments import record_moments
from core.training.options import TrainingOptions
from core.training.parallel import Workers, join_workers
from core.training.pronouns import measure_pronouns
from core.training.reach import write_reach
from core.training.recipe import RECIPE, Corpus, Recipe, model_languages, orient, read_corpus, training_pairs
from core.training.variants import write_variants
from core.translator import Translator, load
from core.zoo import CARD, CORPUS_HEADS, MODELS, MOMENTS, choose_device, share_files, update_card

DEV = 300
"""Number of pairs of each set for the dev perplexity after each epoch. A finished model is scored on all pairs."""

OF_RECIPE = ("source", "target", "training", "probed")
"""The fields of a model in a recipe that are not of its config."""


@dataclasses.dataclass(frozen=True)
class Pipeline:
    """The stages that train and measure the models of a recipe.

    Attributes:
        recipe: The recipe.
        corpus: Its corpus.
        work: The folder that the stages write to.
        device: The device to train and measure on.
        resume: Whether stages that are done are skipped.
        workers: The place of this process among those that train together.
    """

    recipe: Recipe
    corpus: Corpus
    work: Path
    device: torch.device
    resume: bool
    workers: Workers

    def train_tokenizer(self, language: str) -> tuple[Tokenizer, bytes]:
        """Train a language's tokenizer on the pairs, each as often as the first model sees it in an epoch.

        Returns:
            The tokenizer, and the content of its file.

        Raises:
            OptionError: If the pairs do not have as many pieces as the recipe says.
        """
        path = self.work / "tokenizers" / f"{language}.model"
        if self.workers.is_first and not (self.resume and path.exists()):
            recipe, rng = self.recipe, random.Random(self.recipe.seed)
            weights = self.corpus.weights(recipe, next(iter(recipe.models)))
            side = recipe.languages.index(language)
            sentences = [
                pair[side]
                for pair, weight in zip(self.corpus.pairs, weights, strict=True)
                for _ in range(int(weight + rng.random()))
            ]
            try:
                _, content = Tokenizer.train(sentences, language, recipe.tokenizers["vocab"])
            except RuntimeError as error:
                raise OptionError(name="vocab", value=recipe.tokenizers["vocab"], reason=str(error)) from error
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.workers.from_first(None)  # the other processes wait for the file
        return Tokenizer.load(path, language), path.read_bytes()

    def prepare(self, name: str) -> tuple[Data, ModelConfig]:
        """Return a model's data and config."""
        recipe, table = self.recipe, self.recipe.models[name]
        languages = model_languages(recipe, table)
        (source, source_file), (target, target_file) = (self.train_tokenizer(language) for language in languages)
        shape = {field: value for field, value in table.items() if field not in OF_RECIPE}
        config = ModelConfig(len(source), len(target), **shape)
        encoded, weights = [], []
        for pair, weight in zip(*training_pairs(recipe, self.corpus, name), strict=True):
            kept = encode_pairs([pair], source, target, config.max_length)  # empty if the pair is left out
            encoded += kept
            weights += [weight] * len(kept)
        dev = [pair for pairs in self.corpus.sets.values() for pair in orient(pairs[:DEV], recipe, table)]
        data = Data(
            train=encoded,
            dev_pairs=orient(next(iter(self.corpus.sets.values())), recipe, table),
            dev=encode_pairs(dev, source, target, config.max_length),
            source=source,
            target=target,
            files={"source.model": source_file, "target.model": target_file},
            weights=weights,
        )
        return data, config

    def train(self, name: str) -> Path | None:
        """Train a model and its aligner, and score it on the first set.

        Returns:
            The model's folder; None if training was interrupted.

        Raises:
            OptionError: If the recipe has a value that cannot be used, or a checkpoint is of another run.
        """
        folder = self.work / name
        options = TrainingOptions(
            seed=self.recipe.seed, **{**self.recipe.training, **self.recipe.models[name].get("training", {})}
        )
        training = json.loads((folder / CARD).read_text("utf-8"))["training"] if (folder / CARD).exists() else {}
        if self.resume and training.get("epochs_done") == options.epochs:
            return folder
        data, config = self.prepare(name)
        moments = self.recipe.moments.get("count", 0)
        trainer = Trainer(folder, data, config, options, self.device, workers=self.workers, moments=moments)
        resumed = self.resume and trainer.resume()
        if self.workers.is_first:
            print(f"{name}: {len(data.train)} pairs, {trainer.steps} steps" + f", resumed at {trainer.step}" * resumed)
        trainer.run()
        return folder if trainer.is_finished() else None

    def measure(self, name: str, folder: Path) -> None:
        """Measure a model and write the numbers to its card; `resume` skips those that are there already."""
        recipe, table = self.recipe, self.recipe.models[name]
        sets = {key: orient(pairs, recipe, table) for key, pairs in self.corpus.sets.items()}
        all_pairs = [pair for pairs in sets.values() for pair in pairs]
        first = next(iter(sets.values()))
        stages: dict[str, Callable[[Translator], None]] = {
            "sources": lambda _: update_card(folder, sources=self.list_sources(name)),
            "sets": lambda translator: update_card(folder, sets=measure_sets(translator, sets)),
            "heads": lambda translator: write_heads(folder, translator, first),
            "lengths": lambda translator: write_lengths(folder, translator, first),
            "reach": lambda translator: write_reach(folder, translator, all_pairs),
            "variants": lambda translator: write_variants(folder, translator, all_pairs),
        }
        held_out = [table["held_out"] for table in recipe.sets.values() if "held_out" in table]
        if held_out:
            stages["pronouns"] = lambda translator: update_card(
                folder, pronouns=measure_pronouns(translator, held_out[0], recipe.seed)
            )
        if table.get("probed"):
            stages["contributions"] = lambda translator: write_contributions(folder, translator, first)
        card = json.loads((folder / CARD).read_text("utf-8"))
        for stage, run in stages.items():
            if not (self.resume and card.get(stage)):
                print(f"{name}: {stage}")
                run(load(folder, str(self.device)))
        if recipe.moments and not (self.resume and (folder / MOMENTS).exists()):
            print(f"{name}: moments")
            record_moments(folder, load(folder, str(self.device)), first[:DEV], recipe.moments["sentences"])
        if table.get("probed") and not (self.resume and (folder / CORPUS_HEADS).exists()):
            print(f"{name}: heads over a corpus")
            write_heads_over(folder, load(folder, str(self.device)), [source for source, _ in first])

    def list_sources(self, name: str) -> list[dict[str, Any]]:
        """Return the sources that a model was trained on, for its card."""
        counts, recipe = self.corpus.counts(), self.recipe
        fields = ("title", "credit", "licence")
        return [
            {
                "name": source,
                **{field: recipe.sources.get(source, {}).get(field, "") for field in fields},
                "pairs": count,
                "weight": recipe.weight(source, name),
            }
            for source, count in counts.items()
            if recipe.weight(source, name) > 0
        ]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m core.training.make",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="the folder that holds the files which the recipe names")
    add("--recipe", type=Path, default=RECIPE, help="a TOML file; by default that of the shipped models")
    add("--work", type=Path, default=Path("runs"), help="where the stages leave their files (default: runs)")
    add("--out", type=Path, default=MODELS, help="where finished models go (default: assets/models)")
    add("--models", nargs="+", help="which of the recipe's models; by default all, one after the other")
    add("--device", help="cuda, mps or cpu; by default the first of these that is there")
    add("--threads", type=int, help="CPU threads")
    add("--resume", action="store_true", help="go on with what is in --work")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    args = build_parser().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        recipe = Recipe.read(args.recipe)
        names = args.models or list(recipe.models)
        for name in names:
            if name not in recipe.models:
                choices = ", ".join(recipe.models)
                raise OptionError(name="--models", value=name, reason=f"the recipe has {choices}")
        corpus = read_corpus(recipe, args.data)
        with join_workers(choose_device(args.device)) as (workers, device):
            pipeline = Pipeline(recipe, corpus, args.work, device, args.resume, workers)
            for name in names:
                folder = pipeline.train(name)
                if folder is None:
                    print(f"{name} is not finished: --resume goes on with it.")
                    return 130
                if workers.is_first:
                    pipeline.measure(name, folder)
                    publish(folder, args.out / name)
                    if args.out == MODELS:
                        examples.store(name)
                workers.from_first(None)  # measuring takes longer than a process group waits at its end
    except HeadlightError as error:
        print(error)
        return 2
    except KeyboardInterrupt:
        print("Stopped by hand: --resume goes on from the last checkpoint.")
        return 130
    return 0


def publish(folder: Path, out: Path) -> None:
    """Copy a finished model without its checkpoints, and replace the model in `out` only when the copy is complete.

    Files that it has in common with other models there are stored once.
    """
    new = out.with_name(f".{out.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(folder, new, ignore=shutil.ignore_patterns("checkpoints"))
    shutil.rmtree(out, ignore_errors=True)
    new.rename(out)
    share_files(out)


if __name__ == "__main__":
    raise SystemExit(main())
