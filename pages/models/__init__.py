"""What only the page on models needs; pages/models.py is its script."""
