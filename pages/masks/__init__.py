"""What only the page on masks needs; pages/masks.py is its script."""
