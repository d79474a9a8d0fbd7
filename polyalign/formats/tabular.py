"""Tab-separated values: a header line, then a line for each bead and each unaligned segment."""

from __future__ import annotations

from collections.abc import Iterator

from polyalign.bitext import Bitext, Row
from polyalign.formats.common import Options, ids, joined

HEADER = ("score", "kind", "source_ids", "target_ids", "source", "target")


def tsv(bitext: Bitext, options: Options) -> Iterator[str]:
    """Lines of six fields. Nothing is quoted, as no field holds a tab or a line end.

    Ids are joined by a space; score is empty where a segment is unaligned.
    """
    yield "\t".join(HEADER) + "\n"
    for row in bitext.rows():
        if row.bead or options.unaligned:
            yield "\t".join(_fields(row, bitext)) + "\n"


def _fields(row: Row, bitext: Bitext) -> tuple[str, ...]:
    return (
        f"{row.bead.score:.4f}" if row.bead else "",
        f"{len(row.source)}-{len(row.target)}",
        ids(row.source),
        ids(row.target),
        joined(row.source, bitext.source.language),
        joined(row.target, bitext.target.language),
    )
