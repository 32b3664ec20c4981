"""Code that only the Positions page uses; pages/positions.py is its script."""
