"""Import of models of other programs: Marian folders of Hugging Face, CTranslate2 folders and Argos packages.

All files are untrusted. Declared sizes are compared with the file's size before memory is allocated, no pickle can run
code, and whatever cannot be used is a `ModelImportError` with one sentence.
"""

from core.importing.imported import Imported
from core.importing.package import read

__all__ = ["Imported", "read"]
