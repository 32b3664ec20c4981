"""Models that others trained, as this package's own: Marian folders of Hugging Face, CTranslate2 and Argos packages.

Every file is written by strangers. Sizes are compared with the file's own before memory is taken, no pickle may run
code, and whatever cannot be used is a `ModelImportError` with one sentence.
"""

from core.importing.imported import Imported
from core.importing.package import read

__all__ = ["Imported", "read"]
