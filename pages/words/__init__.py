"""Code that only the Words page uses; pages/words.py is its script."""
