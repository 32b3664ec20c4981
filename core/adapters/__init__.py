"""Traces of models that are not Headlight's own: from arrays of any program, and from models of `transformers`."""

from core.adapters.arrays import from_arrays

__all__ = ["from_arrays"]
