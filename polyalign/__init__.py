"""polyalign: which passages of two texts, in two languages, say the same thing.

source, target = polyalign.read("ar.txt"), polyalign.read("en.txt")
bitext = polyalign.Aligner().pair(source, target)
polyalign.write(bitext, "out.tmx")
"""

from polyalign.bitext import Bead, Bitext, Document, Row, Segment, Side
from polyalign.detection import Detection, detect
from polyalign.errors import (
    InputError,
    LanguageError,
    NotInstalledError,
    OutputError,
    PolyalignError,
    UnreadableError,
    UsageError,
)
from polyalign.formats import read, read_bitext, write
from polyalign.pipeline import Aligner
from polyalign.routing import Route, route
from polyalign.segmentation import segment

__all__ = [
    "Aligner",
    "Bead",
    "Bitext",
    "Detection",
    "Document",
    "InputError",
    "LanguageError",
    "NotInstalledError",
    "OutputError",
    "PolyalignError",
    "Route",
    "Row",
    "Segment",
    "Side",
    "UnreadableError",
    "UsageError",
    "detect",
    "read",
    "read_bitext",
    "route",
    "segment",
    "write",
]
