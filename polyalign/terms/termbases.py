"""Glossaries as files of other tools: tables with a term a line, and TBX (ISO 30042) of 2008 and of 2019."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from polyalign.errors import InputError, UsageError
from polyalign.formats.bitexts.xml import clean, elements, escaped, language_of, quoted, tag_of, texts_of
from polyalign.qa import Glossary, Term
from polyalign.tags import primary

if TYPE_CHECKING:
    from lxml import etree

FORMATS = {"tbx": ".tbx", "tsv": ".tsv"}  # each with the suffix of its files

_ROOTS = ("martif", "tbx")
_HEAD = 4_000  # bytes in which the first element is looked for
_UNWANTED = ("deprecatedTerm", "supersededTerm", "obsolete")


def parsed(data: bytes, *, name: str, languages: tuple[str, str]) -> Glossary:
    """The glossary in a file: TBX where it begins like one, else a table as `Glossary.read` describes it.

    `languages` are those of the terms; of a table they are what it is. Names that a TBX calls deprecated are
    left out. Raises UnreadableError and InputError, which call the file by `name`.
    """
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    root = next((root for root in _ROOTS if f"<{root}".encode() in head), None)
    # a term may begin with "<", too
    is_table = not head.startswith(b"<") or (root is None and b"\t" in head.partition(b"\n")[0])
    if is_table and b"\0" not in head[:4]:
        return Glossary.parse(data, name=name)
    root = root or _ROOTS[0]
    made = Glossary.of(_entries(data, name, root, languages), name=name)
    if not made.terms:
        raise InputError(f"{name} has no term in both {languages[0]} and {languages[1]}: take another file")
    return made


def _entries(data: bytes, name: str, root: str, languages: tuple[str, str]) -> Iterator[Term]:
    found = elements(io.BytesIO(data), name=name, root=root, tags=("termEntry", "conceptEntry"))
    for _, entry in found:
        sides = [_terms(entry, language) for language in languages]
        notes = texts_of([*entry.iter("{*}descrip"), *entry.iter("{*}note")])
        for source in sides[0]:
            if sides[1]:
                yield Term(source, tuple(sides[1]), notes[0] if notes else "")


def _terms(entry: etree._Element, language: str) -> list[str]:
    """The terms of an entry in a language, the preferred ones as they come; unwanted ones are left out."""
    terms = []
    for section in entry.iter("{*}langSet", "{*}langSec"):
        if primary(language_of(section)) == primary(language):
            for term in section.iter("{*}term"):
                held = term.getparent()
                said = (
                    "".join(note.text or "" for note in held.iter("{*}termNote")) if held is not None else ""
                )
                if not any(word in said for word in _UNWANTED):
                    terms += texts_of([term])
    return list(dict.fromkeys(terms))


def written(terms: Iterable[Term], kind: str, *, languages: tuple[str, str]) -> str:
    """The terms as a file of one of FORMATS. Raises UsageError for another one."""
    if kind not in FORMATS:
        raise UsageError(f"unknown format {kind!r} of a glossary: use one of {' '.join(FORMATS)}")
    return _tsv(terms) if kind == "tsv" else _tbx(terms, languages)


def _tsv(terms: Iterable[Term]) -> str:
    lines = ("\t".join((_plain(t.source), "|".join(map(_plain, t.targets)), _plain(t.note))) for t in terms)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _plain(text: str) -> str:
    """The text in one cell of a table."""
    return " ".join(text.replace("|", "/").split())


def _tbx(terms: Iterable[Term], languages: tuple[str, str]) -> str:
    """TBX-Basic as of 2008, which OmegaT, memoQ and MultiTerm read; entries of one concept are one."""
    source, target = map(tag_of, languages)
    entries = "".join(
        f'   <termEntry id="c{number}">\n{_note(term.note)}'
        f"{_section(source, [term.source])}{_section(target, term.targets)}   </termEntry>\n"
        for number, term in enumerate(terms, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<martif type="TBX" xml:lang={quoted(source)}>\n'
        " <martifHeader>\n  <fileDesc><sourceDesc><p>polyalign</p></sourceDesc></fileDesc>\n"
        '  <encodingDesc><p type="XCSURI">TBXXCS.xcs</p></encodingDesc>\n </martifHeader>\n'
        f" <text>\n  <body>\n{entries}  </body>\n </text>\n</martif>\n"
    )


def _note(note: str) -> str:
    return f"    <note>{escaped(note)}</note>\n" if clean(note).strip() else ""


def _section(language: str, names: Sequence[str]) -> str:
    terms = "".join(f"     <tig><term>{escaped(name)}</term></tig>\n" for name in names)
    return f"    <langSet xml:lang={quoted(language)}>\n{terms}    </langSet>\n"
