"""Code that only the Training page uses; pages/training.py is its script."""
