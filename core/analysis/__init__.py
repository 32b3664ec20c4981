"""Numbers from a Trace."""

from core.analysis.foreign import looks_foreign
from core.analysis.view import View, join, merge, view

__all__ = ["View", "join", "looks_foreign", "merge", "view"]
