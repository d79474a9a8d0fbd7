"""PDF in (the extra polyalign[pdf]): the text of each page, its lines joined to paragraphs."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from polyalign.errors import (
    EmptyError,
    FormatError,
    LockedError,
    NotInstalledError,
    TooLargeError,
    UnreadableError,
)
from polyalign.formats.common import Blocks
from polyalign.formats.documents.prose import LANGUAGE_TAG, Placed, counted, gathered, on_one_line

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 5_000
REPEATS = 0.4  # of the pages, left and right pages having their own running headers
LEAST_REPEATS = 3
MARGIN_LINES = 2  # at the head and the foot of a page, where a running header or footer may stand
SHORT_LINE = 0.75  # of a page's usual line: it ends a paragraph

_LINE_END = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_PRESENTATION = re.compile("[\ufb00-\ufb4f\ufb50-\ufdfb\ufe70-\ufefc]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_HYPHEN = re.compile("(?<=[^\\W\\d_])[-\u00ad\u2010]$")
_ENDED = re.compile("[.!?:;\u2026\u061f\u06d4\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)\\]\\s]*$")
_BULLET = re.compile("[\u2022\u2023\u25aa\u25cf\u25e6\uf0b7\u2013\u2014*-]\\s|[0-9]{1,3}[.)]\\s")


def blocks(data: bytes, *, name: str, encoding: str | None = None) -> Blocks:  # noqa: ARG001 (as all readers)
    """The paragraphs of each page ("page 3"), as far as a PDF lets one tell them.

    Running headers and footers are left out, words hyphenated at the end of a line are joined; notes
    say so, and warn of right-to-left text and of pages without text. Raises UnreadableError for a
    damaged or encrypted file, InputError where no page has text, NotInstalledError without pypdf.
    """
    with _quiet():
        reader = _reader(data, name)
        pages, broken = _pages(reader, name)
        language = _language(reader)
    if not any(pages):
        raise EmptyError(f"{name}: no page has text, it seems to be scanned: run OCR on it first (ocrmypdf)")
    body, repeated = _without_running_lines(pages)
    notes = [*_notes(pages, broken)]
    if repeated:
        notes.append(f"{counted(repeated, 'line')} of running headers and footers left out")
    return gathered(_across_pages(body), language=language, notes=notes)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """pypdf without its log of what it repaired, which would go to standard error."""
    logger, silence = logging.getLogger("pypdf"), logging.NullHandler()
    before, logger.propagate = logger.propagate, False
    logger.addHandler(silence)
    try:
        yield
    finally:
        logger.propagate = before
        logger.removeHandler(silence)


def _reader(data: bytes, name: str) -> PdfReader:
    try:
        from pypdf import PasswordType, PdfReader
        from pypdf.errors import DependencyError
    except ImportError as error:
        raise NotInstalledError(f"{name}: PDF needs pypdf: pip install 'polyalign[pdf]'") from error
    if b"%PDF-" not in data[:1024]:
        raise FormatError(f"{name}: this is no PDF: check that its suffix is right")
    try:
        reader = PdfReader(io.BytesIO(data))
        locked = reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED
        number = 0 if locked else len(reader.pages)
    except DependencyError as error:  # a cipher that is not installed
        raise LockedError(f"{name}: this PDF is encrypted: save it without a password") from error
    except Exception as error:  # pypdf lets errors of all types out of damaged files
        raise UnreadableError(f"{name}: this PDF is damaged: save or download it again") from error
    if locked:
        raise LockedError(f"{name}: this PDF is encrypted: save it without a password")
    if number > MAX_PAGES:
        raise TooLargeError(f"{name} has {number} pages, above the limit of {MAX_PAGES}: split it")
    return reader


def _pages(reader: PdfReader, name: str) -> tuple[list[list[str]], list[int]]:
    """The lines of each page, and the numbers of the pages that are damaged."""
    pages: list[list[str]] = []
    broken: list[int] = []
    for number in range(len(reader.pages)):
        try:
            text = reader.pages[number].extract_text()
        except Exception:  # as above; the other pages may be sound
            text = ""
            broken.append(number + 1)
        pages.append([line for raw in _LINE_END.split(text) if (line := _cleaned(raw))])
    if broken and not any(pages):
        raise UnreadableError(f"{name}: this PDF is damaged: save or download it again")
    return pages, broken


def _cleaned(line: str) -> str:
    """The line with letters for ligatures and Arabic presentation forms, lone surrogates and NULs gone."""
    line = _PRESENTATION.sub(lambda form: unicodedata.normalize("NFKC", form.group()), line)
    return re.sub("[\x00\ud800-\udfff]", "", line).strip()


def _language(reader: PdfReader) -> str:
    try:
        stated = str(reader.root_object.get("/Lang", ""))
    except Exception:  # as above
        return ""
    return stated if LANGUAGE_TAG.fullmatch(stated) else ""


def _notes(pages: Sequence[Sequence[str]], broken: Sequence[int]) -> Iterator[str]:
    empty = [n for n, lines in enumerate(pages, 1) if not lines and n not in broken]
    if broken:
        yield f"{counted(len(broken), 'damaged page')} left out: {_numbers(broken)}"
    if empty:
        yield f"{counted(len(empty), 'page')} without text, blank or scanned: {_numbers(empty)}"
    text = "".join(line for lines in pages for line in lines)
    if len(_RTL.findall(text)) > 0.1 * len(text):
        yield "right-to-left text in a PDF: the order of words may be wrong, prefer another format"


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:10])) + (", ..." if len(numbers) > 10 else "")


def _without_running_lines(pages: list[list[str]]) -> tuple[list[list[str]], int]:
    """The pages without the lines that stand at the head or the foot of many, and how many lines went."""
    counts: Counter[tuple[int, str]] = Counter()
    for lines in pages:
        counts.update(_margin(lines).values())
    least = max(LEAST_REPEATS, REPEATS * sum(map(bool, pages)))
    running = {shape for shape, count in counts.items() if count >= least}
    kept = []
    for lines in pages:
        gone = {i for i, shape in _margin(lines).items() if shape in running}
        kept.append([line for i, line in enumerate(lines) if i not in gone])
    return kept, sum(map(len, pages)) - sum(map(len, kept))


def _margin(lines: Sequence[str]) -> dict[int, tuple[int, str]]:
    """For each of the first and last lines its place and shape, numbers made alike as page numbers differ."""
    size = len(lines)
    ends = {i: i for i in range(min(MARGIN_LINES, size))}
    ends |= {i: i - size for i in range(max(size - MARGIN_LINES, len(ends)), size)}
    return {i: (place, re.sub(r"\d+", "#", lines[i])) for i, place in ends.items()}


def _across_pages(pages: list[list[str]]) -> Iterator[Placed]:
    """The paragraphs; one that runs on over the end of a page counts to the page where it starts."""
    held: Placed | None = None
    for number, lines in enumerate(pages, 1):
        for index, text in enumerate(_paragraphs(lines)):
            if held and index == 0 and text[:1].islower() and not _ENDED.search(held[0]):
                held = (_joined([held[0], text]), held[1])
                continue
            if held:
                yield held
            held = (text, f"page {number}")
    if held:
        yield held


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Lines joined until one is short, or the next starts with a bullet."""
    usual = sorted(map(len, lines))[int(0.9 * (len(lines) - 1))] if lines else 0
    paragraph: list[str] = []
    for line in lines:
        if paragraph and (len(paragraph[-1]) < SHORT_LINE * usual or _BULLET.match(line)):
            yield _joined(paragraph)
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield _joined(paragraph)


def _joined(lines: Sequence[str]) -> str:
    """The lines as one, a word that was hyphenated at the end of a line made whole again."""
    whole: list[str] = []
    for line in lines:
        if whole and line[:1].islower() and _HYPHEN.search(whole[-1]):
            whole[-1] = whole[-1][:-1] + line
        else:
            whole.append(line)
    return on_one_line(whole)
