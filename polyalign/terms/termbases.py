"""Glossaries as files of other tools: tables with a term a line, and TBX (ISO 30042) of 2008 and of 2019."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from polyalign.errors import InputError, UsageError
from polyalign.files import read_bytes
from polyalign.formats.bitexts.xml import clean, elements, escaped, language_of, quoted, tag_of, texts_of
from polyalign.qa import Glossary, Term
from polyalign.qa.glossary import MAX_GLOSSARY_BYTES, MAX_TERM, MAX_TERMS, Concept
from polyalign.tags import primary

if TYPE_CHECKING:
    from lxml import etree

FORMATS = {"tbx": ".tbx", "tsv": ".tsv"}  # each with the suffix of its files

MAX_NAMES = 200  # of a concept, in all languages

_ROOTS = ("martif", "tbx")
_HEAD = 4_000  # bytes in which the first element is looked for
_UNWANTED = ("deprecatedTerm", "supersededTerm", "obsolete")


def read(path: str | os.PathLike[str]) -> Glossary:
    """The glossary in a file: TBX, in all its languages, where it begins like one, else a table.

    A table is as `Glossary.parse` describes it. Names that a TBX calls deprecated are left out. Raises
    UnreadableError and InputError.
    """
    return _of(read_bytes(path, limit=MAX_GLOSSARY_BYTES), os.fspath(path))


def parsed(data: bytes, *, name: str, languages: tuple[str, str]) -> Glossary:
    """The glossary in what `read` reads, for texts in these languages; of a table they are what it is.

    Raises UnreadableError and InputError, which call the file by `name`, also where it has no such term.
    """
    made = _of(data, name)
    if lacking := unfit(made, languages):
        raise InputError(f"{name} {lacking}: take another file")
    return made.within(languages)


def unfit(glossary: Glossary, languages: tuple[str, str]) -> str:
    """That none of the concepts has names in both languages; empty where one has, and for a table."""
    found = glossary.within(languages).terms or not glossary.concepts
    return "" if found else f"has no term in both {languages[0]} and {languages[1]}"


def _of(data: bytes, name: str) -> Glossary:
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    root = next((root for root in _ROOTS if f"<{root}".encode() in head), None)
    # a term may begin with "<", too
    is_table = not head.startswith(b"<") or (root is None and b"\t" in head.partition(b"\n")[0])
    if is_table and b"\0" not in head[:4]:
        return Glossary.parse(data, name=name)
    concepts = tuple(filter(None, _concepts(data, name, root or _ROOTS[0])))
    if not concepts:
        raise InputError(f"{name} has no term in two languages: take another file")
    most = Counter(primary(tag) for concept in concepts for tag, _ in concept.names).most_common(1)
    if most[0][1] > MAX_TERMS:
        raise InputError(f"{name} has more terms than the limit of {MAX_TERMS:,}: take some out")
    return Glossary(concepts=concepts)


def _concepts(data: bytes, name: str, root: str) -> Iterator[Concept | None]:
    found = elements(io.BytesIO(data), name=name, root=root, tags=("termEntry", "conceptEntry"))
    for _, entry in found:
        names = tuple(dict.fromkeys(_names(entry)))
        if len(names) > MAX_NAMES:
            raise InputError(f"{name}: line {entry.sourceline}: more than {MAX_NAMES} names of one concept")
        if any(len(text) > MAX_TERM for _, text in names):
            what = f"a term is longer than {MAX_TERM:,} characters"
            raise InputError(f"{name}: line {entry.sourceline}: {what}: cut it")
        notes = texts_of([*entry.iter("{*}descrip"), *entry.iter("{*}note")])
        several = len({primary(tag) for tag, _ in names}) > 1
        yield Concept(names, notes[0] if notes else "") if several else None


def _names(entry: etree._Element) -> Iterator[tuple[str, str]]:
    """The terms of an entry with their languages, as they come; unwanted ones are left out."""
    for section in entry.iter("{*}langSet", "{*}langSec"):
        language = language_of(section)
        for term in section.iter("{*}term"):
            held = term.getparent()
            said = "".join(note.text or "" for note in held.iter("{*}termNote")) if held is not None else ""
            if language and not any(word in said for word in _UNWANTED):
                yield from ((language, text) for text in texts_of([term]))


def written(terms: Iterable[Term], kind: str, *, languages: tuple[str, str]) -> str:
    """The terms as a file of one of FORMATS. Raises UsageError for another one."""
    if kind not in FORMATS:
        raise UsageError(f"unknown format {kind!r} of a glossary: use one of {' '.join(FORMATS)}")
    if kind == "tbx":
        return _tbx(terms, languages)
    lines = ("\t".join((_plain(t.source), "|".join(map(_plain, t.targets)), _plain(t.note))) for t in terms)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _plain(text: str) -> str:
    """The text in one cell of a table."""
    return " ".join(text.replace("|", "/").split())


def _tbx(terms: Iterable[Term], languages: tuple[str, str]) -> str:
    """TBX-Basic as of 2008, which OmegaT, memoQ and MultiTerm read; entries of one concept are one."""
    source, target = map(tag_of, languages)
    entries = []
    for number, term in enumerate(terms, start=1):
        note = f"    <note>{escaped(term.note)}</note>\n" if clean(term.note).strip() else ""
        names = _section(source, [term.source]) + _section(target, term.targets)
        entries.append(f'   <termEntry id="c{number}">\n{note}{names}   </termEntry>\n')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<martif type="TBX" xml:lang={quoted(source)}>\n'
        " <martifHeader>\n  <fileDesc><sourceDesc><p>polyalign</p></sourceDesc></fileDesc>\n"
        '  <encodingDesc><p type="XCSURI">TBXXCS.xcs</p></encodingDesc>\n </martifHeader>\n'
        f" <text>\n  <body>\n{''.join(entries)}  </body>\n </text>\n</martif>\n"
    )


def _section(language: str, names: Sequence[str]) -> str:
    terms = "".join(f"     <tig><term>{escaped(name)}</term></tig>\n" for name in names)
    return f"    <langSet xml:lang={quoted(language)}>\n{terms}    </langSet>\n"
