"""What a file of pairs carries, as tests compare it, and hostile XML."""

from __future__ import annotations

from collections.abc import Iterator

from polyalign.bitext import Bitext
from polyalign.formats.bitexts.xml import clean
from polyalign.formats.common import Unit


def tu(*variants: tuple[str, str], attribute: str = "xml:lang") -> str:
    return "<tu>" + "".join(f'<tuv {attribute}="{tag}"><seg>{s}</seg></tuv>' for tag, s in variants) + "</tu>"


def carried(bitext: Bitext, *, unaligned: bool) -> list[tuple[object, ...]]:
    """What a file with ids, scores and texts must give back, row by row."""
    rows = [row for row in bitext.rows() if row.bead or unaligned]
    kept = [r for r in rows if r.bead or any(clean(s.shown).strip() for s in r.source + r.target)]
    return [
        (
            tuple(clean(s.shown) for s in row.source),
            tuple(clean(s.shown) for s in row.target),
            row.bead.score if row.bead else None,
            tuple(s.id for s in row.source),
            tuple(s.id for s in row.target),
            bitext.source.language or "und",
            bitext.target.language or "und",
        )
        for row in kept
    ]


def held(found: list[Unit]) -> list[tuple[object, ...]]:
    """The same of the units that were read."""
    return [
        (u.source, u.target, u.score, u.source_ids, u.target_ids, u.source_language, u.target_language)
        for u in found
    ]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


HOSTILE = {
    "laughs": (f'<!DOCTYPE tmx [<!ENTITY l0 "ha">{LAUGHS}]><tmx>&l9;</tmx>', "declares the entity 'l0'"),
    "quadratic": (f'<!DOCTYPE tmx [<!ENTITY a "{"x" * 50_000}">]><tmx>{"&a;" * 50_000}</tmx>', "declares"),
    "attribute": (f'<!DOCTYPE tmx [<!ENTITY l0 "ha">{LAUGHS}]><tmx version="&l9;"/>', "declares|line 1"),
    "file": ('<!DOCTYPE tmx [<!ENTITY a SYSTEM "file:///etc/passwd">]><tmx>&a;</tmx>', "declares"),
    "http": ('<!DOCTYPE tmx [<!ENTITY a SYSTEM "http://localhost:9/">]><tmx>&a;</tmx>', "declares"),
    "parameter": ('<!DOCTYPE tmx [<!ENTITY % a SYSTEM "http://localhost:9/"> %a;]><tmx/>', "declares"),
    "undefined": ('<!DOCTYPE tmx SYSTEM "x.dtd"><tmx><tu><tuv><seg>&n;</seg></tuv></tu></tmx>', "&n; is not"),
    "deep": (f"<tmx>{'<tu>' * 100_000}", "Excessive depth"),
    "empty": ("", "is empty"),
    "blank": ("  \n ", "line"),
    "comment": ("<!-- only -->", "line"),
    "no xml": ("Bonjour.", "Start tag expected"),
    "another": ("<html><p></html>", "its first element is <html>: this is no TMX"),
    "cut off": ("<tmx>\n<body><tu>", "line 2: Premature end"),
    "NUL": ("<tmx>\0</tmx>", "line 1: "),
    "control": ("<tmx>&#7;</tmx>", "line 1: "),
    "surrogate": ("<tmx>&#xD800;</tmx>", "line 1: "),
    "encoding": ('<?xml version="1.0" encoding="klingon"?><tmx/>', "Unsupported encoding: klingon"),
    "two roots": ("<tmx></tmx><tmx/>", "Extra content"),
}


class Endless:
    """A head, then the same piece again and again, so many bytes in all, then a tail."""

    def __init__(self, head: bytes, piece: bytes, tail: bytes, size: int) -> None:
        self.pieces = self._all(head, piece * (65536 // len(piece) + 1), tail, size)

    @staticmethod
    def _all(head: bytes, block: bytes, tail: bytes, size: int) -> Iterator[bytes]:
        yield head
        for _ in range(size // len(block)):
            yield block
        yield tail

    def read(self, _: int = -1, /) -> bytes:
        return next(self.pieces, b"")
