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
BANDS = 5


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
    shares = [_share(_in_band(pairs, k), k / BANDS, (k + 1) / BANDS) for k in range(BANDS - 1, -1, -1)]
    shares.append(_share([row for row in pairs if row.score is None], None, None))
    return Statistics(
        tuple(shares),
        worked(project.store.decisions()),
        dict(flags.most_common()),
        sum(bool(row.comment) for row in rows),
        len(project.store.terms()),
        progress(project.store.standings(bitext)),
        _agreements(project, bitext),
    )


def _in_band(rows: Iterable[ReviewRow], band: int) -> list[ReviewRow]:
    return [row for row in rows if row.score is not None and min(int(row.score * BANDS), BANDS - 1) == band]


def _share(rows: Sequence[ReviewRow], low: float | None, high: float | None) -> Share:
    edited = Counter(_fate(row) for row in rows)
    fates = ("accepted", "corrected", "rejected", "doubtful", "undecided")
    return Share(low, high, *(edited[fate] for fate in fates))


def _fate(row: ReviewRow) -> str:
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
