"""Code that only the Glossary page uses; pages/glossary.py is its script."""
