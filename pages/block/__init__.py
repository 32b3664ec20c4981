"""Code that only the Block page uses; pages/block.py is its script."""
