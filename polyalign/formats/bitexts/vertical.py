"""Vertical text, a token a line, with its alignment: for Sketch Engine, NoSketch Engine and CWB.

Their alignments run in order and join neighbours only. So both texts are written row by row: a segment
whose link crosses others, or that belongs to one far away, stands where the source has its counterpart.
Its id tells its place in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from polyalign.bitext import Bitext
from polyalign.formats.bitexts.together import stem_of, tags_in_names, write_together
from polyalign.formats.bitexts.xml import escaped, quoted, quoted_tag
from polyalign.formats.common import Options
from polyalign.parts import Segment, Side

SUFFIX = ".vert"
Group = tuple[tuple[Segment, ...], tuple[Segment, ...]]


def write(bitext: Bitext, path: Path, options: Options) -> tuple[Path, ...]:
    """The files of `out.vert`, whose paths are given.

    `out.ar.vert` and `out.en.vert` are the texts; `out.ar-en.align` and `out.en-ar.align` map the one's
    sentences to the other's for (No)Sketch Engine, `out.beads` does it for cwb-align-import. Raises OSError,
    UsageError.
    """
    stem, (one, other) = stem_of(path, SUFFIX, what="vert is five files"), tags_in_names(bitext)
    found = groups(bitext, unaligned=options.unaligned)
    turned = [(target, source) for source, target in found]
    corpora = corpus_name(f"{stem.name}_{one}"), corpus_name(f"{stem.name}_{other}")
    files = {
        one + SUFFIX: text(bitext.source, [source for source, _ in found]),
        other + SUFFIX: text(bitext.target, [target for target, _ in turned]),
        f"{one}-{other}.align": mapping(found),
        f"{other}-{one}.align": mapping(turned),
        "beads": beads(found, corpora),
    }
    named = {stem.with_name(f"{stem.name}.{ending}"): pieces for ending, pieces in files.items()}
    return write_together(bitext, named)


def groups(bitext: Bitext, *, unaligned: bool) -> list[Group]:
    """The rows in the order of reading, those that share a segment as one; segments without a token go."""
    found: list[tuple[dict[int, Segment], dict[int, Segment]]] = []
    at: dict[tuple[int, int], int] = {}  # where a segment of a side is, by side and id
    for row in bitext.rows():
        if row.bead is None and not unaligned:
            continue
        sides = [[s for s in side if tokens(s.shown)] for side in (row.source, row.target)]
        keys = [(k, s.id) for k, side in enumerate(sides) for s in side]
        shared = sorted({at[key] for key in keys if key in at})
        if not shared:
            found.append(({}, {}))
        place = shared[0] if shared else len(found) - 1
        for other in shared[1:]:
            for k in (0, 1):
                found[place][k].update(found[other][k])
                at |= {(k, i): place for i in found[other][k]}
                found[other][k].clear()
        for k, side in enumerate(sides):
            found[place][k].update({s.id: s for s in side})
        at |= dict.fromkeys(keys, place)
    ordered = [[tuple(held[i] for i in sorted(held)) for held in group] for group in found]
    return [(source, target) for source, target in ordered if source or target]


def text(side: Side, segments: Sequence[Sequence[Segment]]) -> Iterator[str]:
    """The segments as `<s>`, a token on each line, `<g/>` where no space stands between two."""
    yield f"<doc file={quoted(side.path or 'untitled')} lang={quoted_tag(side.language)}>\n"
    for segment in chain.from_iterable(segments):
        kind = f" type={quoted(segment.boilerplate)}" if segment.boilerplate else ""
        lines = [f'<s id="s{segment.id}"{kind}>']
        for number, (token, spaced) in enumerate(tokens(segment.shown)):
            lines += ["<g/>"] if number and not spaced else []
            lines.append(escaped(token))
        yield "\n".join([*lines, "</s>\n"])
    yield "</doc>\n"


def mapping(found: Sequence[Group]) -> Iterator[str]:
    """Numbers of sentences, from 0, in the first and the second text; -1 where there is none."""
    starts = [0, 0]
    for group in found:
        ends = [start + len(side) for start, side in zip(starts, group, strict=True)]
        spans = zip(starts, ends, strict=True)
        numbers = (",".join(map(str, sorted({a, b - 1}))) if a < b else "-1" for a, b in spans)
        yield "\t".join(numbers) + "\n"
        starts = ends


def beads(found: Sequence[Group], corpora: tuple[str, str]) -> Iterator[str]:
    """The names of the corpora and what ids stand in, then the ids of each pair."""
    yield "\t".join((*corpora, "s", "{id}")) + "\n"
    for source, target in found:
        if source and target:
            yield "\t".join(" ".join(f"s{s.id}" for s in side) for side in (source, target)) + "\n"


def corpus_name(name: str) -> str:
    """A name that CWB takes for a corpus: capitals, digits, hyphens and underscores."""
    plain = re.sub("[^A-Z0-9_-]", "_", name.upper())
    return plain if plain[0].isalpha() else f"C{plain}"


def tokens(line: str) -> list[tuple[str, bool]]:
    """The words, numbers, addresses and marks of a line, each with whether a space stands before it."""
    found, end = [], 0
    for match in _pattern().finditer(line):
        found.append((match[0], any(map(str.isspace, line[end : match.start()]))))
        end = match.end()
    return found


@cache
def _pattern() -> Any:
    """Addresses; numbers; words with marks inside, but each Chinese character alone; any other mark."""
    import regex

    word = r"[[\p{L}\p{M}\p{N}_]--\p{Han}]+"
    number = r"\p{N}+(?:[.,:٫٬]\p{N}+)*(?![\p{L}\p{M}])"
    return regex.compile(
        rf"https?://\S+|{number}|{word}(?:['’ʼ\-\u200c]{word})*|\p{{Han}}|[^\s\p{{C}}]", regex.VERSION1
    )
