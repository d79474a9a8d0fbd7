"""Two sides and the beads between them: what every other room makes, reads or writes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, get_args

from polyalign.errors import InputError, NotInstalledError, UsageError
from polyalign.parts import Bead, Candidate, Difference, Row, Segment, Side, SideName, WordLink
from polyalign.serialization import (
    about_from_dict,
    bead_from_dict,
    bead_to_dict,
    candidates_fault,
    held,
    inside_fault,
    of_kind,
    side_from_dict,
    side_to_dict,
)

if TYPE_CHECKING:
    import pandas

SCHEMA = "polyalign.bitext/1"


@dataclass(frozen=True, slots=True)
class Bitext:
    """Two sides and the beads between them, in the order of the source text.

    It is gone through bead by bead, as rows with `source_text`, `target_text` and `score`; `len` counts them.
    `mode` is "parallel" or "comparable". `signature` holds all that is needed to get the same
    result again. `notes` are for the reader, one line each. `inside` answers what
    takes models. `about` is what else the file that it was read from says of the whole, as in a Review.
    """

    source: Side
    target: Side
    beads: tuple[Bead, ...]
    mode: str = "comparable"
    signature: str = ""
    notes: tuple[str, ...] = ()
    inside: Insights | None = field(default=None, compare=False, repr=False)
    about: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        segments = f"{len(self.source.segments):,} and {len(self.target.segments):,} segments"
        languages = f"{self.source.language}-{self.target.language}"
        return f"<Bitext {languages}, {self.mode}: {len(self):,} beads of {segments}>"

    def __len__(self) -> int:
        return len(self.beads)

    def __bool__(self) -> bool:
        """A bitext without beads is a result too."""
        return True

    def __iter__(self) -> Iterator[Row]:
        """The rows of the beads, in the order of the source text; `rows` has the unaligned segments too."""
        return map(self._bead_row, self.beads)

    def to_pandas(self, *, unaligned: bool = False) -> pandas.DataFrame:
        """A data frame with a line for each bead, and where asked for, for each unaligned segment.

        `score` is missing where no aligner judged a row. Languages and signature are its `attrs`.
        Raises NotInstalledError where pandas is missing.
        """
        try:
            import pandas
        except ImportError as error:
            raise NotInstalledError("pandas is not installed: pip install pandas") from error

        rows = [row for row in self.rows() if row.bead or unaligned]
        frame = pandas.DataFrame(
            {
                "source": [row.source_text for row in rows],
                "target": [row.target_text for row in rows],
                "score": pandas.Series([row.score for row in rows], dtype="float64"),
                "kind": [f"{len(row.source)}-{len(row.target)}" for row in rows],
                "source_ids": [[s.id for s in row.source] for row in rows],
                "target_ids": [[s.id for s in row.target] for row in rows],
                "state": [row.review.state for row in rows],
                "comment": [row.review.comment for row in rows],
                "flags": [list(row.review.flags) for row in rows],
            }
        )
        frame.attrs |= {"source_language": self.source.language, "target_language": self.target.language}
        frame.attrs |= {"signature": self.signature}
        return frame

    def words(self, bead: Bead) -> tuple[WordLink, ...]:
        """Which words of a bead correspond, offsets into the texts of the documents: found when asked for.

        Raises LanguageError for a language whose words have no vectors, InputError for a bead that is too
        long, and UsageError for a bead of another bitext, and for a bitext that came from neither an Aligner
        nor `read_bitext`.
        """
        return self._compared(bead).words

    def differences(self, bead: Bead) -> tuple[Difference, ...]:
        """What only one side of a bead says, by its place. Raises what `words` raises."""
        return self._compared(bead).differences

    def candidates(self, side: SideName, segment: int, k: int = 3) -> tuple[Candidate, ...]:
        """The likeliest partners of a segment, unaligned or doubtful, k at most, best first.

        None shares a segment of the other side with a better one. Raises UsageError for a segment that is
        not there, and for a bitext that came from neither an Aligner nor `read_bitext`.
        """
        if side not in get_args(SideName):
            raise UsageError(f"there is no side {side!r}: take source or target")
        if not 0 <= segment < len(getattr(self, side).segments):
            raise UsageError(f"there is no {side} segment {segment}: they count from 0")
        return self._needed().candidates(self, side, segment, k)

    def _needed(self) -> Insights:
        if self.inside is None:
            raise UsageError(
                "this bitext cannot be looked into: take one from polyalign.read_bitext or an Aligner"
            )
        return self.inside

    def _compared(self, bead: Bead) -> Bead:
        """The bead with its words and differences."""
        if bead.words or bead.differences:
            return bead
        inside = self._needed()
        if fault := _ids_fault(self, bead):
            raise UsageError(f"the bead {fault}")
        return inside.compared(self, bead)

    def glossed(self) -> Bitext:
        """The same with a gloss of every segment: its words with their likeliest counterparts, where known.

        Inside beads from the links of words, elsewhere, from Arabic and Turkish into English, from a small
        lexicon. Raises UsageError for a bitext that came from neither an Aligner nor `read_bitext`.
        """
        return self._needed().glossed(self)

    def unaligned(self, side: SideName) -> tuple[Segment, ...]:
        """The segments of one side ("source" or "target") that are in no bead."""
        aligned = {i for bead in self.beads for i in getattr(bead, side)}
        return tuple(s for s in getattr(self, side).segments if s.id not in aligned)

    def rows(self) -> Iterator[Row]:
        """All beads and all unaligned segments, each once, in reading order.

        The source text leads: a bead stands where its first source segment stands, and an
        unaligned target segment follows the row that holds the segment before it.
        """
        target_only = {s.id for s in self.unaligned("target")}
        followers = _runs_after(len(self.target.segments), target_only)
        starting: dict[int, list[Bead]] = {}
        for bead in self.beads:
            starting.setdefault(bead.source[0], []).append(bead)
        aligned = {i for bead in self.beads for i in bead.source}
        yield from self._target_rows(followers.get(-1, ()))
        for segment in self.source.segments:
            if segment.id not in aligned:
                yield self._row((segment,), ())
            for bead in starting.get(segment.id, ()):
                yield self._bead_row(bead)
                for i in bead.target:
                    yield from self._target_rows(followers.pop(i, ()))

    def _bead_row(self, bead: Bead) -> Row:
        source, target = self.source.segments, self.target.segments
        ours, theirs = [source[i] for i in bead.source], [target[j] for j in bead.target]
        return self._row(tuple(ours), tuple(theirs), bead)

    def _row(self, source: tuple[Segment, ...], target: tuple[Segment, ...], bead: Bead | None = None) -> Row:
        return Row(source, target, bead, (self.source.language, self.target.language))

    def _target_rows(self, ids: Iterable[int]) -> Iterator[Row]:
        return (self._row((), (self.target.segments[j],)) for j in ids)

    def to_json(self) -> str:
        """The bitext as JSON (schema polyalign.bitext/1), read back by `from_json`."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object as plain lists and dicts."""
        about = {"about": [list(pair) for pair in self.about]} if self.about else {}
        return {
            "schema": SCHEMA,
            "signature": self.signature,
            "mode": self.mode,
            "notes": list(self.notes),
            **about,
            "source": side_to_dict(self.source),
            "target": side_to_dict(self.target),
            "beads": [bead_to_dict(bead) for bead in self.beads],
        }

    @classmethod
    def from_json(cls, text: str) -> Bitext:
        """The bitext that `to_json` wrote. Raises InputError with the reason for anything else."""
        return cls.from_dict(json_in(text))

    @classmethod
    def from_dict(cls, data: Any) -> Bitext:
        """The bitext that `to_dict` gave. Raises InputError with the reason for anything else."""
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise InputError(f'not a bitext: expected "schema": "{SCHEMA}"')
        try:
            return _checked(_bitext_from_dict(data))
        except (TypeError, ValueError) as error:
            raise InputError(f"not a bitext: {error}") from error


def json_in(text: str) -> Any:
    """What a text of JSON holds. Raises InputError with the reason and, where it has one, the line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise InputError("not a bitext: nested too deeply, or a number of thousands of digits") from error


class Insights(Protocol):
    """What can be asked of a bitext later, as it takes models: see `Bitext.words` and `Bitext.candidates`."""

    def compared(self, bitext: Bitext, bead: Bead) -> Bead:
        """The bead with its words and differences."""

    def candidates(self, bitext: Bitext, side: SideName, segment: int, k: int) -> tuple[Candidate, ...]:
        """The likeliest partners of a segment, k at most."""

    def glossed(self, bitext: Bitext) -> Bitext:
        """The bitext with a gloss of every segment."""


def overlaps_marked(beads: Iterable[Bead]) -> tuple[Bead, ...]:
    """The beads, `overlap` set on those that share a segment with another, and only on those."""
    kept = tuple(beads)
    sources = _repeated(i for bead in kept for i in bead.source)
    targets = _repeated(j for bead in kept for j in bead.target)
    shared = [not (sources.isdisjoint(bead.source) and targets.isdisjoint(bead.target)) for bead in kept]
    return tuple(
        bead if bead.overlap is overlap else replace(bead, overlap=overlap)
        for bead, overlap in zip(kept, shared, strict=True)
    )


def _repeated(numbers: Iterable[int]) -> set[int]:
    return {number for number, times in Counter(numbers).items() if times > 1}


def _runs_after(size: int, chosen: set[int]) -> dict[int, list[int]]:
    """The chosen ids, each run of neighbours under the id that stands before it (-1: none)."""
    runs: dict[int, list[int]] = {}
    before = -1
    for i in range(size):
        if i in chosen:
            runs.setdefault(before, []).append(i)
        else:
            before = i
    return runs


def _bitext_from_dict(data: Any) -> Bitext:
    return Bitext(
        source=side_from_dict(held(data, "source", dict)),
        target=side_from_dict(held(data, "target", dict)),
        beads=tuple(bead_from_dict(row) for row in held(data, "beads", list)),
        mode=held(data, "mode", str, "comparable"),
        signature=held(data, "signature", str, ""),
        notes=tuple(of_kind(note, str, "notes") for note in held(data, "notes", list, [])),
        about=about_from_dict(data),
    )


def _checked(bitext: Bitext) -> Bitext:
    """The bitext itself, once its ids, offsets and scores are known to be consistent; else ValueError."""
    for side in (bitext.source, bitext.target):
        check_segments(side)
    sizes = len(bitext.source.segments), len(bitext.target.segments)
    for side, size, other in zip((bitext.source, bitext.target), sizes, sizes[::-1], strict=True):
        for s in side.segments:
            if fault := candidates_fault(s.candidates, size, other):
                raise ValueError(f"segment {s.id} {fault}")
    _check_beads(bitext)
    return bitext


def check_segments(side: Side) -> None:
    """Raise ValueError where the ids and offsets of a side are not consistent."""
    for number, s in enumerate(side.segments):
        if s.id != number:
            raise ValueError(f"segment {number} has the id {s.id}: ids must count up from 0")
        if not 0 <= s.start <= s.end == s.start + len(s.text):
            raise ValueError(f"the text of segment {number} does not reach from its start to its end")


def _check_beads(bitext: Bitext) -> None:
    """Raise ValueError for a bead whose score, segments, words or differences cannot be."""
    for number, bead in enumerate(bitext.beads):
        if bead.score is not None and not 0 <= bead.score <= 1:
            raise ValueError(f"the score of bead {number} is {bead.score}: it must be in 0 to 1")
        if fault := _ids_fault(bitext, bead) or inside_fault(
            bead.words, bead.differences, *_stretches(bitext, bead)
        ):
            raise ValueError(f"bead {number} {fault}")


def _ids_fault(bitext: Bitext, bead: Bead) -> str:
    """What is wrong with the ids of a bead, empty if nothing."""
    for ids, side in ((bead.source, bitext.source), (bead.target, bitext.target)):
        if not ids or list(ids) != sorted(set(ids)) or not 0 <= ids[0] <= ids[-1] < len(side.segments):
            return "must name segments that there are, ascending, on both sides"
    return ""


def _stretches(bitext: Bitext, bead: Bead) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where the segments of a bead stand in the two documents."""
    source, target = bitext.source.segments, bitext.target.segments
    return [(source[i].start, source[i].end) for i in bead.source], [
        (target[j].start, target[j].end) for j in bead.target
    ]
