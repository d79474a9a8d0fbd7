"""Bitexts and hits as files to be saved: made whole, then sent in pieces under a safe name."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO
from urllib.parse import quote

from starlette.responses import StreamingResponse

from polyalign.bitext import Bitext, overlaps_marked
from polyalign.errors import UsageError
from polyalign.formats import FORMATS, dump, write
from polyalign.inside import ready_for
from polyalign.parts import Bead, Document, Segment, Side
from polyalign.server.desk import OpenProject, label
from polyalign.store import ReviewRow
from polyalign.tags import UNDETERMINED

_PIECE = 64 * 1024
_MEMORY = 4_000_000  # bytes of a file that are held before it goes to the disk
_TABLE_WIDTH = 120
_MEDIA = {
    "table": "text/plain; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json",
    "tbx": "application/x-tbx+xml",
    "jsonl": "application/x-ndjson",
    "tmx": "application/x-tmx+xml",
    "xliff": "application/xliff+xml",
    "xliff1": "application/xliff+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "srt": "application/x-subrip",
    "ass": "text/x-ssa",
    "epub": "application/epub+zip",
    "html": "text/html; charset=utf-8",
    **{name: "application/zip" for name, entry in FORMATS.items() if entry.several},
}


@dataclass(frozen=True)
class Shape:
    """In what form a bitext is exported: arguments of `polyalign.write`. Several files come as a zip."""

    format: str
    min_score: float = 0.0
    unaligned: bool | None = None
    bare_tags: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UsageError(f"unknown format {self.format!r}: use one of {' '.join(FORMATS)}")

    def file_name(self, name: str) -> str:
        """The name of the file for a bitext of this name."""
        chosen = FORMATS[self.format]
        suffix = ".zip" if chosen.several else (chosen.suffixes or (".xlf",))[0]
        return f"{_stem(name)}{suffix}"


def sent(bitext: Bitext, shape: Shape, name: str) -> StreamingResponse:
    """The bitext as a file to be saved. Raises what `polyalign.write` raises, before anything is sent."""
    file = tempfile.SpooledTemporaryFile(_MEMORY)  # noqa: SIM115 (closed when it is sent)
    try:
        _write(bitext, shape, file)
        return _saved(file, shape.file_name(name), _MEDIA.get(shape.format, "application/octet-stream"))
    except BaseException:
        file.close()
        raise


def made(bitext: Bitext, shape: Shape) -> bytes:
    """The whole file. Raises what `polyalign.write` raises."""
    with tempfile.SpooledTemporaryFile(_MEMORY) as file:
        _write(bitext, shape, file)
        file.seek(0)
        return file.read()


def given(content: bytes | str, kind: str, name: str) -> StreamingResponse:
    """Bytes or a text as a file of that kind, to be saved under this name."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    stem, dot, suffix = name.rpartition(".")
    media = _MEDIA.get(kind, "text/plain; charset=utf-8")
    return _saved(io.BytesIO(data), f"{_stem(stem)}{dot}{suffix}", media)


def whole(path: Path, name: str) -> StreamingResponse:
    """A file as it is, to be saved under this name; it may go as soon as this is back."""
    file = tempfile.SpooledTemporaryFile(_MEMORY)  # noqa: SIM115 (closed when it is sent)
    with path.open("rb") as held:
        shutil.copyfileobj(held, file)
    return _saved(file, name, "application/octet-stream")


def _saved(file: IO[bytes], name: str, media: str) -> StreamingResponse:
    """All of the file, to be saved under this name; it is closed when it is sent."""
    file.seek(0, os.SEEK_END)
    headers = {"content-disposition": disposition(name), "content-length": str(file.tell())}
    file.seek(0)

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(_PIECE):
                yield piece

    return StreamingResponse(pieces(), media_type=media, headers=headers)


def disposition(name: str) -> str:
    """The value of Content-Disposition (RFC 6266) that saves a file under this name."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " .-_()") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _write(bitext: Bitext, shape: Shape, file: IO[bytes]) -> None:
    bitext = ready_for(shape.format, bitext)
    chosen, how = FORMATS[shape.format], asdict(shape)
    if not chosen.several:
        dump(bitext, file, **how, width=_TABLE_WIDTH)
        return
    with tempfile.TemporaryDirectory(prefix="polyalign-") as folder, zipfile.ZipFile(file, "w") as archive:
        write(bitext, Path(folder, f"pairs{chosen.suffixes[0]}"), **how)
        for path in sorted(Path(folder).iterdir()):
            archive.write(path, path.name, zipfile.ZIP_DEFLATED)


def _stem(name: str) -> str:
    """The name without what file systems do not allow."""
    clean = "".join("_" if c in '\\/:*?"<>|' else c for c in label(name or "bitext", longest=10_000))
    return clean.strip(". ")[:100] or "bitext"


def gathered(rows: Iterable[tuple[OpenProject, ReviewRow]]) -> Bitext:
    """Rows of several bitexts as one bitext, each segment once; its languages are "und" where they differ."""
    held = list(rows)
    languages = {project.languages(row.bitext) for project, row in held}
    both = languages.pop() if len(languages) == 1 else (UNDETERMINED, UNDETERMINED)
    sides = [_Gathered(), _Gathered()]
    beads = []
    for project, row in held:
        source, target = sides[0].add(project, row, "source"), sides[1].add(project, row, "target")
        if source and target:
            beads.append(Bead(source, target, row.score, origin=row.origin))
    made = [Side(language, side.segments()) for language, side in zip(both, sides, strict=True)]
    return Bitext(made[0], made[1], overlaps_marked(beads), notes=("hits of a concordance",))


class _Gathered:
    """Segments from several texts in the order in which they came."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, int, int], int] = {}
        self._found: list[tuple[str, str]] = []

    def add(self, project: OpenProject, row: ReviewRow, side: str) -> tuple[int, ...]:
        """The new ids of the row's segments on this side."""
        ids = []
        for segment in row.source if side == "source" else row.target:
            key = (project.id, row.bitext, segment.id)
            if key not in self._ids:
                self._ids[key] = len(self._found)
                number = project.store.numbers(row.bitext)[segment.id] + 1
                self._found.append((segment.text, f"{project.store.name} {number}"))
            ids.append(self._ids[key])
        return tuple(sorted(ids))

    def segments(self) -> tuple[Segment, ...]:
        """All of them, as a text of their own."""
        made = Document.from_segments([text for text, _ in self._found]).segments or ()
        return tuple(replace(s, place=place) for s, (_, place) in zip(made, self._found, strict=True))
