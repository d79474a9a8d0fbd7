"""What tables hold, as tests compare it."""

from __future__ import annotations

from polyalign.bitext import Bitext
from polyalign.formats.bitexts.tabular import carried
from polyalign.formats.common import Unit

Told = list[tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...], tuple[str, ...]]]


def told(found: list[Unit]) -> Told:
    return [(u.source_ids, u.target_ids, u.source, u.target) for u in found]


def rows(bitext: Bitext) -> Told:
    """What a reader must find in a file of this bitext."""
    return [
        (
            tuple(s.id for s in row.source),
            tuple(s.id for s in row.target),
            tuple(carried(s.shown) for s in row.source),
            tuple(carried(s.shown) for s in row.target),
        )
        for row in bitext.rows()
    ]
