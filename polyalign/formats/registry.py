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
from polyalign.formats.common import Blocks, Options

ZIP = b"PK\x03\x04"

Pieces = Iterable[str] | Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A format, the suffixes that ask for it, and `also` those under which it is only read.

    `name` is what --format calls it, empty where it is not written; `kind` what messages call a text in it.
    `root` is the first element of such XML, in small letters; `starts` are the bytes that such a file may
    start with, none where it may start with anything.

    `document` is the module that reads a text (`blocks`), `pairs` the one that reads pairs (`units`, and
    `heading` where a file says something of the whole). Pairs come row by row out of one file where it is
    `streamed`; a file that `chooses` may hold more than two languages, the columns of a `table` may be any,
    and what consists of `lines` could be a text as well.

    `writer` is the function that gives the pieces of a file, or that writes several `files` under names made
    of the path. `unaligned` is whether unaligned segments are written where nobody says it. `keeps` is how
    that begins which it holds of `Review.about`, None for nothing; `dates` whether it has place for dates and
    authors of units.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    kind: str = ""
    root: str = ""
    starts: tuple[bytes, ...] = ()
    document: str = ""
    pairs: str = ""
    streamed: bool = True
    chooses: bool = False
    table: bool = False
    lines: bool = False
    writer: str = ""
    files: bool = False
    unaligned: bool = True
    keeps: str | None = None
    dates: bool = False

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
        return _module(self.pairs)

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
        module, _, function = self.writer.partition(":")
        found: Callable[..., Any] = getattr(_module(module), function)
        return found


def _module(name: str) -> Any:
    return import_module(f"polyalign.formats.{name}")


ALL = (
    # what is written, in the order in which it is offered
    Format("table", (".txt",), writer="display.table:table"),
    Format(
        "tsv",
        (".tsv", ".tab"),
        (".csv",),
        pairs="bitexts.tabular",
        chooses=True,
        table=True,
        lines=True,
        writer="bitexts.tabular:tsv",
    ),
    Format(
        "json",
        (".json",),
        pairs="bitexts.structured",
        streamed=False,
        writer="bitexts.structured:json_text",
        keeps="",
        dates=True,
    ),
    Format(
        "jsonl", (".jsonl", ".ndjson"), pairs="bitexts.structured", writer="bitexts.structured:json_lines"
    ),
    Format(
        "tmx",
        (".tmx",),
        root="tmx",
        pairs="bitexts.tmx",
        chooses=True,
        writer="bitexts.tmx:tmx",
        unaligned=False,
        keeps="tmx ",
        dates=True,
    ),
    Format(
        "xliff",
        (".xlf", ".xliff"),
        (".mqxliff", ".sdlxliff", ".mxliff", ".xlz"),
        root="xliff",
        pairs="bitexts.xliff",
        chooses=True,
        writer="bitexts.xliff:xliff",
        unaligned=False,
        keeps="xliff2 ",
    ),
    Format("xliff1", writer="bitexts.xliff:xliff1", unaligned=False, keeps="xliff1 "),
    Format("xlsx", (".xlsx",), pairs="bitexts.xlsx", chooses=True, table=True, writer="bitexts.xlsx:xlsx"),
    Format(
        "docx",
        (".docx",),
        (".docm",),
        kind="Word",
        starts=(ZIP,),
        document="documents.docx",
        writer="display.reviewdoc:bilingual",
    ),
    Format(
        "html",
        (".html", ".htm"),
        (".xhtml",),
        kind="HTML",
        root="html",
        document="documents.html",
        writer="display.page:html_page",
    ),
    Format("srt", (".srt",), writer="display.screen:srt"),
    Format("ass", (".ass",), writer="display.screen:ass"),
    Format(
        "epub", (".epub",), kind="EPUB", starts=(ZIP,), document="documents.epub", writer="display.book:epub"
    ),
    Format("tei", (".tei",), writer="bitexts.tei:write", files=True, unaligned=False),
    Format("vert", (".vert",), writer="bitexts.vertical:write", files=True),
    Format("moses", (".moses",), writer="bitexts.moses:write", files=True, unaligned=False),
    Format("pharaoh", (".pharaoh",), writer="bitexts.wordlinks:pharaoh", files=True, unaligned=False),
    Format("talp", (".talp",), writer="bitexts.wordlinks:talp", files=True, unaligned=False),
    Format(
        "ladder",
        (".ladder",),
        pairs="bitexts.ladder",
        streamed=False,
        lines=True,
        writer="bitexts.ladder:ladder",
    ),
    Format("parquet", (".parquet",), pairs="bitexts.parquet", writer="bitexts.parquet:parquet"),
    # what is only read
    Format("", also=(".md", ".markdown"), kind="Markdown", document="documents.markdown"),
    Format("", also=(".odt", ".fodt"), kind="OpenDocument", starts=(ZIP, b"<"), document="documents.odt"),
    Format(
        "",
        also=(".fb2", ".fbz"),
        kind="FictionBook",
        root="fictionbook",
        starts=(ZIP, b"<"),
        document="documents.fb2",
    ),
    Format(
        "",
        also=(".srt", ".vtt", ".ass", ".ssa", ".ttml", ".dfxp", ".sbv", ".sub"),
        kind="subtitle",
        root="tt",
        document="documents.subtitles",
    ),
    Format("", also=(".pdf",), kind="PDF", starts=(b"%PDF-",), document="documents.pdf"),
)

FORMATS = {entry.name: entry for entry in ALL if entry.writer}
READERS = {entry.kind: entry for entry in ALL if entry.document}
PAIRS = tuple(entry for entry in ALL if entry.pairs)
