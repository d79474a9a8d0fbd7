"""TEI: two documents whose segments have an xml:id, and one with the links between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from polyalign.bitext import Bitext
from polyalign.formats.bitexts.tabular import score_field
from polyalign.formats.bitexts.together import stem_of, tags_in_names, write_together
from polyalign.formats.bitexts.xml import escaped, quoted, tag_of, written
from polyalign.formats.common import Options
from polyalign.parts import Segment, Side
from polyalign.version import VERSION

SUFFIX = ".tei"
WHAT = "tei is three files"

_TEI = "http://www.tei-c.org/ns/1.0"


def write(bitext: Bitext, path: Path, options: Options) -> tuple[Path, ...]:
    """The files of `out.tei`: `out.ar.tei` and `out.en.tei`, with all segments, and the links, `out.tei`.

    Gives their paths. Raises OSError, UsageError.
    """
    stem = stem_of(path, SUFFIX, what=WHAT)
    sides = [stem.with_name(f"{stem.name}.{tag}{SUFFIX}") for tag in tags_in_names(bitext)]
    return write_together(
        bitext,
        {
            sides[0]: document(bitext.source),
            sides[1]: document(bitext.target),
            stem.with_name(stem.name + SUFFIX): links(bitext, options, sides[0].name, sides[1].name),
        },
    )


def document(side: Side) -> Iterator[str]:
    """A TEI document with an `<s>` for each segment, its xml:id "s" and the segment's id."""
    yield _head(side.path or "untitled", side.language)
    yield "<text>\n<body>\n<ab>\n"
    for segment in side.segments:
        yield f"<s{_attributes(segment)}>{escaped(segment.shown)}</s>\n"
    yield "</ab>\n</body>\n</text>\n</TEI>\n"


def _attributes(segment: Segment) -> str:
    """The id, the place as `n`, and why the segment is no content as `type`."""
    told = {"xml:id": _id(segment), "n": segment.place, "type": segment.boilerplate.replace(" ", "-")}
    return "".join(f" {name}={quoted(value)}" for name, value in told.items() if value)


def _id(segment: Segment) -> str:
    return f"s{segment.id}"


def links(bitext: Bitext, options: Options, source: str, target: str) -> Iterator[str]:
    """A TEI document with a `<link>` for each bead to the segments in the files of these names.

    `type` is its kind, `cert` its score, `subtype` its state where somebody decided. Where unaligned segments
    are asked for, a `<ptr>` leads to each of them.
    """
    names = quote(source), quote(target)
    yield _head(f"{source} – {target}", "", bitext.signature)
    yield '<standOff>\n<linkGrp type="translation">\n'
    for row in written(bitext, options):
        at = [*_pointers(names[0], row.source), *_pointers(names[1], row.target)]
        if row.bead is None:
            yield from (f"<ptr target={quoted(pointer)}/>\n" for pointer in at)
            continue
        state = "" if row.review.state == "auto" else row.review.state
        told = {"type": row.bead.kind, "subtype": state, "cert": score_field(row)}
        said = "".join(f" {name}={quoted(value)}" for name, value in told.items() if value)
        yield f"<link{said} target={quoted(' '.join(at))}/>\n"
    yield "</linkGrp>\n</standOff>\n</TEI>\n"


def _pointers(name: str, segments: Sequence[Segment]) -> list[str]:
    return [f"{name}#{_id(segment)}" for segment in segments]


def _head(title: str, language: str, signature: str = "") -> str:
    """Everything up to the end of the header, which has all that TEI asks for."""
    stated = f" xml:lang={quoted(tag_of(language))}" if language else ""
    origin = escaped(signature or f"polyalign {VERSION}")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<TEI xmlns="{_TEI}"{stated}>\n<teiHeader>\n<fileDesc>\n'
        f"<titleStmt><title>{escaped(title)}</title></titleStmt>\n"
        f"<publicationStmt><p>{origin}</p></publicationStmt>\n"
        f"<sourceDesc><p>{escaped(title)}</p></sourceDesc>\n</fileDesc>\n</teiHeader>\n"
    )
