"""polyalign export: reviewed pairs out of a project."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from shlex import quote
from typing import TYPE_CHECKING, get_args

from polyalign.bitext import State
from polyalign.cli.options import check_output, deliver, shape
from polyalign.cli.output import say
from polyalign.errors import InputError, OutputError, UnreadableError, UsageError

if TYPE_CHECKING:
    from polyalign.store import Listed, ReviewRow, Store

_XLIFF = (".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff")
_NAMED = 10  # bitexts that an error lists
_REASONS = ("rejected", "needs-review", "auto", "confirmed", "improbable", "not kept", "deleted", "unaligned")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "export", help="reviewed pairs out of a project", description=_export.__doc__
    )
    add = command.add_argument
    add("project", metavar="PROJECT", help="a .polyalign file")
    add("-o", "--output", metavar="FILE", help="write here, in the format of the suffix")
    add("--format", metavar="F", help="as in pair; table on a terminal, else tsv, or -o's suffix")
    add("--bitext", metavar="NUMBER|NAME", help="which one, of a project that holds several")
    states = command.add_mutually_exclusive_group()
    states.add_argument("--confirmed", action="store_true", help="only what somebody confirmed")
    states.add_argument(
        "--state", metavar="S,S", help=f"of {','.join(get_args(State))}; all but rejected by default"
    )
    add("--min-score", default=0.0, type=float, metavar="P", help="leave out what is less probable, 0 to 1")
    add("--glossary", metavar="FILE", help="pairs of terms, tab-separated, that checks look for")
    add(
        "--unaligned",
        action=argparse.BooleanOptionalAction,
        help="write unaligned segments too (all but tmx, xliff, tei and moses do, unless states are named)",
    )
    add("--bare-tags", action="store_true", help="write pt for pt-BR, for tools that know no regions")
    command.set_defaults(run=_export)


def _export(options: argparse.Namespace) -> int:
    """Write the pairs of a review project with their states, comments and flags."""
    from polyalign.formats import FORMATS
    from polyalign.formats.bitexts import holds_pairs
    from polyalign.formats.bitexts.wordlinks import WRITERS as WORD_LINKS
    from polyalign.store import Store
    from polyalign.tags import UNDETERMINED, is_known

    updates = _updates(options)
    states, form = _states(options), "xliff" if updates else shape(options.format, options.output)
    if not os.path.isfile(options.project):
        raise UnreadableError(f"there is no project {options.project}: check its name")
    if holds_pairs(options.project):
        how = f"polyalign review {quote(options.project)} makes one of it"
        raise UsageError(f"{options.project} holds pairs, and is no project: {how}")
    check_output(options.output, (options.project,))
    if options.unaligned is None and (options.confirmed or options.state) and form != "json":
        options.unaligned = False  # who names states wants such pairs, not what is left of the others
    with Store(options.project) as store:
        listed = _chosen(store.listed(), options)
        if updates and (file := store.file(listed.id)):
            return _update(store, listed, file, options)
        if updates:
            form = shape(options.format, options.output)
        rows = store.rows(listed.id)
        flags = _flags(listed, options.glossary)
        bitext = store.bitext(listed.id, states=states, flags=flags, stamped=True)
    if form in WORD_LINKS:
        from polyalign.pipeline import with_words  # which no other format needs

        bitext = with_words(bitext)
    deliver(bitext, form, options, min_score=options.min_score)
    for name, side in (("source", bitext.source), ("target", bitext.target)):
        if not is_known(side.language):
            which = f"the language of the {name} is undetermined ({UNDETERMINED})"
            say(f"note: {which}: name it where the project is made")
    unaligned = FORMATS[form].unaligned if options.unaligned is None else options.unaligned
    _tell(_left_out(rows, states, options.min_score, unaligned=unaligned), len(rows))
    return 0


def _updates(options: argparse.Namespace) -> bool:
    """Whether an XLIFF is to be written as the one that came in, where one did."""
    name = str(options.output or "").lower()
    return options.format is None and name.endswith(_XLIFF)


def _update(store: Store, listed: Listed, file: bytes, options: argparse.Namespace) -> int:
    """Write the XLIFF that the bitext was read from with its targets and states as they are now."""
    from pathlib import Path

    from polyalign.files import written_beside
    from polyalign.formats.bitexts.updating import updated

    if options.bare_tags or options.unaligned or options.min_score:
        raise UsageError(
            f"{options.output} is written as an update of the XLIFF that came in, whole and in its languages:"
            " leave out --bare-tags, --unaligned and --min-score, or name --format xliff"
        )
    states = frozenset(get_args(State)) if options.state is None else _states(options)
    states = _states(options) if options.confirmed else states
    found = updated(file, store.bitext(listed.id, states=get_args(State)), name=listed.name, states=states)
    try:
        with written_beside(Path(options.output)) as stream:
            stream.write(found.data)
    except OSError as error:
        raise OutputError(f"cannot write {options.output}: {error.strerror}: choose another place") from error
    for note in found.notes:
        say(f"note: {note}")
    said = f"{found.targets} targets and {found.states} states are new, all else is as it came in"
    say(f"updated {listed.name}: {said}")
    return 0


def _states(options: argparse.Namespace) -> frozenset[State]:
    """The states that are asked for. Raises UsageError for an unknown one."""
    if options.confirmed:
        return frozenset(("confirmed",))
    from polyalign.store import NOT_REJECTED

    if options.state is None:
        return NOT_REJECTED
    known: dict[str, State] = {state: state for state in get_args(State)}
    words = [word.strip() for word in options.state.split(",")]
    if unknown := [word for word in words if word not in known]:
        raise UsageError(f"unknown state {unknown[0]!r}: use {', '.join(known)}, with commas between them")
    return frozenset(known[word] for word in words)


def _chosen(listed: Sequence[Listed], options: argparse.Namespace) -> Listed:
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
    from polyalign.qa import Glossary, flags
    from polyalign.server.findings import pair_of

    terms = Glossary.read(glossary) if glossary else Glossary()
    languages = listed.source.language, listed.target.language

    def of(row: ReviewRow) -> tuple[str, ...]:
        found = flags(pair_of(row, languages), glossary=terms, detect=lambda text: detect(text).language)
        return tuple(str(flag) for flag in found if flag.name not in row.ignored)

    return of


def _left_out(
    rows: Iterable[ReviewRow], states: Collection[State], min_score: float, *, unaligned: bool
) -> Counter[str]:
    """How many rows are not written as pairs, by why."""

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

    return Counter(filter(None, map(reason, rows)))


def _tell(left_out: Counter[str], rows: int) -> None:
    if left_out:
        say(f"left out: {', '.join(f'{left_out[why]} {why}' for why in _REASONS if left_out[why])}")
    if left_out.total() == rows:
        say("note: nothing is left to export")
