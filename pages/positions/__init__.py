"""What only the page on positions needs; pages/positions.py is its script."""
