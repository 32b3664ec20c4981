"""Code that only app.py uses, before any page runs."""
