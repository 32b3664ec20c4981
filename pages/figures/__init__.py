"""Code that only the Figures page uses; pages/figures.py is its script."""
