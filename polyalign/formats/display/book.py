"""A bilingual book (EPUB 3) for readers: each passage, and its counterpart below it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePath

from polyalign.bitext import Bitext
from polyalign.formats.archive import packed
from polyalign.formats.bitexts.tabular import carried
from polyalign.formats.bitexts.xml import escaped, quoted_tag, tag_of
from polyalign.formats.common import Options, direction
from polyalign.parts import Row

ROWS = 300  # of a chapter, where the text has none: long files make readers slow

_CHAPTER = re.compile(r"chapter (\d+)\b")
_XHTML = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
_CONTAINER = """<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>"""
_STYLE = """body { line-height: 1.4; }
.pair { margin: 0 0 1em; }
.pair p { margin: 0; }
.target { color: #1f5f8b; margin-inline-start: 1em; }
.alone { border-inline-start: 0.2em solid #999; padding-inline-start: 0.6em; }
"""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def epub(bitext: Bitext, options: Options) -> Iterator[bytes]:
    """The book: its chapters are those of the source, or of the target, or parts of ROWS rows.

    What only one text tells stands in its place and is marked.
    """
    rows = [row for row in bitext.rows() if row.bead or options.unaligned]
    chapters = _chapters(rows)
    pages = {f"c{number:04d}.xhtml": (f"{number}", some) for number, some in enumerate(chapters, 1)}
    entries = "".join(f'<li><a href="{name}">{title}</a></li>\n' for name, (title, _) in pages.items())
    contents = f"""<html {_XHTML}><head><title>{_safe(_title(bitext))}</title></head><body>
<nav epub:type="toc"><ol>
{entries}</ol></nav>
</body></html>"""
    members = {"META-INF/container.xml": _CONTAINER, "book/book.opf": _package(bitext, list(pages))}
    members["book/nav.xhtml"] = contents
    members |= {f"book/{name}": _page(bitext, title, some) for name, (title, some) in pages.items()}
    made = [("mimetype", b"application/epub+zip"), ("book/style.css", _STYLE.encode())]
    yield packed([*made, *((name, (_HEAD + text).encode()) for name, text in members.items())])


def _chapters(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows by the chapters that they stand in, a row without one in that of the row before."""
    stated, last = list[tuple[str, Row]](), ""
    for row in rows:
        named = (_CHAPTER.match(s.place) for s in row.source or row.target)
        last = next((match[1] for match in named if match), last)
        stated.append((last, row))
    if len({chapter for chapter, _ in stated}) < 2:
        return [list(rows[k : k + ROWS]) for k in range(0, len(rows), ROWS)] or [[]]
    return [[row for _, row in some] for _, some in groupby(stated, key=lambda pair: pair[0])]


def _title(bitext: Bitext) -> str:
    names = [PurePath(side.path or "").stem for side in (bitext.source, bitext.target)]
    return " – ".join(filter(None, names)) or "polyalign"


def _package(bitext: Bitext, pages: Sequence[str]) -> str:
    """The package document; the book is known by its texts, so that the same ones are the same book."""
    texts = "\n".join(s.text for side in (bitext.source, bitext.target) for s in side.segments)
    digest = hashlib.sha256(texts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    languages = dict.fromkeys(tag_of(side.language) for side in (bitext.source, bitext.target))
    tags = "".join(f"<dc:language>{escaped(tag)}</dc:language>\n" for tag in languages)
    items = "".join(f'<item id="{p[:5]}" href="{p}" media-type="application/xhtml+xml"/>\n' for p in pages)
    spine = "".join(f'<itemref idref="{page[:5]}"/>\n' for page in pages)
    return f"""<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:polyalign:{digest}</dc:identifier>
<dc:title>{_safe(_title(bitext))}</dc:title>
{tags}<meta property="dcterms:modified">1980-01-01T00:00:00Z</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="style" href="style.css" media-type="text/css"/>
{items}</manifest>
<spine page-progression-direction="{direction(bitext.source)}">
{spine}</spine>
</package>"""


def _page(bitext: Bitext, title: str, rows: Sequence[Row]) -> str:
    heads = []  # of a paragraph, in the language and direction of its side
    for name, side in (("source", bitext.source), ("target", bitext.target)):
        tag = quoted_tag(side.language)
        heads.append(f'<p class="{name}" lang={tag} xml:lang={tag} dir="{direction(side)}">')
    pairs = ""
    for row in rows:
        sides = zip(heads, (row.source, row.target), strict=True)
        texts = "".join(f"{head}{_safe(s.shown)}</p>\n" for head, segments in sides for s in segments)
        pairs += f'<div class="{"pair" if row.bead else "pair alone"}">\n{texts}</div>\n'
    return f"""<html {_XHTML}><head><title>{title}</title>
<link rel="stylesheet" type="text/css" href="style.css"/></head><body>
{pairs}</body></html>"""


def _safe(text: str) -> str:
    return escaped(carried(text))
