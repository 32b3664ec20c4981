"""Code that only the Masks page uses; pages/masks.py is its script."""
