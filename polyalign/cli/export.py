"""polyalign export: reviewed pairs out of a project."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from shlex import quote
from typing import TYPE_CHECKING, get_args

from polyalign.cli import shared
from polyalign.cli.command import Options, argument, command, nearest, option
from polyalign.cli.output import say, say_notes, written
from polyalign.errors import InputError, UnreadableError, UsageError
from polyalign.parts import State

if TYPE_CHECKING:
    from polyalign.store import Listed, ReviewRow, Store

_XLIFF = (".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff")
_NAMED = 10  # bitexts that an error lists
_REASONS = ("rejected", "needs-review", "auto", "confirmed", "improbable", "not kept", "deleted", "unaligned")


@command(
    "reviewed pairs out of a project",
    argument("PROJECT", "a .polyalign file"),
    "Pairs",
    option("--bitext NUMBER|NAME", "which one, of a project that holds several"),
    option("--confirmed", "only what somebody confirmed"),
    option("--state S,S", f"of {','.join(get_args(State))}; all but rejected by default"),
    shared.MIN_SCORE,
    shared.GLOSSARY,
    "Output",
    shared.OUTPUT,
    shared.FORMAT,
    shared.UNALIGNED,
    shared.BARE_TAGS,
    examples=(
        "export baku.polyalign -o baku.tmx --confirmed",
        "export baku.polyalign -o review.xlsx  # see update",
        "export baku.polyalign --state auto,confirmed",
    ),
)
def export(options: Options) -> int:
    """Write the pairs of a review project with their states, comments and flags."""
    from polyalign.formats import FORMATS
    from polyalign.formats.bitexts import holds_pairs
    from polyalign.inside import ready_for
    from polyalign.store import Store
    from polyalign.tags import UNDETERMINED, is_known

    if options.confirmed and options.state is not None:
        raise UsageError("--confirmed and --state exclude each other: give one")
    # whether an XLIFF is written as the one that came in, where one did
    updates = options.format is None and str(options.output or "").lower().endswith(_XLIFF)
    states, form = _states(options), "xliff" if updates else shared.shape(options.format, options.output)
    if not os.path.isfile(options.project):
        raise UnreadableError(f"there is no project {options.project}: check its name")
    if holds_pairs(options.project):
        how = f"polyalign review {quote(options.project)} makes one of it"
        raise UsageError(f"{options.project} holds pairs, and is no project: {how}")
    shared.check_output(options.output, (options.project,))
    if options.unaligned is None and (options.confirmed or options.state) and form != "json":
        options.unaligned = False  # who names states wants such pairs, not what is left of the others
    with Store(options.project) as store:
        listed = _chosen(store.listed(), options)
        if updates and (file := store.file(listed.id)):
            return _update(store, listed, file, options)
        if updates:
            form = shared.shape(options.format, options.output)
        rows = store.rows(listed.id)
        flags = _flags(listed, options.glossary)
        bitext = store.bitext(listed.id, states=states, flags=flags, stamped=True)
    bitext = ready_for(form, bitext)
    shared.deliver(bitext, form, options, min_score=options.min_score)
    for name, side in (("source", bitext.source), ("target", bitext.target)):
        if not is_known(side.language):
            which = f"the language of the {name} is undetermined ({UNDETERMINED})"
            say(f"note: {which}: name it where the project is made")
    unaligned = FORMATS[form].unaligned if options.unaligned is None else options.unaligned
    _say_left_out(rows, states, options.min_score, unaligned=unaligned)
    return 0


def _update(store: Store, listed: Listed, file: bytes, options: Options) -> int:
    """Write the XLIFF that the bitext was read from with its targets and states as they are now."""
    from polyalign.formats.bitexts.updating import updated

    if options.bare_tags or options.unaligned or options.min_score:
        raise UsageError(
            f"{options.output} is written as an update of the XLIFF that came in, whole and in its languages:"
            " leave out --bare-tags, --unaligned and --min-score, or name --format xliff"
        )
    named = options.confirmed or options.state is not None
    states = _states(options) if named else frozenset(get_args(State))
    found = updated(file, store.bitext(listed.id, states=get_args(State)), name=listed.name, states=states)
    with written(options.output) as stream:
        stream.write(found.data)
    say_notes(found.notes)
    said = f"{found.targets} targets and {found.states} states are new, all else is as it came in"
    say(f"updated {listed.name}: {said}")
    return 0


def _states(options: Options) -> frozenset[State]:
    """The states that are asked for. Raises UsageError for an unknown one."""
    if options.confirmed:
        return frozenset(("confirmed",))
    from polyalign.store import NOT_REJECTED

    if options.state is None:
        return NOT_REJECTED
    known: dict[str, State] = {state: state for state in get_args(State)}
    words = [word.strip() for word in options.state.split(",")]
    if unknown := [word for word in words if word not in known]:
        raise UsageError(f"--state: unknown state {unknown[0]!r}: {nearest(unknown[0], known)}")
    return frozenset(known[word] for word in words)


def _chosen(listed: Sequence[Listed], options: Options) -> Listed:
    """The bitext to export. Raises InputError where there is none, UsageError where it is not clear."""
    wanted, project = options.bitext, options.project
    if not listed:
        raise InputError(f"{project} holds no bitext: add one with polyalign review")
    if wanted is None:
        found = list(listed)
    else:
        found = [one for one in listed if str(one.id) == wanted] or [o for o in listed if o.name == wanted]
    if len(found) == 1:
        return found[0]
    what = "holds" if wanted is None else f"holds no single bitext {wanted!r} but"
    names = ", ".join(f"{one.id} ({one.name})" for one in listed[:_NAMED])
    more = ", ..." if len(listed) > _NAMED else ""
    raise UsageError(f"{project} {what} {len(listed)} bitexts: choose one with --bitext: {names}{more}")


def _flags(listed: Listed, glossary: str | None) -> Callable[[ReviewRow], tuple[str, ...]]:
    """What gives the flags of a row that nobody dismissed."""
    from polyalign.detection import detect
    from polyalign.qa import NONE, flags
    from polyalign.server.rowflags import pair_of
    from polyalign.terms import read as read_terms

    languages = listed.source.language, listed.target.language
    terms = read_terms(glossary) if glossary else NONE
    shared.say_unfit(terms, languages)

    def of(row: ReviewRow) -> tuple[str, ...]:
        found = flags(pair_of(row, languages), glossary=terms, detect=lambda text: detect(text).language)
        return tuple(str(flag) for flag in found if flag.name not in row.ignored)

    return of


def _say_left_out(
    rows: Sequence[ReviewRow], states: Collection[State], min_score: float, *, unaligned: bool
) -> None:
    """Say how many rows are not written as pairs, by why."""

    def reason(row: ReviewRow) -> str:
        if row.deleted:
            return "deleted"
        if not row.keep:
            return "not kept"
        if not row.aligned:
            return "" if unaligned else "unaligned"
        if row.state not in states:
            return row.state
        return "improbable" if row.score is not None and row.score < min_score else ""

    left_out = Counter(filter(None, map(reason, rows)))
    if left_out:
        say(f"left out: {', '.join(f'{left_out[why]} {why}' for why in _REASONS if left_out[why])}")
    if left_out.total() == len(rows):
        say("note: nothing is left to export")
