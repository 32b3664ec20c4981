"""Code that only the Compare page uses; pages/compare.py is its script."""
