"""What the reader of a bitext should know: what was not compared, and why a text stays alone."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from polyalign import preparation
from polyalign.detection import SURE, clear_language, detect
from polyalign.parts import Document, Segment, Side, SideName
from polyalign.tags import primary

if TYPE_CHECKING:
    from polyalign.bitext import Bitext

# share of a side's characters in beads below which it is asked why; reports of one event have more
_LEAST_ALIGNED = 0.3
_BOTH = 0.3  # of the sentences in each of two languages: a file of both
_MUCH_ALONE = 0.3  # share of its characters that stay alone, from which a side may be such a file
_LOOKED_AT = 60  # sentences whose language is asked for
_CLEAR = 600  # characters of one language that tell it
_END = re.compile(r"[.!?…؟۔](?=\s)|[。！？]")
_LONG = 800  # characters: no sentence of a report, a law or a novel is that long as a rule

# Letters that end words and never begin one. Where they begin words, a line was stored as it looks.
_FINAL = re.compile(r"(\b[ةىךםןףץ])?\w*?([ةىךםןףץ]\b)?(?:\W|\Z)")
_SIGNS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]"
)
_REVERSED = 5  # words that show it, at least


def notes_on(
    bitext: Bitext, documents: tuple[Document, Document], *, cut_off: tuple[int, int]
) -> Iterator[str]:
    """A line for whatever was not compared in two documents, and where nothing was found.

    `cut_off` is how many segments of either side were not read to their ends.
    """
    if bitext.source.language == bitext.target.language:
        identical = documents[0].text == documents[1].text
        same = "the two texts are identical" if identical else "both texts are in one language"
        yield f"{same} ({bitext.source.language})"
    for name, count in zip(get_args(SideName), cut_off, strict=True):
        side: Side = getattr(bitext, name)
        if count:
            read = f"only the first {preparation.MAX_READ:,} characters are compared"
            yield f"of {count} very long {name} segments {read}"
        if not any(s.alignable for s in side.segments):
            yield f"the {name} text has nothing to align"
    if not bitext.beads:
        yield "no pairs found"


def reasons(bitext: Bitext, documents: tuple[Document, Document]) -> tuple[str, ...]:
    """A line for each likely reason why a side of the bitext stays mostly alone, or is one long segment.

    None where neither side does. The languages that the user gave the documents are held against the texts.
    Where there is no bead and no reason is found, the line says that nothing is in common.
    """
    found: list[str] = []
    for name, document in zip(get_args(SideName), documents, strict=True):
        side: Side = getattr(bitext, name)
        segments = [segment for segment in side.segments if segment.alignable]
        alone = [segment for segment in bitext.unaligned(name) if segment.alignable]
        total = _characters(segments)
        if len(segments) == 1 and total > _LONG and not _END.search(segments[0].text):
            found.append(
                f"the {name} text has no sentence ends over {total:,} characters: "
                "break its lines where sentences end"
            )
        if _characters(alone) > (1 - _LEAST_ALIGNED) * total:
            found += _side_reasons(name, side, segments, document.language)
        elif _characters(alone) > _MUCH_ALONE * total and (two := _apart(segments, alone)):
            found.append(_both_languages(name, side, two))
    ours, theirs = ([s for s in side.segments if s.alignable] for side in (bitext.source, bitext.target))
    if [s.text for s in ours] == [s.text for s in theirs] and (two := _two_languages(ours)):
        found.append(_both_languages("source", bitext.source, two))
    if not found and not bitext.beads and ours and theirs:
        found.append("no sentence of one text is like any of the other: are these the right two texts?")
    return tuple(found)


def _characters(segments: Sequence[Segment]) -> int:
    return sum(len(segment.text) for segment in segments)


def _side_reasons(name: str, side: Side, segments: Sequence[Segment], given: str | None) -> Iterator[str]:
    text = " ".join(segment.text for segment in segments)
    seen = detect(text)
    # a wrong note costs more trust than one that is missing
    if given and seen.language != primary(side.language) and seen.confidence >= SURE:
        yield (
            f"the {name} text looks like {seen.language}, not {given} as given: "
            f"leave out --{name}-lang, or give --{name}-lang {seen.language}"
        )
    if _is_visual(text):
        yield (
            f"the letters of the {name} text stand in the order of the screen, not of reading, "
            "as some PDF files store them: take the text from another file, or turn each line round"
        )
    if two := _two_languages(segments):
        yield _both_languages(name, side, two)


def _both_languages(name: str, side: Side, two: tuple[str, str]) -> str:
    path = shlex.quote(side.path) if side.path not in (None, "", "-") else "FILE"
    return (
        f"the {name} text is in two languages, {two[0]} and {two[1]}: to pair its own sentences, give it "
        f"twice: polyalign pair {path} {path} --source-lang {two[0]} --target-lang {two[1]}"
    )


def _apart(segments: Sequence[Segment], alone: Sequence[Segment]) -> tuple[str, str] | None:
    """The language of what stays alone and that of the rest, where both are clear and not the same."""
    ids = {segment.id for segment in alone}
    parts = ([s for s in segments if (s.id in ids) == lonely] for lonely in (True, False))
    texts = (" ".join(segment.text for segment in part[:_LOOKED_AT]) for part in parts)
    languages = [clear_language(text[:_CLEAR]) for text in texts]
    return (languages[0], languages[1]) if all(languages) and languages[0] != languages[1] else None


def _is_visual(text: str) -> bool:
    """Whether Arabic or Hebrew is stored from left to right, as in old PDF files."""
    begins = ends = 0
    for match in _FINAL.finditer(_SIGNS.sub("", text)):
        begins += match[1] is not None
        ends += match[2] is not None
    return begins >= _REVERSED and begins > 2 * ends


def _two_languages(segments: Sequence[Segment]) -> tuple[str, str] | None:
    """The two languages that the sentences of a side are in, the more frequent first; None for one."""
    step = max(1, len(segments) // _LOOKED_AT)
    # neighbours, as a sentence and its translation stand side by side
    looked = [s for k in range(0, len(segments), 2 * step) for s in segments[k : k + 2]]
    counts = Counter(filter(None, (clear_language(segment.text) for segment in looked)))
    common = counts.most_common(2)
    total = sum(counts.values())
    if len(common) < 2 or total < 4 or min(n for _, n in common) < _BOTH * total:
        return None
    return common[0][0], common[1][0]
