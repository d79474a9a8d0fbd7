"""Text to segments: sentences, their clauses, and what in them is no content."""

from polyalign.segmentation.boilerplate import mark_boilerplate
from polyalign.segmentation.clauses import cut_clauses
from polyalign.segmentation.datelines import cut_datelines
from polyalign.segmentation.sentences import segment
from polyalign.segmentation.srx import SegmentationRules, read_srx
from polyalign.segmentation.wrapping import Wrapped, unwrapped

__all__ = [
    "SegmentationRules",
    "Wrapped",
    "cut_clauses",
    "cut_datelines",
    "mark_boilerplate",
    "read_srx",
    "segment",
    "unwrapped",
]
