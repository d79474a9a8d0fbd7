"""A review project: bitexts and what people decided on them, in one SQLite file; every change undoable."""

from polyalign.store.filters import KINDS, Filter, Search
from polyalign.store.merging import Returned, Update
from polyalign.store.operations import Direction, Proposal
from polyalign.store.reviewers import Decision, Reply
from polyalign.store.rows import Change, Entry, Listed, ListedSide, ReviewRow, StoredSegment
from polyalign.store.store import NOT_REJECTED, SUFFIX, Store
from polyalign.store.terms import GivenTerm, StoredTerm

__all__ = [
    "KINDS",
    "NOT_REJECTED",
    "SUFFIX",
    "Change",
    "Decision",
    "Direction",
    "Entry",
    "Filter",
    "GivenTerm",
    "Listed",
    "ListedSide",
    "Proposal",
    "Reply",
    "Returned",
    "ReviewRow",
    "Search",
    "Store",
    "StoredSegment",
    "StoredTerm",
    "Update",
]
