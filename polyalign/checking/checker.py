"""Pairs in, checked pairs out, in their order and in flat memory.

pairs --> some hundred at a time --> Judge (processes) --> slips --> disk --> repeats --> Checked
"""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import IO, Any

from polyalign import qa
from polyalign.bitext import Bitext
from polyalign.checking.judging import PairJudge, VerdictInContext
from polyalign.checking.repeats import NOWHERE, RepeatIndex, Repeats
from polyalign.checking.slips import offsets
from polyalign.checking.verdicts import KINDS, Checked, Problem, Verdict
from polyalign.codes import Code
from polyalign.corpus.local import mapped
from polyalign.errors import InputError, LanguageError, UsageError
from polyalign.parts import Bead, Origin
from polyalign.qa import Glossary, Pair
from polyalign.tags import is_known, primary
from polyalign.version import VERSION

BATCH = 256  # pairs that are judged together
MIN_SCORE = 0.5

# rows on which slips are looked for, and those that are looked at again with the next
_PATH, _SEEN = 1024, 64
_COVERED = frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split())


@dataclass(frozen=True, slots=True)
class PairEntry:
    """A pair to be checked: its texts, their languages as tags, and what a file says of it.

    The codes of either side have their places in its text; `about` is that of a Review, and `origin`
    that of a Bead.
    """

    source: str
    target: str
    languages: tuple[str, str]
    place: str = ""
    state: str = ""
    comment: str = ""
    source_codes: tuple[Code, ...] = ()
    target_codes: tuple[Code, ...] = ()
    about: tuple[tuple[str, str], ...] = ()
    origin: Origin = "machine"


class Report:
    """The checked pairs of a file or a list, kept on disk; they can be gone through as often as wanted.

    `fault` is what broke the file behind them, None where it was read to its end.
    """

    def __init__(self, languages: tuple[str, str]) -> None:
        self.languages = languages
        self.fault: InputError | None = None
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="polyalign-")  # noqa: SIM115 (lives as long)
        weakref.finalize(self, self._file.close)
        self._count = 0
        self._repeats: Repeats | None = None

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Checked]:
        """The pairs in their order."""
        place = 0
        for number in range(self._count):  # each look has a place of its own
            self._file.seek(place)
            checked: Checked = pickle.load(self._file)
            place = self._file.tell()
            if more := self._repeated(number):
                problems = (*checked.problems, *more)
                checked = replace(checked, verdict=replace(checked.verdict, problems=problems))
            yield checked

    def doubtful(self, min_score: float = MIN_SCORE) -> Iterator[Checked]:
        """The pairs below a score."""
        return (checked for checked in self if checked.score < min_score)

    def summary(self, min_score: float = MIN_SCORE) -> dict[str, Any]:
        """How many pairs there are, how many are doubtful, and how many have each kind of problem."""
        kinds: Counter[str] = Counter()
        doubtful = 0
        for checked in self:
            doubtful += checked.score < min_score
            kinds.update({problem.kind for problem in checked.problems})
        return {
            "pairs": self._count,
            "doubtful": doubtful,
            "problems": {kind: kinds[kind] for kind in KINDS if kinds[kind]},
        }

    def fixed(self) -> Iterator[Checked]:
        """The pairs with the runs mended in which the targets have slipped by one.

        Each source of such a run has the target that belongs to it. What is left over at its ends, a
        target or a source that nothing belongs to, stands alone.
        """
        window = deque[Any]([None] * 4, maxlen=5)  # a row between the two before it and the two after it
        for row in chain(self, (None, None)):
            window.append(row)
            if window[2] is not None:
                yield from _mended(*window)

    def add(self, checked: Iterable[Checked]) -> None:
        """Keep pairs."""
        self._file.seek(0, 2)
        for each in checked:
            pickle.dump(each, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._count += 1

    def close_with(self, seen: RepeatIndex, fault: InputError | None) -> None:
        """Say what was seen more than once, and what broke the file."""
        self._repeats, self.fault = seen.repeats(), fault

    def _repeated(self, number: int) -> list[Problem]:
        found = self._repeats
        if found is None:
            return []
        return [
            Problem(kind, f"{says} {row + 1}", row=row)
            for kind, says, row in (
                ("duplicate", "the same as pair", int(found.copies[number])),
                ("inconsistent", "the same source has another target in pair", int(found.sources[number])),
                ("inconsistent", "the same target has another source in pair", int(found.targets[number])),
            )
            if row != NOWHERE
        ]


def _mended(
    first: Checked | None, before: Checked | None, now: Checked, after: Checked | None, last: Checked | None
) -> Iterator[Checked]:
    """The rows that the middle row becomes: its source with what belongs to it, its target if nobody's."""
    owner = _owner(before, now, after)
    if owner == 0:
        yield now
        return
    alone = replace(now, offset=0, instead=None)
    source = replace(alone, target="", target_codes=(), verdict=_alone("target"))
    target = replace(alone, source="", source_codes=(), verdict=_alone("source"), about=())
    beside = after if now.offset == 1 else before
    if now.offset and now.instead is not None and beside is not None:
        held = _owner(now, beside, last) if now.offset == 1 else _owner(first, beside, now)
        if held == -now.offset:
            source = replace(
                alone,
                target=beside.target,
                target_codes=beside.target_codes,
                about=tuple((name, value) for name, value in now.about if " target" not in name),
                verdict=now.instead,
            )
    rows = [source, target] if owner is None else [source]
    yield from (row for row in (rows[::-1] if now.offset == 1 else rows) if row.source or row.target)


def _owner(before: Checked | None, now: Checked, after: Checked | None) -> int | None:
    """Whose source the target of a row goes with: its own (0), the last or next one's (-1, 1), or nobody's.

    Where several want it the most probable pair has it.
    """
    claims = [
        (row.instead.score, place)
        for row, place in ((before, -1), (after, 1))
        if row is not None and row.offset == -place and row.instead is not None
    ]
    if not now.offset and (not claims or now.score >= MIN_SCORE):
        claims.append((now.score, 0))
    return max(claims)[1] if claims else None


def _alone(empty: str) -> Verdict:
    return Verdict(0.0, (Problem("empty", f"the {empty} is empty"),))


def check(
    pairs: Iterable[tuple[str, str]],
    *,
    source_language: str,
    target_language: str,
    glossary: Glossary = qa.NONE,
    jobs: int = 1,
) -> Report:
    """What is wrong with pairs of texts in two languages: for each a score and its problems, in their order.

    The score is the probability that both sides say the same thing, wholly. With more `jobs` as many
    processes judge. Raises LanguageError for a language that the encoder does not cover, UsageError
    where a pair is not two strings, or for no job.
    """
    if jobs < 1:
        raise UsageError(f"jobs is {jobs}: give 1 or more")

    def entries() -> Iterator[PairEntry]:
        for number, pair in enumerate(pairs):
            if isinstance(pair, str) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
                raise UsageError(f"pair {number} is not two strings: give (source, target)")
            yield PairEntry(pair[0], pair[1], (source_language, target_language))

    return checked(entries(), glossary=glossary, jobs=jobs)


def checked(
    entries: Iterable[PairEntry],
    *,
    glossary: Glossary = qa.NONE,
    jobs: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> Report:
    """The report on entries; `advance` hears how many are done. An InputError ends it, and stands in it."""
    report, seen, path = Report(("", "")), RepeatIndex(), _Path()
    fault: InputError | None = None
    waiting: dict[int, Sequence[VerdictInContext]] = {}
    kept: dict[int, Sequence[PairEntry]] = {}

    def covered() -> Iterator[PairEntry]:
        nonlocal fault
        try:
            for entry in entries:
                _check_covered(entry.languages)
                yield entry
        except LanguageError:
            raise
        except InputError as error:
            fault = error

    def tasks() -> Iterator[tuple[int, Any]]:
        for number, (before, own, after) in enumerate(_batched(covered(), seen)):
            kept[number] = own
            pairs = [Pair(e.source, e.target, *e.languages) for e in (*before, *own, *after)]
            yield number, (pairs, len(before), len(after))

    turn = 0
    for number, data in mapped(partial(_worker, glossary), tasks(), jobs=jobs):
        waiting[number] = pickle.loads(data)
        while turn in waiting:
            own = kept.pop(turn)
            if not turn:
                report.languages = own[0].languages
            report.add(path.told(zip(own, waiting.pop(turn), strict=True)))
            turn += 1
            advance(len(report))
    report.add(path.told(ended=True))
    report.close_with(seen, fault)
    advance(len(report))
    return report


def _worker(glossary: Glossary) -> Callable[[Any], bytes]:
    judge = PairJudge(glossary)

    def work(task: Any) -> bytes:
        pairs, before, after = task
        return pickle.dumps(judge(pairs, before=before, after=after))

    return work


def _check_covered(languages: tuple[str, str]) -> None:
    for tag in languages:
        if primary(tag) not in _COVERED:
            known = " ".join(sorted(_COVERED))
            what = f"language {tag!r} is not covered" if is_known(tag) else "a language cannot be told"
            raise LanguageError(f"{what}: pairs in {known} are checked; pass --source-lang and --target-lang")


def _batched(
    entries: Iterator[PairEntry], seen: RepeatIndex
) -> Iterator[tuple[list[PairEntry], list[PairEntry], list[PairEntry]]]:
    """Entries some hundred at a time, with the one before and the one after them, if there are any."""
    before: list[PairEntry] = []
    own = list(islice(entries, BATCH))
    while own:
        after = list(islice(entries, BATCH))
        for entry in own:
            seen.add(entry.source, entry.target)
        yield before, own, after[:1]
        before, own = own[-1:], after


class _Path:
    """Finds slips in rows that come batch by batch; the last rows wait for those behind them."""

    def __init__(self) -> None:
        self._rows: list[tuple[PairEntry, VerdictInContext]] = []
        self._state, self._number = 0, 0

    def told(
        self, rows: Iterable[tuple[PairEntry, VerdictInContext]] = (), *, ended: bool = False
    ) -> Iterator[Checked]:
        """The rows that are sure by now, of these and of those that waited; all, where no more come."""
        self._rows += rows
        if not ended and len(self._rows) < _PATH:
            return
        count = len(self._rows) - (0 if ended else _SEEN)
        found = offsets([judged for _, judged in self._rows], self._state)
        for (entry, judged), offset in zip(self._rows[:count], found, strict=False):
            yield _checked(self._number, entry, judged, offset)
            self._number += 1
        self._state = found[count - 1] if count else self._state
        self._rows = self._rows[count:]


def _checked(number: int, entry: PairEntry, judged: VerdictInContext, offset: int) -> Checked:
    instead = {1: judged.after, -1: judged.before}.get(offset)
    verdict = judged.verdict
    if instead is None or verdict.unrelated <= MIN_SCORE:
        offset, instead = 0, None
    else:
        row = number + offset
        slip = Problem("misaligned", f"the target of pair {row + 1} belongs to this source", row=row)
        others = tuple(problem for problem in verdict.problems if problem.kind != "mismatch")
        verdict = replace(verdict, problems=(slip, *others))
    return Checked(
        id=number,
        source=entry.source,
        target=entry.target,
        languages=entry.languages,
        verdict=verdict,
        place=entry.place,
        state=entry.state,
        comment=entry.comment,
        offset=offset,
        instead=instead,
        source_codes=entry.source_codes,
        target_codes=entry.target_codes,
        about=entry.about,
        origin=entry.origin,
    )


def scored(bitext: Bitext, advance: Callable[[int], None] = lambda _: None) -> Bitext:
    """The bitext with a score for every bead that has none: how probable it is that both sides say the same.

    In languages that cannot be judged they go on without. `advance` hears how many are done.
    """
    languages = bitext.source.language, bitext.target.language
    blank = [k for k, bead in enumerate(bitext.beads) if bead.score is None]

    def entry(bead: Bead) -> PairEntry:
        source = " ".join(bitext.source.segments[i].text for i in bead.source)
        return PairEntry(source, " ".join(bitext.target.segments[j].text for j in bead.target), languages)

    entries = (entry(bitext.beads[k]) for k in blank)
    try:
        scores = {k: found.score for k, found in zip(blank, checked(entries, advance=advance), strict=True)}
    except LanguageError:
        return bitext
    beads = (replace(bead, score=scores.get(k, bead.score)) for k, bead in enumerate(bitext.beads))
    return replace(bitext, beads=tuple(beads))


def signature() -> str:
    """What is needed to get the same verdicts again."""
    from polyalign.checking.model import load_model

    return f"polyalign {VERSION} | check:{load_model().version} | encoder:use-m3"


def counts(summary: Mapping[str, Any]) -> str:
    """The summary in one line: "3 of 41 pairs doubtful: mismatch 2, missing 1"."""
    told = ", ".join(f"{kind} {n:,}" for kind, n in summary["problems"].items())
    said = f"{summary['doubtful']:,} of {summary['pairs']:,} pairs doubtful"
    return f"{said}; {told}" if told else said
