"""What only the Inside page needs; pages/inside.py is its script."""
