"""The review of a row in files: as polyalign writes it, and in the words of other tools."""

from __future__ import annotations

import re
from collections.abc import Sequence

from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.formats.common import Options, Unit
from polyalign.parts import ORIGINS, UNREVIEWED, Origin, Review, Row, State
from polyalign.stamps import stamp_in

COLUMNS = ("state", "comment", "flags", "origin")  # of tables, and only where a row has something to say

HELP = (
    "Correct the texts, set State to confirmed, rejected or needs-review, write into Comment, leave the rest,"
    " save and send the file back: polyalign update PROJECT FILE takes it over."
)

LEVELS: dict[State, str] = {  # what Trados calls the states
    "auto": "Translated",
    "confirmed": "ApprovedTranslation",
    "needs-review": "Draft",
    "rejected": "RejectedTranslation",
}

_BETWEEN = " | "
# What XLIFF, Trados, memoQ and others call the states, as `state_of` spells their words.
_WORDS: dict[State, str] = {
    "auto": "translated pre-translated pretranslated machine-translated assembled-from-fragments unspecified",
    "confirmed": "accepted approved approved-translation approved-sign-off final manually-confirmed proofread"
    " reviewed reviewer1-confirmed reviewer2-confirmed signed-off validated",
    "needs-review": "new initial untranslated not-translated not-started draft edited partially-edited fuzzy"
    " needs-translation needs-adaptation needs-l10n needs-review-translation needs-review-adaptation"
    " needs-review-l10n",
    "rejected": "rejected-translation rejected-sign-off",
}
_MEANT = {word: state for state, words in _WORDS.items() for word in (state, *words.split())}
_BETWEEN_WORDS = re.compile(r"[\s_]+|(?<=[a-z0-9])(?=[A-Z])")


def reviewed(bitext: Bitext, options: Options) -> bool:
    """Whether one of the rows to write has a state, a comment or a flag, or is not of an aligner's making."""
    rows = ((row.review, origin(row)) for row in bitext.rows() if row.bead or options.unaligned)
    return any(
        review.state != "auto" or review.comment or review.flags or made not in ("", "machine")
        for review, made in rows
    )


def origin(row: Row) -> str:
    """Who made the row's bead; empty for an unaligned segment."""
    return row.bead.origin if row.bead else ""


def for_people(bitext: Bitext, options: Options) -> bool:
    """Whether a table has the columns of a review: something is said in them, or a project gave it out."""
    return stamp_in(bitext.signature) is not None or reviewed(bitext, options)


def comment(review: Review) -> str:
    """The comment as it is shown: its lines without control characters, no blank ones around them."""
    if not review.comment:
        return ""
    return "\n".join(without_controls(line) for line in review.comment.splitlines()).strip()


def flags(review: Review) -> tuple[str, ...]:
    """The flags as they are shown, one line each, none empty."""
    return tuple(filter(None, (without_controls(flag).strip() for flag in review.flags)))


def cell_of(flags: Sequence[str]) -> str:
    """The flags in one cell, " | " between them; a bar in a flag is doubled."""
    return _BETWEEN.join(flag.replace("|", "||") for flag in flags)


def flags_in(cell: str) -> tuple[str, ...]:
    """The flags that `cell_of` put in a cell."""
    return tuple(flag.replace("||", "|") for flag in cell.split(_BETWEEN) if flag.strip())


def state_of(word: str) -> State | None:
    """The state that a word stands for, ours or XLIFF's or another tool's; None for an unknown one."""
    if not word.strip():
        return "auto"
    return _MEANT.get(word) or _MEANT.get(_BETWEEN_WORDS.sub("-", word.strip()).lower())


def origin_of(unit: Unit) -> Origin:
    """The origin that a file names, "file" where it names none that there is."""
    return unit.origin if unit.origin in ORIGINS else "file"


def review_of(unit: Unit) -> Review:
    """The review that a unit of a file brings; an unknown state is kept as a line of the comment."""
    if not (unit.state or unit.comment or unit.flags or unit.about):
        return UNREVIEWED
    state = state_of(unit.state)
    unknown = f"state: {unit.state.strip()}" if state is None else ""
    return Review(state or "auto", "\n".join(filter(None, (unit.comment, unknown))), unit.flags, unit.about)
