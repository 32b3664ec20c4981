"""Plotly figures: pure functions of data and a theme, with the palette of the app."""

from core.plots.attention import all_heads, heatmap
from core.plots.bars import before_and_after
from core.plots.cost import cost_curves
from core.plots.curves import training_curve
from core.plots.half_steps import Flow, errors_by_step, river
from core.plots.lengths import length_curves
from core.plots.positions import (
    position_clocks,
    position_curves,
    position_histogram,
    position_similarity,
    position_wavelengths,
)
from core.plots.scaling import scaling_gradient, scaling_variance, scaling_weights, vectors
from core.plots.theme import PALETTE, THEMES
from core.plots.times import times
from core.plots.training import moments_chart

__all__ = [
    "PALETTE",
    "THEMES",
    "Flow",
    "all_heads",
    "before_and_after",
    "cost_curves",
    "errors_by_step",
    "heatmap",
    "length_curves",
    "moments_chart",
    "position_clocks",
    "position_curves",
    "position_histogram",
    "position_similarity",
    "position_wavelengths",
    "river",
    "scaling_gradient",
    "scaling_variance",
    "scaling_weights",
    "times",
    "training_curve",
    "vectors",
]
