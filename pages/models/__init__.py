"""Code that only the Models page uses; pages/models.py is its script."""
