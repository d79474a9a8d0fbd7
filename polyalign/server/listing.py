"""Projects, rows and texts as the API shows them: filtered, in pages, runs of unaligned rows as one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from time import monotonic
from typing import TYPE_CHECKING, Literal

from polyalign.characters import whole_characters
from polyalign.errors import InputError
from polyalign.parts import SideName
from polyalign.server import answers
from polyalign.server.desk import OpenProject
from polyalign.server.refusals import UnknownError
from polyalign.server.tally import progress
from polyalign.store import Change, Filter, Proposal, ReviewRow, Search, StoredSegment
from polyalign.store.filters import Spans, joined
from polyalign.store.rows import by_state
from polyalign.tags import primary

if TYPE_CHECKING:
    from polyalign.qa import Flag, Glossary

Shower = Callable[[ReviewRow], answers.ShownRow]
Want = Literal["unconfirmed", "alone", "flagged", "commented"]

PLAIN = Filter()
_SIDES: tuple[SideName, SideName] = ("source", "target")
SEARCH_SECONDS = 2.0  # for the places of what was found


@dataclass(frozen=True)
class Listing:
    """What a client asks to see of a bitext, in order; with `collapse`, but for runs with an `opened` row.

    Runs are collapsed only where all rows are listed in document order.
    """

    project: OpenProject
    bitext: int
    filter: Filter = PLAIN
    collapse: bool = False
    opened: frozenset[int] = frozenset()

    def rows(self) -> list[ReviewRow]:
        """The rows that pass the filter. Raises UnknownError, InputError for too slow a pattern."""
        names = self.project.names(self.bitext)
        return self.filter.matching(self.project.rows(self.bitext), names)

    def items(self) -> list[tuple[ReviewRow, ...]]:
        """The same, each row alone or with its run."""
        rows = self.rows()
        if not self.collapse or self.filter != PLAIN:
            return [(row,) for row in rows]
        items: list[tuple[ReviewRow, ...]] = []
        for (_, quiet), run in groupby(rows, lambda row: (bool(row.source), _quiet(row))):
            held = tuple(run)
            folded = quiet and len(held) > 1 and not any(row.id in self.opened for row in held)
            items += [held] if folded else [(row,) for row in held]
        return items

    def page(self, offset: int, limit: int) -> answers.Page:
        """At most `limit` items from `offset` on."""
        revision, items = self.project.store.revision, self.items()
        show = shower(self.project, self.bitext, self.filter)
        part = items[offset : offset + limit]
        shown = tuple(show(item[0]) if len(item) == 1 else _run(item) for item in part)
        return answers.Page(revision, len(items), offset, shown)

    def overview(self) -> answers.Overview:
        """All items at a glance; a run is what its first row is."""
        revision = self.project.store.revision
        return answers.Overview(revision, "".join(_letter(item[0]) for item in self.items()))

    def placed(self, row: int) -> answers.Placed:
        """A row of the bitext, wherever in the listing it is. Raises UnknownError."""
        found = row_of(self.project, self.bitext, row)
        places = (k for k, item in enumerate(self.items()) if any(row == held.id for held in item))
        return answers.Placed(shower(self.project, self.bitext)(found), next(places, None))

    def next(self, after: int | None, want: Want) -> answers.Placed:
        """The first wanted row that comes after this one, going round; none where none is wanted."""
        flat = [(k, row) for k, item in enumerate(self.items()) for row in item]
        start = self._behind(flat, after)
        names = self.project.names(self.bitext)
        tests: dict[Want, Callable[[ReviewRow], object]] = {
            # a pair that nobody judged, or anything put off
            "unconfirmed": lambda row: row.state == "needs-review" or (row.state == "auto" and row.aligned),
            # boilerplate has no counterpart anyway
            "alone": lambda row: row.state == "auto" and row.alone,
            "flagged": names,
            "commented": lambda row: row.comment,
        }
        for index, row in flat[start:] + flat[:start]:
            if row.id != after and tests[want](row):
                return answers.Placed(shower(self.project, self.bitext)(row), index)
        return answers.Placed(None)

    def _behind(self, flat: Sequence[tuple[int, ReviewRow]], after: int | None) -> int:
        """Where in the listing one goes on behind a row, or behind where it would stand."""
        for place, (_, row) in enumerate(flat):
            if row.id == after:
                return place + 1
        if after is None or self.filter.order != "document":
            return 0
        numbers = self.project.store.places(self.bitext)
        passed = numbers.get(after, -1)
        return next((place for place, (_, row) in enumerate(flat) if numbers[row.id] > passed), 0)


_LETTERS = {"confirmed": "c", "rejected": "r", "needs-review": "n"}


def _letter(row: ReviewRow) -> str:
    """The letter that stands for a row in an Overview."""
    if row.state != "auto":
        return _LETTERS[row.state]
    if not row.aligned:
        return "u" if row.alone else "b"
    return "p" if row.score is None else str(min(int(row.score * 5), 4))


def _quiet(row: ReviewRow) -> bool:
    """Whether it may be folded away: without a counterpart, a comment, or a wish for another look."""
    return not (row.aligned or row.comment or row.state == "needs-review")


def _run(rows: Sequence[ReviewRow]) -> answers.Run:
    side: SideName = "source" if rows[0].source else "target"
    sentences = sum(len(row.side(side)) for row in rows)
    return answers.Run(rows[0].id, side, sentences, tuple(row.id for row in rows))


def row_of(project: OpenProject, bitext: int, row: int) -> ReviewRow:
    """A row of this bitext. Raises UnknownError."""
    try:
        found = project.seen(project.store.row(row))
    except InputError as error:
        raise UnknownError(str(error)) from error
    if found.bitext != bitext:
        raise UnknownError(f"there is no row {row} in this bitext: look again")
    return found


def shower(project: OpenProject, bitext: int, wanted: Filter = PLAIN) -> Shower:
    """What shows rows of a bitext, with their places and flags, and where the filter's text is in them."""
    places = project.store.places(bitext)
    segments = project.store.numbers(bitext)
    languages = project.languages(bitext)
    project.settle_terms()
    glossary = project.flags.glossary(languages)
    find = _finder(wanted)

    def show(row: ReviewRow) -> answers.ShownRow:
        row = project.seen(row)
        flags = tuple(
            answers.ShownFlag(flag.name, flag.says, flag.name in row.ignored, _places(flag, row))
            for flag in project.flags.of(row, languages)
        )
        replies = project.store.replies(row.id) if row.comment else ()
        verdicts = project.store.verdicts_of(row.id) if row.state != "auto" else ()
        terms = _terms(row, glossary, languages) if glossary.terms else {}

        def shown(segment: StoredSegment, side: SideName) -> answers.ShownSegment:
            return shown_segment(segment, segments, find(side, segment), terms.get(segment.id, ()))

        return answers.ShownRow(
            id=row.id,
            number=places.get(row.id, 0) + 1,
            kind=row.kind,
            score=row.score,
            origin=row.origin,
            by_hand=row.by_hand,
            state=row.state,
            keep=row.keep,
            comment=row.comment,
            deleted=row.deleted,
            overlap=row.overlap,
            source=tuple(shown(segment, "source") for segment in row.source),
            target=tuple(shown(segment, "target") for segment in row.target),
            flags=flags,
            evidence=row.evidence or {},
            who=row.who,
            at=row.at,
            replies=tuple(answers.ShownReply(r.text, r.who, r.at) for r in replies),
            verdicts=tuple(answers.ShownVerdict(v.who, v.state, v.at) for v in verdicts),
        )

    return show


def _places(flag: Flag, row: ReviewRow) -> tuple[tuple[int, int, int], ...]:
    """Where what a flag names stands, as a word of its own: (segment, start, end)."""
    return tuple(
        (segment.id, found.start(), found.end())
        for things, side in ((flag.source, row.source), (flag.target, row.target))
        for thing in things
        for segment in side
        for found in re.finditer(rf"(?<!\w){re.escape(thing)}(?!\w)", whole_characters(segment.text))
    )


Marks = tuple[tuple[int, int, str], ...]


def _terms(row: ReviewRow, glossary: Glossary, languages: tuple[str, str]) -> dict[int, Marks]:
    """Where terms of the glossary stand in the source, and in the target what it has for these."""
    from polyalign.qa import places

    ours, theirs = map(primary, languages)
    found: dict[int, Marks] = {}
    held: dict[str, str] = {}
    for segment in row.source:
        marks = glossary.found(whole_characters(segment.text), ours)
        found[segment.id] = tuple((start, end, " | ".join(t.targets)) for start, end, t in marks)
        held |= {target: term.source for _, _, term in marks for target in term.targets}
    for segment in row.target if held else ():
        text = whole_characters(segment.text)
        marked = {
            (start, end): source
            for target, source in sorted(held.items(), key=lambda one: len(one[0]))
            for start, end in places(target, text, theirs)
        }
        found[segment.id] = tuple((*place, marked[place]) for place in sorted(marked))
    return found


def _finder(wanted: Filter) -> Callable[[SideName, StoredSegment], Spans]:
    """What finds the text of the filter in segments, as long as that takes no time."""
    if not wanted.text:
        return lambda _side, _segment: ()
    search, end = Search(wanted.text, wanted.regex), monotonic() + SEARCH_SECONDS

    def find(side: SideName, segment: StoredSegment) -> Spans:
        if wanted.side not in (None, side) or monotonic() > end:
            return ()
        with contextlib.suppress(InputError):  # the row passed: only the marks would take too long
            return search.spans(whole_characters(segment.text), timeout=end - monotonic())
        return ()

    return find


def shown_segment(
    segment: StoredSegment, numbers: Mapping[int, int], hits: Spans = (), terms: Marks = ()
) -> answers.ShownSegment:
    """A segment as the API shows it; `numbers` are the places of segments in their text, from 0."""
    original = None if segment.original is None else whole_characters(segment.original)
    return answers.ShownSegment(
        id=segment.id,
        number=numbers.get(segment.id, 0) + 1,
        text=whole_characters(segment.text),
        original=original,
        boilerplate=segment.boilerplate,
        translation=segment.translation,
        place=segment.place,
        codes=tuple(answers.ShownCode(code.start, whole_characters(code.name)) for code in segment.codes),
        hits=hits,
        quality=segment.quality,
        terms=terms,
    )


def changed(project: OpenProject, change: Change) -> answers.ShownChange:
    """What an operation did, as the client that asked for it sees it."""
    rows = tuple(map(shower(project, change.bitext), change.rows))
    standings = project.standings(change.bitext)
    counts = {str(state): count for state, count in by_state(standings).items()}
    did = change.revision, change.operation, change.bitext, rows, change.removed, change.focus
    turns = project.store.undoable, project.store.redoable
    return answers.ShownChange(*did, *turns, counts, progress(standings))


def proposals_shown(
    project: OpenProject, bitext: int, proposals: Sequence[Proposal]
) -> tuple[answers.ShownProposal, ...]:
    """Proposals as the API shows them, numbered from 0; those that came to nothing meanwhile left out."""
    rows = {row.id: row for row in project.rows(bitext)}
    show, numbers, shown = shower(project, bitext), project.store.numbers(bitext), []
    for number, proposal in enumerate(proposals):
        if not rows.keys() >= set(proposal.rows):
            continue
        before = [rows[row] for row in proposal.rows]
        source, target = ({s.id: s for row in before for s in row.side(side)} for side in _SIDES)
        after = [
            answers.ProposedRow(
                tuple(shown_segment(source.pop(i), numbers) for i in bead.source),
                tuple(shown_segment(target.pop(i), numbers) for i in bead.target),
                bead.score,
            )
            for bead in proposal.beads
        ]
        after += [answers.ProposedRow((shown_segment(s, numbers),), (), None) for s in source.values()]
        after += [answers.ProposedRow((), (shown_segment(s, numbers),), None) for s in target.values()]
        shown.append(answers.ShownProposal(number, tuple(map(show, before)), tuple(after)))
    return tuple(shown)


def text_page(project: OpenProject, bitext: int, side: SideName, offset: int, limit: int) -> answers.TextPage:
    """Segments of one side in their own order; those of deleted rows are left out."""
    store = project.store
    revision, numbers = store.revision, store.numbers(bitext)
    other: SideName = "target" if side == "source" else "source"
    held: dict[int, answers.TextSegment] = {}
    for row in project.rows(bitext):
        for s in () if row.deleted else row.side(side):
            shown = answers.TextSegment(
                id=s.id,
                number=numbers.get(s.id, 0) + 1,
                text=whole_characters(s.text),
                boilerplate=s.boilerplate,
                row=row.id,
                state=row.state,
                score=row.score,
                origin=row.origin,
                partners=tuple(numbers.get(partner.id, 0) + 1 for partner in row.side(other)),
                aligned=row.aligned,
            )
            held.setdefault(s.id, shown)
    ordered = sorted(held.values(), key=lambda segment: segment.number)
    return answers.TextPage(revision, len(ordered), offset, tuple(ordered[offset : offset + limit]))


def project_shown(project: OpenProject) -> answers.ShownProject:
    """A project with its bitexts."""
    store, bitexts = project.store, list[answers.ShownBitext]()
    for one in store.listed():
        counts = {str(state): count for state, count in one.counts.items()}
        sides = [
            answers.ShownSide(side.language, "rtl" if side.right_to_left else "ltr", side.path, side.segments)
            for side in (one.source, one.target)
        ]
        bitexts.append(
            answers.ShownBitext(
                id=one.id,
                name=one.name,
                mode=one.mode,
                signature=one.signature,
                notes=one.notes,
                rows=one.rows,
                counts=counts,
                progress=progress(project.standings(one.id)),
                source=sides[0],
                target=sides[1],
            )
        )
    return answers.ShownProject(
        id=project.id,
        name=store.name,
        revision=store.revision,
        undo=store.undoable,
        redo=store.redoable,
        bitexts=tuple(bitexts),
        changed=project.changed,
    )


@dataclass(frozen=True)
class Concordance:
    """The rows of all projects that pass a filter which looks for a text."""

    projects: Sequence[OpenProject]
    filter: Filter

    def rows(self) -> list[tuple[OpenProject, ReviewRow]]:
        """The rows, project by project, each in document order."""
        return [
            (project, row)
            for project in self.projects
            for listed in project.store.listed()
            for row in self.filter.matching(project.rows(listed.id), project.names(listed.id))
        ]

    def page(self, offset: int, limit: int) -> answers.Hits:
        """At most `limit` hits from `offset` on. Raises InputError for a pattern that takes too long."""
        rows, hits = self.rows(), list[answers.Hit]()
        search, end = Search(self.filter.text, self.filter.regex), monotonic() + SEARCH_SECONDS
        showers: dict[tuple[str, int], Shower] = {}
        for project, row in rows[offset : offset + limit]:
            spans = {
                side: search.spans(joined(row.side(side)), timeout=max(end - monotonic(), 0.0))
                for side in _SIDES
                if self.filter.side in (None, side)
            }
            key = (project.id, row.bitext)
            show = showers[key] = showers.get(key) or shower(project, row.bitext)
            both = spans.get("source", ()), spans.get("target", ())
            hits.append(answers.Hit(project.id, row.bitext, show(row), *both))
        return answers.Hits(len(rows), offset, tuple(hits))
