"""What routes work with: the parts of the server, and what the address of a request names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, get_args
from urllib.parse import unquote

from fastapi import Depends, Header, Path, Query, Request

from polyalign.bitext import Bitext
from polyalign.errors import InputError, UsageError
from polyalign.parts import Origin, SideName, State
from polyalign.server.desk import Desk, OpenProject
from polyalign.server.events import Events
from polyalign.server.exporting import Shape
from polyalign.server.jobs import Jobs
from polyalign.server.listing import Concordance, Listing
from polyalign.server.operations import Id
from polyalign.server.refusals import UnknownError
from polyalign.server.security import ROLE, Role, Tokens
from polyalign.store import Filter, Proposal, ReviewRow

if TYPE_CHECKING:
    from polyalign.terms import TermCandidate

Word = TypeVar("Word", bound=str)
Key = TypeVar("Key")
Value = TypeVar("Value")

MAX_PROPOSALS = 20  # that are remembered
MAX_RESULTS = 20  # of jobs that belong to no project
MAX_CANDIDATES = 20  # bitexts whose candidates for terms are remembered


@dataclass(frozen=True)
class Proposed:
    """What aligning a bitext of a project again came to, for somebody to take or leave."""

    project: str
    bitext: int
    seen: int
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True)
class FoundTerms:
    """Candidates for terms, and the rows that their examples count."""

    found: tuple[TermCandidate, ...]
    rows: tuple[ReviewRow, ...]


@dataclass(frozen=True)
class Parts:
    """What a server is made of."""

    desk: Desk
    jobs: Jobs
    events: Events
    tokens: Tokens
    _proposed: dict[int, Proposed] = field(default_factory=dict)
    _results: dict[str, list[Bitext]] = field(default_factory=dict)
    _candidates: dict[tuple[str, int], FoundTerms] = field(default_factory=dict)

    def hold(self, job: str, result: list[Bitext]) -> None:
        """Remember where a job puts its bitext; what came long ago is forgotten."""
        _remember(self._results, job, result, MAX_RESULTS)

    def result(self, job: str) -> Bitext:
        """The bitext that a job made. Raises what it failed of, UnknownError for one that made none."""
        found = self.jobs.job(job)
        if found.state == "failed":
            raise InputError(found.error)
        if not self._results.get(job):
            raise UnknownError("this job has no bitext of its own: it is not done yet, or long over")
        return self._results[job][0]

    def keep_candidates(self, project: str, bitext: int, found: FoundTerms) -> None:
        """Remember the candidates for terms of a bitext; those of long ago are forgotten."""
        _remember(self._candidates, (project, bitext), found, MAX_CANDIDATES)

    def candidates(self, project: str, bitext: int) -> FoundTerms:
        """Those that were found last; none where none were looked for."""
        return self._candidates.get((project, bitext), FoundTerms((), ()))

    def propose(self, proposed: Proposed) -> int:
        """The number under which the proposals are known from now on; old ones are forgotten."""
        number = max(self._proposed, default=0) + 1
        _remember(self._proposed, number, proposed, MAX_PROPOSALS)
        return number

    def proposed(self, project: OpenProject, number: int) -> Proposed:
        """The proposals of this number for this project. Raises UsageError."""
        found = self._proposed.get(number)
        if found is None or found.project != project.id:
            raise UsageError("these proposals are not known any more: realign once more")
        return found

    def announce(self, project: OpenProject, revision: int, operation: str, who: str) -> None:
        """Tell all open pages that a project changed."""
        news = {"project": project.id, "revision": revision, "who": who or self.desk.who}
        self.events.publish("revision", news | {"operation": operation})


def _remember(held: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Hold the value as the newest one, and no more than that many."""
    held.pop(key, None)
    held[key] = value
    for old in list(held)[:-most]:
        del held[old]


async def the_parts(request: Request) -> Parts:
    """Those of the app that answers."""
    parts: Parts = request.app.state.parts
    return parts


async def the_role(request: Request) -> Role:
    """What the token of the request allows."""
    role: Role = request.scope[ROLE]
    return role


TheParts = Annotated[Parts, Depends(the_parts)]
TheRole = Annotated[Role, Depends(the_role)]


async def the_blind(
    parts: TheParts,
    polyalign_blind: Annotated[
        str | None,
        Header(
            max_length=500, description="a reviewer, percent-encoded, who does not see what others decided"
        ),
    ] = None,
) -> str | None:
    """Who is not to see what others decided; None where nobody is."""
    return blind_in(polyalign_blind, parts)


def blind_in(header: str | None, parts: Parts) -> str | None:
    """The same by what the header of a request says."""
    return None if header is None else unquote(header) or parts.desk.who


TheBlind = Annotated[str | None, Depends(the_blind)]


def seen_by(blind: str | None, projects: Sequence[OpenProject]) -> list[OpenProject]:
    """The projects as such a reviewer is to see them."""
    return [replace(project, blind=blind) for project in projects]


def the_project(
    parts: TheParts, blind: TheBlind, project: Annotated[str, Path(max_length=20)]
) -> OpenProject:
    """The project that the address names. Raises UnknownError."""
    return replace(parts.desk.project(project), blind=blind)


TheProject = Annotated[OpenProject, Depends(the_project)]


@dataclass(frozen=True)
class BitextOf:
    """A bitext and its project."""

    project: OpenProject
    id: int


def the_bitext(project: TheProject, bitext: Annotated[Id, Path()]) -> BitextOf:
    """The bitext that the address names. Raises UnknownError."""
    project.languages(bitext)
    return BitextOf(project, bitext)


TheBitext = Annotated[BitextOf, Depends(the_bitext)]
Score = Annotated[float, Query(ge=0, le=1)]


async def the_filter(
    order: Literal["document", "worst"] = "document",
    state: Annotated[str, Query(description="states, with commas between them")] = "",
    kind: Annotated[str, Query(description="1-1, 1-n, n-1, n-n, 1-0, 0-1, with commas")] = "",
    min_score: Score = 0.0,
    max_score: Score = 1.0,
    origin: Annotated[str, Query(description="machine, person, file, with commas")] = "",
    text: str = "",
    regex: bool = False,
    side: SideName | None = None,
    flag: Annotated[str, Query(description='the name of a flag, or "any"')] = "",
    keep: bool | None = None,
    commented: bool = False,
    deleted: bool = False,
) -> Filter:
    """The filter that a query describes. Raises UsageError."""
    return Filter(
        states=states_of(state),
        origins=_words_of(origin, get_args(Origin), "origin"),
        kinds=frozenset(kind.split(",")) if kind else None,
        min_score=min_score,
        max_score=max_score,
        text=text,
        regex=regex,
        side=side,
        flag=flag,
        keep=keep,
        commented=commented,
        deleted=deleted,
        order=order,
    )


TheFilter = Annotated[Filter, Depends(the_filter)]


async def the_listing(
    bitext: TheBitext,
    wanted: TheFilter,
    collapse: bool = False,
    opened: Annotated[str, Query(alias="open", description="rows of runs not to collapse")] = "",
) -> Listing:
    """What a query asks to see of a bitext."""
    return Listing(bitext.project, bitext.id, wanted, collapse, ids_of(opened))


TheListing = Annotated[Listing, Depends(the_listing)]


async def the_concordance(parts: TheParts, blind: TheBlind, wanted: TheFilter) -> Concordance:
    """Where a query looks for a text, in all projects. Raises UsageError."""
    if not wanted.text.strip():
        raise UsageError("nothing to look for: give a text")
    return Concordance(seen_by(blind, parts.desk.projects()), wanted)


TheConcordance = Annotated[Concordance, Depends(the_concordance)]


async def the_shape(
    name: Annotated[str, Query(alias="format", description="one of the session's formats")] = "json",
    min_score: Score = 0.0,
    unaligned: bool | None = None,
    bare_tags: bool = False,
) -> Shape:
    """In what form a query wants a bitext. Raises UsageError."""
    return Shape(name, min_score, unaligned, bare_tags)


TheShape = Annotated[Shape, Depends(the_shape)]


def states_of(text: str) -> frozenset[State] | None:
    """States with commas between them, None for none. Raises UsageError for one that there is not."""
    return _words_of(text, get_args(State), "state")


def _words_of(text: str, known: tuple[Word, ...], what: str) -> frozenset[Word] | None:
    names = frozenset(text.split(",")) if text else frozenset()
    if unknown := names.difference(known):
        raise UsageError(f"unknown {what} {min(unknown)!r}: use {', '.join(known)}")
    return frozenset(word for word in known if word in names) or None


def ids_of(text: str) -> frozenset[int]:
    """Ids with commas between them. Raises UsageError."""
    parts = text.split(",") if text else []
    if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
        raise UsageError("open lists the ids of rows with commas between them")
    return frozenset(int(part) for part in parts)
