"""What only the Translate page needs; pages/translate.py is its script."""
