"""Text to segments: sentences, their clauses, and what in them is no content."""

from polyalign.segmentation.boilerplate import mark_boilerplate
from polyalign.segmentation.clauses import cut_clauses
from polyalign.segmentation.sentences import segment

__all__ = ["cut_clauses", "mark_boilerplate", "segment"]
