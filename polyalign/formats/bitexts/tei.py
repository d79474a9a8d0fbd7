"""TEI: two documents whose segments have an xml:id, and one with the links between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from polyalign.bitext import Bitext
from polyalign.formats.bitexts.tabular import score_field
from polyalign.formats.bitexts.together import stem_of, tags_in_names, write_together
from polyalign.formats.bitexts.xml import attributes, escaped, quoted, quoted_tag, written
from polyalign.formats.common import Options
from polyalign.parts import Side
from polyalign.version import VERSION

SUFFIX = ".tei"
_TEI = "http://www.tei-c.org/ns/1.0"


def write(bitext: Bitext, path: Path, options: Options) -> tuple[Path, ...]:
    """The files of `out.tei`: `out.ar.tei` and `out.en.tei`, with all segments, and the links, `out.tei`.

    Gives their paths. Raises OSError, UsageError.
    """
    stem = stem_of(path, SUFFIX, what="tei is three files")
    one, other = (stem.with_name(f"{stem.name}.{tag}{SUFFIX}") for tag in tags_in_names(bitext))
    files = {one: document(bitext.source), other: document(bitext.target)}
    files[stem.with_name(stem.name + SUFFIX)] = links(bitext, options, one.name, other.name)
    return write_together(bitext, files)


def document(side: Side) -> Iterator[str]:
    """A TEI document with an `<s>` for each segment, its xml:id "s" and the segment's id."""
    yield _head(side.path or "untitled", side.language)
    yield "<text>\n<body>\n<ab>\n"
    for segment in side.segments:
        why = segment.boilerplate.replace(" ", "-")
        said = attributes({"xml:id": f"s{segment.id}", "n": segment.place, "type": why})
        yield f"<s{said}>{escaped(segment.shown)}</s>\n"
    yield "</ab>\n</body>\n</text>\n</TEI>\n"


def links(bitext: Bitext, options: Options, source: str, target: str) -> Iterator[str]:
    """A TEI document with a `<link>` for each bead to the segments in the files of these names.

    `type` is its kind, `cert` its score, `subtype` its state where somebody decided. Where unaligned segments
    are asked for, a `<ptr>` leads to each of them.
    """
    names = quote(source), quote(target)
    yield _head(f"{source} – {target}", "", bitext.signature)
    yield '<standOff>\n<linkGrp type="translation">\n'
    for row in written(bitext, options):
        sides = zip(names, (row.source, row.target), strict=True)
        at = [f"{name}#s{segment.id}" for name, segments in sides for segment in segments]
        if row.bead is None:
            yield from (f"<ptr target={quoted(pointer)}/>\n" for pointer in at)
            continue
        state = "" if row.review.state == "auto" else row.review.state
        said = attributes({"type": row.bead.kind, "subtype": state, "cert": score_field(row.score)})
        yield f"<link{said} target={quoted(' '.join(at))}/>\n"
    yield "</linkGrp>\n</standOff>\n</TEI>\n"


def _head(title: str, language: str, signature: str = "") -> str:
    """Everything up to the end of the header, which has all that TEI asks for."""
    stated = f" xml:lang={quoted_tag(language)}" if language else ""
    origin = escaped(signature or f"polyalign {VERSION}")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<TEI xmlns="{_TEI}"{stated}>\n<teiHeader>\n<fileDesc>\n'
        f"<titleStmt><title>{escaped(title)}</title></titleStmt>\n"
        f"<publicationStmt><p>{origin}</p></publicationStmt>\n"
        f"<sourceDesc><p>{escaped(title)}</p></sourceDesc>\n</fileDesc>\n</teiHeader>\n"
    )
