"""hunalign's ladders: rungs between the lines of two segmented files, which it needs beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO

from polyalign.bitext import Bitext
from polyalign.errors import EmptyError, InputError, UnreadableError, UsageError
from polyalign.formats.bitexts.moses import text_lines
from polyalign.formats.common import Options, Unit

_RUNG = re.compile(
    r"\s*(\d{1,9})\s+(\d{1,9})(?:\s+(-?\d{1,9}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?|-?inf|nan))?\s*"
)

Rung = tuple[int, int, float | None]


def units(
    stream: IO[bytes],
    source: Sequence[str],
    target: Sequence[str],
    *,
    name: str,
    languages: tuple[str, str] = ("", ""),
) -> Iterator[Unit]:
    """A unit for each stretch between two rungs, its ids the numbers of the lines (from 0).

    `source` and `target` are the lines of the files that were aligned. What stands before the first
    rung or after the last is unaligned, as is a stretch that is empty on one side. A score stands for
    the stretch after its rung; hunalign's own are no probabilities, so all are None unless each is
    in 0..1. Raises UnreadableError, which names the line.
    """
    found, sizes = rungs(stream, name=name), (len(source), len(target))
    if found[-1][0] > sizes[0] or found[-1][1] > sizes[1]:
        what = f"rung {len(found)} ({found[-1][0]}, {found[-1][1]}) stands after the last lines {sizes}"
        raise UnreadableError(f"{name}: {what}: give the two files that were aligned")
    told = all(score is not None and 0 <= score <= 1 for *_, score in found[:-1])
    ends: list[Rung] = [(0, 0, None), *found, (*sizes, None)]
    for number, ((a, b, score), (c, d, _)) in enumerate(pairwise(ends)):
        ours, theirs = tuple(range(a, c)), tuple(range(b, d))
        inside = 0 < number < len(ends) - 2 and ours and theirs
        alone = [*(((i,), ()) for i in ours), *(((), (j,)) for j in theirs)]  # each line by itself
        for ids in [(ours, theirs)] if inside else alone:
            texts = tuple(source[i] for i in ids[0]), tuple(target[j] for j in ids[1])
            yield Unit(
                *texts, score if told and inside else None, *ids, *languages, place=f"rung {max(number, 1)}"
            )


def rungs(stream: IO[bytes], *, name: str) -> list[Rung]:
    """The rungs, of which none goes back; the last one of hunalign's says how many lines there are.

    Raises UnreadableError, which names the line, and InputError where there is none.
    """
    found: list[Rung] = []
    for number, line in enumerate(text_lines(stream, name=name), 1):
        if rung := _RUNG.fullmatch(line):
            found.append((int(rung[1]), int(rung[2]), float(rung[3]) if rung[3] else None))
        elif line.strip():
            what = "a ladder has two line numbers and a score, such as 3, 4, 0.5"
            raise UnreadableError(f"{name}: line {number} is no rung: {what}")
    if not found:
        raise EmptyError(f"{name} holds no rungs: give hunalign's ladder, three columns with numbers")
    for number, (one, other) in enumerate(pairwise(found), 2):
        if other[0] < one[0] or other[1] < one[1]:
            raise UnreadableError(f"{name}: rung {number} goes back: give the ladder as hunalign wrote it")
    return found


def ladder(bitext: Bitext, options: Options) -> Iterator[str]:
    """The rungs of a bitext whose beads are in order and of neighbours; segments are lines.

    Raises InputError for beads that cross, share a segment or leave one out, which no ladder can
    say, UsageError where unaligned segments are not wanted.
    """
    if not options.unaligned:
        raise UsageError("a ladder holds every segment: write tsv to leave the unaligned ones out")
    at = (0, 0)
    for bead in sorted(bitext.beads, key=lambda bead: bead.source):
        starts, ends = (bead.source[0], bead.target[0]), (bead.source[-1] + 1, bead.target[-1] + 1)
        gaps = len(bead.source) < ends[0] - starts[0] or len(bead.target) < ends[1] - starts[1]
        if gaps or starts[0] < at[0] or starts[1] < at[1]:
            what = f"that of source {bead.source[0] + 1} crosses"
            raise InputError(f"a ladder has no crossing beads, and {what}: write tsv")
        yield from _unaligned(at, starts)
        score = "" if bead.score is None else f"\t{bead.score:.4f}"
        yield f"{starts[0]}\t{starts[1]}{score}\n"
        at = ends
    yield from _unaligned(at, (len(bitext.source.segments), len(bitext.target.segments)))
    yield f"{len(bitext.source.segments)}\t{len(bitext.target.segments)}\t0\n"


def _unaligned(at: tuple[int, int], end: tuple[int, int]) -> Iterator[str]:
    """A rung before each source segment left alone, then before each target segment."""
    for i in range(at[0], end[0]):
        yield f"{i}\t{at[1]}\t0\n"
    for j in range(at[1], end[1]):
        yield f"{end[0]}\t{j}\t0\n"
