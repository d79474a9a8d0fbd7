"""What is said of a pair: how probable it is that both sides say the same, and what troubles it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from polyalign.codes import Code
from polyalign.parts import Origin
from polyalign.qa import DESCRIPTIONS

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "mismatch": "the sides do not translate each other",
        "missing": "something is said on one side only",
        "misaligned": "the target of a neighbour fits, this one does not: the columns have slipped",
        "negation": "one side says no, the other does not",
        "garbled": "the words of a side are out of order, doubled or lost",
        "empty": "a side is empty",
        "doubtful": "the sides are less alike than translations are",
        "duplicate": "the same pair stands above",
        "inconsistent": "the same text has another counterpart elsewhere",
        **DESCRIPTIONS,
    }
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """A trouble of a pair: its kind (one of KINDS), what it is in words, and where.

    `source` and `target` are the places in the texts that it is about, `row` the other pair; None where
    there are none.
    """

    kind: str
    says: str
    source: Span | None = None
    target: Span | None = None
    row: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.says}"

    def to_dict(self) -> dict[str, Any]:
        """The problem as plain values, for JSON."""
        spans = {"source": self.source and list(self.source), "target": self.target and list(self.target)}
        row = {} if self.row is None else {"row": self.row}
        return {"kind": self.kind, **spans, "says": self.says, **row}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of two texts: `score` is the probability that they say the same, wholly, 0 to 1.

    `unrelated` is the probability that they have nothing to do with each other.
    """

    score: float
    problems: tuple[Problem, ...] = ()
    unrelated: float = 0.0


@dataclass(frozen=True, slots=True)
class Checked:
    """A pair with its verdict. `id` counts the pairs of the file from 0, `place` says where it stands there.

    `languages` are tags; `state` and `comment` are the file's. `offset` is 1 or -1 where columns have
    slipped and the target of the next or the last pair belongs to this source; `instead` is then what is
    said of the source with that target. Codes, `about` and `origin` are those of the file, as in PairEntry.
    """

    id: int
    source: str
    target: str
    languages: tuple[str, str]
    verdict: Verdict
    place: str = ""
    state: str = ""
    comment: str = ""
    offset: int = 0
    instead: Verdict | None = None
    source_codes: tuple[Code, ...] = ()
    target_codes: tuple[Code, ...] = ()
    about: tuple[tuple[str, str], ...] = ()
    origin: Origin = "machine"

    @property
    def score(self) -> float:
        """The probability that both sides say the same, wholly."""
        return self.verdict.score

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the pair, the most important first."""
        return self.verdict.problems

    def doubted(self, min_score: float) -> Checked:
        """The same, with a problem where the score is below another one and nothing says why."""
        if self.score >= min_score or self.problems:
            return self
        problem = Problem("doubtful", f"the score is below {min_score:g}, and nothing particular is wrong")
        return replace(self, verdict=replace(self.verdict, problems=(problem,)))

    def to_dict(self) -> dict[str, Any]:
        """The line of this pair in JSON lines."""
        problems = [problem.to_dict() for problem in self.problems]
        return {"id": self.id, "score": self.score, "problems": problems}
