"""Two encoded sides to scored links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from polyalign.alignment import decode
from polyalign.alignment.encoded import EncodedSide
from polyalign.alignment.features import CandidateSpace
from polyalign.alignment.model import AlignmentModel, load_model
from polyalign.alignment.similarity import Similarity, with_translations
from polyalign.alignment.spans import Ints, Range, kendall_tau

ENOUGH = 0.94  # share of both texts that beads of sentences should cover, for clauses not to be tried;
MODEST = 0.9  # and what beads of clauses count then, whose scores say less: right by half, not exactly
IN_ORDER = 0.5  # trust in a path below which texts get no second pass


@dataclass(frozen=True, slots=True)
class Link:
    """A range of source units and a range of target units that say the same thing."""

    source: Range
    target: Range
    score: float
    evidence: dict[str, float]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Links by source order, and the order of the texts (Kendall's tau).

    Of two links that share units, each has units of its own, on one side at least.
    """

    links: tuple[Link, ...]
    order: float

    @property
    def mirrored(self) -> Alignment:
        """The same, source and target swapped."""
        links = (replace(link, source=link.target, target=link.source) for link in self.links)
        return replace(self, links=tuple(sorted(links, key=lambda link: link.source)))

    def in_units(self, source: Ints, target: Ints) -> Alignment:
        """The same, unit k of a side being the units from side[k] to side[k + 1] - 1."""

        def moved(range_: Range, edges: Ints) -> Range:
            return int(edges[range_[0]]), int(edges[range_[1]])

        links = (
            replace(link, source=moved(link.source, source), target=moved(link.target, target))
            for link in self.links
        )
        return replace(self, links=tuple(links))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An alignment, and the share of both texts, 0 to 1, that its links should cover by their scores.

    `complete` is whether the texts were taken for a complete translation.
    """

    alignment: Alignment
    share: float
    complete: bool


def align_sides(
    source: EncodedSide,
    target: EncodedSide,
    *,
    order: float | None = None,
    calibrated: bool = True,
    largest_second: int | None = None,
) -> Alignment:
    """The links whose scores add up to most over the model's threshold, each unit in at most one.

    Where sentences are cut into clauses, probable links are added that share units with these on one side.

    `order` in -1..1 says how far to trust the order of the texts; None measures it. Cosines that are not
    `calibrated` are first brought to the scale that the weights were fitted on. Translations that sides
    have count as far as they prove themselves. Texts that seem translated completely get a second pass in
    groups of up to `largest_second` sentences, unless that is None. Texts with clauses are aligned sentence
    by sentence first, and if that leaves much out, by clauses, too; what should cover more is taken.
    """
    if not len(source.spans) or not len(target.spans):
        return Alignment((), 0.0)
    # sums round differently the other way: which side is computed as the source does not depend on who asks
    if (len(target.units), [*target.units]) < (len(source.units), [*source.units]):
        return align_sides(
            target, source, order=order, calibrated=calibrated, largest_second=largest_second
        ).mirrored

    attempt = partial(_attempt, order=order, calibrated=calibrated, largest_second=largest_second)
    sentences = attempt(source.uncut, target.uncut)
    if not source.clausal and not target.clausal:
        return sentences.alignment
    if not sentences.complete and sentences.share < ENOUGH:
        clauses = attempt(source, target)
        if clauses.share * MODEST > sentences.share:
            return clauses.alignment
    return sentences.alignment.in_units(source.sentences, target.sentences)


def _attempt(
    source: EncodedSide,
    target: EncodedSide,
    *,
    order: float | None,
    calibrated: bool,
    largest_second: int | None,
) -> _Attempt:
    space = CandidateSpace(Similarity(*with_translations(source, target), calibrated))

    def second(largest: int) -> CandidateSpace:
        sides = with_translations(*(side.for_second_pass(largest) for side in (source, target)))
        # words are the same, whatever the groups
        return CandidateSpace(Similarity(*sides, calibrated, space.similarity.matches))

    model = load_model(clausal=source.clausal or target.clausal)
    again = None if largest_second is None else partial(second, largest_second)
    final, selected, complete = decoded(space, model, order=order, second=again)
    where = final.where[selected]
    links = tuple(_link(final, k) for k in selected.tolist())
    taken = source.portion(where.first_s, where.last_s) + target.portion(where.first_t, where.last_t)
    share = float(final.scores[selected] @ taken) / 2
    return _Attempt(Alignment(links, kendall_tau(where)), share, complete)


def decoded(
    space: CandidateSpace,
    model: AlignmentModel,
    *,
    order: float | None = None,
    second: Callable[[], CandidateSpace] | None = None,
) -> tuple[decode.Scored, Ints, bool]:
    """The candidates with their final scores, the rows of those that are beads, by source, and whether
    the texts were taken for a complete translation.

    `second` gives the pairs of spans for a second pass, if there is to be one.
    """
    free = decode.order_free(space, model, order)
    selected = free.select(model.threshold)
    trust = decode.monotonicity(free, selected, model.threshold) if order is None else max(order, 0.0)
    final, complete = free, False
    if trust and model.monotone and model.complete:
        band = decode.SearchBand.of(space, free, selected, model.threshold)
        found = decode.arcs(space, band, free.candidates)
        path = decode.monotone(found, decode.Lattice(found.where, space.units), model.monotone)
        complete = second is not None and trust >= IN_ORDER and decode.is_complete(path, space)
        if second is not None and complete:
            penalty = decode.skip_penalty(path, space)
            found = decode.second_pass_arcs(second(), band)
            final = decode.monotone(found, decode.Lattice(found.where, space.units), model.complete, penalty)
        else:
            final = free.mixed(
                path, trust * decode.coverage_trust(path, space.units) if order is None else trust
            )
        selected = final.select(model.threshold)
    plain = final
    if space.source.answered is not None and space.target.answered is not None:
        final = decode.with_answer(final, selected, space)
        selected = final.select(model.threshold)
    if not model.monotone:  # clauses
        selected = plain.with_overlapping(selected)  # an answer says nothing of their edges
    return (
        replace(final, scores=model.calibrated(final.scores)),
        selected[np.lexsort((final.where.first_t[selected], final.where.first_s[selected]))],
        complete,
    )


def _link(scored: decode.Scored, k: int) -> Link:
    where = scored.where
    return Link(
        (int(where.first_s[k]), int(where.last_s[k])),
        (int(where.first_t[k]), int(where.last_t[k])),
        round(float(scored.scores[k]), 4),
        scored.candidates.evidence(k),
    )
