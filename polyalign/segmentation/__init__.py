"""Text to segments: sentences, their clauses, and what in them is no content."""

from polyalign.segmentation.boilerplate import mark_boilerplate
from polyalign.segmentation.clauses import cut_clauses
from polyalign.segmentation.sentences import segment
from polyalign.segmentation.srx import Rules, read_srx

__all__ = ["Rules", "cut_clauses", "mark_boilerplate", "read_srx", "segment"]
