"""Vectors and lengths of two texts to scored beads; knows no files, models or languages.

spans -> encoded -> lexical -> similarity -> features -> model -> decode -> align -> long -> partners
"""

from polyalign.alignment.align import Alignment, Group, Link, align_sides, extended, grouped
from polyalign.alignment.encoded import EncodedSide, encode_together
from polyalign.alignment.long import TextSide, align_long
from polyalign.alignment.model import weights_version
from polyalign.alignment.partners import Partner, likeliest_partners
from polyalign.alignment.spans import Spans, spans_of

__all__ = [
    "Alignment",
    "EncodedSide",
    "Group",
    "Link",
    "Partner",
    "Spans",
    "TextSide",
    "align_long",
    "align_sides",
    "encode_together",
    "extended",
    "grouped",
    "likeliest_partners",
    "spans_of",
    "weights_version",
]
