"""Code that only the Corpus page uses; pages/corpus.py is its script."""
