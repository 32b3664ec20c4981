"""What only the Beams page needs; pages/beams.py is its script."""
