"""What only the first page needs; pages/home.py is its script."""
