"""Files in and out: `read` gives a Document, `read_bitext` a Bitext, `write` takes one.

registry   the one list of formats: who reads and who writes each
documents  a text out of a file             bitexts     pairs in and out
display    a bitext for people to look at   validation  what is wrong with a file
"""

from polyalign.formats.bitexts import read_bitext
from polyalign.formats.bitexts.beside import left_behind
from polyalign.formats.display.table import summary
from polyalign.formats.documents import names_file, read
from polyalign.formats.registry import FORMATS, Format
from polyalign.formats.writing import dump, format_of, write

__all__ = [
    "FORMATS",
    "Format",
    "dump",
    "format_of",
    "left_behind",
    "names_file",
    "read",
    "read_bitext",
    "summary",
    "write",
]
