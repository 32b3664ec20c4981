"""Code that only the Translate page uses; pages/translate.py is its script."""
