"""Training of a model from sentence pairs, to a folder that `core.load` opens.

Usage: `python -m core.training --data FOLDER --out FOLDER`
"""

from __future__ import annotations

import argparse
import dataclasses
import random
from pathlib import Path
from typing import Any

import torch

from core.config import ARCHITECTURES, ModelConfig
from core.errors import HeadlightError
from core.text import language_code
from core.training.corpus import find_files, informal_pairs, read_pairs
from core.training.data import Data, prepare
from core.training.lecture import lecture_pairs
from core.training.loop import Trainer
from core.training.options import TrainingOptions
from core.training.parallel import Workers, join_workers
from core.zoo import choose_device

ARCHITECTURE = (
    "a Transformer, or GRUs without attention (rnn), with additive attention or with dot-product attention; "
    "the recurrent ones need --heads 1, and --d-ff is the width of their output layer"
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    formatter = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__, formatter_class=formatter)
    add = parser.add_argument
    add(
        "--data",
        type=Path,
        nargs="+",
        required=True,
        help="tab-separated files, or folders of them; dev.tsv is kept apart",
    )
    add("--out", type=Path, required=True, help="the model folder to write; its name is the model's name")
    add("--source", default="en", help="language of the first column: en, zh-CN, cmn …")
    add("--target", default="zh", help="language of the second column")
    add("--vocab", type=int, default=5000, help="pieces a side")
    for name, default in (("d-model", 192), ("heads", 8), ("layers", 3), ("d-ff", 768), ("max-length", 130)):
        add(f"--{name}", type=int, default=default)
    add("--architecture", choices=ARCHITECTURES, default=ARCHITECTURES[0], help=ARCHITECTURE)
    add("--dropout", type=float, default=0.1)
    for field in dataclasses.fields(TrainingOptions):
        extra: dict[str, Any] = {"choices": ["auto", "fp32", "bf16"]} if field.name == "precision" else {}
        add(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default, **extra)
    add("--informal", type=float, default=0.06, help="share of pairs repeated as people type in a hurry")
    add("--no-lecture", action="store_true", help="leave out the pairs about Tom and Jerry (English to Chinese only)")
    add("--credit", default="", help="whom to credit for the data, for the card")
    add("--licence", default="", help="licence of the data, for the card")
    add("--device", help="cuda, mps or cpu; by default the first of these that is there")
    add("--threads", type=int, help="CPU threads")
    add("--resume", action="store_true", help="go on from the last checkpoint in --out")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    args = build_parser().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        options = TrainingOptions(**{f.name: getattr(args, f.name) for f in dataclasses.fields(TrainingOptions)})
        args.source, args.target = language_code(args.source), language_code(args.target)
        files, dev_file = find_files(args.data)
        pairs = list(dict.fromkeys(pair for file in files for pair in read_pairs(file, args.source, args.target)))
        if dev_file:
            dev = read_pairs(dev_file, args.source, args.target)
        else:
            random.Random(options.seed).shuffle(pairs)
            size = min(1000, max(1, len(pairs) // 20))
            dev, pairs = pairs[:size], pairs[size:]
        if (args.source, args.target) == ("en", "zh") and not args.no_lecture:
            pairs += lecture_pairs()
        dev_sentences = {sentence for pair in dev for sentence in pair}
        pairs = [pair for pair in pairs if dev_sentences.isdisjoint(pair)]  # no training on a sentence of the dev set
        pairs += [pair for _, pair in informal_pairs(pairs, args.informal, args.source, options.seed)]
        data = prepare(pairs, dev, (args.source, args.target), args.vocab, args.max_length)
        config = ModelConfig(
            len(data.source), len(data.target), args.d_model, args.heads, args.layers, args.d_ff, args.dropout,
            args.max_length, args.architecture,
        )  # fmt: skip
        with join_workers(choose_device(args.device)) as (workers, device):
            return train(args, data, config, options, device, workers)
    except HeadlightError as error:
        print(error)
        return 2
    except KeyboardInterrupt:
        print("Stopped by hand: --resume goes on from the last checkpoint.")
        return 130


def train(
    args: argparse.Namespace,
    data: Data,
    config: ModelConfig,
    options: TrainingOptions,
    device: torch.device,
    workers: Workers,
) -> int:
    """Train a model, or continue a run with --resume, and return the exit code."""
    trainer = Trainer(args.out, data, config, options, device, args.credit, args.licence, workers)
    resumed = args.resume and trainer.resume()
    if workers.is_first:
        print(
            f"{len(data.train)} pairs, {len(data.dev)} for dev, {trainer.steps} steps, "
            f"{sum(p.numel() for p in trainer.model.parameters()):,} parameters, on {trainer.device}"
            + (f", resumed at step {trainer.step}" if resumed else "")
        )
    card = trainer.run()
    if card is not None:
        print(card.scores)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
