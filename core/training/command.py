"""The command line that measurements of a trained model over the dev set share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from core.errors import HeadlightError, OptionError
from core.training.corpus import Pair, find_files, read_pairs
from core.translator import Translator, load
from core.zoo import find_folder

Measure = Callable[[Path, Translator, list[Pair]], None]
"""What is done with a model's folder, the model, and the dev set's pairs."""


def first_dev_file(data: Sequence[Path]) -> list[Path]:
    """The dev file among some files and folders."""
    _, dev = find_files(data)
    return [dev] if dev else []


def every_dev_file(data: Sequence[Path]) -> list[Path]:
    """Files that are named, each a dev set whatever it is called, and dev.tsv of each folder."""

    def within(folder: Path) -> list[Path]:
        return [file for file in sorted(folder.iterdir()) if file.suffix == ".tsv" and file.stem == "dev"]

    return [file for path in data for file in (within(path) if path.is_dir() else [path])]


def measure(
    name: str,
    description: str | None,
    work: Measure,
    arguments: list[str] | None = None,
    dev_files: Callable[[Sequence[Path]], list[Path]] = first_dev_file,
) -> int:
    """`python -m core.training.NAME`: load a model and the dev set, and do the work. -> exit code; errors are sentences."""
    formatter = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(
        prog=f"python -m core.training.{name}", description=description, formatter_class=formatter
    )
    parser.add_argument("--model", required=True, help="a model folder, or a shipped model's name")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="files, or folders of them, with a dev.tsv")
    parser.add_argument("--device", help="cuda, mps or cpu; by default the first of these that is there")
    parser.add_argument("--threads", type=int, help="CPU threads")
    args = parser.parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        folder = find_folder(args.model)
        translator = load(folder, args.device)
        files = dev_files(args.data)
        if not files:
            raise OptionError(name="--data", value=", ".join(map(str, args.data)), reason="no dev.tsv was found there")
        languages = translator.card.source_language, translator.card.target_language
        pairs = list(dict.fromkeys(pair for file in files for pair in read_pairs(file, *languages)))
        if not pairs:
            raise OptionError(name="--data", value=files[0], reason="it holds no pair of sentences")
    except HeadlightError as error:
        print(error)
        return 2
    work(folder, translator, pairs)
    return 0
