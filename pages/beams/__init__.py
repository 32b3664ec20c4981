"""Code that only the Beams page uses; pages/beams.py is its script."""
