"""Training from files of sentence pairs to a folder that `core.load` opens. `python -m core.training --help`."""
