"""The likeliest partners of one unit: what the aligner thinks of all that it might be aligned with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polyalign.alignment.decode import Scored, context_rows
from polyalign.alignment.encoded import EncodedSide
from polyalign.alignment.features import CandidateSpace
from polyalign.alignment.model import load_model
from polyalign.alignment.similarity import Similarity
from polyalign.alignment.spans import Range

SINGLES = 20  # partners of one unit that are looked at, however unlike, besides the plausible ones


@dataclass(frozen=True, slots=True)
class Partner:
    """A range of target units that a range of source units may belong to, and how probably."""

    source: Range
    target: Range
    score: float


def likeliest_partners(source: EncodedSide, target: EncodedSide, unit: int, count: int) -> list[Partner]:
    """The likeliest partners of a source unit, best first, none of which shares a target unit with a better.

    Both sides are whole sentences: what was cut before is one. [] for a unit that no span covers.
    """
    space, model = CandidateSpace(Similarity(source, target)), load_model(clausal=False)
    single = np.flatnonzero((source.spans.first == unit) & (source.spans.last == unit + 1))
    if not len(single) or not len(target.spans):
        return []
    plausible, alone = space.plausible(), np.flatnonzero(target.spans.size == 1)
    nearest = alone[np.argsort(-space.similarity.spans[single[0], alone], kind="stable")[:SINGLES]]
    pairs = {*zip(plausible.source.tolist(), plausible.target.tolist(), strict=True)}
    pairs |= {(int(single[0]), k) for k in nearest.tolist()}
    candidates = space.candidates(*np.array(sorted(pairs), dtype=np.int64).T)
    first = Scored.of(candidates, model.alone(candidates.features), space.units)
    scores, where = model.in_context(context_rows(space, first)), candidates.where
    found: list[Partner] = []
    for k in np.argsort(-scores, kind="stable").tolist():
        ours = int(where.first_s[k]), int(where.last_s[k])
        theirs = int(where.first_t[k]), int(where.last_t[k])
        free = all(theirs[1] <= other.target[0] or other.target[1] <= theirs[0] for other in found)
        if ours[0] <= unit < ours[1] and free and len(found) < count:
            found.append(Partner(ours, theirs, round(float(scores[k]), 4)))
    return found
