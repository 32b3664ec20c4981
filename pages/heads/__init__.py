"""Code that only the Heads page uses; pages/heads.py is its script."""
