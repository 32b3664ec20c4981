"""What only the Compare page needs; pages/compare.py is its script."""
