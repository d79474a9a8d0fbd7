"""Word links as files: Pharaoh and TALP, beside the words that they count; and in groups, for people.

Both formats have a line for each bead with pairs of word numbers, "0-0 1-2" from 0 in Pharaoh's (what
fast_align and eflomal write), "1-1 2-3" from 1 in TALP's (Lambert's AlignmentSet, where 0 is no word). The
words of either side stand in a file of their own, with a space between them. A link to a part of a word
counts for the word; only scripts that write no spaces are cut where links begin and end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from polyalign.bitext import Bitext
from polyalign.characters import without_controls
from polyalign.errors import UsageError
from polyalign.formats.bitexts.together import stem_of, tags_in_names, write_together
from polyalign.formats.common import Options
from polyalign.parts import Bead, Range, Segment
from polyalign.spelling import is_unspaced, tokens


def _write(bitext: Bitext, path: Path, options: Options, *, form: str, first: int) -> tuple[Path, ...]:
    """The links in `path`, and the words in files beside it, `out.ar` and `out.en`: all complete, or none.

    Raises UsageError where no bead has links, or for standard output, which is no three files, and where a
    text itself would be replaced; OSError.
    """
    del options  # what is unaligned has no links
    stem = stem_of(path, f".{form}", what=f"{form} is three files")
    if bitext.beads and not any(bead.words for bead in bitext.beads):
        raise UsageError(
            f"{form} is about links between words, and this bitext has none: ask for them (--words)"
        )
    paths = (path, *(stem.with_name(f"{stem.name}.{tag}") for tag in tags_in_names(bitext)))
    lines = []  # the links, the source words and the target words of each bead
    for bead in bitext.beads:
        source = _words([bitext.source.segments[i] for i in bead.source], [w.source for w in bead.words])
        target = _words([bitext.target.segments[j] for j in bead.target], [w.target for w in bead.words])
        over = [(_over(source, link.source), _over(target, link.target)) for link in bead.words]
        pairs = sorted({(i + first, j + first) for ours, theirs in over for i in ours for j in theirs})
        words = (" ".join(text for *_, text in side) for side in (source, target))
        lines.append((" ".join(f"{i}-{j}" for i, j in pairs), *words))
    return write_together(bitext, {each: [f"{line[k]}\n" for line in lines] for k, each in enumerate(paths)})


pharaoh = partial(_write, form="pharaoh", first=0)  # the number of the first word
talp = partial(_write, form="talp", first=1)


def _words(segments: Sequence[Segment], linked: Sequence[Range]) -> list[tuple[int, int, str]]:
    """The words of segments, or linked parts of what has no spaces: (start, end, text) in the document."""
    borders = {place for span in linked for place in span}
    found = []
    for segment in segments:
        for start, end in tokens(segment.text):
            parted = borders if is_unspaced(segment.text[start:end]) else ()
            cuts = sorted(place - segment.start for place in parted if start < place - segment.start < end)
            for a, b in zip([start, *cuts], [*cuts, end], strict=True):
                if text := without_controls(segment.text[a:b]):
                    found.append((a + segment.start, b + segment.start, text))
    return found


def _over(words: Sequence[tuple[int, int, str]], span: Range) -> list[int]:
    """The numbers of the words that have a character in common with a stretch."""
    return [k for k, (start, end, _) in enumerate(words) if max(start, span[0]) < min(end, span[1])]


def groups(bead: Bead) -> tuple[dict[Range, int], dict[Range, int]]:
    """The linked stretches of the source, and of the target, with the number of their group, from 0.

    What is linked, directly or by way of others, is in one group.
    """
    owner: dict[tuple[int, Range], tuple[int, Range]] = {}

    def root(node: tuple[int, Range]) -> tuple[int, Range]:
        while owner.setdefault(node, node) != node:
            node = owner[node]
        return node

    for link in bead.words:
        owner[root((0, link.source))] = root((1, link.target))
    numbers: dict[tuple[int, Range], int] = {}
    found: tuple[dict[Range, int], dict[Range, int]] = ({}, {})
    for node in sorted(owner, key=lambda node: (node[0], node[1])):
        found[node[0]][node[1]] = numbers.setdefault(root(node), len(numbers))
    return found
