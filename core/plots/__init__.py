"""Plotly figures: pure functions of a Trace and a theme, the same colours as everywhere."""

from core.plots.attention import all_heads, heatmap
from core.plots.curves import training_curve
from core.plots.theme import PALETTE, THEMES

__all__ = ["PALETTE", "THEMES", "all_heads", "heatmap", "training_curve"]
