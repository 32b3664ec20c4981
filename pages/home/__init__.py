"""Code that only the Home page uses; pages/home.py is its script."""
