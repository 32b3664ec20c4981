"""Numbers from a Trace."""

from core.analysis.view import View, merge, view

__all__ = ["View", "merge", "view"]
