"""The review of a row in files: as polyalign writes it, and in the words of other tools."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast, get_args

from polyalign.bitext import UNREVIEWED, Bitext, Review, State, without_controls
from polyalign.formats.common import Options, Unit

COLUMNS = ("state", "comment", "flags")  # of tables, and only where a row has something to say

_BETWEEN = " | "
_MEANT: dict[str, State] = {
    **dict.fromkeys(("", "initial", "new", "needs-translation", "translated"), "auto"),
    **dict.fromkeys(("accepted", "approved", "final", "reviewed", "signed-off", "validated"), "confirmed"),
    **dict.fromkeys(("needs-adaptation", "needs-l10n", "fuzzy"), "needs-review"),
    **dict.fromkeys(map("needs-review-{}".format, ("translation", "adaptation", "l10n")), "needs-review"),
    **{state: cast(State, state) for state in get_args(State)},
}


def reviewed(bitext: Bitext, options: Options) -> bool:
    """Whether one of the rows to write has a state, a comment or a flag."""
    return any(row.review != UNREVIEWED for row in bitext.rows() if row.bead or options.unaligned)


def comment(review: Review) -> str:
    """The comment as it is shown: its lines without control characters, no blank ones around them."""
    return "\n".join(without_controls(line) for line in review.comment.splitlines()).strip()


def flags(review: Review) -> tuple[str, ...]:
    """The flags as they are shown, one line each, none empty."""
    lines = (without_controls(flag).strip() for flag in review.flags)
    return tuple(line for line in lines if line)


def cell_of(flags: Sequence[str]) -> str:
    """The flags in one cell, " | " between them; a bar in a flag is doubled."""
    return _BETWEEN.join(flag.replace("|", "||") for flag in flags)


def flags_in(cell: str) -> tuple[str, ...]:
    """The flags that `cell_of` put in a cell."""
    return tuple(flag.replace("||", "|") for flag in cell.split(_BETWEEN) if flag.strip())


def state_of(word: str) -> State | None:
    """The state that a word stands for, ours or XLIFF's or another tool's; None for an unknown one."""
    return _MEANT.get(re.sub(r"[\s_]+", "-", word.strip().lower()))


def review_of(unit: Unit) -> Review:
    """The review that a unit of a file brings; an unknown state is kept as a line of the comment."""
    state = state_of(unit.state)
    unknown = f"state: {unit.state.strip()}" if state is None else ""
    return Review(state or "auto", "\n".join(filter(None, (unit.comment, unknown))), unit.flags)
