"""What only the page on many heads needs; pages/heads.py is its script."""
