"""How far the review of rows is, and what decisions say of scores, from how many rows stand how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from polyalign.server.answers import Progress, ShownCalibration
from polyalign.server.calibrating import Calibration, fitted
from polyalign.store.rows import PARTS, Standing

Standings = Mapping[Standing, int]


def progress(standings: Standings) -> Progress:
    """How far the review of these rows is."""
    pairs, alone = ({s: n for s, n in standings.items() if s.kind == kind} for kind in ("pair", "alone"))
    judged, undecided = _scored(pairs)
    curve = fitted(judged)
    total, decided = sum(pairs.values()), _decided(pairs)
    return Progress(
        total,
        decided,
        sum(alone.values()),
        _decided(alone),
        _wrong(undecided, curve),
        total - decided - sum(undecided.values()),
        curve.decisions,
        (curve.a, curve.b, curve.c) if curve.decisions else None,
    )


def calibration(standings: Standings) -> ShownCalibration:
    """The calibration with what it rests on, and how many of the pairs left are wrong with it and without."""
    judged, undecided = _scored(standings)
    curve = fitted(judged)
    tenths = [[0, 0] for _ in range(10)]
    for (part, right), count in judged.items():
        tenth = tenths[min(part * 10 // PARTS, 9)]
        tenth[0] += count
        tenth[1] += count * right
    return ShownCalibration(
        sum(judged.values()),
        curve.curve if curve.decisions else (),
        tuple((count, right) for count, right in tenths),
        _wrong(undecided, curve),
        _wrong(undecided, Calibration()),
    )


def _scored(standings: Standings) -> tuple[Counter[tuple[int, bool]], Counter[int]]:
    """Of pairs with a score: those that somebody decided, with whether they are right, and the others."""
    judged, undecided = Counter[tuple[int, bool]](), Counter[int]()
    for standing, count in standings.items():
        if standing.kind == "pair" and standing.part is not None:
            if standing.decided:
                judged[standing.part, standing.state == "confirmed"] += count
            else:
                undecided[standing.part] += count
    return judged, undecided


def _wrong(undecided: Mapping[int, int], curve: Calibration) -> float:
    """How many pairs with these scores are wrong."""
    return round(sum(count * (1 - curve.probability(part / PARTS)) for part, count in undecided.items()), 2)


def _decided(standings: Standings) -> int:
    return sum(count for standing, count in standings.items() if standing.decided)
