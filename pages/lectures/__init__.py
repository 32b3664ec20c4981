"""Code that only the Lectures page uses, and lecture mode on all pages; pages/lectures.py is the page's script."""
