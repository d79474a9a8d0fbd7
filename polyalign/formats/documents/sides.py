"""The sides of a file of pairs as documents, for whatever works on texts."""

from __future__ import annotations

import os

from polyalign.bitext import Bitext
from polyalign.formats.bitexts import holds_pairs
from polyalign.formats.common import Blocks
from polyalign.formats.documents.kinds import PAIRS
from polyalign.formats.documents.reading import document_of
from polyalign.parts import Document, SideName
from polyalign.tags import is_known


def is_no_text(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds pairs and could not be read as one text; a table of lines could."""
    name = os.fspath(path)
    return holds_pairs(name, suffixes=PAIRS)


def side_of(bitext: Bitext, side: SideName, *, name: str, pre_segmented: bool = False) -> Document:
    """One side of the bitext in the file `name` as a document: a block, or a segment, for each segment.

    What the file states of its language counts as if the user had given it; inline codes stay in their
    places. Raises InputError for a side without text.
    """
    own = bitext.source if side == "source" else bitext.target
    texts = tuple(segment.shown for segment in own.segments)
    places = tuple(segment.place or f"segment {segment.id + 1}" for segment in own.segments)
    language = own.language if is_known(own.language) else None
    blocks = Blocks(texts, places, codes=tuple(segment.shown_codes for segment in own.segments))
    return document_of(blocks, own.path or name, language, pre_segmented=pre_segmented)
