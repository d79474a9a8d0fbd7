"""The units of two texts, with an encoder, to scored groups; knows no files, models or languages.

spans -> encoded -> textsides -> lexical -> similarity -> features -> model -> decode -> align -> long
-> groups -> partners
"""

from polyalign.alignment.align import Alignment, Link, align_sides
from polyalign.alignment.encoded import EncodedSide, encode_together
from polyalign.alignment.groups import Group, align_texts, extended, grouped, joined
from polyalign.alignment.long import align_long
from polyalign.alignment.model import weights_version
from polyalign.alignment.partners import Partner, likeliest_partners
from polyalign.alignment.spans import Spans, spans_of
from polyalign.alignment.textsides import TextSide

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
    "align_texts",
    "encode_together",
    "extended",
    "grouped",
    "joined",
    "likeliest_partners",
    "spans_of",
    "weights_version",
]
