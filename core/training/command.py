"""The command line shared by all measurements of a trained model over a dev set."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from core.errors import HeadlightError, OptionError
from core.training.corpus import Pair, find_files, read_pairs
from core.translator import Translator, load
from core.zoo import find_folder

Measurement = Callable[[Path, Translator, list[Pair]], None]
"""A measurement: it is called with a model's folder, the model, and the pairs of the dev set."""


def find_dev_file(data: Sequence[Path]) -> list[Path]:
    """Return the dev file among files and folders, as a list of one path; an empty list if there is none."""
    _, dev = find_files(data)
    return [dev] if dev else []


def find_dev_files(data: Sequence[Path]) -> list[Path]:
    """Return every file of `data`, whatever its name, and the file dev.tsv of every folder of `data`."""

    def list_folder(folder: Path) -> list[Path]:
        return [file for file in sorted(folder.iterdir()) if file.suffix == ".tsv" and file.stem == "dev"]

    return [file for path in data for file in (list_folder(path) if path.is_dir() else [path])]


def measure(
    name: str,
    description: str | None,
    measurement: Measurement,
    arguments: list[str] | None = None,
    find_dev: Callable[[Sequence[Path]], list[Path]] = find_dev_file,
) -> int:
    """Run `python -m core.training.NAME`: load a model and a dev set, and call the measurement with them.

    Args:
        name: The module's name.
        description: The description in the help text.
        measurement: The function to call.
        arguments: The command line; None for that of the process.
        find_dev: The function that finds the dev files among the paths of --data.

    Returns:
        The exit code. Errors are printed.
    """
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
        files = find_dev(args.data)
        if not files:
            raise OptionError(name="--data", value=", ".join(map(str, args.data)), reason="no dev.tsv was found there")
        languages = translator.card.source_language, translator.card.target_language
        pairs = list(dict.fromkeys(pair for file in files for pair in read_pairs(file, *languages)))
        if not pairs:
            raise OptionError(name="--data", value=files[0], reason="it holds no pair of sentences")
        measurement(folder, translator, pairs)
    except HeadlightError as error:
        print(error)
        return 2
    return 0
