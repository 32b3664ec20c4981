"""Code that only the Cost page uses; pages/cost.py is its script."""
