"""All formats in one list: where what reads and what writes each of them is, and what it carries.

Modules are named here, and imported when they are asked for: a format costs nothing before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from polyalign.bitext import Bitext
from polyalign.formats.common import Asked, Blocks, Detect, Options

ZIP = b"PK\x03\x04"

Pieces = Iterable[str] | Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A format, the suffixes that ask for it, and `also` those under which it is only read.

    `name` is what --format calls it, empty where it is not written. `writer` is the function that gives the
    pieces of a file, or that writes several `files` under names made of the path; `unaligned` is whether
    unaligned segments are written where nobody says it. `keeps` is how that begins which it holds of
    `Review.about`, None for nothing; `dates` whether it has place for dates and authors of units, and `words`
    whether it is about word links.

    Pairs are read where it has `pairs`, by `units` in the writer's module, and `heading`, if a file says
    something of the whole: row by row out of one file where it is `streamed`. A file that `chooses` may hold
    more than two languages, the columns of a `table` may be any, and what is made of `lines` could be a text.

    `kind` is what messages call a text in it, and `document` the module that reads one (`blocks`).
    `root` is the first element of such XML, in small letters; `starts` are the bytes that such a file may
    start with, none where it may start with anything.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    writer: str = ""
    files: bool = False
    unaligned: bool = True
    keeps: str | None = None
    dates: bool = False
    words: bool = False
    pairs: bool = False
    streamed: bool = True
    chooses: bool = False
    table: bool = False
    lines: bool = False
    kind: str = ""
    document: str = ""
    root: str = ""
    starts: tuple[bytes, ...] = ()

    @property
    def read_suffixes(self) -> tuple[str, ...]:
        """All suffixes under which it is read."""
        return self.suffixes + self.also

    @property
    def blocks(self) -> Callable[..., Blocks]:
        """The function that reads the text in the bytes of a file."""
        found: Callable[..., Blocks] = _module(self.document).blocks
        return found

    @property
    def reader(self) -> Any:
        """The module that reads pairs."""
        return _module(self.writer.partition(":")[0])

    @property
    def pieces(self) -> Callable[[Bitext, Options], Pieces]:
        """The function that gives a bitext as the pieces of one file, in order.

        Raises UsageError for a format of several files, which no stream holds.
        """
        write = self._write
        return (lambda bitext, options: write(bitext, Path("-"), options)) if self.files else write

    @property
    def several(self) -> Callable[[Bitext, Path, Options], object] | None:
        """The function that writes several files; None for a format of one."""
        return self._write if self.files else None

    @property
    def _write(self) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self.reader, self.writer.partition(":")[2])
        return found

    def options(self, asked: Asked, detect: Detect = None, encoding: str | None = None) -> dict[str, Any]:
        """What the reader of pairs is told, as far as it takes it: languages, their detector, an encoding."""
        told: dict[str, Any] = {"source": asked[0], "target": asked[1]} if self.chooses else {}
        told |= {"detect": detect} if self.table else {}
        return told | ({"encoding": encoding} if self.lines else {})


def _module(name: str) -> Any:
    return import_module(f"polyalign.formats.{name}")


_OTHER_XLIFF = (".mqxliff", ".sdlxliff", ".mxliff", ".xlz")
_SUBTITLES = (".srt", ".vtt", ".ass", ".ssa", ".ttml", ".dfxp", ".sbv", ".sub")

ALL = (
    # what is written, in the order in which it is offered
    Format("table", (".txt",), (), "display.table:table"),
    Format(
        "tsv",
        (".tsv", ".tab"),
        (".csv",),
        "bitexts.tabular:tsv",
        pairs=True,
        chooses=True,
        table=True,
        lines=True,
    ),
    Format(
        "json",
        (".json",),
        (),
        "bitexts.structured:json_text",
        keeps="",
        dates=True,
        pairs=True,
        streamed=False,
    ),
    Format("jsonl", (".jsonl", ".ndjson"), (), "bitexts.structured:json_lines", pairs=True),
    Format(
        "tmx",
        (".tmx",),
        (),
        "bitexts.tmx:tmx",
        unaligned=False,
        keeps="tmx ",
        dates=True,
        pairs=True,
        chooses=True,
        root="tmx",
    ),
    Format(
        "xliff",
        (".xlf", ".xliff"),
        _OTHER_XLIFF,
        "bitexts.xliff:xliff",
        unaligned=False,
        keeps="xliff2 ",
        pairs=True,
        chooses=True,
        root="xliff",
    ),
    Format("xliff1", (), (), "bitexts.xliff:xliff1", unaligned=False, keeps="xliff1 "),
    Format("xlsx", (".xlsx",), (), "bitexts.xlsx:xlsx", pairs=True, chooses=True, table=True),
    Format(
        "docx",
        (".docx",),
        (".docm",),
        "display.reviewdoc:bilingual",
        kind="Word",
        document="documents.docx",
        starts=(ZIP,),
    ),
    Format(
        "html",
        (".html", ".htm"),
        (".xhtml",),
        "display.page:html_page",
        kind="HTML",
        document="documents.html",
        root="html",
    ),
    Format("srt", (".srt",), (), "display.screen:srt"),
    Format("ass", (".ass",), (), "display.screen:ass"),
    Format(
        "epub", (".epub",), (), "display.book:epub", kind="EPUB", document="documents.epub", starts=(ZIP,)
    ),
    Format("tei", (".tei",), (), "bitexts.tei:write", files=True, unaligned=False),
    Format("vert", (".vert",), (), "bitexts.vertical:write", files=True),
    Format("moses", (".moses",), (), "bitexts.moses:write", files=True, unaligned=False),
    Format(
        "pharaoh", (".pharaoh",), (), "bitexts.wordlinks:pharaoh", files=True, unaligned=False, words=True
    ),
    Format("talp", (".talp",), (), "bitexts.wordlinks:talp", files=True, unaligned=False, words=True),
    Format("ladder", (".ladder",), (), "bitexts.ladder:ladder", pairs=True, streamed=False, lines=True),
    Format("parquet", (".parquet",), (), "bitexts.parquet:parquet", pairs=True),
    # what is only read
    Format("", (), (".md", ".markdown"), kind="Markdown", document="documents.markdown"),
    Format("", (), (".odt", ".fodt"), kind="OpenDocument", document="documents.odt", starts=(ZIP, b"<")),
    Format(
        "",
        (),
        (".fb2", ".fbz"),
        kind="FictionBook",
        document="documents.fb2",
        root="fictionbook",
        starts=(ZIP, b"<"),
    ),
    Format("", (), _SUBTITLES, kind="subtitle", document="documents.subtitles", root="tt"),
    Format("", (), (".pdf",), kind="PDF", document="documents.pdf", starts=(b"%PDF-",)),
)

FORMATS = {entry.name: entry for entry in ALL if entry.writer}
READERS = {entry.kind: entry for entry in ALL if entry.document}
PAIRS = tuple(sorted((entry for entry in ALL if entry.pairs), key=lambda entry: entry.lines))  # texts last
