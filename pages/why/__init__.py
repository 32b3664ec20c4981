"""What only the page on why there is attention needs; pages/why.py is its script."""
