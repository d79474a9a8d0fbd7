"""polyalign: which passages of two texts, in two languages, say the same thing.

    source, target = polyalign.read("ar.txt"), polyalign.read("en.txt")
    bitext = polyalign.Aligner().pair(source, target)
    polyalign.write(bitext, "out.tmx")

Names are looked up on first use, so that `import polyalign` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polyalign.bitext import Bead, Bitext, Document, Review, Row, Segment, Side, WordLink
    from polyalign.checking import check
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
    from polyalign.formats import read, write
    from polyalign.pipeline import Aligner, read_bitext
    from polyalign.routing import Route, route
    from polyalign.segmentation import segment
    from polyalign.store import Store

_ROOMS = {
    "bitext": ("Bead", "Bitext", "Document", "Review", "Row", "Segment", "Side", "WordLink"),
    "checking": ("check",),
    "detection": ("Detection", "detect"),
    "errors": (
        "InputError",
        "LanguageError",
        "NotInstalledError",
        "OutputError",
        "PolyalignError",
        "UnreadableError",
        "UsageError",
    ),
    "formats": ("read", "write"),
    "pipeline": ("Aligner", "read_bitext"),
    "routing": ("Route", "route"),
    "segmentation": ("segment",),
    "store": ("Store",),
}

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
    "Review",
    "Route",
    "Row",
    "Segment",
    "Side",
    "Store",
    "UnreadableError",
    "UsageError",
    "WordLink",
    "check",
    "detect",
    "read",
    "read_bitext",
    "route",
    "segment",
    "write",
]


def __getattr__(name: str) -> object:
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"polyalign.{room}"), name)
    raise AttributeError(f"module 'polyalign' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
