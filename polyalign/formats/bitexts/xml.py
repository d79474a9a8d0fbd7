"""What TMX and XLIFF share: safe streamed XML, in and out, and what a unit says beside its texts.

Nothing is fetched, no entity is expanded, and a file that declares one is refused. Memory does not
grow with the file: an element is forgotten once it was looked at.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Literal, cast

from polyalign.bitext import Bitext
from polyalign.codes import Code, cut
from polyalign.errors import (
    EncodingError,
    FormatError,
    InputError,
    PolyalignError,
    TooLargeError,
    UnreadableError,
)
from polyalign.files import SupportsRead
from polyalign.formats.bitexts import reviews
from polyalign.formats.bitexts.inline import Coded
from polyalign.formats.common import BOILERPLATE, Options, Unit, ids
from polyalign.formats.markup import FATAL, SAFE, Element, declared_encoding, first_fault, forget, misdeclared
from polyalign.parts import Row, Segment
from polyalign.tags import UNDETERMINED

if TYPE_CHECKING:
    from lxml import etree

Event = Literal["start", "end"]
Parts = list[tuple[str, Element]]  # children with their local names
MAX_ELEMENT_BYTES = 50_000_000  # between two units: a file that goes on longer would fill the memory
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

_BLOCK = 1 << 16
_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_UNFIT = re.compile(_NOT_XML)
_IN_TEXT = re.compile(f"[&<>\r]|{_NOT_XML}")
_IN_ATTRIBUTE = re.compile(f'[&<>"\t\n\r]|{_NOT_XML}')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_NUMBERS = re.compile(r"\d{1,9}( \d{1,9})*", re.ASCII)
_WHY = re.compile("boilerplate: ({0})(, ({0}))*".format("|".join(BOILERPLATE)))


def clean(text: str) -> str:
    """The text without the characters that XML cannot carry."""
    return text if text.isprintable() else _UNFIT.sub("", text)


def escaped(text: str) -> str:
    """The text as it stands between tags, without what XML cannot carry."""
    if text.isprintable():  # then XML can carry it, and replacing is much faster than matching
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _IN_TEXT.sub(_escape, text)


def quoted(text: str) -> str:
    """The text as the value of an attribute, with its quotes, without what XML cannot carry."""
    return f'"{_IN_ATTRIBUTE.sub(_escape, text)}"'


def attributes(told: Mapping[str, str]) -> str:
    """Attributes as they stand in a tag, nothing empty."""
    return "".join(f" {word}={quoted(value)}" for word, value in told.items() if value)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0], "")


def tag_of(language: str) -> str:
    """The language as XML wants it: "und" where none is known."""
    return clean(language).replace("_", "-") or UNDETERMINED


@cache
def quoted_tag(language: str) -> str:
    """The language as the value of xml:lang, with its quotes."""
    return quoted(tag_of(language))


def written(bitext: Bitext, options: Options) -> Iterator[Row]:
    """The rows to write: all beads and, where asked for, each unaligned segment that has text."""
    for row in bitext.rows():
        if row.bead or (
            options.unaligned and any(s.codes or clean(s.shown).strip() for s in row.source + row.target)
        ):
            yield row


def facts(row: Row) -> dict[str, str]:
    """What a unit says beside its texts, in words that `unit` reads back; nothing empty."""
    told = {
        "score": "" if row.bead is None or row.bead.score is None else repr(row.bead.score),
        "origin": row.bead.origin if row.bead else "",
        "type": f"{len(row.source)}-{len(row.target)}",
        "source": ids(row.source),
        "target": ids(row.target),
        "source-lengths": _lengths(row.source),
        "target-lengths": _lengths(row.target),
        "overlap": "yes" if row.bead and row.bead.overlap else "",
        "boilerplate": "no" if row.review.comment and not why(row) and is_why(comment(row)) else "",
    }
    return {word: value for word, value in told.items() if value}


def _lengths(segments: Sequence[Segment]) -> str:
    """How many characters of the joined text belong to each of several segments."""
    return " ".join(str(len(clean(s.shown))) for s in segments) if len(segments) > 1 else ""


def comment(row: Row) -> str:
    """The comment on the row as XML can carry it."""
    return clean(reviews.comment(row.review)).strip()


def why(row: Row) -> str:
    """Why its segments were never aligned, empty where nothing says so."""
    reasons = [s.boilerplate for s in row.source + row.target if s.boilerplate]
    return f"boilerplate: {', '.join(dict.fromkeys(reasons))}" if reasons else ""


def is_why(note: str) -> bool:
    """Whether a note says why a segment was never aligned."""
    return bool(_WHY.fullmatch(note))


def flags(row: Row) -> list[str]:
    """What checks found in the row, a line each."""
    return [said for flag in reviews.flags(row.review) if (said := clean(flag).strip())]


def unit(
    source: Coded,
    target: Coded,
    told: Mapping[str, str],
    *,
    languages: tuple[str, str] = ("", ""),
    notes: Sequence[str] = (),
    flags: Sequence[str] = (),
    state: str = "",
    place: str = "",
    about: Sequence[tuple[str, str]] = (),
    row: int = 0,
) -> Unit:
    """The row that has these texts; segments, ids and score as `facts` told them, where they fit.

    The first of the notes may say why the row is no content; the others are the comment.
    """
    source_texts, source_ids, source_codes = _side(source, told, "source")
    target_texts, target_ids, target_codes = _side(target, told, "target")
    why = bool(notes) and told.get("boilerplate") != "no" and bool(_WHY.fullmatch(notes[0]))
    return Unit(
        source_texts,
        target_texts,
        _score(told),
        source_ids,
        target_ids,
        *languages,
        note=notes[0] if why else "",
        place=place,
        state=state,
        comment="\n".join(notes[1:] if why else notes),
        flags=tuple(flags),
        source_codes=source_codes,
        target_codes=target_codes,
        about=tuple(about),
        origin=told.get("origin", ""),
        row=row,
    )


_Texts = tuple[tuple[str, ...], tuple[int, ...], tuple[tuple[Code, ...], ...]]


def _side(text: Coded, told: Mapping[str, str], word: str) -> _Texts:
    """The segments of a side, their ids and their codes; one text for all ids where it was edited."""
    numbers = _numbers(told[word]) if word in told else ()
    if not numbers:
        return ((), (), ()) if text.blank else ((text.text,), (), (text.codes,) if text.codes else ())
    lengths = told.get(f"{word}-lengths")
    texts = parted(text.text, _numbers(lengths)) if lengths else (text.text,)
    if not text.codes:
        return texts, numbers, ()
    gap = (len(text.text) - sum(map(len, texts))) // max(len(texts) - 1, 1)
    bounds, start = [], 0
    for part in texts:
        bounds.append((start, start + len(part)))
        start += len(part) + gap
    return texts, numbers, tuple(cut(text.codes, bounds))


def parted(text: str, lengths: Sequence[int]) -> tuple[str, ...]:
    """The segments of these lengths that were joined to the text; the text as one if they do not fit."""
    gaps = len(lengths) - 1
    gap = " " if len(text) > sum(lengths) else ""
    if gaps < 1 or len(text) != sum(lengths) + gaps * len(gap):
        return (text,)
    parts, start = [], 0
    for length in lengths:
        parts.append(text[start : start + length])
        start += length + len(gap)
    return tuple(parts) if gap.join(parts) == text else (text,)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(" "))) if text and _NUMBERS.fullmatch(text) else ()


def _score(told: Mapping[str, str]) -> float | None:
    try:
        score = float(told["score"])
    except (KeyError, ValueError):
        return None
    return score if 0 <= score <= 1 else None


def elements(
    stream: SupportsRead,
    *,
    name: str,
    root: str,
    tags: Sequence[str],
    events: Sequence[Event] = ("end",),
    whole: Sequence[str] = (),
) -> Iterator[tuple[str, Element]]:
    """("start" or "end", element) for the elements of these names that are in the root's namespace.

    So are those without a prefix, as files state the namespace on the root, on what is in it, or nowhere.
    An element that ended, and all before it, is forgotten when the next one is asked for; but nothing in
    one of the `whole` is forgotten before that. Raises UnreadableError for what is no XML, is cut off or
    has another root; InputError for declared entities and for more than MAX_ELEMENT_BYTES in one element.
    """
    from lxml import etree

    source = _Source(stream, name)
    blocks = source.blocks()
    read, space = _root(blocks, source, root)
    parser = etree.XMLPullParser(events, tag=["{*}" + tag for tag in tags], **SAFE)
    around = ["{*}" + tag for tag in whole]
    for block in chain(read, blocks, (None,)):
        failed = _feed(parser, block)
        for event, element in parser.read_events():  # what stands before a fault comes first
            if element.prefix is not None and not str(element.tag).startswith(space or "{}"):
                continue
            yield event, element
            if event == "end" and not (whole and is_in(element, *around)):
                source.unread = 0
                forget(element)
        source.refuse(parser, failed)


def _feed(parser: etree.XMLPullParser, block: bytes | None) -> Exception | None:
    """Give the parser a block, None for the end; what it says is wrong then, None for nothing."""
    from lxml import etree

    try:
        parser.close() if block is None else parser.feed(block)
    except etree.XMLSyntaxError as error:
        return cast(Exception, error)
    return None


class _Source:
    """A stream in blocks; it is refused when too many come without an element that ends."""

    def __init__(self, stream: SupportsRead, name: str) -> None:
        self.stream, self.name, self.unread = stream, name, 0
        self.block, self.declared, self.ascii = b"", "", True

    def blocks(self) -> Iterator[bytes]:
        while block := self._read():
            self.unread += len(block)
            if self.unread > MAX_ELEMENT_BYTES:
                what = f"more than {MAX_ELEMENT_BYTES // 1_000_000} MB without a unit"
                raise TooLargeError(f"{self.name}: {what}: this is not a usual file")
            self.declared = self.declared or declared_encoding(block)
            self.block = block
            if self.ascii and not block.isascii():
                self.ascii = False
                self._check_encoding(line=1, failed=False)
            yield block

    def _read(self) -> bytes:
        try:
            return self.stream.read(_BLOCK)
        except PolyalignError:
            raise
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableError(f"{self.name} cannot be read on ({error}): get the file again") from error

    def _check_encoding(self, line: int, *, failed: bool) -> None:
        if said := misdeclared(self.block, self.declared, failed=failed):
            said = f"{self.name}: line {line}: it {said}"
            raise EncodingError(f"{said}: correct its first line, or save it again")

    def refuse(self, parser: etree.XMLPullParser, failed: Exception | None) -> None:
        """Raise the first fault that the parser has met, with its line, if it has met any.

        That is damage, an encoding that is not the declared one, or a limit that only hostile files
        reach. Of an undefined entity the parser says nothing until it ends.
        """
        if failed is None and not any(entry.level >= FATAL for entry in parser.feed_error_log):
            return
        line, reason = first_fault(parser.feed_error_log, failed)
        self._check_encoding(line, failed=True)
        where = f"{self.name}: line {line}"
        if "XML_PARSE_HUGE" in reason:
            limit = f"{where}: {reason.partition(',')[0]}"
            raise TooLargeError(f"{limit}: this is refused, as no usual file has it") from failed
        raise UnreadableError(f"{where}: {reason}: mend the file or get it again") from failed


def _root(blocks: Iterator[bytes], source: _Source, root: str) -> tuple[list[bytes], str]:
    """The blocks up to the root and its namespace, in braces; it must be the right one.

    Raises UnreadableError for another root, InputError for entities that are declared before it.
    """
    from lxml import etree

    read = []
    parser = etree.XMLPullParser(("start",), **SAFE)
    for block in blocks:
        read.append(block)
        failed = _feed(parser, block)
        for _, element in parser.read_events():
            dtd = element.getroottree().docinfo.internalDTD
            if dtd is not None and (entity := next(dtd.iterentities(), None)) is not None:
                what = f"declares the entity {entity.name!r}, which is refused"
                raise InputError(f"{source.name} {what}: write it out")
            space, _, found = str(element.tag).rpartition("}")
            if found != root:
                raise FormatError(f"{source.name}: its first element is <{found}>: this is no {root.upper()}")
            return read, space + "}" if space else ""
        source.refuse(parser, failed)
    if not read:
        raise UnreadableError(f"{source.name} is empty: give a file with units")
    source.refuse(parser, _feed(parser, None))
    raise UnreadableError(f"{source.name} has no element: this is no {root.upper()}")


def is_in(element: Element, *tags: str) -> bool:
    """Whether it stands in an element of one of these tags ("{*}unit")."""
    return next(element.iterancestors(*tags), None) is not None


def parts_of(element: Element) -> Parts:
    """The children of an element with their local names."""
    return [(str(part.tag).rpartition("}")[2], part) for part in element]


def child(element: Element, name: str) -> Element | None:
    """The first child of that local name."""
    return next(element.iterchildren(f"{{*}}{name}"), None)


def language_of(element: Element) -> str:
    """The tag in xml:lang (`lang` in old files), with hyphens; empty where there is none."""
    return (element.get(XML_LANG) or element.get("lang") or "").strip().replace("_", "-")


def place_of(element: Element) -> str:
    """Where the element stands in the file: "line 12"."""
    return f"line {element.sourceline}"


def texts_of(notes: Iterable[Element]) -> list[str]:
    """What is written in these elements, without blank space around it; nothing empty."""
    texts = ("".join(note.itertext()).strip() for note in notes)
    return [text for text in texts if text]
