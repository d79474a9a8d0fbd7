"""polyalign: which passages of two texts, in two languages, say the same thing.

    bitext = polyalign.Aligner().pair("ar.txt", "en.txt")
    for pair in bitext:
        print(pair.score, pair.source_text, pair.target_text)
    polyalign.write(bitext, "out.tmx")

Names are looked up on first use, so that `import polyalign` costs nothing.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from polyalign.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:  # what is public: type checkers read it here, and `_exports` does
    from polyalign.bitext import Bitext as Bitext
    from polyalign.checking import check as check
    from polyalign.detection import Detection as Detection
    from polyalign.detection import detect as detect
    from polyalign.errors import InputError as InputError
    from polyalign.errors import LanguageError as LanguageError
    from polyalign.errors import NotInstalledError as NotInstalledError
    from polyalign.errors import OutputError as OutputError
    from polyalign.errors import PolyalignError as PolyalignError
    from polyalign.errors import UnreadableError as UnreadableError
    from polyalign.errors import UsageError as UsageError
    from polyalign.formats import read as read
    from polyalign.formats import write as write
    from polyalign.parts import Bead as Bead
    from polyalign.parts import Document as Document
    from polyalign.parts import Review as Review
    from polyalign.parts import Row as Row
    from polyalign.parts import Segment as Segment
    from polyalign.parts import Side as Side
    from polyalign.parts import WordLink as WordLink
    from polyalign.pipeline import Aligner as Aligner
    from polyalign.pipeline import read_bitext as read_bitext
    from polyalign.routing import Route as Route
    from polyalign.routing import route as route
    from polyalign.segmentation import segment as segment
    from polyalign.store import Store as Store

    __all__: list[str]


@cache
def _exports() -> dict[str, str]:
    """The module of each public name, out of the imports above, so that no name stands here twice."""
    import ast

    source = ast.parse(globals()["__loader__"].get_source(__name__))
    (listed,) = (node.body for node in source.body if isinstance(node, ast.If))
    found = (node for node in listed if isinstance(node, ast.ImportFrom))
    return {alias.name: node.module or "" for node in found for alias in node.names}


def __getattr__(name: str) -> object:
    if name == "__all__":
        return sorted(_exports())
    if name not in _exports():
        raise AttributeError(f"module 'polyalign' has no attribute {name!r}")
    return getattr(import_module(_exports()[name]), name)


def __dir__() -> list[str]:
    return [*sorted(_exports()), "__version__"]
