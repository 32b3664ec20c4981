"""Code that only the Why page uses; pages/why.py is its script."""
