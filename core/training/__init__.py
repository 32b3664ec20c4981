"""Training of models from files of sentence pairs, and their measurements. See `python -m core.training --help`."""
