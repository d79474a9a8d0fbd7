"""The review of a bitext in figures: what became of pairs, who worked how long, who agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from polyalign.server.answers import Agreed, Share, ShownAgreement, Statistics, Worked
from polyalign.server.desk import OpenProject
from polyalign.server.listing import shower
from polyalign.server.tally import progress
from polyalign.store import ReviewRow
from polyalign.store.reviewers import agreements, disputed

PAUSE = 300.0  # seconds between two operations from which on nobody was at work
ALONE = 15.0  # seconds that an operation takes which no other one follows soon
BANDS = 5  # of the scores
_FATES = ("accepted", "corrected", "rejected", "doubtful", "undecided")  # the fields of Share


def agreed(project: OpenProject, bitext: int) -> Agreed:
    """How far reviewers agree, and the rows on which they do not."""
    verdicts, show = project.store.verdicts(bitext), shower(project, bitext)
    rows = (row for row in project.store.rows(bitext) if not row.deleted)
    shown = tuple(show(row) for row in rows if disputed(verdicts.get(row.id, ())))
    return Agreed(_agreements(project, bitext), shown)


def _agreements(project: OpenProject, bitext: int) -> tuple[ShownAgreement, ...]:
    found = agreements(project.store.verdicts(bitext))
    return tuple(ShownAgreement(a.one, a.other, a.rows, a.agreed, a.kappa) for a in found)


def figures(project: OpenProject, bitext: int) -> Statistics:
    """All of it; hours and operations are those of the whole project."""
    rows = [row for row in project.store.rows(bitext) if not row.deleted]
    pairs = [row for row in rows if row.aligned]
    names = project.names(bitext)
    flags = Counter(name for row in pairs if row.state != "rejected" for name in names(row))
    bands: dict[int | None, Counter[str]] = {band: Counter() for band in (*reversed(range(BANDS)), None)}
    for row in pairs:
        bands[None if row.score is None else min(int(row.score * BANDS), BANDS - 1)][_fate(row)] += 1
    shares = []
    for band, fates in bands.items():
        ends = (None, None) if band is None else (band / BANDS, (band + 1) / BANDS)
        shares.append(Share(*ends, *(fates[fate] for fate in _FATES)))
    return Statistics(
        tuple(shares),
        worked(project.store.decisions()),
        dict(flags.most_common()),
        sum(bool(row.comment) for row in rows),
        len(project.store.terms()),
        progress(project.store.standings(bitext)),
        _agreements(project, bitext),
    )


def _fate(row: ReviewRow) -> str:
    """What became of a pair."""
    if row.state == "rejected":
        return "rejected"
    if row.by_hand or any(segment.original is not None for segment in row.source + row.target):
        return "corrected"
    return {"confirmed": "accepted", "needs-review": "doubtful"}.get(row.state, "undecided")


def worked(done: Iterable[tuple[str, str, int]]) -> tuple[Worked, ...]:
    """What each did, by (who, when, rows) of each operation in order; the busiest first."""
    by: dict[str, list[tuple[str, int]]] = {}
    for who, at, rows in done:
        by.setdefault(who, []).append((at, rows))
    found = [
        Worked(who, len(held), sum(rows for _, rows in held), _hours(held), held[0][0], held[-1][0])
        for who, held in by.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.rows, one.who)))


def _hours(held: Sequence[tuple[str, int]]) -> float:
    times = [datetime.fromisoformat(at).timestamp() for at, _ in held]
    gaps = [later - before for before, later in pairwise(times)]
    return round(sum(gap if 0 <= gap <= PAUSE else ALONE for gap in gaps) / 3600 + ALONE / 3600, 4)
