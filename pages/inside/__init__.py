"""Code that only the Inside page uses; pages/inside.py is its script."""
