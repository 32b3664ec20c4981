"""What leaves a Trace: tables, files, bytes for a view in the browser, and an HTML page. No network, no pickle, no torch.

to_frame    one row a weight; to_csv the same as text
save, load  the whole Trace as NPZ or JSON, and back to an equal one
pack        bytes for a view in the browser: what it draws, weights as 8-bit numbers
to_html     one HTML file with the attention view and the Trace inside
"""

from core.export.files import load, save
from core.export.packed import pack, packed_id, with_view
from core.export.page import to_html
from core.export.tables import to_csv, to_frame

__all__ = ["load", "pack", "packed_id", "save", "to_csv", "to_frame", "to_html", "with_view"]
