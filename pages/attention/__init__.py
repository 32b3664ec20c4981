"""Code that only the Attention page uses; pages/attention.py is its script."""
