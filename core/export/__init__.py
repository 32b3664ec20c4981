"""Exports of a Trace, without network, pickle and torch.

- `to_frame`: a table with one row for each weight; `to_csv`: the same as text
- `save`, `load`: a file with the whole Trace, NPZ or JSON
- `write_moments`, `read_moments`: a file with the moments of a training
- `write_corpus_heads`, `read_corpus_heads`: a file with what each head does over a corpus
- `pack`: bytes for a view in the browser, with weights as 8-bit numbers
- `to_html`: an HTML file with the attention view and the Trace
"""

from core.export.corpus_heads import read_corpus_heads, write_corpus_heads
from core.export.files import load, save
from core.export.moments import read_moments, write_moments
from core.export.packed import pack, packed_id, with_view
from core.export.page import to_html
from core.export.tables import to_csv, to_frame

__all__ = [
    "load",
    "pack",
    "packed_id",
    "read_corpus_heads",
    "read_moments",
    "save",
    "to_csv",
    "to_frame",
    "to_html",
    "with_view",
    "write_corpus_heads",
    "write_moments",
]
