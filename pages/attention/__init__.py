"""What only the page on attention needs; pages/attention.py is its script."""
