"""From folders of documents to pairs of documents, and from these to many bitexts.

    from polyalign import corpus
    summary = corpus.build("arabic/", "english/", "out/", jobs=4)

documents (what there is) -> ingestion (language, segments, vectors) -> known, bags (who takes part) ->
duplicates, documentpairs -> aligning -> shards; steps.py holds the order, workplace.py what is done already.
"""

from __future__ import annotations

from polyalign.corpus.steps import build
from polyalign.corpus.summary import Summary

__all__ = ["Summary", "build"]
