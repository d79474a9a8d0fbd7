"""How far a segment of an XLIFF is, in the words of XLIFF 1.2 and 2 and of the tools that write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from polyalign.formats.bitexts.reviews import LEVELS
from polyalign.parts import State

SUB = "polyalign:"  # before our states in XLIFF 2, where the standard has none that says as much
NOT_BEGUN = ("new", "initial", "NotStarted")  # of XLIFF 1.2, 2 and memoQ

# The `state` and `state-qualifier` of XLIFF 1.2, the `state` and `subState` of XLIFF 2.
_STATES1: Mapping[State, tuple[str, str]] = {
    "auto": ("translated", ""),
    "confirmed": ("final", ""),
    "needs-review": ("needs-review-translation", ""),
    "rejected": ("needs-translation", "rejected-inaccurate"),
}
_STATES2: Mapping[str, tuple[str, str]] = {
    "auto": ("translated", ""),
    "confirmed": ("final", ""),
    "needs-review": ("translated", f"{SUB}needs-review"),
    "rejected": ("initial", f"{SUB}rejected"),
}
_TOOLS: Mapping[str, Mapping[State, str]] = {  # by the attribute that they stand in: memoQ, Phrase, Trados
    "status": {
        "auto": "PreTranslated",
        "confirmed": "ManuallyConfirmed",
        "needs-review": "PartiallyEdited",
        "rejected": "Rejected",
    },
    "confirmed": {"auto": "0", "confirmed": "1", "needs-review": "0", "rejected": "0"},
    "conf": LEVELS,
}
_NO_WORD: Mapping[str, str] = {"status": "NotStarted", "confirmed": "0", "conf": ""}  # for no translation


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far a segment or a unit is: its state, and whether it has no translation."""

    state: State
    empty: bool

    @property
    def untouched(self) -> bool:
        """Whether it waits for a translation, and for nothing else."""
        return self.empty and self.state in ("auto", "confirmed")

    def tool(self, word: str) -> str:
        """What a tool calls it in its attribute; "" where it leaves that away."""
        return _NO_WORD[word] if self.untouched else _TOOLS[word][self.state]

    @property
    def state1(self) -> tuple[str, str]:
        """`state` and `state-qualifier` of XLIFF 1.2."""
        if self.untouched:
            return "new", ""
        if self.empty and self.state == "needs-review":
            return "needs-translation", ""
        return _STATES1[self.state]

    @property
    def state2(self) -> tuple[str, str]:
        """`state` and `subState` of XLIFF 2."""
        if self.empty:
            return "initial", "" if self.state == "auto" else f"{SUB}{self.state}"
        return _STATES2[self.state]


def ours_in(state: str, sub: str, *, blank: bool) -> str:
    """Our state in the `subState` of XLIFF 2; empty where there is none, or another tool changed `state`."""
    ours = sub.removeprefix(SUB)
    stands = sub != ours and ours in _STATES2 and state in (_STATES2[ours][0], "initial" if blank else "")
    return ours if stands else ""
